const SIDE = 32; // pixels of an image
const views = new WeakMap(); // one for each mounted gallery

export default function ({ data, parentElement, setStateValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.data = data;
  view.pick = (index) => {
    setStateValue("picked", { index, of: data.of });
    mark(view.list, index);
  };
  const shown = JSON.stringify([data.of, data.captions, data.marks, data.label, data.size, data.columns]);
  if (view.shown !== shown) {
    view.shown = shown;
    fill(view.list, data);
  }
  mark(view.list, data.picked);
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
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.captions.map((caption, index) => tile(caption, data.marks?.[index])));
  const canvases = [...list.querySelectorAll("canvas")];
  const sprite = new Image();
  sprite.onload = () =>
    canvases.forEach((canvas, index) => canvas.getContext("2d").drawImage(sprite, 0, -SIDE * index));
  sprite.src = data.sprite;
  fit(list, data);
}

function tile(caption, isRight) {
  const element = document.createElement("div");
  element.setAttribute("role", "option");
  const canvas = element.appendChild(document.createElement("canvas"));
  canvas.width = canvas.height = SIDE;
  const text = element.appendChild(document.createElement("span"));
  text.className = "caption";
  text.textContent = caption;
  if (isRight !== undefined) {
    element.classList.add(isRight ? "right" : "wrong");
    element.setAttribute("aria-label", `${isRight ? "right" : "wrong"}: ${caption}`);
  }
  return element;
}

/** Show which one is picked, and let the Tab key lead to it. */
function mark(list, picked) {
  [...list.children].forEach((tile, index) => {
    tile.setAttribute("aria-selected", String(index === picked));
    tile.tabIndex = index === (picked ?? 0) ? 0 : -1;
  });
}

/** As many columns as fit, a few less if that leaves no gap in the last row; and whole device pixels for each pixel. */
function fit(list, { size, columns }) {
  const count = list.children.length;
  if (!count) return;
  const gap = parseFloat(getComputedStyle(list).columnGap);
  const most = Math.max(1, Math.min(columns, Math.floor((list.clientWidth + gap) / (size + gap))));
  let used = most;
  while (used > most / 2 && count % used) used--;
  if (count % used) used = most;
  list.style.setProperty("--columns", used);
  const dots = window.devicePixelRatio || 1;
  const zoom = Math.max(1, Math.floor((list.firstElementChild.clientWidth * dots) / SIDE));
  list.style.setProperty("--side", `${(zoom * SIDE) / dots}px`);
}

function onKey(event, view) {
  const tiles = [...view.list.children];
  const at = tiles.indexOf(event.target);
  if (at < 0) return;
  if (event.key === "Enter" || event.key === " ") {
    view.pick(at);
  } else {
    const below = tiles.findIndex((tile) => tile.offsetTop > tiles[0].offsetTop);
    const columns = below < 0 ? tiles.length : below;
    const targets = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      ArrowDown: at + columns,
      ArrowUp: at - columns,
      Home: 0,
      End: tiles.length - 1,
    };
    if (!(event.key in targets)) return;
    const to = tiles[targets[event.key]];
    if (to) {
      event.target.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    }
  }
  event.preventDefault();
}

function position(tile) {
  return [...tile.parentElement.children].indexOf(tile);
}
