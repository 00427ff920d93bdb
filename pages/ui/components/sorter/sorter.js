// data: sprite, the images below each other; count; names of the classes; attempt, another number begins anew.
// Sends once { answers: class numbers, seconds: how long each image took }, in the order of the images.

const SIDE = 32; // pixels of an image
const FLASH = 120; // milliseconds for which a chosen class is marked
const views = new WeakMap(); // one for each mounted sorter

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  const game = JSON.stringify(data);
  if (view.game !== game) {
    Object.assign(view, { game, data });
    reset(view);
  }
  view.send = (sorted) => setTriggerValue("sorted", sorted);
  return () => {
    clearInterval(view.ticking);
    views.delete(parentElement);
  };
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { find, canvas: find("canvas"), game: null };
  find(".begin").onclick = () => begin(view);
  find(".back").onclick = () => goBack(view);
  find(".sorter").onkeydown = (event) => onKey(event, view);
  views.set(parent, view);
  return view;
}

// Before the first image: nothing is seen, and no time runs.
function reset(view) {
  const { find, data } = view;
  clearInterval(view.ticking);
  Object.assign(view, { answers: [], seconds: [], used: 0, isPlaying: false });
  view.sprite = new Image();
  view.sprite.onload = () => view.isPlaying && paint(view);
  view.sprite.src = data.sprite;
  view.buttons = data.names.map((name, number) => classButton(view, name, number));
  find(".classes").replaceChildren(...view.buttons);
  find(".rules").textContent = `${data.count} images, ${data.names.length} classes. Keys: 1 to ${data.names.length < 10 ? data.names.length : "9, then 0"}; Backspace goes back. The clock starts with the first image.`;
  find("progress").max = data.count;
  showPart(view, ".cover");
}

function classButton(view, name, number) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "class" });
  const key = document.createElement("kbd");
  key.textContent = keyOf(number);
  key.setAttribute("aria-hidden", "true");
  const text = document.createElement("span");
  text.textContent = name;
  button.append(key, text);
  button.onclick = () => answer(view, number);
  return button;
}

const keyOf = (number) => String((number + 1) % 10);

function showPart(view, shown) {
  for (const part of [".cover", ".game", ".end"]) view.find(part).hidden = part !== shown;
}

function begin(view) {
  view.isPlaying = true;
  showPart(view, ".game");
  const game = view.find(".game");
  game.focus({ preventScroll: true });
  if (game.getBoundingClientRect().bottom > innerHeight) game.scrollIntoView({ block: "start" }); // a phone
  view.ticking = setInterval(() => tell(view), 250);
  next(view);
}

// used: seconds that count for the image already, where one went back to it.
function next(view, used = 0) {
  Object.assign(view, { since: performance.now(), used });
  paint(view);
  tell(view);
}

const spent = (view) => view.used + (performance.now() - view.since) / 1000;

function paint(view) {
  const pen = view.canvas.getContext("2d");
  pen.clearRect(0, 0, SIDE, SIDE);
  if (view.sprite.complete) pen.drawImage(view.sprite, 0, -SIDE * view.answers.length);
}

function tell(view) {
  const { find, answers, data } = view;
  const place = `${answers.length + 1} of ${data.count}`;
  if (find(".place").textContent !== place) {
    find(".place").textContent = place;
    view.canvas.setAttribute("aria-label", `Image ${place}`);
    find("progress").value = answers.length;
    find("progress").setAttribute("aria-label", `${answers.length} of ${data.count} images sorted`);
    find(".back").disabled = !answers.length;
  }
  const seconds = view.seconds.reduce((sum, each) => sum + each, 0) + spent(view);
  find(".clock").textContent = `${Math.floor(seconds)} s`;
}

function answer(view, number) {
  if (!view.isPlaying) return;
  view.answers.push(number);
  view.seconds.push(Number(spent(view).toFixed(2)));
  view.buttons[number].classList.add("taken");
  setTimeout(() => view.buttons[number]?.classList.remove("taken"), FLASH);
  if (view.answers.length < view.data.count) return next(view);
  view.isPlaying = false;
  clearInterval(view.ticking);
  showPart(view, ".end");
  view.send({ answers: view.answers, seconds: view.seconds });
}

function goBack(view) {
  if (!view.isPlaying || !view.answers.length) return;
  view.answers.pop();
  const used = view.seconds.pop() + spent(view);
  view.find(".game").focus({ preventScroll: true });
  next(view, used);
}

function onKey(event, view) {
  if (!view.isPlaying || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const number = view.data.names.findIndex((_, i) => keyOf(i) === event.key);
  if (number >= 0) answer(view, number);
  else if (event.key === "Backspace") goBack(view);
  else return;
  event.preventDefault();
  event.stopPropagation();
}
