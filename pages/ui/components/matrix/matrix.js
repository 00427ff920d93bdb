const KEYS = "The arrow keys move, Enter shows a cell's images.";
const WIDE = 10; // letters of a name: longer ones get more room beside the rows
const LONGEST = 13; // letters that a heading has room for
const views = new WeakMap(); // one for each mounted matrix

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.pick = (cell) => {
    const picked = place(view, cell).map((index) => data.order[index]);
    mark(view, data, picked);
    setTriggerValue("picked", picked); // no state: a cell can be picked again after a pair was
  };
  const shape = JSON.stringify([data.names, data.picks, data.margins, data.said]);
  if (view.shape !== shape) {
    view.shape = shape;
    build(view, data);
  }
  fill(view, data);
  mark(view, data, data.picked);
  return () => views.delete(parentElement);
}

function mount(parent) {
  const table = parent.querySelector("table");
  const view = { table, rows: [], recalls: [], precisions: [], headings: [] };
  table.onclick = (event) => {
    const cell = event.target.closest("td[role=gridcell]");
    if (cell) view.pick(cell);
  };
  table.onkeydown = (event) => onKey(event, view);
  views.set(parent, view);
  return view;
}

/** Headings, empty cells and empty margins for these classes. */
function build(view, { names, picks, margins, said = "the network said" }) {
  view.table.classList.toggle("wide", names.some((name) => name.length > WIDE));
  const [head, body, foot] = [view.table.tHead, view.table.tBodies[0], view.table.tFoot];
  view.table.setAttribute("role", picks ? "grid" : "table");
  view.above = names.map((name) => heading("col", element("span", "above", short(name)), name));
  const corner = element("th", "corner");
  corner.append(element("div", "said", `${said} →`), element("div", "", "the image is ↓"));
  const share = aside("th", "margin");
  share.append(element("span", "above", margins[0]));
  head.replaceChildren(row(corner, ...view.above, share));
  view.rows = names.map(() => names.map(() => element("td", "")));
  view.beside = names.map((name) => heading("row", short(name), name));
  view.recalls = names.map(() => aside("td", "margin"));
  const lines = view.rows.map((cells, i) => row(view.beside[i], ...cells, view.recalls[i]));
  body.replaceChildren(...lines);
  view.precisions = names.map(() => aside("td", "margin"));
  view.accuracy = aside("td", "margin all");
  const below = aside("th", "margin");
  below.textContent = margins[1];
  foot.replaceChildren(row(below, ...view.precisions, view.accuracy));
}

function fill(view, data) {
  const { written, shades, good, labels, hints, picks } = data;
  view.table.setAttribute("aria-label", `${data.alt} ${picks ? KEYS : ""}`.trim());
  view.rows.forEach((cells, i) =>
    cells.forEach((cell, j) => {
      cell.setAttribute("role", picks ? "gridcell" : "cell");
      cell.className = `${good[i][j] ? "right" : "wrong"}${shades[i][j] ? "" : " zero"}`;
      cell.style.setProperty("--shade", shades[i][j]);
      cell.textContent = written[i][j];
      cell.title = hints[i][j];
      cell.setAttribute("aria-label", labels[i][j]);
    }),
  );
  view.recalls.forEach((cell, i) => {
    cell.textContent = data.recall[i];
    view.beside[i].setAttribute("aria-label", `${data.names[i]}, recall ${data.recall[i]}`);
  });
  view.precisions.forEach((cell, j) => {
    cell.textContent = data.precision[j];
    view.above[j].setAttribute("aria-label", `${data.names[j]}, precision ${data.precision[j]}`);
  });
  view.accuracy.textContent = data.accuracy;
}

/** Show which cell is picked, in class numbers, and let the Tab key lead to it. */
function mark(view, { order, picks }, picked) {
  if (!picks) return;
  const [row, column] = picked ? picked.map((number) => order.indexOf(number)) : [0, 0];
  view.rows.forEach((cells, i) =>
    cells.forEach((cell, j) => {
      const is = i === row && j === column;
      cell.setAttribute("aria-selected", String(is && picked !== null));
      cell.tabIndex = is ? 0 : -1;
    }),
  );
}

function onKey(event, view) {
  const at = place(view, event.target);
  if (!at) return;
  const [row, column] = at;
  const last = view.rows.length - 1;
  const targets = {
    ArrowRight: [row, column + 1],
    ArrowLeft: [row, column - 1],
    ArrowDown: [row + 1, column],
    ArrowUp: [row - 1, column],
    Home: [event.ctrlKey ? 0 : row, 0],
    End: [event.ctrlKey ? last : row, last],
  };
  if (event.key === "Enter" || event.key === " ") {
    view.pick(event.target);
  } else if (event.key in targets) {
    const [i, j] = targets[event.key];
    const to = view.rows[i]?.[j];
    if (to) {
      event.target.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    }
  } else {
    return;
  }
  event.preventDefault();
}

/** Row and column of a cell, from 0; null for what is no cell. */
function place(view, cell) {
  for (const [i, cells] of view.rows.entries()) {
    const j = cells.indexOf(cell);
    if (j >= 0) return [i, j];
  }
  return null;
}

function row(...cells) {
  const line = document.createElement("tr");
  line.append(...cells);
  return line;
}

const short = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1).trimEnd()}…` : name);

function heading(scope, content, name) {
  const made = element("th", "");
  Object.assign(made, { scope, title: name });
  made.append(content);
  return made;
}

/** For the eye: a screen reader hears a margin's figure with the name of its class. */
function aside(tag, className = "") {
  const made = element(tag, className);
  made.setAttribute("aria-hidden", "true");
  return made;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
