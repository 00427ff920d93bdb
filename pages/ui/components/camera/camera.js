// The camera. Nothing is asked of the device before the visitor presses the button, and what it sees leaves the browser
// only as the 32x32 pixels that were taken.

const PACE = 200; // milliseconds between two pictures
const NO_CAMERA = {
  NotAllowedError: "The camera was not allowed. Allow it beside this page's address, and press again.",
  NotFoundError: "No camera was found.",
  NotReadableError: "Another program uses the camera.",
};
const NOT_HERE = "Browsers give the camera to pages with https and on localhost only; this one came over http. ";
const APP = "Take photos with the phone's camera app instead: what you take within a minute counts as one burst.";

const views = new WeakMap(); // one for each mounted camera

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.data = data;
  view.mail.send = (shot) => setTriggerValue("shot", shot);
  view.forget = () => setTriggerValue("off", true);
  view.root.classList.toggle("live", data.mode === "live");
  if (view.mail.arrived(data.taken) && data.mode === "live") next(view);
  name(view);
  return () => {
    view.isClosed = true;
    clearInterval(view.timer);
    stop(view);
    view.mail.close();
    views.delete(parentElement);
  };
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { root: find(".camera"), box: find(".view"), video: find("video"), hold: find(".hold") };
  Object.assign(view, { seen: find("canvas").getContext("2d"), taken: find(".taken"), said: find("output") });
  Object.assign(view, { turn: find(".turn"), snap: find(".snap"), input: find("input") });
  view.mail = new Mailbox();
  view.facing = "environment";
  find(".off").onclick = () => turnOff(view);
  view.turn.onclick = () => turnRound(view);
  view.snap.onclick = () => view.input.click();
  view.input.onchange = () => takePhotos(view);
  if (!window.isSecureContext || !navigator.mediaDevices) {
    refuse(view, NOT_HERE);
    view.hold.hidden = true; // whatever else failed can be tried again
  }
  listen(view);
  views.set(parent, view);
  return view;
}

/** The button's words, and whether it can be pressed. */
function name(view) {
  const { label, refused, mode } = view.data;
  const isOn = view.root.dataset.state === "on";
  view.hold.textContent = isOn ? label : "Turn the camera on";
  view.hold.disabled = view.snap.disabled = Boolean(refused) || Boolean(view.isStarting);
  if (refused) {
    letGo(view);
    view.said.textContent = refused;
  } else if (view.said.textContent === view.refused) {
    view.said.textContent = "";
  }
  view.refused = refused;
  if (mode === "live" && view.root.dataset.state === "none") view.said.textContent = view.why;
}

// On and off.

async function start(view) {
  if (view.isStarting) return;
  view.isStarting = true;
  view.said.textContent = "";
  try {
    const video = { facingMode: view.facing, width: { ideal: 640 }, height: { ideal: 480 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    view.stream = stream;
    if (view.isClosed) return stop(view); // the visitor has left meanwhile
    view.video.srcObject = stream;
    await view.video.play();
    view.root.dataset.state = "on";
    const devices = await navigator.mediaDevices.enumerateDevices();
    view.turn.hidden = devices.filter(({ kind }) => kind === "videoinput").length < 2;
    stream.getVideoTracks()[0].onended = () => turnOff(view);
    if (view.data.mode === "live") next(view);
  } catch (error) {
    stop(view);
    refuse(view, NO_CAMERA[error.name] ?? "The camera did not start.");
  } finally {
    view.isStarting = false;
    name(view);
  }
}

/** Without a camera: the phone's camera app, for pictures; a browser on a computer opens its files there. */
function refuse(view, why) {
  view.why = why;
  view.root.dataset.state = "none";
  view.said.textContent = view.data?.mode === "live" ? why : `${why} ${APP}`;
}

function stop(view) {
  view.stream?.getTracks().forEach((track) => track.stop());
  view.stream = view.video.srcObject = null;
}

function turnOff(view) {
  letGo(view);
  stop(view);
  view.root.dataset.state = "off";
  view.taken.textContent = "";
  if (view.data.mode === "live") {
    view.mail.close();
    view.forget();
  }
  name(view);
  view.hold.focus({ preventScroll: true });
}

async function turnRound(view) {
  stop(view);
  view.facing = view.facing === "environment" ? "user" : "environment";
  await start(view);
}

// Taking.

/** One picture, which is shown as the network gets it; null while the video has none. */
function take(view) {
  const { videoWidth: width, videoHeight: height } = view.video;
  if (!width || view.root.dataset.state !== "on") return null;
  const pixels = shrink(view.video, width, height);
  view.seen.putImageData(pixels, 0, 0);
  return bytesOf(pixels);
}

function hold(view) {
  if (view.root.dataset.state !== "on" || view.hold.disabled || view.burst) return;
  view.burst = { into: view.data.into, frames: [] };
  view.box.classList.add("taking");
  const one = () => {
    const frame = take(view);
    if (frame) view.burst.frames.push(frame);
    view.taken.textContent = view.burst.frames.length;
    if (view.burst.frames.length >= view.data.most) letGo(view, "That is as many as one burst has. ");
  };
  view.timer = setInterval(one, PACE);
  one();
}

function letGo(view, why = "") {
  const { burst } = view;
  if (!burst) return; // a button that disappears loses the focus too; the live camera's timer goes on
  clearInterval(view.timer);
  view.burst = null;
  view.box.classList.remove("taking");
  if (!burst.frames.length) return;
  view.said.textContent = `${why}${count(burst.frames.length)} taken.`;
  send(view, "burst", burst.into, burst.frames);
}

/** Live: the next picture, at the pace of the camera or of the server, whichever is slower. */
function next(view) {
  clearTimeout(view.timer);
  view.timer = setTimeout(() => {
    if (view.root.dataset.state !== "on") return;
    const frame = document.hidden ? null : take(view);
    if (frame) send(view, "burst", view.data.into, [frame]);
    else next(view);
  }, Math.max(PACE, view.data.pause));
}

/** Photos of the phone's camera app. */
async function takePhotos(view) {
  const chosen = [...view.input.files].slice(0, view.data.most);
  const { into } = view.data;
  view.input.value = ""; // the same can be chosen again
  view.said.textContent = "Shrinking the photo …";
  const frames = [];
  for (const file of chosen) frames.push(await frameOf(file));
  const good = frames.filter(Boolean);
  view.said.textContent = good.length ? `${count(good.length)} taken.` : "This browser cannot open that photo.";
  if (good.length) send(view, "photo", into, good);
}

async function send(view, kind, into, frames) {
  const packed = await pack(frames);
  if (!view.isClosed) view.mail.put({ kind, into, ...packed });
}

// Listening. Held by mouse, finger, Space or Enter; who cannot hold (a screen reader presses) takes one picture.

function listen(view) {
  const { hold: button } = view;
  const isOn = () => view.root.dataset.state === "on";
  const holds = ({ key }) => (key === " " || key === "Enter") && isOn();
  let wasHeld = false; // by a pointer: the click that ends it is no press of its own
  button.onpointerdown = (event) => {
    if (event.button !== 0 || !isOn()) return;
    button.setPointerCapture(event.pointerId);
    wasHeld = true;
    hold(view);
  };
  button.onpointerup = button.onpointercancel = button.onlostpointercapture = button.onblur = () => letGo(view);
  button.oncontextmenu = (event) => event.preventDefault(); // a long touch
  button.onkeydown = (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    if (!event.repeat) hold(view);
  };
  button.onkeyup = (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    letGo(view);
  };
  button.onclick = () => {
    if (!isOn()) {
      start(view);
    } else if (!wasHeld) {
      hold(view);
      letGo(view);
    }
    wasHeld = false;
  };
}
