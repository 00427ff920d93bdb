// Pictures from the device, many at once: each becomes 32x32 here. What this browser cannot open goes as it is, if it is
// small enough, so that the server can try.

const PICTURE = /^image\/|\.(avif|bmp|gif|hei[cf]|jpe?g|png|tiff?|webp)$/i; // of a file's type, or else its name

const views = new WeakMap(); // one for each mounted component

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.data = data;
  view.mail.send = (shot) => setTriggerValue("shot", shot);
  view.mail.arrived(data.taken);
  view.choose.textContent = data.label;
  view.choose.disabled = view.folder.disabled = Boolean(data.refused) || view.isBusy;
  if (!view.isBusy) say(view);
  return () => {
    view.listening.abort();
    view.isClosed = true;
    view.mail.close();
    views.delete(parentElement);
  };
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { zone: find(".files"), choose: find(".choose"), folder: find(".folder"), said: find("output") };
  view.mail = new Mailbox();
  view.isBusy = false;
  view.done = "";
  for (const [button, input] of [[view.choose, find(".pictures")], [view.folder, find(".folders")]]) {
    button.onclick = () => input.click();
    input.onchange = () => {
      takeAll(view, [...input.files]);
      input.value = ""; // the same can be chosen again
    };
  }
  listenToPage(view);
  views.set(parent, view);
  return view;
}

/** Dropped anywhere, as a browser leaves the page for a file that is dropped beside the zone; but for another's zone. */
function listenToPage(view) {
  view.listening = new AbortController();
  const on = (name, then) =>
    document.addEventListener(
      name,
      (event) => {
        const isOthers = event.target.closest?.("[data-testid=stFileUploaderDropzone]");
        if (!isOthers && event.dataTransfer.types.includes("Files")) then(event);
      },
      { signal: view.listening.signal },
    );
  const light = (isOver) => view.zone.classList.toggle("over", isOver);
  on("dragover", (event) => {
    event.preventDefault();
    light(true);
  });
  on("dragleave", (event) => light(event.relatedTarget !== null)); // null: the pointer has left the page
  on("drop", async (event) => {
    event.preventDefault();
    light(false);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    takeAll(view, (await Promise.all(entries.map(within))).flat());
  });
}

/** The files of a dropped entry, which may be a folder of folders. */
async function within(entry) {
  if (entry.isFile) return [await new Promise((done, no) => entry.file(done, no))];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, no) => reader.readEntries(done, no)); // a hundred at a time
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(within))).flat();
}

async function takeAll(view, all) {
  if (view.isBusy || view.data.refused || !all.length) return;
  const pictures = all.filter(({ type, name }) => PICTURE.test(type || name));
  const some = pictures.slice(0, view.data.room);
  const { into, most, largest } = view.data;
  const found = { opened: 0, left: all.length - pictures.length, tooMany: pictures.length - some.length, large: 0 };
  let frames = [];
  const send = async () => {
    if (frames.length) view.mail.put({ kind: "file", into, ...(await pack(frames)) });
    frames = [];
  };
  view.isBusy = view.choose.disabled = view.folder.disabled = true;
  for (const [index, file] of some.entries()) {
    view.said.textContent = `Shrinking picture ${index + 1} of ${some.length} …`;
    const frame = await frameOf(file);
    if (view.isClosed) return;
    if (frame) {
      found.opened += frames.push(frame) > 0;
      if (frames.length === most) await send();
    } else if (file.size && file.size <= largest) {
      view.mail.put({ kind: "unopened", into, frames: await asItIs(file) });
    } else {
      found.large += 1;
    }
  }
  await send();
  view.isBusy = view.choose.disabled = view.folder.disabled = false;
  view.done = summary(found);
  say(view);
}

/** What became of them, as far as the browser knows; the counts say what is saved. */
function summary({ opened, left, tooMany, large }) {
  const said = [];
  if (opened) said.push(`${count(opened)} read.`);
  if (left) said.push(`${left} of the files ${left === 1 ? "is no picture" : "are no pictures"}.`);
  if (large) said.push(`${count(large)} cannot be opened here, and too large to be sent.`);
  if (tooMany) said.push(`${count(tooMany)} left out: the class is full.`);
  return said.join(" ");
}

function say(view) {
  const waiting = view.mail.waiting.length;
  view.said.textContent = waiting ? "Saving …" : view.done;
}

/** Base64 of the file's bytes. */
function asItIs(file) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => done("");
    reader.readAsDataURL(file);
  });
}
