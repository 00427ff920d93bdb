// The track of curves: a chart for each metric over the passes through the training images, drawn up to a moment.
// Data: { last, ticks, alt, charts: [{ metric, title, long, top, ticks, chance, digits }],
//         lines: [{ kind, name, x, at, piece, <metric>: values }] }
// last: where the x axis ends; long: what the title says where there is room; ticks: [value, text] each; top: the end of the y axis, which begins at 0; digits after the
// point, or "percent"; x: passes, and at: the moment of each point, in the unit of `moments`, both ascending; piece: a
// number for each point, a line breaks where it changes (null: it never breaks). No scale moves while a film plays.
// A pointer, or the arrow keys, reads the values at a place; otherwise those of the moment are written.

const NEXT = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, Home: -Infinity, End: Infinity };
const GROUPS = [["training", "running"], ["validation"], ["sample"]]; // of a group the latest value is written

TRACKS.curves = class {
  constructor(root) {
    this.alt = root.appendChild(element("p", "unseen"));
    this.area = root.appendChild(element("div", "charts"));
    this.legend = root.appendChild(element("ul", "legend"));
    Object.assign(this, { charts: [], reading: null, at: 0 });
    set(this.area, { tabindex: 0, role: "slider", "aria-label": "Values on the curves", "aria-valuemin": 0 });
    this.area.onpointermove = this.area.onpointerdown = (event) => this.point(event);
    this.area.onpointerleave = this.area.onblur = () => this.read(null);
    this.area.onkeydown = (event) => {
      if (event.key !== "Escape" && !(event.key in NEXT)) return;
      event.preventDefault();
      this.read(event.key === "Escape" ? null : this.next(NEXT[event.key]));
    };
  }

  take(data, moments) {
    Object.assign(this, { data, moments });
    setText(this.alt, data.alt);
    while (this.charts.length > data.charts.length) this.charts.pop().svg.parentNode.remove();
    while (this.charts.length < data.charts.length) this.charts.push(new Chart(this.area));
    if (!this.area.contains(this.legend)) this.area.append(this.legend); // after the first chart on a phone
    this.takeLegend(data.lines);
    this.charts.forEach((chart, i) => chart.take(data.charts[i], data));
    const places = data.lines.flatMap((line) => line.x.map((x, i) => [x, line.at[i]]));
    this.places = places.sort(([a], [b]) => a - b);
  }

  takeLegend(lines) {
    const entries = lines.map(({ kind, name }) => [kind, name]);
    const sent = JSON.stringify(entries);
    if (sent === this.entries) return;
    this.entries = sent;
    this.legend.replaceChildren(...entries.map(([kind, name]) => {
      const item = element("li", "entry");
      item.append(element("i", `swatch ${kind}`), element("span", "", name));
      return item;
    }));
  }

  show(at) {
    this.at = at;
    const until = this.moments[at];
    this.counts = this.data.lines.map((line) => countUpTo(line.at, until));
    this.area.setAttribute("aria-valuemax", this.data.last);
    this.charts.forEach((chart) => {
      chart.show(this.counts, this.reading);
      chart.showValues(this.valuesOf(chart.chart.metric));
    });
    this.speak();
  }

  resize() {
    this.charts.forEach((chart) => chart.drawAxes());
  }

  // [kind, value] of each group of lines, at the place that is read, or now.
  valuesOf(metric) {
    const found = this.data.lines.map((line, i) => {
      const upTo = this.reading === null ? Infinity : countUpTo(line.x, this.reading);
      const last = Math.min(this.counts[i], upTo) - 1;
      return last >= 0 && line[metric][last] !== null ? { kind: line.kind, x: line.x[last], value: line[metric][last] } : null;
    });
    return GROUPS.flatMap((kinds) => {
      const group = found.filter((point) => point && kinds.includes(point.kind));
      if (!group.length) return [];
      const latest = group.reduce((one, other) => (other.x > one.x ? other : one));
      return [[latest.kind, latest.value]];
    });
  }

  // ---- reading ------------------------------------------------------------------------------------------------------

  point(event) {
    const chart = this.charts.find(({ svg }) => svg.contains(event.target)) ?? null;
    if (!chart) return this.read(null);
    const passes = chart.passesAt(event.clientX);
    const near = (x) => Math.abs(x - passes);
    return this.read(this.reached().reduce((one, x) => (one === null || near(x) < near(one) ? x : one), null));
  }

  // The places that can be read: where a line drawn by now has a point.
  reached() {
    const until = this.moments[this.at];
    return [...new Set(this.places.filter(([, at]) => at <= until).map(([x]) => x))];
  }

  next(step) {
    const places = this.reached();
    if (!places.length) return null;
    const now = this.reading === null ? (step < 0 ? places.length : -1) : countUpTo(places, this.reading) - 1;
    return places[Math.min(Math.max(now + step, 0), places.length - 1)];
  }

  read(passes) {
    if (passes === this.reading) return;
    this.reading = passes;
    this.show(this.at);
  }

  speak() {
    const names = { training: "training", running: "training, epoch so far", validation: "validation", sample: "sample" };
    const said = this.charts.map((chart) => {
      const values = this.valuesOf(chart.chart.metric).map(([kind, value]) => `${names[kind]} ${chart.written(value)}`);
      return `${chart.chart.title}: ${values.join(", ") || "no value yet"}`;
    });
    const place = this.reading ?? this.reached().at(-1) ?? 0;
    set(this.area, { "aria-valuenow": +place.toFixed(2), "aria-valuetext": `${writePasses(place)}. ${said.join(". ")}` });
  }
};
