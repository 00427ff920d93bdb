const SMALL = 64; // pixels: up to this side each is shown as a square of its own
const views = new WeakMap(); // one for each mounted gallery

export default function ({ data, parentElement, setStateValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.data = data;
  view.pick = (index) => {
    setStateValue("picked", { index, of: data.of });
    mark(view.list, index);
    show(data.opens);
  };
  const shown = JSON.stringify([data.of, data.size, data.columns, data.picks]);
  if (view.shown !== shown) {
    view.shown = shown;
    fill(view.list, data);
  }
  name(view.list, data);
  mark(view.list, data.picks ? data.picked : null);
  return () => {
    view.observer.disconnect();
    views.delete(parentElement);
  };
}

function mount(parent) {
  const list = parent.querySelector(".gallery");
  const view = { list, observer: new ResizeObserver(() => fit(list, view.data)) };
  view.observer.observe(list);
  list.onclick = (event) => {
    const tile = event.target.closest("[role=option]");
    if (tile) view.pick(position(tile));
  };
  list.onkeydown = (event) => onKey(event, view);
  views.set(parent, view);
  return view;
}

/** New tiles; the images follow as soon as the sprite is decoded. */
function fill(list, data) {
  const [height, width] = data.shape;
  list.setAttribute("role", data.picks ? "listbox" : "list");
  list.classList.toggle("small", Math.max(height, width) <= SMALL);
  list.replaceChildren(...data.captions.map(() => tile(data)));
  const canvases = [...list.querySelectorAll("canvas")];
  const sprite = new Image();
  sprite.onload = () =>
    canvases.forEach((canvas, index) => canvas.getContext("2d").drawImage(sprite, 0, -height * index));
  sprite.src = data.sprite;
  fit(list, data);
}

function tile({ shape, picks }) {
  const element = document.createElement("div");
  element.className = "tile";
  element.setAttribute("role", picks ? "option" : "listitem");
  const canvas = element.appendChild(document.createElement("canvas"));
  [canvas.height, canvas.width] = shape;
  element.appendChild(document.createElement("span")).className = "caption";
  return element;
}

/** Captions and marks. The tiles stay, so that the focus stays where it is when an answer appears. */
function name(list, { label, captions, marks }) {
  list.setAttribute("aria-label", label);
  [...list.children].forEach((tile, index) => {
    const [caption, isRight] = [captions[index], marks?.[index] ?? null];
    tile.lastElementChild.textContent = caption;
    tile.classList.toggle("right", isRight === true);
    tile.classList.toggle("wrong", isRight === false);
    const words = caption === "?" ? `image ${index + 1}, still to be guessed` : caption;
    tile.setAttribute("aria-label", isRight === null ? words : `${isRight ? "right" : "wrong"}: ${words}`);
  });
}

/** Show which one is picked, and let the Tab key lead to it; in a gallery that only shows, to none. */
function mark(list, picked) {
  if (list.getAttribute("role") === "list") return;
  [...list.children].forEach((tile, index) => {
    tile.setAttribute("aria-selected", String(index === picked));
    tile.tabIndex = index === (picked ?? 0) ? 0 : -1;
  });
}

/** Scroll to the container with this key, if it begins where only its top is seen or less. */
function show(key) {
  const place = key && document.querySelector(`.st-key-${key}`);
  if (!place || place.getBoundingClientRect().top < window.innerHeight / 2) return;
  place.style.scrollMarginTop = "4rem"; // Streamlit's header covers that much
  const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.scrollIntoView({ block: "start", behavior: isCalm ? "auto" : "smooth" });
}

/** As many columns as fit, a few less if that leaves no gap in the last row; and whole device pixels for each pixel. */
function fit(list, { size, columns, shape }) {
  const count = list.children.length;
  if (!count) return;
  const { columnGap, paddingLeft, paddingRight } = getComputedStyle(list);
  const gap = parseFloat(columnGap);
  const room = list.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  const most = Math.max(1, Math.min(columns, Math.floor((room + gap) / (size + gap))));
  let used = most;
  while (used > most / 2 && count % used) used--;
  if (used < most / 2 || count % used) used = most;
  list.style.setProperty("--columns", used);
  const dots = window.devicePixelRatio || 1;
  const zoom = Math.max(1, Math.floor((list.firstElementChild.clientWidth * dots) / shape[1]));
  const isSmall = list.classList.contains("small");
  list.style.setProperty("--side", isSmall ? `${(zoom * shape[1]) / dots}px` : "100%");
}

function onKey(event, view) {
  const tiles = [...view.list.children];
  const at = tiles.indexOf(event.target);
  if (at < 0) return;
  if (event.key === "Enter" || event.key === " ") {
    view.pick(at);
  } else {
    const to = led(tiles, at, event.key);
    if (to === undefined) return;
    if (tiles[to]) focusOn(tiles, tiles[to]);
  }
  event.preventDefault();
}

function position(tile) {
  return [...tile.parentElement.children].indexOf(tile);
}
