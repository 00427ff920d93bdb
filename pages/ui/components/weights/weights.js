// A kernel alone: the panel, the weight that is chosen, and the field over it.

const MOUNTED = new WeakMap();
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
const HINT = "Arrow keys choose a weight. Type a number to change it, or paste a whole kernel.";

class Weights {
  constructor(parent) {
    this.root = parent.querySelector(".weights");
    this.live = this.root.querySelector(".live");
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.root);
  }

  update({ kernel, side }, send) {
    this.send = send;
    if (side !== this.side) this.build(side);
    this.kernel = kernel;
    this.paint();
  }

  build(side) {
    Object.assign(this, { side, at: null });
    this.panel = new Panel("kernel", "Kernel", "", HINT);
    const { panel } = this;
    panel.shape(side, side, "");
    panel.mark("tap", "");
    this.root.querySelector(".place").replaceChildren(panel.root);
    this.field = new WeightField(panel, {
      weightAt: (index) => this.kernel[index],
      look: (index) => this.look(index),
      again: () => this.field,
      tell: (edit, index) => this.tell(edit, index),
    });
    panel.board.onclick = (event) => {
      const [row, column] = panel.cellAt(event);
      this.field.open(row * side + column);
    };
    panel.board.onkeydown = (event) => this.key(event);
    panel.board.onfocus = () => this.look(this.at ?? 0);
    panel.board.onblur = () => panel.mark("tap", "");
  }

  key(event) {
    const { side, at } = this;
    const step = STEPS[event.key];
    const clamp = (place) => Math.min(Math.max(place, 0), side - 1);
    if (step) this.look(clamp(Math.floor(at / side) + step[0]) * side + clamp((at % side) + step[1]));
    else if (!this.field.start(event, at)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  look(index) {
    const place = { row: Math.floor(index / this.side), column: index % this.side };
    this.at = index;
    this.panel.mark("tap", rectangle(1, 1));
    this.panel.move("tap", place.row, place.column);
    setText(this.live, `${capital(placeName(place))}: ${write(this.kernel[index])}.`);
  }

  // A plain number shows at once; Python reads every text, and sends the kernel that is true.
  tell(edit, index) {
    const value = edit.cell ? readNumber(edit.text) : null;
    if (value !== null) {
      this.kernel = this.kernel.map((weight, at) => (at === index ? value : weight));
      this.paint();
    }
    this.send("edit", edit);
  }

  paint() {
    if (!this.panel || !this.root.clientWidth) return;
    const largest = Math.max(...this.kernel.map(Math.abs));
    const theme = readTheme(this.root);
    this.panel.paint((row, column) => {
      const weight = this.kernel[row * this.side + column];
      return { rgb: diverging(weight, largest, WEIGHT, theme.zero), text: write(weight) };
    }, theme);
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let weights = MOUNTED.get(parentElement);
  if (!weights) MOUNTED.set(parentElement, (weights = new Weights(parentElement)));
  weights.update(data, setTriggerValue);
  return () => {
    weights.observer.disconnect();
    MOUNTED.delete(parentElement);
  };
}
