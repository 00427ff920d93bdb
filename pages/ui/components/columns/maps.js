// One column of maps: tiles of equal size on one canvas, and above them what is marked (an SVG in pixels of the page).

const GAP = 3; // pixels between two tiles
const SIDES = [[24, 57], [12, 42], [6, 33], [0, 27]]; // a map of so many rows or more has a tile of this side

const decode = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

class Maps {
  constructor(data, number) {
    Object.assign(this, { data, number, shown: [], limit: null });
    this.values = new Int8Array(decode(data.values).buffer); // in the order of data.order
    this.place = new Map(data.order.map((filter, place) => [filter, place]));
    const [height, width] = data.size;
    Object.assign(this, { height, width, count: data.order.length });
    this.root = element("figure", "column");
    this.caption = element("figcaption");
    this.more = element("button", "more");
    this.more.type = "button";
    this.title = element("b", "", data.title);
    this.caption.append(this.title, element("span", "", `${height} × ${width}${data.hidden ? " × ?" : ` × ${this.count}`}`), this.more);
    this.board = element("div", "board");
    this.board.tabIndex = 0;
    this.board.setAttribute("role", "application");
    const many = data.hidden ? "maps" : `${this.count} maps`;
    this.board.setAttribute("aria-label", `${data.title}: ${many} of ${height} by ${width}. Arrow keys choose a map, Enter its largest value.`);
    this.canvas = element("canvas");
    this.overlay = document.createElementNS(SVG, "svg");
    this.board.append(this.canvas, this.overlay);
    this.scroll = element("div", "scroll");
    this.scroll.append(this.board);
    this.root.append(this.caption, this.scroll);
  }

  side(unit) {
    return Math.round(SIDES.find(([least]) => Math.max(this.height, this.width) >= least)[1] * unit);
  }

  // `across` tiles beside each other, `most` in all; the picked filter is always among them.
  lay(side, across, most, picked) {
    const visible = Math.min(most, this.count);
    this.shown = this.data.order.slice(0, visible);
    if (picked !== null && !this.shown.includes(picked)) this.shown[visible - 1] = picked;
    Object.assign(this, { tile: side, across });
    const down = Math.ceil(visible / across);
    const [width, height] = [across * (side + GAP) - GAP, down * (side + GAP) - GAP];
    Object.assign(this.board.style, { width: `${width}px`, height: `${height}px` });
    this.overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    Object.assign(this, { boardWidth: width, boardHeight: height });
    const dead = this.data.dead.filter(Boolean).length;
    setText(this.more, this.data.hidden ? "show all" : visible < this.count ? `${visible} of ${this.count}` : "enlarge");
    this.more.setAttribute("aria-label", `${this.data.title}: show all maps${dead ? `, ${dead} of them silent` : ""}`);
  }

  paint(scale, limits, theme) {
    const dots = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(this.boardWidth * dots);
    this.canvas.height = Math.round(this.boardHeight * dots);
    const pen = this.canvas.getContext("2d");
    pen.imageSmoothingEnabled = false;
    const small = element("canvas");
    Object.assign(small, { width: this.width, height: this.height });
    const brush = small.getContext("2d");
    const pixels = brush.createImageData(this.width, this.height);
    this.shown.forEach((filter, index) => {
      const place = this.place.get(filter);
      const own = scale === "map" && !this.data.dead[place]; // a silent map is flat: its own scale would make it glare
      const limit = own ? this.data.limits[place] : scale === "network" ? limits.network : limits.layers[this.number];
      this.fill(pixels.data, place, limit, theme.zero);
      brush.putImageData(pixels, 0, 0);
      const [left, top] = this.corner(index).map((at) => Math.round(at * dots));
      const side = Math.round(this.tile * dots);
      pen.drawImage(small, left, top, side, side);
      pen.strokeStyle = theme.line;
      pen.lineWidth = dots;
      pen.strokeRect(left + dots / 2, top + dots / 2, side - dots, side - dots);
      if (this.data.dead[place]) strike(pen, left, top, side, theme.text, dots);
    });
  }

  // The colours of one map; a byte from -127 to 127 is a share of its largest value.
  fill(pixels, place, limit, zero) {
    const size = this.height * this.width;
    const unit = this.data.tops[place] / 127;
    const colours = new Map();
    for (let at = 0; at < size; at++) {
      const value = this.values[place * size + at];
      let rgb = colours.get(value);
      if (!rgb) colours.set(value, (rgb = diverging(value * unit, limit, RESULT, zero)));
      pixels.set([rgb[0], rgb[1], rgb[2], 255], 4 * at);
    }
  }

  corner(index) {
    return [(index % this.across) * (this.tile + GAP), Math.floor(index / this.across) * (this.tile + GAP)];
  }

  // Filter, row and column under the pointer; null between the tiles.
  at(event) {
    const box = this.board.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const step = this.tile + GAP;
    const index = Math.floor(y / step) * this.across + Math.floor(x / step);
    const [right, down] = [x % step, y % step];
    if (x < 0 || y < 0 || right >= this.tile || down >= this.tile || index >= this.shown.length || x >= this.boardWidth) return null;
    const cell = (offset, count) => Math.min(Math.floor((offset / this.tile) * count), count - 1);
    return { column: this.number, filter: this.shown[index], row: cell(down, this.height), col: cell(right, this.width) };
  }

  // The map's largest value.
  largest(filter) {
    const size = this.height * this.width;
    const values = this.values.subarray(this.place.get(filter) * size, (this.place.get(filter) + 1) * size);
    const at = values.reduce((best, value, index) => (value > values[best] ? index : best), 0);
    return { column: this.number, filter, row: Math.floor(at / this.width), col: at % this.width };
  }

  value({ filter, row, col }) {
    const place = this.place.get(filter);
    return (this.values[(place * this.height + row) * this.width + col] * this.data.tops[place]) / 127;
  }

  // The outline of rows and columns of a tile, as an SVG path.
  outline(index, [top, left, bottom, right]) {
    const [x, y] = this.corner(index);
    const [down, across] = [this.tile / this.height, this.tile / this.width];
    const clip = (at, most) => Math.min(Math.max(at, 0), most);
    const box = [clip(top, this.height) * down, clip(left, this.width) * across, clip(bottom, this.height) * down, clip(right, this.width) * across];
    return `M${x + box[1]} ${y + box[0]}H${x + box[3]}V${y + box[2]}H${x + box[1]}z`;
  }
}

// A line through the map of a filter that says nothing.
function strike(pen, left, top, side, colour, dots) {
  pen.save();
  pen.strokeStyle = colour;
  pen.globalAlpha = 0.6;
  pen.lineWidth = 1.5 * dots;
  pen.beginPath();
  pen.moveTo(left + 2, top + side - 2);
  pen.lineTo(left + side - 2, top + 2);
  pen.stroke();
  pen.restore();
}

// Paths above a canvas: [class, path] each.
function draw(overlay, paths) {
  overlay.replaceChildren(...paths.map(([name, path]) => {
    const line = document.createElementNS(SVG, "path");
    line.setAttribute("class", name);
    line.setAttribute("d", path);
    return line;
  }));
}

// Whether the filter says anything here, and on how many test images it does.
function waking({ dead, awake, n }, place) {
  const images = `of ${n.toLocaleString("en")} test images`;
  if (awake?.[place] === 0) return `Dead: silent on all ${images.slice(3)}.`;
  const share = awake ? `awake on ${Number((100 * awake[place]).toFixed(1))}% ${images}.` : "";
  return dead[place] ? `Silent here${share ? `; ${share}` : "."}` : share.replace("a", "A");
}

const gapWith = (words) => element("div", words ? "gap words" : "gap", words || "→");
const halo = (path) => [["halo", path], ["stroke", path]];

// The square of the image that a value depends on, without what sticks out: top, left, bottom, right.
function square({ reach: [field, step, first] }, { row, col }) {
  const clip = (at) => Math.min(Math.max(at, 0), 32);
  return [first + step * row, first + step * col, first + step * row + field, first + step * col + field].map(clip);
}

// Its window on the maps of the column before.
function windowIn({ kernel, before, ratio, pooled }, { row, col }) {
  const [top, left] = [row, col].map((at) => pooled * at - before);
  return [top, left, top + kernel + pooled - 1, left + kernel + pooled - 1].map((at) => at * ratio);
}
