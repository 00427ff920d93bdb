// What is not a map: the image, the dense values, the logits and probabilities.

const IMAGE_SIDE = 112;

class Picture {
  constructor({ image, caption }) {
    this.root = element("figure", "picture");
    const text = element("figcaption");
    text.append(element("b", "", "Image"), ...caption.map((line) => element("span", "", line)));
    this.board = element("div", "board");
    this.board.setAttribute("role", "img");
    this.board.setAttribute("aria-label", ["The image as the network gets it", ...caption].join(", "));
    this.canvas = element("canvas");
    Object.assign(this.canvas, { width: 32, height: 32 });
    const pen = this.canvas.getContext("2d");
    const pixels = pen.createImageData(32, 32);
    decode(image).forEach((value, at) => (pixels.data[4 * Math.floor(at / 3) + (at % 3)] = value));
    for (let at = 3; at < pixels.data.length; at += 4) pixels.data[at] = 255;
    pen.putImageData(pixels, 0, 0);
    this.overlay = document.createElementNS(SVG, "svg");
    this.board.append(this.canvas, this.overlay);
    this.root.append(text, this.board);
  }

  lay(unit) {
    this.side = Math.round(IMAGE_SIDE * unit);
    Object.assign(this.board.style, { width: `${this.side}px`, height: `${this.side}px` });
    this.overlay.setAttribute("viewBox", `0 0 ${this.side} ${this.side}`);
  }

  outline([top, left, bottom, right]) {
    const [a, b, c, d] = [top, left, bottom, right].map((at) => (Math.min(Math.max(at, 0), 32) * this.side) / 32);
    return `M${b} ${a}H${d}V${c}H${b}z`;
  }
}

// Values that are no maps, the largest first, in small cells.
class Numbers {
  constructor({ title, note, values }) {
    Object.assign(this, { values: [...values].sort((a, b) => b - a) });
    this.root = element("figure", "numbers");
    const text = element("figcaption");
    text.append(element("b", "", title), ...note.map((line) => element("span", "", line)));
    this.canvas = element("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${title}: ${values.length} values, from ${write(Math.min(...values))} to ${write(Math.max(...values))}`);
    this.root.append(text, this.canvas);
  }

  // At most `most` columns of cells; where there are more values, the largest and the smallest are left.
  lay(unit, height, most) {
    this.cell = Math.round(9 * unit);
    this.down = Math.max(1, Math.floor(height / this.cell));
    this.across = Math.min(most, Math.ceil(this.values.length / this.down));
    const room = this.across * this.down;
    const half = Math.ceil(room / 2);
    const { values } = this;
    this.shown = values.length <= room ? values : [...values.slice(0, half), ...values.slice(half - room)];
    Object.assign(this.canvas.style, { width: `${this.across * this.cell}px`, height: `${this.down * this.cell}px` });
  }

  paint(theme) {
    const dots = window.devicePixelRatio || 1;
    const cell = Math.round(this.cell * dots);
    Object.assign(this.canvas, { width: this.across * cell, height: this.down * cell });
    const pen = this.canvas.getContext("2d");
    const limit = strongest(this.values);
    this.shown.forEach((value, at) => {
      pen.fillStyle = css(diverging(value, limit, RESULT, theme.zero));
      pen.fillRect(Math.floor(at / this.down) * cell, (at % this.down) * cell, cell - 1, cell - 1);
    });
  }
}

function answerTable({ names, logits, probabilities, label }) {
  const table = element("table", "answer");
  const head = table.createTHead().insertRow();
  const heading = (text, below, name) => {
    const cell = element("th", name, text);
    cell.scope = "col";
    if (below) cell.append(element("span", "", below));
    return cell;
  };
  head.append(heading("Class"), heading("Logit", "a sum", "logit"), heading("Probability", "softmax"));
  const best = probabilities.indexOf(Math.max(...probabilities));
  const most = Math.max(...logits.map(Math.abs)) || 1;
  const body = table.createTBody();
  names.forEach((name, at) => {
    const row = body.insertRow();
    const first = element("th", "", label === at ? `${name} ✓` : name);
    first.scope = "row";
    first.title = label === at ? `${name}, the label of this image` : name;
    row.className = at === best ? "first" : "";
    row.append(first, bar(logits[at] / most, signed(logits[at]), true), bar(probabilities[at], `${(100 * probabilities[at]).toFixed(1)}%`, false));
  });
  return table;
}

const signed = (value) => value.toFixed(1).replace(/^-(?=.*[1-9])/, "\u2212").replace("-", "");

// A bar from the left, or for numbers with a sign from the middle, and the number.
function bar(share, text, hasSign) {
  const [cell, room, fill] = [element("td"), element("span", "bar"), element("i", share < 0 ? "low" : "")];
  const width = Math.abs(share) * (hasSign ? 50 : 100);
  fill.style.width = `${width}%`;
  fill.style.left = `${hasSign ? (share < 0 ? 50 - width : 50) : 0}%`;
  room.append(fill);
  cell.append(room, element("span", "number", text));
  if (hasSign) cell.className = "logit";
  return cell;
}
