// A photo is shrunk here, before it travels: a phone's 48 megapixels become some hundred kilobytes. What the browser
// cannot open goes as it is, if it is small enough, so that Python can say what it is; else only its size goes.

const LONGEST = 1600; // pixels of the side that is sent; the server keeps 1,024
const SENT_AS_IS = 500_000; // bytes: a smaller file that needs no shrinking is sent unchanged
const MOST_UNOPENED = 8_000_000; // bytes of a file that this browser cannot open
const QUALITY = 0.92;
const ANSWERED = 20_000; // milliseconds after which the page has had time to answer

const views = new WeakMap(); // one for each mounted picker

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.button.textContent = data.label;
  view.send = (photo) => setTriggerValue("photo", photo);
  view.busy.textContent = ""; // the page has answered the last photo
  clearTimeout(view.timer);
  return () => {
    clearTimeout(view.timer);
    document.removeEventListener("paste", view.onPaste);
    views.delete(parentElement);
  };
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { drop: find(".drop"), button: find("button"), input: find("input"), busy: find(".busy") };
  const { drop, button, input } = view;
  button.onclick = () => input.click();
  input.onchange = () => {
    take(view, input.files[0]);
    input.value = ""; // the same file can be chosen again
  };
  drop.ondragover = (event) => {
    event.preventDefault();
    drop.classList.add("over");
  };
  drop.ondragleave = () => drop.classList.remove("over");
  drop.ondrop = (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    take(view, event.dataTransfer.files[0]);
  };
  view.onPaste = (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"));
    if (file) take(view, file);
  };
  document.addEventListener("paste", view.onPaste);
  views.set(parent, view);
  return view;
}

async function take(view, file) {
  if (!file) return;
  view.busy.textContent = "Opening the photo …";
  view.timer = setTimeout(() => (view.busy.textContent = ""), ANSWERED);
  const content = await shrunk(file);
  const base64 = content && (await encoded(content));
  view.send({ name: file.name, size: file.size, content: base64 });
}

/** The bytes to send; null for a file that nobody can open here and that is too large to send as it is. */
async function shrunk(file) {
  const picture = await decoded(file);
  if (!picture) return file.size <= MOST_UNOPENED ? file : null;
  const { width, height } = picture;
  const share = Math.min(1, LONGEST / Math.max(width, height));
  if (share === 1 && file.size <= SENT_AS_IS) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * share));
  canvas.height = Math.max(1, Math.round(height * share));
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // a JPEG has no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close?.();
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

/** The picture, upright as its EXIF says; null if this browser cannot open it. Some open HEIC as an <img> only. */
async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return decodedByElement(file);
  }
}

async function decodedByElement(file) {
  const image = new Image();
  image.src = URL.createObjectURL(file);
  try {
    await image.decode();
    return image;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(image.src);
  }
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
