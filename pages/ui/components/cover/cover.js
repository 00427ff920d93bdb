// The square on the image, the bars of the place where it is, and the map of the places where it was. Every number came
// with the data; nothing here asks the server.

const NEGATIVE = [217, 115, 13];
const POSITIVE = [53, 114, 216];
const GRAIN = 8; // canvas pixels for one pixel of the image
const views = new WeakMap();

export default function ({ data, parentElement }) {
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  const isAnother = view.data?.image !== data.image || view.data?.shares.join() !== data.shares.join();
  view.data = data;
  if (isAnother) begin(view);
  draw(view);
  return () => views.delete(parentElement);
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { find, board: find(".picture .board"), canvas: find("canvas"), button: find(".all"), seen: new Set(), bars: [] };
  const follow = (event) => {
    const box = view.board.getBoundingClientRect();
    const { side, size, stride } = view.data;
    const place = (offset, length) => Math.round(((offset / length) * side - size / 2) / stride);
    moveTo(view, place(event.clientY - box.top, box.height), place(event.clientX - box.left, box.width));
  };
  view.board.onpointerdown = (event) => {
    view.board.setPointerCapture(event.pointerId);
    follow(event);
  };
  view.board.onpointermove = (event) => (event.pointerType === "mouse" || event.buttons) && follow(event);
  view.board.onkeydown = (event) => {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!step) return;
    event.preventDefault();
    moveTo(view, view.at[0] + step[0], view.at[1] + step[1]);
  };
  view.button.onclick = () => {
    for (let place = 0; place < view.data.rows * view.data.columns; place++) view.seen.add(place);
    draw(view);
  };
  return view;
}

// Another image, network or square: in the middle, with a map that knows nothing yet.
function begin(view) {
  const { data, find } = view;
  view.seen.clear();
  view.at = [Math.floor((data.rows - 1) / 2), Math.floor((data.columns - 1) / 2)];
  view.chosen = data.uncovered.indexOf(Math.max(...data.uncovered));
  find(".picture img").src = find(".map img").src = data.image;
  find(".square").style.background = `rgb(${data.colour})`;
  view.canvas.width = view.canvas.height = GRAIN * data.side;
  view.bars = data.names.map((name, label) => makeBar(view, name, label));
  find(".bars").replaceChildren(...view.bars.map(({ button }) => button));
}

function makeBar(view, name, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.title = "Show the map of this class";
  button.innerHTML = '<span class="name"></span><span class="track"><i></i><b></b></span><span class="share"></span>';
  button.querySelector(".name").textContent = name;
  button.querySelector("b").style.left = `calc(${view.data.uncovered[label] / 10}% - 1px)`;
  button.onclick = () => {
    view.chosen = label;
    draw(view);
  };
  return { button, fill: button.querySelector("i"), share: button.querySelector(".share") };
}

function moveTo(view, row, column) {
  const inside = (place, count) => Math.min(Math.max(place, 0), count - 1);
  view.at = [inside(row, view.data.rows), inside(column, view.data.columns)];
  draw(view);
}

const share = ({ data }, place, label) => data.shares[place * data.names.length + label];
const percent = (thousandths) => `${(thousandths / 10).toFixed(1)}%`;
const points = (thousandths) => `${thousandths < 0 ? "−" : thousandths > 0 ? "+" : ""}${Math.abs(thousandths / 10).toFixed(1)}`;

function draw(view) {
  const { data, find } = view;
  const here = view.at[0] * data.columns + view.at[1];
  view.seen.add(here);
  const part = (pixels) => `${(100 * pixels) / data.side}%`;
  const [top, left] = view.at.map((place) => place * data.stride);
  Object.assign(find(".square").style, { top: part(top), left: part(left), width: part(data.size), height: part(data.size) });
  const shares = data.names.map((_, label) => share(view, here, label));
  const first = shares.indexOf(Math.max(...shares));
  view.bars.forEach(({ button, fill, share: text }, label) => {
    button.classList.toggle("first", label === first);
    button.setAttribute("aria-pressed", label === view.chosen);
    fill.style.width = `${shares[label] / 10}%`;
    text.textContent = percent(shares[label]);
  });
  const answer = data.uncovered.indexOf(Math.max(...data.uncovered));
  const change = shares[answer] - data.uncovered[answer];
  find(".said").textContent =
    `Rows ${top + 1} to ${top + data.size}, columns ${left + 1} to ${left + data.size} covered: ` +
    `${data.names[answer]} ${percent(shares[answer])}, ${points(change)} points` +
    (first === answer ? "." : `. The answer is now ${data.names[first]}.`);
  const words = `The image with a gray square on it. The arrow keys move the square. ${find(".said").textContent}`;
  view.board.setAttribute("aria-label", words);
  drawMap(view);
}

// A place of the square is a cell around the square's middle, as large as the step to the next place.
function drawMap(view) {
  const { data, find, canvas, seen, chosen } = view;
  const pen = canvas.getContext("2d");
  const count = data.rows * data.columns;
  const drop = (place) => data.uncovered[chosen] - share(view, place, chosen);
  let limit = 1;
  for (let place = 0; place < count; place++) limit = Math.max(limit, Math.abs(drop(place)));
  pen.clearRect(0, 0, canvas.width, canvas.height);
  const cell = GRAIN * data.stride;
  const margin = (GRAIN * (data.size - data.stride)) / 2;
  for (let place = 0; place < count; place++) {
    const left = margin + (place % data.columns) * cell;
    const top = margin + Math.floor(place / data.columns) * cell;
    if (seen.has(place)) {
      const strength = 0.08 + 0.92 * (Math.abs(drop(place)) / limit);
      pen.fillStyle = `rgb(${(drop(place) < 0 ? NEGATIVE : POSITIVE).join(" ")} / ${strength.toFixed(3)})`;
      pen.fillRect(left, top, cell, cell);
    } else {
      pen.fillStyle = "rgb(128 128 128 / 0.6)";
      pen.fillRect(left + cell / 2 - GRAIN / 4, top + cell / 2 - GRAIN / 4, GRAIN / 2, GRAIN / 2);
    }
  }
  const name = data.names[chosen];
  find(".map figcaption").textContent = `Map for ${name}`;
  find(".less").textContent = `${points(limit)} points: it rises`;
  find(".more").textContent = `falls: ${points(-limit)}`;
  view.button.disabled = seen.size === count;
  canvas.setAttribute("aria-label", `How the probability of ${name} changes at ${seen.size} of ${count} places of the square`);
}
