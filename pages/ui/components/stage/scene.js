// The panels of a model: input channels, kernel slices, the channels' parts and the output, left to right.

const MOVES = "Arrow keys move the window, Enter pins it, Home and End go to the ends of the row.";
const OVER_PIXELS = "Arrow keys move over the pixels, Enter pins the window.";
const OVER_WEIGHTS = "Arrow keys choose a weight and show the pixels it meets.";
const TO_EDIT = " Type a number to change it, or paste a whole kernel.";

class Scene {
  constructor(model, parts) {
    this.model = model;
    const { data, channels } = model;
    const { titles, activation } = data;
    const each = (make) => Array.from({ length: channels }, (_, c) => make(channels > 1 ? ` ${data.channels[c]}` : ""));
    const bent = activation.name !== "linear";
    const overWeights = OVER_WEIGHTS + (data.editable ? TO_EDIT : "");
    this.inputs = each((of) => new Panel("input", titles.input, of, OVER_PIXELS));
    this.kernels = data.kernel ? each((of) => new Panel("kernel", titles.kernel, of, overWeights)) : [];
    this.parts = channels > 1 ? each((of) => new Panel("part", "Part", of, "")) : [];
    this.outputs = [new Panel("output", bent ? "Sum + bias" : titles.output, "", MOVES)];
    if (bent) this.outputs.push(new Panel("output after", `After ${activation.title}`, "", MOVES));
    this.maps = [...this.parts, ...this.outputs];
    this.panels = [...this.inputs, ...this.kernels, ...this.maps];
    this.limit = Math.max(...[model.z, model.a, ...model.parts].map(strongest)) / data.contrast;
    this.weightLimit = data.kernel ? Math.max(...data.kernel.map(Math.abs)) : 0;
    this.shape();
    layOut(this, parts);
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

  // Draw everything again: after a change of data, size or theme.
  paint(theme, view) {
    const { model } = this;
    const { columns, channels } = model;
    this.view = view;
    this.zero = theme.zero;
    this.inputs.forEach((panel, c) => panel.paint((row, column) => this.inputLook(row, column, c), theme));
    this.kernels.forEach((panel, c) => {
      const weightAt = (row, column) => model.weights[(row * columns.kernel + column) * channels + c];
      const look = (weight) => ({ rgb: diverging(weight, this.weightLimit, WEIGHT, this.zero), text: write(weight) });
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
    return kind === "signed" ? diverging(value, high, RESULT, this.zero) : brightness(value, low, high, channel);
  }

  mapLook(values, at) {
    const { view, model } = this;
    if (model.isSecret(at)) return { blank: true, text: "?" };
    if (at >= view.revealed && !(at === view.at && view.complete)) return { blank: true, text: "" };
    const value = values[at];
    const rgb = model.weights ? diverging(value, this.limit, RESULT, this.zero) : this.inputColour(value);
    return { rgb, text: write(value) };
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
