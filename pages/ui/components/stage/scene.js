// The panels of a model: input channels, kernel slices, the channels' parts and the output, left to right.

const MOVES = "Arrow keys move the window, Enter pins it, Home and End go to the ends of the row.";
const OVER_PIXELS = "Arrow keys move over the pixels, Enter pins the window.";
const OVER_WEIGHTS = "Arrow keys choose a weight and show the pixels it meets.";

class Scene {
  constructor(box, model) {
    this.model = model;
    const { data, channels } = model;
    const named = (title, c) => (channels > 1 ? `${title} ${data.channels[c]}` : title);
    const each = (make) => Array.from({ length: channels }, (_, c) => make(c));
    const bent = data.activation.name !== "linear";
    this.inputs = each((c) => new Panel("input", named(data.titles.input, c), OVER_PIXELS));
    this.kernels = data.kernel ? each((c) => new Panel("kernel", named(data.titles.kernel, c), OVER_WEIGHTS)) : [];
    this.parts = channels > 1 ? each((c) => new Panel("part", `${data.channels[c]} part`, MOVES)) : [];
    this.outputs = [new Panel("output", bent ? "Sum + bias" : data.titles.output, MOVES)];
    if (bent) this.outputs.push(new Panel("output after", `After ${data.activation.title}`, MOVES));
    this.maps = [...this.parts, ...this.outputs];
    this.panels = [...this.inputs, ...this.kernels, ...this.maps];
    const largest = (values) => Math.max(...Array.from(values, Math.abs));
    this.limit = Math.max(...[model.z, model.a, ...model.parts].map(largest));
    this.weightLimit = data.kernel ? largest(data.kernel) : 0;
    this.shape();
    this.layOut(box);
  }

  shape() {
    const { rows, columns } = this.model;
    const size = (of) => `${rows[of]} × ${columns[of]}`;
    const aside = size("padded") === size("size") ? "" : `padded ${size("padded")}`;
    for (const panel of this.inputs) {
      panel.shape(rows.padded, columns.padded, size("size"), aside);
      for (const name of ["reach", "window", "tap", "pixel"]) panel.mark(name, name === "window" ? this.windowPath() : "");
    }
    for (const panel of this.kernels) {
      panel.shape(rows.kernel, columns.kernel, size("kernel"));
      panel.mark("tap", "");
    }
    for (const panel of this.maps) {
      panel.shape(rows.outputs, columns.outputs, size("outputs"));
      for (const name of ["reach", "pin", "cursor"]) panel.mark(name, name === "cursor" ? rectangle(1, 1) : "");
    }
  }

  windowPath() {
    const { rows, columns } = this.model;
    if (rows.dilation === 1) return rectangle(rows.span, columns.span);
    const taps = [];
    for (let i = 0; i < rows.span; i += rows.dilation) {
      for (let j = 0; j < columns.span; j += columns.dilation) taps.push([i, j]);
    }
    return squares(taps);
  }

  // Columns from left to right, with the signs of the sum between them.
  layOut(box) {
    const { channels, columns: across } = this.model;
    const [first, after] = this.outputs;
    const columns = [[this.inputs, "input"]];
    if (this.kernels.length) columns.push(["∗"], [this.kernels, "kernel"]);
    if (this.parts.length) columns.push(["="], [this.parts, "part"], ["Σ + b"]);
    else columns.push([this.kernels.length ? "=" : "→"]);
    columns.push([[first], "output"]);
    if (after) columns.push(["→"], [[after], "output"]);
    box.replaceChildren();
    box.className = `panels ${channels > 1 ? "volume" : "single"} n${columns.length}`;
    box.style.setProperty("--taps", across.kernel);
    box.style.gridTemplateColumns = columns.map(([, kind]) => (kind ? `minmax(0, var(--${kind}))` : "auto")).join(" ");
    columns.forEach(([content, kind], number) => {
      const items = kind ? content.map((panel) => panel.root) : [element("span", "sign", content)];
      items.forEach((item, row) => {
        item.style.gridColumn = number + 1;
        item.style.gridRow = items.length === 1 ? `1 / span ${channels}` : row + 1;
        box.append(item);
      });
    });
  }

  // Draw everything again: after a change of data, size or theme.
  paint(theme, view) {
    const { model } = this;
    const { columns, channels } = model;
    this.view = view;
    this.inputs.forEach((panel, c) => panel.paint((row, column) => this.inputLook(row, column, c), theme));
    this.kernels.forEach((panel, c) => {
      const weightAt = (row, column) => model.weights[(row * columns.kernel + column) * channels + c];
      const look = (weight) => ({ rgb: diverging(weight, this.weightLimit, WEIGHT), text: write(weight) });
      panel.paint((row, column) => look(weightAt(row, column)), theme);
    });
    [...model.parts.slice(0, this.parts.length), model.z, model.a].slice(0, this.maps.length).forEach((values, i) => {
      this.maps[i].paint((row, column) => this.mapLook(values, row * columns.outputs + column), theme);
    });
  }

  inputLook(row, column, channel) {
    const { rows, columns, channels, image, data, weights } = this.model;
    const hatch = rows.reads[row] === 0 || columns.reads[column] === 0;
    if (!isInside(rows, row) || !isInside(columns, column)) return { padding: true, text: weights ? "0" : "", hatch };
    const value = image[((row - rows.before) * columns.size + column - columns.before) * channels + channel];
    return { rgb: this.inputColour(value, data.channels[channel]), text: write(value), hatch };
  }

  inputColour(value, channel) {
    const { kind, low, high } = this.model.data.scale;
    return kind === "signed" ? diverging(value, high, RESULT) : brightness(value, low, high, channel);
  }

  mapLook(values, at) {
    const { view, model } = this;
    if (model.isSecret(at)) return { blank: true, text: "?" };
    if (at >= view.revealed && !(at === view.at && view.complete)) return { blank: true, text: "" };
    const value = values[at];
    return { rgb: model.weights ? diverging(value, this.limit, RESULT) : this.inputColour(value), text: write(value) };
  }

  // The window has moved: shift the marks, and paint again only the outputs that appeared or disappeared.
  draw(view) {
    const { rows, columns } = this.model;
    this.paintRevealed(view);
    const pin = view.pinned === null ? "" : corner(...this.model.cellOf(view.pinned));
    for (const panel of this.maps) {
      panel.move("cursor", view.row, view.column);
      panel.mark("pin", pin);
      panel.mark("reach", view.readers ? squares(view.readers) : "");
    }
    for (const panel of this.inputs) {
      panel.move("window", view.row * rows.stride, view.column * columns.stride);
      panel.mark("pixel", view.pixel ? squares([view.pixel]) : "");
    }
    this.drawTap(view);
  }

  paintRevealed(view) {
    const { count } = this.model;
    const before = this.view;
    this.view = view;
    if (Math.min(before.revealed, view.revealed) >= count) return;
    const [from, to] = [before.revealed, view.revealed].map((n) => Math.min(n, count)).sort((a, b) => a - b);
    const changed = new Set([before.at, view.at]);
    for (let at = from; at < to; at++) changed.add(at);
    for (const at of changed) {
      if (at < count) for (const panel of this.maps) panel.grid.paintCell(...this.model.cellOf(at));
    }
  }

  // The product in question: its pixel, its weight and, for a weight, every pixel it meets on its way.
  drawTap({ tap, stop }) {
    const { taps, columns } = this.model;
    const index = tap?.index ?? -1;
    const [channel, place] = [Math.floor(index / taps), index % taps];
    const meets = tap?.all ? this.meetings(place) : "";
    const square = (c) => (index >= 0 && c === channel ? rectangle(1, 1) : "");
    this.inputs.forEach((panel, c) => {
      panel.mark("reach", c === channel ? meets : "");
      panel.mark("tap", square(c));
      if (index >= 0) panel.move("tap", stop.taps[index].y, stop.taps[index].x);
    });
    this.kernels.forEach((panel, c) => {
      panel.mark("tap", square(c));
      if (index >= 0) panel.move("tap", Math.floor(place / columns.kernel), place % columns.kernel);
    });
  }

  meetings(place) {
    const { rows, columns } = this.model;
    const down = Math.floor(place / columns.kernel) * rows.dilation;
    const right = (place % columns.kernel) * columns.dilation;
    const met = [];
    for (let r = 0; r < rows.outputs; r++) {
      for (let c = 0; c < columns.outputs; c++) met.push([r * rows.stride + down, c * columns.stride + right]);
    }
    return squares(met);
  }
}
