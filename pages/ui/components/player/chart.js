// One chart of the track of curves: its caption with the values that are read, its axes, and the lines as far as they go.

const SVG = "http://www.w3.org/2000/svg";
const MARKED = 40; // points of a line beyond which only the last is marked
const RADIUS = { training: 3, validation: 4.5, running: 3.5, sample: 2.5 }; // pixels at a type of 16

function draw(name, className, parent) {
  const made = document.createElementNS(SVG, name);
  if (className) made.setAttribute("class", className);
  return parent.appendChild(made);
}

function set(node, attributes) {
  for (const name in attributes) node.setAttribute(name, attributes[name]);
}

const circle = (x, y, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

class Chart {
  constructor(parent) {
    const figure = parent.appendChild(element("figure", "chart"));
    const caption = figure.appendChild(element("figcaption"));
    this.title = caption.appendChild(element("b"));
    this.long = caption.appendChild(element("span", "long"));
    this.values = caption.appendChild(element("span", "values"));
    this.svg = draw("svg", "plot", figure);
    this.svg.setAttribute("aria-hidden", "true");
    this.axes = draw("g", "axes", this.svg);
    this.lines = draw("g", "lines", this.svg);
    this.cursor = draw("g", "cursor", this.svg);
    this.rule = draw("path", "", this.cursor);
    this.where = draw("text", "", this.cursor);
    this.paths = new Map();
  }

  take(chart, data) {
    Object.assign(this, { chart, data });
    setText(this.title, chart.title);
    setText(this.long, chart.long);
    this.drawAxes();
  }

  // Drawn again only when the axes or the size have changed.
  drawAxes() {
    const { chart, data } = this;
    const { clientWidth: width, clientHeight: height } = this.svg;
    const drawn = JSON.stringify([chart, data.last, data.ticks, width, height]);
    if (drawn === this.drawn || !width) return;
    this.drawn = drawn;
    const em = parseFloat(getComputedStyle(this.svg).fontSize);
    Object.assign(this, { em, left: 3.3 * em, right: width - 0.9 * em, up: 0.7 * em, down: height - 1.6 * em });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.axes.replaceChildren();
    for (const [value, text] of chart.ticks) {
      set(draw("path", "rule", this.axes), { d: `M${this.left} ${this.y(value)}H${this.right}` });
      this.write(text, this.left - 0.5 * em, this.y(value) + 0.35 * em, "end");
    }
    let free = Infinity; // from the last, which says "epochs": what would touch the text to its right is left out
    for (const [value, text] of [...data.ticks].reverse()) {
      const isLast = this.x(value) > this.right - 2 * em;
      const label = this.write(text, isLast ? width : this.x(value), this.down + 1.3 * em, isLast ? "end" : "middle");
      const box = label.getBBox();
      if (box.x + box.width > free - 0.5 * em) label.remove();
      else free = box.x;
    }
    set(draw("path", "chance", this.axes), { d: `M${this.left} ${this.y(chart.chance)}H${this.right}` });
    this.write("guessing", this.right, this.y(chart.chance) - 0.35 * em, "end");
  }

  write(text, x, y, anchor) {
    const label = draw("text", "", this.axes);
    set(label, { x, y, "text-anchor": anchor });
    label.textContent = text;
    return label;
  }

  x(passes) {
    return this.left + (passes / this.data.last) * (this.right - this.left);
  }

  // What lies above the scale is drawn at its upper edge.
  y(value) {
    return this.down - Math.min(value / this.chart.top, 1.02) * (this.down - this.up);
  }

  passesAt(clientX) {
    const box = this.svg.getBoundingClientRect();
    return ((clientX - box.left - this.left) / (this.right - this.left)) * this.data.last;
  }

  // `counts`: of each line, how many points are drawn. `reading`: the passes at which values are read, or null.
  show(counts, reading) {
    if (!this.em) return;
    this.data.lines.forEach((line, i) => this.drawLine(line, counts[i]));
    this.cursor.style.display = reading === null ? "none" : "";
    if (reading === null) return;
    const x = this.x(reading);
    set(this.rule, { d: `M${x} ${this.up}V${this.down}` });
    const isLate = x > (this.left + this.right) / 2;
    set(this.where, { x: x + (isLate ? -0.4 : 0.4) * this.em, y: this.up + 0.5 * this.em, "text-anchor": isLate ? "end" : "start" });
    setText(this.where, writePasses(reading));
  }

  drawLine(line, count) {
    const { kind, x, piece } = line;
    const values = line[this.chart.metric];
    let [path, dots] = ["", ""];
    const radius = (RADIUS[kind] * this.em) / 13;
    const marksAll = kind !== "running" && x.length <= MARKED;
    for (let i = 0; i < count; i++) {
      if (values[i] === null) continue;
      const at = [this.x(x[i]).toFixed(1), this.y(values[i]).toFixed(1)];
      path += `${!path || (piece && piece[i] !== piece[i - 1]) ? "M" : "L"}${at[0]} ${at[1]}`;
      if (marksAll || i === count - 1) dots += circle(Number(at[0]), Number(at[1]), radius);
    }
    const [curve, marks] = this.pathsOf(kind);
    set(curve, { d: path });
    set(marks, { d: dots });
  }

  pathsOf(kind) {
    if (!this.paths.has(kind)) {
      this.paths.set(kind, [draw("path", `line ${kind}`, this.lines), draw("path", `dots ${kind}`, this.lines)]);
    }
    return this.paths.get(kind);
  }

  // The values in the caption: [kind, value] each.
  showValues(read) {
    while (this.values.children.length > read.length) this.values.lastChild.remove();
    while (this.values.children.length < read.length) {
      const item = this.values.appendChild(element("span", "value"));
      item.append(element("i"), element("span"));
    }
    read.forEach(([kind, value], i) => {
      const [swatch, text] = this.values.children[i].children;
      swatch.className = `swatch ${kind}`;
      setText(text, this.written(value));
    });
  }

  written(value) {
    const { digits } = this.chart;
    return digits === "percent" ? `${(100 * value).toFixed(1)}%` : value.toFixed(digits);
  }
}

const writePasses = (passes) => `${+passes.toFixed(2)} epoch${+passes.toFixed(2) === 1 ? "" : "s"}`;
