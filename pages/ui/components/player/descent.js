// The track of a descent: the loss so far, the nine numbers of the moment, and the picture that they make, beside the
// target. Data: { losses, steps, kernels, sprite, side, target, largest, axis }
// losses, steps, kernels: for each moment a number, a number and a list, row by row; sprite: the pictures of all moments
// below each other, of `side` pixels, as a data URL; target: one picture; largest: the number with the full colour;
// axis: what the two axes are. Both axes are logarithmic: each line of the grid is ten times less.

const PLOT = { width: 320, height: 190, left: 46, right: 10, up: 10, down: 24 };

TRACKS.descent = class {
  constructor(root) {
    this.svg = draw("svg", "loss", this.pane(root, "The loss", "curve"));
    set(this.svg, { viewBox: `0 0 ${PLOT.width} ${PLOT.height}`, "aria-hidden": "true" });
    const grid = this.pane(root, "The kernel", "numbers").appendChild(element("div", "nine"));
    grid.setAttribute("aria-hidden", "true"); // the sentence says them
    this.cells = Array.from({ length: 9 }, () => grid.appendChild(element("span")));
    const canvas = this.pane(root, "Its picture", "made").appendChild(element("canvas"));
    canvas.setAttribute("aria-hidden", "true");
    this.target = this.pane(root, "The target", "target").appendChild(element("img"));
    this.target.alt = "The target";
    this.canvas = canvas;
  }

  pane(root, title, name) {
    const pane = root.appendChild(element("figure", name));
    pane.appendChild(element("figcaption", "", title));
    return pane;
  }

  take(data) {
    this.data = data;
    this.target.src = data.target;
    Object.assign(this.canvas, { width: data.side, height: data.side });
    this.sprite = new Image();
    this.sprite.onload = () => this.paint();
    this.sprite.src = data.sprite;
    this.drawAxes();
  }

  drawAxes() {
    const { losses } = this.data;
    this.top = Math.ceil(Math.log10(Math.max(...losses, 1e-9)));
    this.low = Math.floor(Math.log10(Math.max(Math.min(...losses), 1e-10)));
    this.svg.replaceChildren();
    for (let power = this.low; power <= this.top; power += Math.ceil((this.top - this.low) / 5) || 1) {
      const y = this.y(10 ** power);
      set(draw("path", "rule", this.svg), { d: `M${PLOT.left} ${y}H${PLOT.width - PLOT.right}` });
      const label = draw("text", "", this.svg);
      set(label, { x: PLOT.left - 5, y: y + 4, "text-anchor": "end" });
      label.textContent = power < -3 || power > 3 ? `1e${power}` : String(Number((10 ** power).toPrecision(1)));
    }
    const axis = draw("text", "", this.svg);
    set(axis, { x: PLOT.width - PLOT.right, y: PLOT.height - 6, "text-anchor": "end" });
    axis.textContent = this.data.axis;
    this.line = draw("path", "line", this.svg);
    this.dot = draw("path", "dot", this.svg);
  }

  x(step) {
    const share = Math.log1p(step) / Math.log1p(Math.max(this.data.steps.at(-1), 1));
    return PLOT.left + share * (PLOT.width - PLOT.left - PLOT.right);
  }

  y(loss) {
    const share = (Math.log10(Math.max(loss, 1e-10)) - this.low) / (this.top - this.low || 1);
    return PLOT.height - PLOT.down - Math.max(share, 0) * (PLOT.height - PLOT.up - PLOT.down);
  }

  show(at) {
    const { losses, steps, kernels, largest } = this.data;
    const points = losses.slice(0, at + 1).map((loss, i) => `${this.x(steps[i]).toFixed(1)} ${this.y(loss).toFixed(1)}`);
    set(this.line, { d: `M${points.join("L")}` });
    set(this.dot, { d: circle(this.x(steps[at]), this.y(losses[at]), 4) });
    this.cells.forEach((cell, i) => {
      const weight = kernels[at][i];
      setText(cell, weight.toFixed(2).replace("-", "−").replace(/^−0\.00$/, "0.00"));
      cell.className = weight < 0 ? "negative" : "positive";
      cell.style.setProperty("--share", Math.min(Math.abs(weight) / largest, 1).toFixed(3));
    });
    this.at = at;
    this.paint();
  }

  paint() {
    if (!this.sprite.complete || this.at === undefined) return;
    const { side } = this.data;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, side, side);
    pen.drawImage(this.sprite, 0, this.at * side, side, side, 0, 0, side, side);
  }
};
