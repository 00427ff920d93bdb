// The track of kernels: the filters of the first layer as small pictures that change as the network learns.
// Data: { title, rows, columns, at, pixels, note }
// rows, columns: of a kernel; at: in the unit of `moments`, ascending; pixels: for each of `at` the bytes of all kernels,
// red, green and blue of one weight after the other, row by row, filter by filter, in base64. The last before a moment
// is shown.

TRACKS.kernels = class {
  constructor(root) {
    this.title = root.appendChild(element("p", "head")).appendChild(element("b"));
    this.list = root.appendChild(element("div", "grid"));
    this.list.setAttribute("role", "img");
    this.note = root.appendChild(element("p", "note"));
    this.canvases = [];
  }

  take(data, moments) {
    Object.assign(this, { data, moments, shown: null });
    setText(this.title, data.title);
    setText(this.note, data.note);
    this.list.setAttribute("aria-label", `${data.title}. ${data.note}`);
  }

  show(at) {
    const { pixels, rows, columns } = this.data;
    const now = Math.max(countUpTo(this.data.at, this.moments[at]) - 1, 0);
    if (pixels[now] === this.shown) return;
    this.shown = pixels[now];
    const bytes = Uint8Array.from(atob(this.shown), (character) => character.charCodeAt(0));
    const count = bytes.length / (rows * columns * 3);
    while (this.canvases.length > count) this.canvases.pop().remove();
    while (this.canvases.length < count) this.canvases.push(this.list.appendChild(element("canvas")));
    this.canvases.forEach((canvas, i) => this.paint(canvas, bytes.subarray((i * bytes.length) / count)));
  }

  paint(canvas, bytes) {
    const { rows, columns } = this.data;
    if (canvas.width !== columns || canvas.height !== rows) Object.assign(canvas, { width: columns, height: rows });
    const picture = new ImageData(columns, rows);
    for (let i = 0; i < rows * columns; i++) {
      picture.data.set(bytes.subarray(3 * i, 3 * i + 3), 4 * i);
      picture.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(picture, 0, 0);
  }
};
