const SIDE = 32;
const views = new WeakMap(); // one for each mounted wall

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.data = data;
  view.wish = (into) => setTriggerValue("wish", { ids: [...view.chosen], into });
  const shown = data.ids.join();
  if (view.shown !== shown) {
    view.shown = shown;
    view.chosen.clear();
    fill(view);
  }
  view.root.classList.toggle("watching", !data.mayChange);
  name(view);
  mark(view);
  return () => views.delete(parentElement);
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { root: find(".wall"), tiles: find(".tiles"), said: find(".said"), select: find("select") };
  Object.assign(view, { delete: find(".delete"), none: find(".none"), chosen: new Set() });
  find(".all").onclick = () => choose(view, view.data.ids);
  view.none.onclick = () => choose(view, []);
  view.delete.onclick = () => view.wish(null);
  view.select.onchange = () => {
    if (view.select.value) view.wish(Number(view.select.value));
    view.select.value = "";
  };
  view.tiles.onclick = (event) => {
    const tile = event.target.closest(".tile");
    if (tile) toggle(view, tile);
  };
  view.tiles.onkeydown = (event) => onKey(event, view);
  views.set(parent, view);
  return view;
}

function fill({ tiles, data }) {
  const isFocused = tiles.matches(":focus-within");
  tiles.replaceChildren(
    ...data.ids.map(() => {
      const tile = document.createElement("div");
      tile.className = "tile";
      tile.setAttribute("role", "option");
      const canvas = tile.appendChild(document.createElement("canvas"));
      canvas.width = canvas.height = SIDE;
      tile.appendChild(document.createElement("span")).className = "caption";
      return tile;
    }),
  );
  if (tiles.firstElementChild) tiles.firstElementChild.tabIndex = 0;
  if (isFocused) tiles.firstElementChild?.focus(); // who goes by keys stays at the wall
  const canvases = [...tiles.querySelectorAll("canvas")];
  const picture = new Image();
  picture.onload = () => canvases.forEach((canvas, n) => canvas.getContext("2d").drawImage(picture, 0, -SIDE * n));
  picture.src = data.sprite;
}

function name({ tiles, select, data }) {
  tiles.setAttribute("aria-label", data.label);
  [...tiles.children].forEach((tile, index) => {
    const caption = data.captions[index];
    tile.lastElementChild.textContent = caption === data.captions[index - 1] ? "" : caption;
    tile.setAttribute("aria-label", `picture ${index + 1}, ${caption}`);
  });
  const options = [{ id: "", name: "…" }, ...data.others].map(({ id, name }) => new Option(name, id));
  select.replaceChildren(...options);
}

function mark({ tiles, chosen, said, select, delete: button, none, data }) {
  [...tiles.children].forEach((tile, index) => {
    tile.setAttribute("aria-selected", String(chosen.has(data.ids[index])));
  });
  const n = chosen.size;
  said.textContent = n ? `${n} chosen` : "Click pictures to choose them.";
  button.disabled = none.disabled = !n;
  select.disabled = !n || !data.others.length;
}

function choose(view, ids) {
  view.chosen = new Set(ids);
  mark(view);
}

function toggle(view, tile) {
  if (!view.data.mayChange) return;
  const id = view.data.ids[[...view.tiles.children].indexOf(tile)];
  if (!view.chosen.delete(id)) view.chosen.add(id);
  focusOn(view.tiles.children, tile);
  mark(view);
}

function onKey(event, view) {
  const tiles = [...view.tiles.children];
  const at = tiles.indexOf(event.target);
  if (at < 0) return;
  const to = led(tiles, at, event.key);
  if (event.key === " " || event.key === "Enter") {
    toggle(view, tiles[at]);
  } else if (event.key === "Delete" && view.chosen.size) {
    view.wish(null);
  } else if (to !== undefined) {
    if (tiles[to]) focusOn(tiles, tiles[to]);
  } else {
    return;
  }
  event.preventDefault();
}
