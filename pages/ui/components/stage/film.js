// The film: which output the window is at, how many products of its sum are done, which results are shown, and the
// clock that advances all three. `hover` is where the pointer holds the window for a moment. `redraw` asks the stage to
// draw.

const PRODUCT_SECONDS = 0.4; // the pace of "product by product"

const clamp = (value, length) => Math.min(Math.max(value, 0), length - 1);

class Film {
  constructor(part, redraw) {
    Object.assign(this, { redraw, scrub: part(".scrub"), speed: part(".speed"), button: part(".play") });
    Object.assign(this, { at: 0, hover: null, revealed: Infinity, progress: Infinity, playing: false });
    part(".start").onclick = () => this.seek(0);
    part(".end").onclick = () => {
      this.seek(this.model.count - 1);
      this.revealed = Infinity;
    };
    part(".back").onclick = () => this.step(-1);
    part(".forward").onclick = () => this.step(1);
    this.button.onclick = () => this.play();
    this.scrub.oninput = () => this.seek(Number(this.scrub.value));
    this.speed.onchange = () => {
      this.progress = Infinity;
      this.redraw();
    };
  }

  // A new model: the window stays where it was, as far as there are outputs.
  take(model) {
    Object.assign(this, { model, at: clamp(this.at, model.count), progress: Infinity });
    this.scrub.max = model.count - 1;
    if (!this.playing) this.revealed = Infinity;
  }

  get byProduct() {
    return this.speed.value === "products";
  }

  get isQuick() {
    return this.playing && Number(this.speed.value) >= 10;
  }

  // How many products a sum has here.
  get last() {
    return this.model.taps * this.model.channels;
  }

  goTo(at) {
    Object.assign(this, { at: clamp(at, this.model.count), hover: null, progress: Infinity });
    this.redraw();
  }

  // Along the film: what lies ahead is not computed yet.
  seek(at) {
    this.pause();
    this.goTo(at);
    this.revealed = this.at + 1;
  }

  step(direction) {
    this.pause();
    if (!this.byProduct) return this.seek(this.at + direction);
    const next = Math.min(this.progress, this.last) + direction;
    if (next > this.last) return this.at < this.model.count - 1 && this.show(this.at + 1, 1);
    if (next < 1) return this.at > 0 && this.show(this.at - 1, this.last);
    return this.show(this.at, next);
  }

  // Move to this output, with this many of its products summed.
  show(at, progress) {
    const whole = progress >= this.last;
    Object.assign(this, { at, progress, hover: null, revealed: at + (whole ? 1 : 0) });
    this.redraw();
  }

  play() {
    if (this.playing) return this.pause();
    // From the start where the film has ended, and where it stands before a result that is kept back for a question.
    if (this.revealed >= this.model.count || this.model.isSecret(this.at)) this.show(0, this.byProduct ? 1 : this.last);
    this.playing = true;
    this.clock = performance.now();
    this.tick(this.clock);
    return this.redraw();
  }

  pause() {
    this.playing = false;
    this.redraw();
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

  // Advance by one product or one output. It stops at the end, and at a result that is hidden for a question.
  advance() {
    const { count } = this.model;
    if (this.byProduct && this.progress < this.last) this.show(this.at, this.progress + 1);
    else if (this.at < count - 1) this.show(this.at + 1, this.byProduct ? 1 : this.last);
    if (this.progress < this.last) return;
    if (this.at === count - 1) this.revealed = Infinity;
    if (this.at === count - 1 || this.model.isSecret(this.at)) this.pause();
  }

  draw() {
    this.scrub.value = this.hover ?? this.at;
    this.button.title = this.playing ? "Pause" : "Play";
    this.button.setAttribute("aria-label", this.button.title);
  }
}
