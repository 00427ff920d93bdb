const DOTS = 2; // pixels of the PNG for each of the drawing, so that it is sharp on a beamer and in print
const TYPES = { svg: "image/svg+xml", csv: "text/csv" };

export default function ({ data, parentElement }) {
  parentElement.querySelector(".saver").onclick = async (event) => {
    const kind = event.target.closest("button")?.dataset.kind;
    if (!kind) return;
    const file = kind === "png" ? await painted(data.svg) : new Blob([data[kind]], { type: TYPES[kind] });
    save(file, `${data.name}.${kind}`);
  };
}

/** The drawing as a PNG. */
async function painted(svg) {
  const drawing = new Image();
  drawing.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await drawing.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [drawing.width * DOTS, drawing.height * DOTS];
  canvas.getContext("2d").drawImage(drawing, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function save(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a browser may read it after the click
}
