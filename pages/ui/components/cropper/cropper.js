// The square lives in image pixels {left, top, side}; the browser scales it with the image by percentages.
// Python gets {x, y, size} as in cnn_core.images.Crop, when the visitor lets go. Above the image's shorter side the square
// reaches beyond the image, which then lies in the middle of the padding.

const SMALLEST = 32; // pixels: a smaller square would be enlarged for the network, not shrunk
const SETTLE = 250; // milliseconds after the last key or turn of the wheel
const TALLEST = 46; // percent of the window's height, so that all fits on a beamer without scrolling
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOMS = { "+": 1.1, "=": 1.1, "-": 1 / 1.1 };

const states = new WeakMap(); // one a mounted component; the function below runs again whenever data or theme change

export default function ({ data, parentElement, setStateValue }) {
  let state = states.get(parentElement);
  if (!state) {
    const find = (selector) => parentElement.querySelector(selector);
    state = { picture: find(".picture"), image: find("img"), square: find(".square"), said: find(".position") };
    Object.assign(state, { whole: find("button"), how: find(".how"), gray: find(".gray") });
    state.canvas = find("canvas").getContext("2d");
    states.set(parentElement, state);
  }
  state.report = (crop) => setStateValue("crop", crop);
  if (state.data?.picture !== data.picture) showPicture(state, data);
  listen(state);
  return () => {
    clearTimeout(state.timer);
    states.delete(parentElement);
  };
}

function showPicture(state, data) {
  const { width, height } = data;
  const side = Math.min(width, height);
  state.data = data;
  state.smallest = Math.min(SMALLEST, side);
  state.image.src = data.picture;
  state.image.className = side <= 128 ? "small" : "";
  state.picture.style.setProperty("--padding", data.padding);
  state.whole.hidden = width === height;
  place(state, { left: (width - side) / 2, top: (height - side) / 2, side });
  state.reported = JSON.stringify(toCrop(state));
}

// Moving.

function place(state, { left, top, side }) {
  const { width, height } = state.data;
  side = clamp(side, state.smallest, Math.max(width, height));
  const within = (at, room) => (room < 0 ? room / 2 : clamp(at, 0, room)); // an image in padding is in its middle
  state.now = { left: within(left, width - side), top: within(top, height - side), side };
  const stage = { width: Math.max(width, side), height: Math.max(height, side) };
  state.stage = stage;
  state.picture.style.aspectRatio = `${stage.width} / ${stage.height}`;
  state.picture.style.width = `min(100%, ${(TALLEST * stage.width) / stage.height}vh)`;
  lay(state.image, stage, { left: (stage.width - width) / 2, top: (stage.height - height) / 2, width, height });
  const { left: x, top: y } = state.now;
  lay(state.square, stage, { left: Math.max(x, 0), top: Math.max(y, 0), width: side, height: side });
  const isWhole = side === Math.max(width, height) && width !== height;
  state.whole.setAttribute("aria-pressed", String(isWhole));
  state.how.hidden = side > Math.min(width, height);
  state.gray.hidden = !state.how.hidden;
}

/** Put an element on the stage, by percentages: the stage's size on the screen may change. */
function lay(element, stage, { left, top, width, height }) {
  Object.assign(element.style, {
    left: `${(100 * left) / stage.width}%`,
    top: `${(100 * top) / stage.height}%`,
    width: `${(100 * width) / stage.width}%`,
    height: `${(100 * height) / stage.height}%`,
  });
}

function move(state, square) {
  place(state, square);
  state.square.classList.add("moving");
  const { left, top, side } = state.now;
  state.canvas.imageSmoothingQuality = "high";
  state.canvas.fillStyle = state.data.padding;
  state.canvas.fillRect(0, 0, 32, 32);
  state.canvas.drawImage(state.image, left, top, side, side, 0, 0, 32, 32);
}

function zoom(state, factor) {
  const { left, top, side } = state.now;
  const { width, height } = state.data;
  const wanted = clamp(side * factor, state.smallest, Math.max(width, height));
  move(state, { left: left + (side - wanted) / 2, top: top + (side - wanted) / 2, side: wanted });
}

/** The smallest square around the whole image; and back to the largest square within it. */
function toggleWhole(state) {
  const { width, height } = state.data;
  const isWhole = state.whole.getAttribute("aria-pressed") === "true";
  const side = isWhole ? Math.min(width, height) : Math.max(width, height);
  move(state, { left: (width - side) / 2, top: (height - side) / 2, side });
  tell(state);
}

/** Pull one corner by (dx, dy) while the opposite corner stays where it is. A corner alone adds no padding. */
function pull(state, start, corner, dx, dy) {
  const { width, height } = state.data;
  const west = corner.includes("w");
  const north = corner.includes("n");
  const fixed = { x: start.left + (west ? start.side : 0), y: start.top + (north ? start.side : 0) };
  const inside = Math.min(west ? fixed.x : width - fixed.x, north ? fixed.y : height - fixed.y);
  const room = start.side > Math.min(width, height) ? start.side : inside;
  const side = clamp(start.side + ((west ? -dx : dx) + (north ? -dy : dy)) / 2, state.smallest, room);
  move(state, { left: fixed.x - (west ? side : 0), top: fixed.y - (north ? side : 0), side });
}

// Telling.

function settle(state) {
  clearTimeout(state.timer);
  state.timer = setTimeout(() => tell(state), SETTLE);
}

function tell(state) {
  clearTimeout(state.timer);
  state.square.classList.remove("moving");
  const crop = toCrop(state);
  if (JSON.stringify(crop) === state.reported) return;
  state.reported = JSON.stringify(crop);
  const percent = (share) => `${Math.round(100 * share)}%`;
  state.said.textContent = `${percent(crop.x)} to the right, ${percent(crop.y)} down, size ${percent(crop.size)}`;
  state.report(crop);
}

function toCrop(state) {
  const { left, top, side } = state.now;
  const { width, height } = state.data;
  const share = (part, whole) => (whole > 0 ? clamp(part / whole, 0, 1) : 0.5);
  return { x: share(left, width - side), y: share(top, height - side), size: side / Math.min(width, height) };
}

// Listening. Handlers are assigned, not added, because this runs more than once, perhaps in the middle of a drag.

function listen(state) {
  const { square, picture, whole } = state;
  whole.onclick = () => toggleWhole(state);
  square.onpointerdown = (event) => {
    if (event.button !== 0 || state.drag) return;
    square.setPointerCapture(event.pointerId);
    const { corner } = event.target.dataset;
    state.drag = { id: event.pointerId, x: event.clientX, y: event.clientY, corner, start: state.now };
  };
  square.onpointermove = (event) => {
    if (event.pointerId !== state.drag?.id) return;
    const { x, y, corner, start } = state.drag;
    const scale = state.stage.width / picture.clientWidth;
    const dx = (event.clientX - x) * scale;
    const dy = (event.clientY - y) * scale;
    if (corner) pull(state, start, corner, dx, dy);
    else move(state, { left: start.left + dx, top: start.top + dy, side: start.side });
  };
  square.onlostpointercapture = () => {
    state.drag = null;
    tell(state);
  };
  picture.onclick = (event) => {
    if (square.contains(event.target)) return;
    const box = picture.getBoundingClientRect();
    const scale = state.stage.width / box.width;
    const { side } = state.now;
    place(state, {
      left: (event.clientX - box.left) * scale - side / 2,
      top: (event.clientY - box.top) * scale - side / 2,
      side,
    });
    square.focus({ preventScroll: true });
    tell(state);
  };
  square.onwheel = (event) => {
    if (!event.ctrlKey && square.getRootNode().activeElement !== square) return; // the page scrolls past untouched
    event.preventDefault();
    zoom(state, event.deltaY < 0 ? 1.06 : 1 / 1.06);
    settle(state);
  };
  square.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = STEPS[event.key];
    if (!step && !ZOOMS[event.key]) return;
    event.preventDefault();
    if (step) {
      const far = Math.max(1, (event.shiftKey ? 0.1 : 0.01) * Math.max(state.data.width, state.data.height));
      const { left, top, side } = state.now;
      move(state, { left: left + far * step[0], top: top + far * step[1], side });
    } else {
      zoom(state, ZOOMS[event.key]);
    }
    settle(state);
  };
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
