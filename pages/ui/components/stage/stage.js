// The stage: input, kernel and output tied together by one cursor. It listens and draws; the film knows where the window
// stands. It tells Python only when a cell is pinned.

const MOUNTED = new WeakMap();
const QUIET_MS = 350; // a screen reader hears where the window came to rest, not every place it passed
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

class Stage {
  constructor(parent) {
    this.root = parent.querySelector(".stage");
    const part = (selector) => this.root.querySelector(selector);
    Object.assign(this, { part, note: part(".note"), place: part(".place"), live: part(".live") });
    Object.assign(this, { pinned: null, tap: null, pixel: null });
    const [box, blocks, totals, chain, below] = [".panels", ".blocks", ".totals", ".chain", ".below"].map(part);
    this.places = { box, blocks, totals, chain, below };
    this.film = new Film(part, () => this.draw());
    this.observer = new ResizeObserver(() => this.repaint());
    this.observer.observe(this.root);
  }

  // New data or a new theme from Python.
  update(data, tell, send) {
    Object.assign(this, { tell, send });
    const sent = JSON.stringify({ ...data, cell: null });
    if (sent !== this.sent) this.take(data, sent);
    this.takeCell(data.cell);
    this.repaint();
  }

  take(data, sent) {
    const [before, focus] = [this.scene?.panels ?? [], this.root.getRootNode().activeElement];
    const focused = before.findIndex(({ board }) => board === focus);
    const field = this.field;
    this.sent = sent;
    this.model = solve(data);
    this.scene = new Scene(this.model, this.places);
    this.sum = new Sum(this.root, this.model, (tap) => this.touch(tap));
    this.scene.panels.forEach((panel) => this.listenTo(panel));
    this.field = data.editable ? this.fieldOver(this.scene.kernels[0]) : null;
    this.part(".legend").replaceChildren(...legendFor(this.model).map(([swatch, text]) => {
      const item = element("span", "key", text);
      item.prepend(element("i", `swatch-${swatch}`));
      return item;
    }));
    this.film.take(this.model);
    Object.assign(this, { tap: null, pixel: null });
    if (this.pinned !== null && this.pinned >= this.model.count) this.pinned = null;
    if (field && this.field && field.moveTo(this.field)) return;
    if (focused >= 0) this.scene.panels[focused]?.board.focus({ preventScroll: true });
  }

  // A cell that Python names for the first time (a link, a button) moves the window there; the echo of a click does not.
  takeCell(cell) {
    const sent = JSON.stringify(cell);
    if (sent === this.sentCell) return;
    this.sentCell = sent;
    this.pinned = cell ? cell[0] * this.model.columns.outputs + cell[1] : null;
    if (this.pinned !== null) this.film.at = this.pinned;
  }

  // ---- drawing ------------------------------------------------------------------------------------------------------

  // What is on show now: the one description that panels, arithmetic and words are drawn from.
  look() {
    const { model, film } = this;
    const at = film.hover ?? film.at;
    const [row, column] = model.cellOf(at);
    const stop = stopAt(model, row, column);
    const length = stop.taps.length;
    const done = film.hover === null ? Math.min(film.progress, length) : length;
    const secret = model.isSecret(at);
    const automatic = done < length ? done - 1 : secret ? -1 : stop.winner;
    const tap = this.tap ?? (automatic >= 0 ? { index: automatic, all: false } : null);
    const readers = this.pixel && crossing(readersOf(model.rows, this.pixel[0]), readersOf(model.columns, this.pixel[1]));
    const { pinned, pixel } = this;
    const complete = done === length;
    return { at, row, column, stop, secret, done, complete, tap, readers, revealed: film.revealed, pinned, pixel };
  }

  repaint() {
    if (!this.model || !this.root.clientWidth) return;
    this.theme = readTheme(this.root);
    this.scene.paint(this.theme, this.look());
    this.draw();
  }

  draw() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.drawNow();
    });
  }

  drawNow() {
    const view = this.look();
    const { rows, columns } = this.model;
    this.scene.draw(view);
    this.sum.draw(view, this.scene, this.theme);
    setText(this.note, noteFor(this.model, view, this.tap !== null));
    setText(this.place, placeName(view, [rows.outputs, columns.outputs]));
    this.film.draw();
    this.root.classList.toggle("playing", this.film.playing);
    this.root.classList.toggle("quick", this.film.isQuick);
    const words = spoken(this.model, view);
    this.film.scrub.setAttribute("aria-valuetext", words);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => setText(this.live, words), QUIET_MS);
  }

  // ---- listening ----------------------------------------------------------------------------------------------------

  // The only message to Python. Pinning the pinned cell frees it.
  pin(at) {
    this.film.pause();
    this.pinned = this.pinned === at ? null : at;
    this.film.goTo(at);
    const cell = this.pinned === null ? null : this.model.cellOf(at);
    this.sentCell = JSON.stringify(cell);
    this.tell("cell", cell);
  }

  // The weights can be typed over: shown at once, read by Python.
  fieldOver(panel) {
    return new WeightField(panel, {
      weightAt: (index) => this.model.weights[index],
      look: (index) => this.touch({ index, all: true }),
      again: () => this.field,
      tell: (edit, index) => {
        const value = edit.cell ? readNumber(edit.text) : null;
        if (value !== null) {
          const kernel = this.model.weights.map((weight, at) => (at === index ? value : weight));
          const data = { ...this.model.data, kernel };
          const kept = this.film.at;
          this.take(data, JSON.stringify({ ...data, cell: null }));
          this.film.at = kept;
          this.repaint();
        }
        this.send("edit", edit);
      },
    });
  }

  listenTo(panel) {
    const { board } = panel;
    board.onpointermove = board.onpointerdown = (event) => this.point(panel, ...panel.cellAt(event));
    board.onpointerleave = board.onblur = () => this.release();
    board.onclick = (event) => {
      this.point(panel, ...panel.cellAt(event));
      if (panel.kind !== "kernel") this.pin(this.film.hover);
      else if (this.field) this.field.open(this.tap.index);
    };
    board.onkeydown = (event) => {
      if (!this.key(panel, event)) return;
      event.preventDefault();
      event.stopPropagation();
    };
  }

  point(panel, row, column) {
    if (panel.kind === "kernel") return this.touch(this.weightAt(panel, row, column));
    if (panel.kind === "input") this.pixel = [row, column];
    this.film.hover = panel.kind === "input" ? this.nearest(row, column) : row * this.model.columns.outputs + column;
    return this.draw();
  }

  // The output whose window has the pixel nearest to its middle.
  nearest(row, column) {
    const { rows, columns } = this.model;
    return nearestOutput(rows, row) * columns.outputs + nearestOutput(columns, column);
  }

  weightAt(panel, row, column) {
    const { taps, columns } = this.model;
    return { index: this.scene.kernels.indexOf(panel) * taps + row * columns.kernel + column, all: true };
  }

  touch(tap) {
    this.tap = tap;
    this.draw();
  }

  release() {
    this.film.hover = null;
    Object.assign(this, { tap: null, pixel: null });
    this.draw();
  }

  // True if the key meant something.
  key(panel, event) {
    if (panel.kind === "kernel" && this.field?.start(event, this.tap?.index ?? 0)) return true;
    if (event.key in ARROWS) this.arrow(panel, ...ARROWS[event.key]);
    else if (event.key === "Home" || event.key === "End") this.jump(event.key === "End", event.ctrlKey);
    else if (event.key === "Enter" || event.key === " ") panel.kind === "kernel" || this.pin(this.look().at);
    else if (event.key === "Escape") this.pinned === null ? this.release() : this.pin(this.pinned);
    else return false;
    return true;
  }

  arrow(panel, down, right) {
    const { model } = this;
    const { rows, columns, taps } = model;
    this.film.pause();
    if (panel.kind === "kernel") {
      const place = this.tap ? this.tap.index % taps : null;
      const row = place === null ? 0 : clamp(Math.floor(place / columns.kernel) + down, rows.kernel);
      const column = place === null ? 0 : clamp((place % columns.kernel) + right, columns.kernel);
      return this.touch(this.weightAt(panel, row, column));
    }
    const [row, column] = model.cellOf(this.film.at);
    if (panel.kind !== "input") {
      return this.film.goTo(clamp(row + down, rows.outputs) * columns.outputs + clamp(column + right, columns.outputs));
    }
    const [y, x] = this.pixel ?? [middleOf(rows, row), middleOf(columns, column)];
    this.pixel = [clamp(y + down, rows.padded), clamp(x + right, columns.padded)];
    return this.film.goTo(this.nearest(...this.pixel));
  }

  jump(toEnd, wholeMap) {
    const width = this.model.columns.outputs;
    const first = wholeMap ? 0 : this.film.at - (this.film.at % width);
    const last = wholeMap ? this.model.count - 1 : first + width - 1;
    this.film.pause();
    this.pixel = null;
    this.film.goTo(toEnd ? last : first);
  }

  end() {
    this.film.playing = false;
    clearTimeout(this.quiet);
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
  }
}

// Streamlit calls this at mounting and again for every new data or theme.
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  let stage = MOUNTED.get(parentElement);
  if (!stage) MOUNTED.set(parentElement, (stage = new Stage(parentElement)));
  stage.update(data, setStateValue, setTriggerValue);
  return () => {
    stage.end();
    MOUNTED.delete(parentElement);
  };
}
