const SIDE = 32; // pixels of the image
const SHOWN = 6; // numbers in a row of the window
const CHANNELS = ["red", "green", "blue"];
const views = new WeakMap(); // one for each mounted image

export default function ({ data, parentElement, setStateValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.pixels = data.pixels;
  view.pinned = data.pinned;
  view.picture.setAttribute("aria-label", `${data.label}. The arrow keys move the cursor, Enter pins a pixel.`);
  view.pin = () => {
    view.pinned = view.cursor;
    setStateValue("pinned", view.cursor);
  };
  paint(view.picture.querySelector("canvas"), view.pixels, null);
  view.buttons.forEach((button, channel) => paint(button.querySelector("canvas"), view.pixels, channel));
  choose(view, view.channel);
  moveTo(view, ...data.pinned);
  return () => views.delete(parentElement);
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = {
    picture: find(".picture"),
    window: find(".window"),
    dot: find(".cursor"),
    numbers: find(".numbers"),
    swatch: find(".swatch"),
    words: find(".words"),
    buttons: [...parent.querySelectorAll(".channels button")],
    cells: [],
    channel: 0,
    corner: [0, 0], // row and column of the window's first number
    cursor: [0, 0],
  };
  view.numbers.style.setProperty("--shown", SHOWN);
  for (let i = 0; i < SHOWN * SHOWN; i++) view.cells.push(view.numbers.appendChild(document.createElement("div")));
  listen(view);
  views.set(parent, view);
  return view;
}

function listen(view) {
  const { picture, numbers, buttons, cells } = view;
  picture.onpointermove = (event) => moveTo(view, ...under(event));
  picture.onpointerleave = () => moveTo(view, ...view.pinned);
  picture.onclick = (event) => {
    moveTo(view, ...under(event));
    view.pin();
  };
  picture.onkeydown = (event) => onKey(event, view);
  const point = (event, then) => {
    const index = cells.indexOf(event.target);
    if (index < 0) return;
    view.cursor = [view.corner[0] + Math.floor(index / SHOWN), view.corner[1] + (index % SHOWN)];
    drawCursor(view);
    then();
  };
  numbers.onpointermove = (event) => point(event, () => {});
  numbers.onclick = (event) => point(event, view.pin);
  numbers.onpointerleave = () => moveTo(view, ...view.pinned);
  buttons.forEach((button, channel) => {
    button.onclick = () => choose(view, channel);
    button.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!step) return;
      choose(view, (channel + step + CHANNELS.length) % CHANNELS.length);
      buttons[view.channel].focus();
      event.preventDefault();
    };
  });
}

/** Row and column of the pixel under the pointer. */
function under(event) {
  const box = event.currentTarget.getBoundingClientRect();
  const place = (offset, size) => Math.min(SIDE - 1, Math.max(0, Math.floor((offset / size) * SIDE)));
  return [place(event.clientY - box.top, box.height), place(event.clientX - box.left, box.width)];
}

function onKey(event, view) {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (step) moveTo(view, ...view.cursor.map((at, axis) => Math.min(SIDE - 1, Math.max(0, at + step[axis]))));
  else if (event.key === "Enter" || event.key === " ") view.pin();
  else return;
  event.preventDefault();
}

/** Put the cursor on a pixel and the window of numbers around it, inside the image. */
function moveTo(view, row, column) {
  view.cursor = [row, column];
  view.corner = view.cursor.map((at) => Math.min(SIDE - SHOWN, Math.max(0, at - SHOWN / 2)));
  drawNumbers(view);
  drawCursor(view);
}

function choose(view, channel) {
  view.channel = channel;
  view.buttons.forEach((button, index) => {
    button.setAttribute("aria-checked", String(index === channel));
    button.tabIndex = index === channel ? 0 : -1;
  });
  drawNumbers(view);
}

function value(view, row, column, channel) {
  return view.pixels[(row * SIDE + column) * CHANNELS.length + channel];
}

function drawNumbers(view) {
  view.cells.forEach((cell, index) => {
    const [row, column] = [view.corner[0] + Math.floor(index / SHOWN), view.corner[1] + (index % SHOWN)];
    const number = value(view, row, column, view.channel);
    const color = [0, 0, 0];
    color[view.channel] = number;
    cell.textContent = number;
    cell.style.background = `rgb(${color})`;
    cell.style.color = view.channel === 1 && number > 140 ? "black" : "white"; // full green is nearly white
  });
  place(view.window, ...view.corner, SHOWN);
}

function drawCursor(view) {
  const [row, column] = view.cursor;
  const [red, green, blue] = CHANNELS.map((_, channel) => value(view, row, column, channel));
  const inWindow = (row - view.corner[0]) * SHOWN + column - view.corner[1];
  view.cells.forEach((cell, index) => cell.classList.toggle("at", index === inWindow));
  place(view.dot, row, column, 1);
  view.swatch.style.background = `rgb(${red}, ${green}, ${blue})`;
  view.words.textContent = `row ${row + 1}, column ${column + 1}: red ${red}, green ${green}, blue ${blue}`;
}

/** Lay a square of `size` pixels over the image. */
function place(element, row, column, size) {
  const share = (pixels) => `${(100 * pixels) / SIDE}%`;
  Object.assign(element.style, { top: share(row), left: share(column), width: share(size), height: share(size) });
}

/** The image, or one channel of it in its own colour. */
function paint(canvas, pixels, channel) {
  const shown = new ImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) {
    for (let c = 0; c < CHANNELS.length; c++) {
      shown.data[4 * i + c] = channel === null || channel === c ? pixels[CHANNELS.length * i + c] : 0;
    }
    shown.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(shown, 0, 0);
}
