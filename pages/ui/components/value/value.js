// One value of a map: the map with a cell that arrow keys move, the window and the kernel of one channel, the sum, and
// what followed. Python has worked out every number and has written it; the browser only shows them.

const MOUNTED = new WeakMap();
const PICKED = "inside-value"; // the columns above mark this value
const CHOSEN = "inside-chosen"; // there the visitor has just picked one
const REST_MS = 120; // Python is asked where the cell came to rest
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

class Value {
  constructor(parent) {
    this.root = parent.querySelector(".value");
    this.part = (selector) => this.root.querySelector(selector);
    this.live = this.part(".live");
    this.loupe = new Panel("output", "Map", "", "Arrow keys choose a value of this map.");
    this.window = new Panel("input", "Window", "");
    this.kernel = new Panel("kernel", "Kernel", "");
    this.part(".loupe").append(this.loupe.root);
    this.part(".pair").append(this.window.root, element("span", "sign", "∗"), this.kernel.root);
    const { board } = this.loupe;
    board.onclick = (event) => this.move(this.loupe.cellAt(event), 0);
    board.onkeydown = (event) => this.key(event);
    this.observer = new ResizeObserver(() => this.paint());
    this.observer.observe(this.root);
    this.heed = () => (this.wanted = true);
    document.addEventListener(CHOSEN, this.heed);
  }

  update(data, send) {
    this.send = send;
    this.part(".lab").onclick = () => send("lab", true);
    const sent = JSON.stringify(data);
    if (sent !== this.sent) {
      Object.assign(this, { data, sent, channel: 0, cell: data.cell });
      this.fill();
      this.tellColumns();
    }
    this.paint();
    if (this.wanted) this.root.scrollIntoView({ block: "nearest" });
    this.wanted = false;
  }

  tellColumns() {
    const { name, filter, values, columns } = this.data;
    const [row, column] = this.cell;
    const detail = [name, filter, row, column, values[row * columns + column]];
    document.documentElement.dataset.insideValue = JSON.stringify(detail);
    document.dispatchEvent(new CustomEvent(PICKED, { detail }));
  }

  fill() {
    const { data } = this;
    setText(this.loupe.root.querySelector("b"), data.title);
    this.loupe.board.setAttribute("aria-label", `${data.title}, ${data.rows} by ${data.columns} values. Arrow keys choose one.`);
    this.loupe.shape(data.rows, data.columns, data.place);
    table(this.part(".terms"), data.sum, data.terms.map(([name, text], at) => [this.nameOf(name, at), text]));
    table(this.part(".steps"), data.then, data.steps);
    this.part(".steps").hidden = !data.steps.length;
    setText(this.part(".lab"), data.lab);
    setText(this.live, data.spoken);
  }

  // A channel whose window can be shown is a button.
  nameOf(name, at) {
    if (at >= this.data.channels.length) return name;
    const button = element("button", "", name);
    button.type = "button";
    button.setAttribute("aria-pressed", String(at === this.channel));
    button.onclick = button.onpointerenter = () => this.look(at);
    return button;
  }

  look(channel) {
    this.channel = channel;
    this.root.querySelectorAll("th button").forEach((button, at) => button.setAttribute("aria-pressed", String(at === channel)));
    this.paint();
  }

  key(event) {
    const step = STEPS[event.key];
    if (!step) return;
    this.move(this.cell.map((at, axis) => at + step[axis]), REST_MS);
    event.preventDefault();
    event.stopPropagation();
  }

  move([row, column], wait) {
    const { rows, columns } = this.data;
    this.cell = [Math.min(Math.max(row, 0), rows - 1), Math.min(Math.max(column, 0), columns - 1)];
    this.paintCell();
    this.tellColumns();
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.send("cell", this.cell), wait);
  }

  paint() {
    if (!this.data || !this.root.clientWidth) return;
    const theme = readTheme(this.root);
    const { data } = this;
    const limit = strongest(data.values);
    this.loupe.paint((row, column) => ({ rgb: diverging(data.values[row * data.columns + column], limit, RESULT, theme.zero) }), theme);
    this.paintCell();
    const { name, window, kernel } = data.channels[this.channel];
    const side = Math.sqrt(kernel.length);
    const brightest = Math.max(...window.flat().map(Math.abs), 1e-9);
    const biggest = Math.max(...data.channels.flatMap((channel) => channel.kernel.map(Math.abs)), 1e-9);
    this.window.shape(side, side, name);
    this.kernel.shape(side, side, `${side} × ${side}`);
    this.window.paint((row, column) => {
      const value = window[row * side + column];
      if (value === null) return { padding: true, text: "0" };
      return { rgb: diverging(value, brightest, RESULT, theme.zero), text: write(value) };
    }, theme);
    this.kernel.paint((row, column) => {
      const weight = kernel[row * side + column];
      return { rgb: diverging(weight, biggest, WEIGHT, theme.zero), text: write(weight) };
    }, theme);
  }

  paintCell() {
    this.loupe.mark("pin", rectangle(1, 1));
    this.loupe.mark("cursor", rectangle(1, 1));
    this.loupe.move("cursor", ...this.cell);
    this.loupe.move("pin", ...this.cell);
  }
}

function table(node, caption, rows) {
  setText(node.caption, caption);
  const body = node.tBodies[0];
  body.replaceChildren();
  for (const [name, text] of rows) {
    const row = body.insertRow();
    const heading = element("th");
    heading.scope = "row";
    heading.append(name);
    row.append(heading, element("td", "", text));
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let value = MOUNTED.get(parentElement);
  if (!value) MOUNTED.set(parentElement, (value = new Value(parentElement)));
  value.update(data, setTriggerValue);
  return () => {
    value.observer.disconnect();
    document.removeEventListener(CHOSEN, value.heed);
    clearTimeout(value.rest);
    delete document.documentElement.dataset.insideValue;
    MOUNTED.delete(parentElement);
  };
}
