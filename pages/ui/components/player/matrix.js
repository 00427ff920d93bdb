// The track of the matrix: how many images of each class (row) were given each class (column) at the moment, and beside
// each row its recall, the share that was recognised.
// Data: { names, counts, tops, recalls, note, marks }
// counts: for each moment the numbers, row by row; tops: the right answers and the mistakes that get the strongest
// colour, the same at every moment. recalls: for each moment the share of each class, 0 to 1, null for a class without an
// image; a mark shows where the class ends, and a number how far it has moved since the moment before, in points.
// note: below the matrix; marks: what the marks mean, "" for one moment.

// A heading has room for so many letters of a name.
const short = (name, longest = 13) => (name.length > longest ? `${name.slice(0, longest - 1).trimEnd()}…` : name);

TRACKS.matrix = class {
  constructor(root) {
    this.root = root;
    this.table = root.appendChild(element("table"));
    this.table.setAttribute("aria-label", "Confusion matrix: the image's class on the rows, the answer on the columns");
    const note = root.appendChild(element("p", "note"));
    [this.note, this.marks] = ["", "of-bars"].map((part) => note.appendChild(element("span", part)));
  }

  take(data) {
    this.data = data;
    setText(this.note, data.note);
    setText(this.marks, data.marks && ` ${data.marks}`);
    if (this.names !== data.names.join()) this.build(data.names);
    const last = data.recalls.at(-1);
    this.rows.forEach(({ end }, i) => (end.style.left = `${100 * last[i]}%`));
  }

  build(names) {
    this.names = names.join();
    this.root.classList.toggle("wide", names.some((name) => name.length > 10));
    const corner = Object.assign(element("th", "corner", "the image is"), { rowSpan: 2 });
    const side = Object.assign(element("th", "side", "the network said"), { colSpan: names.length });
    const recall = Object.assign(element("th", "recall", "recall"), { rowSpan: 2, scope: "col" });
    const columns = names.map((name) => {
      const heading = Object.assign(element("th"), { scope: "col" });
      heading.title = name;
      heading.append(element("span", "slanted", short(name)));
      return heading;
    });
    const head = element("thead");
    head.append(this.line(corner, side, recall), this.line(...columns));
    const body = element("tbody");
    this.rows = names.map((name) => this.row(name, names));
    body.append(...this.rows.map(({ line }) => line));
    this.table.replaceChildren(head, body);
  }

  row(name, names) {
    const heading = Object.assign(element("th", "", short(name)), { scope: "row", title: name });
    const cells = names.map((other) => element("td", name === other ? "hit" : "miss"));
    const recall = element("td", "recall");
    const [bar, share, change] = ["bar", "share", "change"].map((part) => recall.appendChild(element("span", part)));
    bar.setAttribute("aria-hidden", "true");
    const [fill, end] = ["fill", "end"].map((part) => bar.appendChild(element("i", part)));
    return { line: this.line(heading, ...cells, recall), cells, fill, end, share, change };
  }

  line(...cells) {
    const line = element("tr");
    line.append(...cells);
    return line;
  }

  show(at) {
    const { counts, recalls } = this.data;
    this.rows.forEach((row, i) => {
      row.cells.forEach((cell, j) => this.showCount(cell, counts[at][i * this.rows.length + j], i === j));
      this.showRecall(row, recalls[at][i], at ? recalls[at - 1][i] : null);
    });
  }

  showCount(cell, count, isHit) {
    setText(cell, String(count));
    cell.classList.toggle("zero", count === 0);
    cell.style.setProperty("--shade", (count / this.data.tops[isHit ? 0 : 1]).toFixed(3));
  }

  showRecall({ fill, share, change }, now, before) {
    fill.style.width = `${100 * now}%`;
    setText(share, now === null ? "–" : `${Math.round(100 * now)}%`);
    const points = before === null ? 0 : Math.round(100 * now) - Math.round(100 * before);
    setText(change, points ? `${points > 0 ? "+" : "−"}${Math.abs(points)}` : "");
    change.classList.toggle("lost", points < 0);
  }
};
