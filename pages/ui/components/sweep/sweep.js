// One place of the window after the other. A film is one kernel: its weights, and the sum at each place in reading order.

const SIZE = 3; // of the kernel
const HOLD = 2500; // milliseconds between two films
const SLOW = 5; // places that can be read one by one, before the window gets quick
const NEGATIVE = [217, 115, 13];
const POSITIVE = [53, 114, 216];

const states = new WeakMap();

export default function ({ data, parentElement }) {
  let state = states.get(parentElement);
  if (!state) {
    state = begin(parentElement);
    states.set(parentElement, state);
  }
  state.data = data;
  parentElement.querySelector("img").src = data.image;
  parentElement.querySelector(".sweep").setAttribute("aria-label", data.alt);
  startFilm(state, state.film ?? 0);
  if (!state.playing) show(state, places(state) - 1, middle(state));
  setPlaying(state, state.playing);
  return () => {
    cancelAnimationFrame(state.frame);
    state.watcher.disconnect();
    states.delete(parentElement);
  };
}

function begin(root) {
  const find = (selector) => root.querySelector(selector);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const state = { root, find, playing: !still, visible: true, frame: 0, film: 0, place: 0, moment: 0 };
  for (const kind of [".pixels", ".weights"])
    find(kind).replaceChildren(...Array.from({ length: SIZE * SIZE }, () => document.createElement("i")));
  find("button").onclick = () => setPlaying(state, !state.playing);
  state.watcher = new IntersectionObserver(([entry]) => {
    state.visible = entry.isIntersecting;
    setPlaying(state, state.playing);
  });
  state.watcher.observe(find(".sweep"));
  return state;
}

function setPlaying(state, playing) {
  state.playing = playing;
  state.find(".sweep").classList.toggle("playing", playing);
  const button = state.find("button");
  button.setAttribute("aria-label", playing ? "Pause the moving picture" : "Play the moving picture");
  cancelAnimationFrame(state.frame);
  state.moment = 0;
  if (playing && state.visible) state.frame = requestAnimationFrame((now) => advance(state, now));
}

// Every frame: the first places slowly, then quicker and quicker: a film takes about seven seconds.
function advance(state, now) {
  const passed = state.moment ? Math.min(now - state.moment, 100) : 0;
  state.moment = now;
  const last = places(state) - 1;
  if (state.place >= last) {
    state.held += passed;
    if (state.held > HOLD) startFilm(state, (state.film + 1) % state.data.films.length);
  } else {
    const perSecond = state.place < SLOW ? 3 : Math.min(6 + (state.place - SLOW) * 1.5, 260);
    state.place = Math.min(state.place + (passed / 1000) * perSecond, last);
    show(state, Math.floor(state.place), Math.floor(state.place));
  }
  state.frame = requestAnimationFrame((next) => advance(state, next));
}

function startFilm(state, number) {
  const film = state.data.films[number];
  Object.assign(state, { film: number, place: 0, held: 0, drawn: -1 });
  state.find(".title").textContent = film.title;
  [...state.find(".weights").children].forEach((cell, index) => {
    const weight = film.kernel[index];
    cell.textContent = written(weight);
    cell.className = weight > 0 ? "plus" : weight < 0 ? "minus" : "";
  });
  const canvas = state.find("canvas");
  canvas.width = canvas.height = outputs(state);
  show(state, 0, 0);
}

// The map up to `known`, and the window, its pixels and its sum at `place`.
function show(state, known, place) {
  const { data } = state;
  const film = data.films[state.film];
  const context = state.find("canvas").getContext("2d");
  for (let index = state.drawn + 1; index <= known; index++) {
    context.fillStyle = colour(film.sums[index], film.strong);
    context.fillRect(index % outputs(state), Math.floor(index / outputs(state)), 1, 1);
  }
  state.drawn = Math.max(state.drawn, known);
  const row = Math.floor(place / outputs(state));
  const column = place % outputs(state);
  put(state.find(".input .window"), row, column, SIZE, data.side);
  put(state.find(".map .window"), row, column, 1, outputs(state));
  [...state.find(".pixels").children].forEach((cell, index) => {
    const value = data.brightness[(row + Math.floor(index / SIZE)) * data.side + column + (index % SIZE)];
    cell.textContent = value;
    cell.style.background = `rgb(${value} ${value} ${value})`;
    cell.style.color = value > 127 ? "#000" : "#fff";
  });
  const output = state.find("output");
  output.textContent = written(film.sums[place]);
  output.style.background = colour(film.sums[place], film.strong);
}

function put(mark, row, column, size, of) {
  const percent = (number) => `${(100 * number) / of}%`;
  Object.assign(mark.style, { left: percent(column), top: percent(row), width: percent(size), height: percent(size) });
}

function colour(sum, strong) {
  return `rgb(${(sum < 0 ? NEGATIVE : POSITIVE).join(" ")} / ${Math.min(Math.abs(sum) / strong, 1).toFixed(3)})`;
}

const outputs = (state) => state.data.side - SIZE + 1;
const places = (state) => outputs(state) ** 2;
const middle = (state) => Math.floor(outputs(state) / 2) * outputs(state) + Math.floor(outputs(state) / 3);
const written = (number) => String(number).replace("-", "\u2212");
