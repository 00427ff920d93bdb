// The stage: input, kernel and output tied together by one cursor. It listens, moves and draws; it tells Python only when
// a cell is pinned. `at` is where the window stands, `hover` where the pointer holds it for a moment.

const MOUNTED = new WeakMap();
const PRODUCT_SECONDS = 0.4; // the pace of "product by product"
const QUIET_MS = 350; // a screen reader hears where the window came to rest, not every place it passed
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

const clamp = (value, length) => Math.min(Math.max(value, 0), length - 1);

class Stage {
  constructor(parent) {
    this.root = parent.querySelector(".stage");
    const part = (selector) => this.root.querySelector(selector);
    Object.assign(this, {
      part, note: part(".note"), scrub: part(".scrub"), place: part(".place"), live: part(".live"),
      speed: part(".speed select"), playButton: part(".play"),
      at: 0, hover: null, pinned: null, revealed: Infinity, progress: Infinity, playing: false, tap: null, pixel: null,
    });
    this.listen();
    this.observer = new ResizeObserver(() => this.repaint());
    this.observer.observe(this.root);
  }

  // New data or a new theme from Python.
  update(data, tell) {
    this.tell = tell;
    const sent = JSON.stringify({ ...data, cell: null });
    if (sent !== this.sent) this.take(data, sent);
    this.takeCell(data.cell);
    this.repaint();
  }

  take(data, sent) {
    this.sent = sent;
    this.model = solve(data);
    this.scene = new Scene(this.part(".panels"), this.model);
    this.sum = new Sum(this.root, this.model, (tap) => this.touch(tap));
    this.scene.panels.forEach((panel) => this.listenTo(panel));
    this.scrub.max = this.model.count - 1;
    this.part(".legend").replaceChildren(...legendFor(this.model).map(([swatch, text]) => {
      const item = element("span", "key", text);
      item.prepend(element("i", `swatch-${swatch}`));
      return item;
    }));
    Object.assign(this, { at: clamp(this.at, this.model.count), hover: null, tap: null, pixel: null, progress: Infinity });
    if (this.pinned !== null && this.pinned >= this.model.count) this.pinned = null;
    if (!this.playing) this.revealed = Infinity;
  }

  // A cell that Python names for the first time (a link, a button) moves the window there; the echo of a click does not.
  takeCell(cell) {
    const sent = JSON.stringify(cell);
    if (sent === this.sentCell) return;
    this.sentCell = sent;
    this.pinned = cell ? cell[0] * this.model.columns.outputs + cell[1] : null;
    if (this.pinned !== null) this.at = this.pinned;
  }

  // ---- drawing ------------------------------------------------------------------------------------------------------

  // What is on show now: the one description that panels, arithmetic and words are drawn from.
  look() {
    const { model } = this;
    const at = this.hover ?? this.at;
    const [row, column] = model.cellOf(at);
    const stop = stopAt(model, row, column);
    const length = stop.taps.length;
    const done = this.hover === null ? Math.min(this.progress, length) : length;
    const secret = model.isSecret(at);
    const automatic = done < length ? done - 1 : secret ? -1 : stop.winner;
    const tap = this.tap ?? (automatic >= 0 ? { index: automatic, all: false } : null);
    const readers = this.pixel && crossing(readersOf(model.rows, this.pixel[0]), readersOf(model.columns, this.pixel[1]));
    const { revealed, pinned, pixel } = this;
    return { at, row, column, stop, secret, done, complete: done === length, tap, readers, revealed, pinned, pixel };
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
    const { rows, columns, count: cells } = this.model;
    this.scene.draw(view);
    this.sum.draw(view, this.scene, this.theme);
    setText(this.note, noteFor(this.model, view, this.tap !== null));
    setText(this.place, `row ${view.row + 1} of ${rows.outputs}, column ${view.column + 1} of ${columns.outputs}`);
    this.scrub.value = this.at;
    this.root.classList.toggle("playing", this.playing);
    this.root.classList.toggle("quick", this.playing && Number(this.speed.value) >= 10);
    this.playButton.title = this.playing ? "Pause" : "Play";
    this.playButton.setAttribute("aria-label", this.playButton.title);
    const words = spoken(this.model, view);
    this.scrub.setAttribute("aria-valuetext", words);
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => setText(this.live, words), QUIET_MS);
  }

  // ---- moving -------------------------------------------------------------------------------------------------------

  goTo(at) {
    Object.assign(this, { at: clamp(at, this.model.count), hover: null, progress: Infinity });
    this.draw();
  }

  // Along the film: what lies ahead is not computed yet.
  seek(at) {
    this.pause();
    this.goTo(at);
    this.revealed = this.at + 1;
  }

  get byProduct() {
    return this.speed.value === "products";
  }

  step(direction) {
    this.pause();
    if (!this.byProduct) return this.seek(this.at + direction);
    const last = this.sum.cells.length;
    const next = Math.min(this.progress, last) + direction;
    if (next > last) return this.at < this.model.count - 1 && this.show(this.at + 1, 1);
    if (next < 1) return this.at > 0 && this.show(this.at - 1, last);
    return this.show(this.at, next);
  }

  // The film stands at this output, with so many of its products summed.
  show(at, progress) {
    const whole = progress >= this.sum.cells.length;
    Object.assign(this, { at, progress, hover: null, revealed: at + (whole ? 1 : 0) });
    this.draw();
  }

  play() {
    if (this.playing) return this.pause();
    if (this.revealed >= this.model.count) this.show(0, this.byProduct ? 1 : this.sum.cells.length);
    this.playing = true;
    this.clock = performance.now();
    this.tick(this.clock);
    return this.draw();
  }

  pause() {
    this.playing = false;
    this.draw();
  }

  tick(now) {
    if (!this.playing) return;
    const pace = 1000 * (this.byProduct ? PRODUCT_SECONDS : 1 / Number(this.speed.value));
    if (this.hover !== null) this.clock = now; // the pointer holds the film
    while (this.playing && now - this.clock >= pace - 1) {
      this.clock += pace;
      this.advance();
    }
    requestAnimationFrame((next) => this.tick(next));
  }

  advance() {
    const last = this.sum.cells.length;
    const end = this.model.count - 1;
    if (this.byProduct && this.progress < last) this.show(this.at, this.progress + 1);
    else if (this.at < end) this.show(this.at + 1, this.byProduct ? 1 : last);
    if (this.at < end || this.progress < last) return;
    this.revealed = Infinity;
    this.pause();
  }

  // The one word to Python. Pinning the pinned cell frees it.
  pin(at) {
    this.pause();
    this.pinned = this.pinned === at ? null : at;
    this.goTo(at);
    const cell = this.pinned === null ? null : this.model.cellOf(at);
    this.sentCell = JSON.stringify(cell);
    this.tell("cell", cell);
  }

  // ---- listening ----------------------------------------------------------------------------------------------------

  listen() {
    this.part(".start").onclick = () => this.seek(0);
    this.part(".end").onclick = () => {
      this.seek(this.model.count - 1);
      this.revealed = Infinity;
    };
    this.part(".back").onclick = () => this.step(-1);
    this.part(".forward").onclick = () => this.step(1);
    this.playButton.onclick = () => this.play();
    this.scrub.oninput = () => this.seek(Number(this.scrub.value));
    this.speed.onchange = () => {
      this.progress = Infinity;
      this.draw();
    };
  }

  listenTo(panel) {
    const { board } = panel;
    board.onpointermove = board.onpointerdown = (event) => this.point(panel, ...panel.cellAt(event));
    board.onpointerleave = board.onblur = () => this.release();
    board.onclick = (event) => {
      this.point(panel, ...panel.cellAt(event));
      if (panel.kind !== "kernel") this.pin(this.hover);
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
    this.hover = panel.kind === "input" ? this.nearest(row, column) : row * this.model.columns.outputs + column;
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
    Object.assign(this, { hover: null, tap: null, pixel: null });
    this.draw();
  }

  // True if the key meant something.
  key(panel, event) {
    if (event.key in ARROWS) this.arrow(panel, ...ARROWS[event.key]);
    else if (event.key === "Home" || event.key === "End") this.jump(event.key === "End", event.ctrlKey);
    else if (event.key === "Enter" || event.key === " ") panel.kind === "kernel" || this.pin(this.hover ?? this.at);
    else if (event.key === "Escape") this.pinned === null ? this.release() : this.pin(this.pinned);
    else return false;
    return true;
  }

  arrow(panel, down, right) {
    const { model } = this;
    const { rows, columns, taps } = model;
    this.pause();
    if (panel.kind === "kernel") {
      const place = this.tap ? this.tap.index % taps : null;
      const row = place === null ? 0 : clamp(Math.floor(place / columns.kernel) + down, rows.kernel);
      const column = place === null ? 0 : clamp((place % columns.kernel) + right, columns.kernel);
      return this.touch(this.weightAt(panel, row, column));
    }
    const [row, column] = model.cellOf(this.at);
    if (panel.kind !== "input") {
      return this.goTo(clamp(row + down, rows.outputs) * columns.outputs + clamp(column + right, columns.outputs));
    }
    const [y, x] = this.pixel ?? [middleOf(rows, row), middleOf(columns, column)];
    this.pixel = [clamp(y + down, rows.padded), clamp(x + right, columns.padded)];
    return this.goTo(this.nearest(...this.pixel));
  }

  jump(toEnd, wholeMap) {
    const width = this.model.columns.outputs;
    const first = wholeMap ? 0 : this.at - (this.at % width);
    const last = wholeMap ? this.model.count - 1 : first + width - 1;
    this.pause();
    this.pixel = null;
    this.goTo(toEnd ? last : first);
  }

  end() {
    this.playing = false;
    clearTimeout(this.quiet);
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
  }
}

// Streamlit calls this at mounting and again for every new data or theme.
export default function ({ data, parentElement, setStateValue }) {
  let stage = MOUNTED.get(parentElement);
  if (!stage) MOUNTED.set(parentElement, (stage = new Stage(parentElement)));
  stage.update(data, setStateValue);
  return () => {
    stage.end();
    MOUNTED.delete(parentElement);
  };
}
