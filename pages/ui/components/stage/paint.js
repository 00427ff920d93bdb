// Colours and canvases. A grid is painted once for each change of data, size or theme; while the window moves only
// single cells are painted and the marks above them are shifted.

// The app's palette (cnn_core.plotting.style). Results: orange, 0, blue. Weights: violet, 0, green. A 0 has the page's
// own colour: white on a light page, and no glaring square on a dark one.
const RESULT = { negative: [217, 115, 13], positive: [53, 114, 216] };
const WEIGHT = { negative: [164, 79, 176], positive: [11, 143, 107] };
const TINTS = { R: [255, 60, 50], G: [40, 215, 90], B: [70, 130, 255] };
const WHITE = [255, 255, 255];
const INK = [0, 0, 0]; // black: of it and white one has a contrast of 4.5 or more on every colour
const MOST_DIGITS = 16; // cells a side, padding included, beyond which a grid shows colours only
const LINED = 13; // pixels a cell from which lines separate the cells

const mix = (from, to, share) => from.map((value, i) => Math.round(value + (to[i] - value) * share));
const css = (rgb) => `rgb(${rgb[0]},${rgb[1]},${rgb[2]})`;

// Diverging, symmetric, `zero` at 0: value / limit in -1..1.
function diverging(value, limit, { negative, positive }, zero) {
  const share = limit > 0 ? Math.min(Math.abs(value) / limit, 1) : 0;
  return mix(zero, value < 0 ? negative : positive, share);
}

// The value that gets the full colour: of a map of more than a hundred values the 99th percentile of their sizes, so
// that one strong edge does not make all others white. The same rule is in cnn_core.plotting.lab.
function strongest(values) {
  const sizes = Float64Array.from(values, Math.abs).sort();
  const last = sizes.length - 1;
  const place = sizes.length > 100 ? Math.ceil(0.99 * last) : last;
  return sizes[place] || sizes[last];
}

// Brightness from black to white, or from black to the channel's own light.
function brightness(value, low, high, channel) {
  const share = high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0.5;
  return mix([0, 0, 0], TINTS[channel] ?? WHITE, share);
}

function luminance(rgb) {
  const linear = (value) => (value <= 10 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const [r, g, b] = rgb.map(linear);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

// Ink or white, whichever is read more easily on the colour.
function inkOn(rgb) {
  const light = luminance(rgb);
  return 1.05 / (light + 0.05) > (light + 0.05) / (luminance(INK) + 0.05) ? css(WHITE) : css(INK);
}

// The red, green and blue of "#rrggbb" or "rgb(r, g, b)"; white for anything else.
function readColour(text) {
  const bytes = /^#[0-9a-f]{6}$/i.test(text) ? text.slice(1).match(/../g).map((byte) => parseInt(byte, 16)) : null;
  return bytes ?? (text.startsWith("rgb") ? text.match(/[\d.]+/g).slice(0, 3).map(Number) : WHITE);
}

// What a panel takes from the page's theme.
function readTheme(element) {
  const style = getComputedStyle(element);
  const value = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  return {
    zero: readColour(value("--st-background-color", "")),
    ground: value("--st-secondary-background-color", "#f3f5f9"),
    line: value("--st-border-color", "#d9dee8"),
    text: value("--st-text-color", "#1c2431"),
    font: style.fontFamily,
  };
}

// A grid of rows x columns cells on a canvas. `look(row, column)` says what a cell is:
// { rgb, text } · { padding: true, text } · { blank: true, text }, each with hatch: true where nothing reads it.
class Grid {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
  }

  resize(rows, columns, theme) {
    const box = this.canvas.getBoundingClientRect();
    const scale = window.devicePixelRatio || 1;
    Object.assign(this, { rows, columns, theme, scale });
    this.canvas.width = Math.max(1, Math.round(box.width * scale));
    this.canvas.height = Math.max(1, Math.round(box.height * scale));
    this.cell = this.canvas.width / columns;
    this.line = this.cell / scale >= LINED ? Math.max(1, Math.round(scale)) : 0;
  }

  paint(look) {
    this.look = look;
    this.digits = this.digitSize();
    this.pen.fillStyle = this.theme.line;
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    for (let row = 0; row < this.rows; row++) {
      for (let column = 0; column < this.columns; column++) this.paintCell(row, column);
    }
  }

  // The font size at which the longest number fits, in device pixels; 0: colours only.
  digitSize() {
    if (Math.max(this.rows, this.columns) > MOST_DIGITS) return 0;
    this.pen.font = `600 100px ${this.theme.font}`;
    let widest = 50;
    for (let row = 0; row < this.rows; row++) {
      for (let column = 0; column < this.columns; column++) {
        widest = Math.max(widest, this.pen.measureText(this.look(row, column).text ?? "").width);
      }
    }
    const size = Math.min(0.46 * this.cell, (86 * this.cell) / widest, 30 * this.scale);
    return size >= 8 * this.scale ? size : 0;
  }

  paintCell(row, column) {
    const { pen, theme, line } = this;
    const edge = (number, count) => Math.round(number * this.cell) + (number === 0 || number === count ? 0 : line);
    const [left, top] = [edge(column, this.columns), edge(row, this.rows)];
    const width = Math.round((column + 1) * this.cell) - left;
    const height = Math.round((row + 1) * this.cell) - top;
    const { rgb, text, padding, blank, hatch } = this.look(row, column);
    pen.fillStyle = padding || blank ? theme.ground : css(rgb);
    pen.fillRect(left, top, width, height);
    if (padding) this.dash(left, top, width, height);
    if (hatch) this.hatch(left, top, width, height, rgb);
    if (text === undefined || !this.digits) return;
    pen.font = `${padding || blank ? 400 : 600} ${this.digits}px ${theme.font}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.globalAlpha = padding ? 0.6 : 1;
    pen.fillStyle = padding || blank ? theme.text : inkOn(rgb);
    pen.fillText(text, left + width / 2, top + height / 2 + this.digits * 0.05);
    pen.globalAlpha = 1;
  }

  dash(left, top, width, height) {
    if (!this.line) return;
    const { pen, scale } = this;
    pen.save();
    pen.globalAlpha = 0.35;
    pen.strokeStyle = this.theme.text;
    pen.lineWidth = scale;
    pen.setLineDash([2 * scale, 2 * scale]);
    pen.strokeRect(left + scale / 2, top + scale / 2, width - scale, height - scale);
    pen.restore();
  }

  hatch(left, top, width, height, rgb) {
    const { pen, scale } = this;
    const gap = Math.max(4 * scale, width / 4);
    pen.save();
    pen.beginPath();
    pen.rect(left, top, width, height);
    pen.clip();
    pen.globalAlpha = 0.55;
    pen.strokeStyle = rgb ? inkOn(rgb) : this.theme.text;
    pen.lineWidth = Math.max(1, scale);
    pen.beginPath();
    for (let offset = -height; offset < width; offset += gap) {
      pen.moveTo(left + offset, top + height);
      pen.lineTo(left + offset + height, top);
    }
    pen.stroke();
    pen.restore();
  }
}
