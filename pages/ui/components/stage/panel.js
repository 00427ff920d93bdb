// A panel: a caption, a painted grid, and above it the marks that move (an SVG whose unit is one cell).

const SVG = "http://www.w3.org/2000/svg";

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Only what changed is written: a page that is written to has to be laid out again.
function setText(node, text) {
  if (node.said !== text) node.textContent = node.said = text;
}

// The outline of cells given as [row, column], as one SVG path.
const squares = (cells) => cells.map(([row, column]) => `M${column} ${row}h1v1h-1z`).join("");
const corner = (row, column) => `M${column} ${row}h.42l-.42 .42z`;
const rectangle = (height, width) => `M0 0h${width}v${height}h${-width}z`;

class Panel {
  // `of`: the channel, where there are several. Without a hint the panel is for the mouse alone, and is a picture to all
  // others: its numbers are in the sum.
  constructor(kind, title, of, hint) {
    this.kind = kind;
    this.root = element("figure", `panel ${kind}`);
    const caption = element("figcaption");
    this.size = element("span", "size");
    this.aside = element("span", "aside");
    caption.dataset.head = title;
    caption.append(element("b", "", title + of), this.size, this.aside);
    this.board = element("div", "board");
    if (hint) this.board.tabIndex = 0;
    this.board.setAttribute("role", hint ? "application" : "img");
    this.board.setAttribute("aria-label", `${title}${of}. ${hint}`.trim());
    if (of) this.board.dataset.channel = of.trim();
    this.grid = new Grid(element("canvas"));
    this.overlay = document.createElementNS(SVG, "svg");
    this.overlay.setAttribute("preserveAspectRatio", "none");
    this.marks = {};
    this.board.append(this.grid.canvas, this.overlay);
    this.root.append(caption, this.board);
  }

  shape(rows, columns, size, aside = "") {
    this.rows = rows;
    this.columns = columns;
    this.board.style.aspectRatio = `${columns} / ${rows}`;
    this.overlay.setAttribute("viewBox", `0 0 ${columns} ${rows}`);
    setText(this.size, size);
    setText(this.aside, aside);
  }

  paint(look, theme) {
    this.grid.resize(this.rows, this.columns, theme);
    this.grid.paint(look);
  }

  // A named mark: a path with a halo, so that it shows on any colour. Created at first use.
  mark(name, path) {
    let mark = this.marks[name];
    if (!mark) {
      mark = this.marks[name] = { group: document.createElementNS(SVG, "g"), lines: [] };
      mark.group.setAttribute("class", `mark ${name}`);
      for (const part of ["halo", "stroke"]) {
        const line = document.createElementNS(SVG, "path");
        line.setAttribute("class", part);
        mark.lines.push(line);
      }
      mark.group.append(...mark.lines);
      this.overlay.append(mark.group);
    }
    if (mark.path !== path) mark.lines.forEach((line) => line.setAttribute("d", path));
    mark.path = path;
  }

  move(name, row, column) {
    this.marks[name].group.style.transform = `translate(${column}px, ${row}px)`;
  }

  cellAt(event) {
    const box = this.board.getBoundingClientRect();
    const row = Math.floor(((event.clientY - box.top) / box.height) * this.rows);
    const column = Math.floor(((event.clientX - box.left) / box.width) * this.columns);
    return [Math.min(Math.max(row, 0), this.rows - 1), Math.min(Math.max(column, 0), this.columns - 1)];
  }
}
