// data: said, probabilities (one row a strength), names; lines [{class, kind}], the quiet ones first; neutral, flips
// [{at, class}], ticks [[place, text]], axis, alt; sprite and side, the images below each other. A place is a strength's
// number, from 0: the strengths of a change are evenly spaced.

const SVG = "http://www.w3.org/2000/svg";
const ABOVE = 22; // pixels over the lines, for the marks of the flips
const BELOW = 24; // for the ticks
const LEFT = 44; // for the percentages
const NAME = 16; // between two names beside each other's lines, at least
const states = new WeakMap();

export default function ({ data, parentElement }) {
  let state = states.get(parentElement);
  if (!state) states.set(parentElement, (state = begin(parentElement)));
  const isOther = state.data?.axis !== data.axis || state.data?.said.length !== data.said.length;
  state.data = data;
  if (isOther) state.place = data.neutral;
  const slider = state.find("input");
  slider.max = data.said.length - 1;
  slider.value = state.place;
  slider.setAttribute("aria-label", data.axis);
  state.find("svg").setAttribute("aria-label", data.alt);
  state.find(".axis").textContent = data.axis;
  const image = new Image();
  image.onload = () => {
    state.image = image;
    show(state);
  };
  image.src = data.sprite;
  draw(state);
  return () => {
    state.watcher.disconnect();
    states.delete(parentElement);
  };
}

function begin(root) {
  const find = (selector) => root.querySelector(selector);
  const state = { find, place: 0, width: 0 };
  find("input").oninput = (event) => move(state, Number(event.target.value));
  const svg = find("svg");
  svg.onpointerdown = (event) => {
    svg.setPointerCapture(event.pointerId);
    follow(state, event);
  };
  svg.onpointermove = (event) => event.buttons && follow(state, event);
  state.watcher = new ResizeObserver(() => state.data && draw(state));
  state.watcher.observe(svg);
  return state;
}

function follow(state, event) {
  const last = state.data.said.length - 1;
  const share = (event.clientX - state.find("svg").getBoundingClientRect().left - LEFT) / (state.right - LEFT);
  move(state, Math.min(Math.max(Math.round(share * last), 0), last));
}

function move(state, place) {
  state.place = place;
  state.find("input").value = place;
  show(state);
}

// All that stands still: grid, lines, names, flips.
function draw(state) {
  const { data } = state;
  const svg = state.find("svg");
  const { width, height } = svg.getBoundingClientRect();
  if (!width) return;
  const em = parseFloat(getComputedStyle(svg).fontSize);
  const widest = Math.max(...data.lines.filter(({ kind }) => kind).map((line) => data.names[line.class].length));
  state.right = width - widest * em * 0.62 - 14;
  state.bottom = height - BELOW;
  const [x, y] = scales(state);
  svg.replaceChildren();
  for (const share of [0, 0.5, 1]) {
    add(svg, "line", { class: "grid", x1: LEFT, x2: state.right, y1: y(share), y2: y(share) });
    add(svg, "text", { x: LEFT - 6, y: y(share) + 5, "text-anchor": "end" }, `${100 * share}%`);
  }
  for (const [place, text] of data.ticks)
    add(svg, "text", { x: x(place), y: height - 5, "text-anchor": "middle" }, text);
  add(svg, "line", { class: "usual", x1: x(data.neutral), x2: x(data.neutral), y1: y(1), y2: y(0) });
  for (const { kind, class: number } of data.lines) {
    const points = data.probabilities.map((row, place) => `${x(place).toFixed(1)},${y(row[number]).toFixed(1)}`);
    add(svg, "polyline", { class: `line ${kind}`, points: points.join(" ") });
  }
  for (const flip of data.flips) drawFlip(svg, data, flip, x(flip.at), y, state.right);
  drawNames(svg, data, state.right + 8, y);
  state.cursor = add(svg, "line", { class: "cursor", y1: y(1), y2: y(0) });
  const slider = state.find("input");
  slider.style.marginLeft = `${LEFT - 8}px`; // half a thumb: its middle stands under the cursor
  slider.style.width = `${state.right - LEFT + 16}px`;
  show(state);
}

function drawFlip(svg, data, flip, at, y, right) {
  add(svg, "line", { class: "flip", x1: at, x2: at, y1: y(1) - 4, y2: y(0) });
  add(svg, "path", { class: "flip-mark", d: `M${at - 6} ${y(1) - 12}h12l-6 8z` });
  const isLeft = flip.at < data.neutral;
  const name = { class: "name", x: at + (isLeft ? -9 : 9), y: y(1) - 5, "text-anchor": isLeft ? "end" : "start" };
  const room = isLeft ? at - LEFT : right - at;
  if (room < 60) Object.assign(name, { "text-anchor": isLeft ? "start" : "end", x: at + (isLeft ? 9 : -9) });
  add(svg, "text", name, data.names[flip.class]);
}

// The names at the ends of their lines, moved apart where they would lie on each other.
function drawNames(svg, data, left, y) {
  const last = data.probabilities.at(-1);
  const named = data.lines.filter(({ kind }) => kind).map((line) => ({ ...line, y: y(last[line.class]) + 5 }));
  named.sort((one, other) => one.y - other.y);
  for (let i = named.length - 2; i >= 0; i--) named[i].y = Math.min(named[i].y, named[i + 1].y - NAME);
  for (const line of named) add(svg, "text", { class: "name", x: left, y: line.y }, data.names[line.class]);
}

// What follows the slider: the image, its three most probable classes, the cursor.
function show(state) {
  const { data, place } = state;
  const canvas = state.find("canvas");
  const { side } = data;
  canvas.width = canvas.height = side;
  if (state.image) canvas.getContext("2d").drawImage(state.image, 0, place * side, side, side, 0, 0, side, side);
  const row = data.probabilities[place];
  const order = [...row.keys()].sort((one, other) => row[other] - row[one]);
  const written = order.map((number) => `${data.names[number]} ${(100 * row[number]).toFixed(0)}%`);
  canvas.setAttribute("aria-label", `The image: ${data.said[place]}`);
  state.find(".said").textContent = data.said[place];
  state.find(".first").textContent = written[0];
  state.find(".first").classList.toggle("other", order[0] !== data.answer);
  state.find(".others").textContent = written.slice(1, 3).join(" · ");
  state.find("input").setAttribute("aria-valuetext", `${data.said[place]}: ${written[0]}`);
  const at = state.right && scales(state)[0](place);
  if (state.cursor) for (const name of ["x1", "x2"]) state.cursor.setAttribute(name, at);
}

function scales(state) {
  const last = state.data.said.length - 1;
  return [
    (place) => LEFT + (place / last) * (state.right - LEFT),
    (share) => state.bottom - share * (state.bottom - ABOVE),
  ];
}

function add(parent, tag, attributes, text) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return parent.appendChild(element);
}
