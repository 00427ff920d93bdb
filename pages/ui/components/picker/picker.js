// A photo is shrunk here, before it travels: a phone's 48 megapixels become some hundred kilobytes. What the browser
// cannot open goes as it is, if it is small enough, so that Python can say what it is; else only its size goes.

const LONGEST = 1600; // pixels of the side that is sent; the server keeps 1,024
const SENT_AS_IS = 500_000; // bytes: a smaller file that needs no shrinking is sent unchanged
const QUALITY = 0.92;
const HEIC = /^ftyp(hei|hev|mif1|msf1)/; // at byte 4: some browsers open it, the server does not

const views = new WeakMap(); // one for each mounted picker

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.button.textContent = data.label;
  view.most = data.most; // bytes of a file that this browser cannot open
  view.send = (photo) => setTriggerValue("photo", photo);
  view.busy.textContent = ""; // this runs again when the page has answered: `data.taken` counts the photos
  return () => {
    view.listening.abort();
    views.delete(parentElement);
  };
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { drop: find(".drop"), button: find("button"), input: find("input"), busy: find(".busy") };
  const { button, input } = view;
  button.onclick = () => input.click();
  input.onchange = () => {
    take(view, input.files[0]);
    input.value = ""; // the same file can be chosen again
  };
  view.listening = new AbortController();
  listenToPage(view);
  views.set(parent, view);
  return view;
}

/** Paste and drop anywhere: a browser leaves the page for a file that is dropped beside the zone. */
function listenToPage(view) {
  const on = (name, then) => document.addEventListener(name, then, { signal: view.listening.signal });
  const light = (isOver) => view.drop.classList.toggle("over", isOver);
  on("paste", (event) => {
    take(view, [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/")));
  });
  on("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    light(true);
  });
  on("dragleave", (event) => light(event.relatedTarget !== null)); // null: the pointer has left the page
  on("drop", (event) => {
    light(false);
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    take(view, event.dataTransfer.files[0]);
  });
}

async function take(view, file) {
  if (!file) return;
  view.latest = file;
  view.busy.textContent = "Opening the photo …";
  const content = await shrunk(file, view.most);
  const base64 = content && (await encoded(content));
  if (view.latest === file) view.send({ name: file.name, size: file.size, content: base64 }); // else another was given
}

/** The bytes to send; null for a file that nobody can open here and that is too large to send as it is. */
async function shrunk(file, most) {
  const unopened = file.size <= most ? file : null;
  const picture = await opened(file);
  if (!picture) return unopened;
  const share = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
  const isHeic = HEIC.test(await file.slice(4, 12).text());
  if (share === 1 && file.size <= SENT_AS_IS && !isHeic) return file;
  try {
    return (await drawn(picture, share)) ?? unopened;
  } catch {
    return unopened; // an SVG with a web page in it may be seen, but not read
  }
}

/** The picture as a JPEG, `share` of its size. */
function drawn(picture, share) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * share));
  canvas.height = Math.max(1, Math.round(picture.height * share));
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // a JPEG has no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close?.();
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

/** Base64, which JSON can carry. */
function encoded(blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => done(null);
    reader.readAsDataURL(blob);
  });
}
