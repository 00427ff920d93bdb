const views = new WeakMap(); // one for each mounted matrix

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.pick = (cell) => {
    mark(view, place(view, cell));
    setTriggerValue("picked", place(view, cell)); // no state: a cell can be picked again after a pair was
  };
  const names = data.names.join();
  if (view.names !== names) {
    view.names = names;
    build(view, data.names);
  }
  fill(view, data);
  mark(view, data.picked);
  return () => views.delete(parentElement);
}

function mount(parent) {
  const table = parent.querySelector("table");
  const view = { table, rows: [] };
  table.onclick = (event) => {
    const cell = event.target.closest("td[role=gridcell]");
    if (cell) view.pick(cell);
  };
  table.onkeydown = (event) => onKey(event, view);
  views.set(parent, view);
  return view;
}

/** Headings and empty cells for these classes. */
function build(view, names) {
  const [head, body] = [view.table.tHead, view.table.tBodies[0]];
  const side = element("th", "side", "the network said");
  side.colSpan = names.length;
  const above = names.map((name) => {
    const heading = element("th", "");
    heading.scope = "col";
    heading.append(element("span", "above", name));
    return heading;
  });
  const corner = element("th", "corner", "the image is");
  corner.rowSpan = 2;
  head.replaceChildren(row(corner, side), row(...above));
  view.rows = names.map(() => names.map(() => element("td", "")));
  body.replaceChildren(
    ...view.rows.map((cells, index) => {
      const heading = element("th", "", names[index]);
      heading.scope = "row";
      return row(heading, ...cells);
    }),
  );
}

function fill(view, { written, shades, labels, hints }) {
  view.rows.forEach((cells, i) =>
    cells.forEach((cell, j) => {
      cell.setAttribute("role", "gridcell");
      cell.className = `${i === j ? "right" : "wrong"}${shades[i][j] ? "" : " zero"}`;
      cell.style.setProperty("--shade", shades[i][j]);
      cell.textContent = written[i][j];
      cell.title = hints[i][j];
      cell.setAttribute("aria-label", labels[i][j]);
    }),
  );
}

/** Show which cell is picked, and let the Tab key lead to it. */
function mark(view, picked) {
  const [row, column] = picked ?? [0, 0];
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

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}
