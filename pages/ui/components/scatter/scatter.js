// Points with a picture each. The mouse shows the nearest one's picture, a line drawn around points chooses them; the
// arrow keys walk from point to point, and Enter, a click or a finger chooses the points around one.

const NEAR = 14; // pixels: how far the mouse may be from a point
const RADIUS = 3;
const GAP = 16; // pixels between a point and its picture
const MARGIN = 14; // pixels around the outermost points
const SIDE = 32; // pixels of a picture on the sheet
const STEPS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const views = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  const isAnother = view.data?.of !== data.of;
  view.choose = (places) => {
    view.chosen = new Set(places);
    setStateValue("chosen", { places, of: data.of });
    draw(view);
  };
  if (isAnother) {
    view.line = [];
    point(view, null);
  }
  if (isAnother || view.data.colouring !== data.colouring) view.only = null;
  view.data = data;
  view.chosen = new Set(data.chosen);
  view.board.setAttribute("aria-label", `${data.label} The arrow keys go from point to point, Enter chooses the points around one, Escape none.`);
  fillLegend(view);
  lay(view);
  return () => {
    view.observer.disconnect();
    views.delete(parentElement);
  };
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { find, board: find(".board"), canvas: find(".board canvas"), tip: find(".tip"), line: [], chosen: new Set() };
  view.observer = new ResizeObserver(() => view.data && lay(view));
  view.observer.observe(view.board);
  const at = (event) => {
    const box = view.board.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  view.board.onpointerdown = (event) => {
    if (event.pointerType !== "mouse" || event.button) return;
    view.board.setPointerCapture(event.pointerId);
    view.line = [at(event)];
  };
  view.board.onpointermove = (event) => {
    if (event.pointerType === "touch") return; // it scrolls the page
    if (view.line.length && event.buttons) view.line.push(at(event));
    else point(view, nearest(view, at(event), NEAR));
    draw(view);
  };
  view.board.onpointerup = (event) => {
    const line = view.line;
    view.line = [];
    if (line.length > 8) view.choose(view.places.map((_, place) => place).filter((place) => isInside(view.places[place], line)));
    else chooseAround(view, nearest(view, at(event), 2 * NEAR));
  };
  const leave = () => {
    if (view.line.length || view.at === null) return;
    point(view, null);
    draw(view);
  };
  view.board.onpointerleave = (event) => event.pointerType !== "touch" && leave(); // what a finger tapped stays in view
  view.board.onblur = leave;
  view.board.onkeydown = (event) => onKey(event, view);
  views.set(parent, view);
  return view;
}

function onKey(event, view) {
  if (event.key === "Escape") view.choose([]);
  else if (event.key === "Enter" || event.key === " ") chooseAround(view, view.at);
  else if (STEPS[event.key]) point(view, view.at === null ? nearest(view, [view.width / 2, view.height / 2], Infinity) : beside(view, STEPS[event.key]));
  else return;
  event.preventDefault();
  draw(view);
}

// The nearest point that lies more in this direction than beside it.
function beside({ places, at }, [right, down]) {
  let [best, least] = [at, Infinity];
  places.forEach(([x, y], place) => {
    const [dx, dy] = [x - places[at][0], y - places[at][1]];
    const [ahead, aside] = [dx * right + dy * down, Math.abs(dx * down) + Math.abs(dy * right)];
    if (ahead > 0.5 && ahead >= aside && ahead + 2 * aside < least) [best, least] = [place, ahead + 2 * aside];
  });
  return best;
}

const distance = ([x, y], [a, b]) => Math.hypot(x - a, y - b);

function nearest({ places }, where, most) {
  let [best, least] = [null, most];
  places.forEach((place, number) => {
    if (distance(place, where) < least) [best, least] = [number, distance(place, where)];
  });
  return best;
}

function chooseAround(view, place) {
  if (place === null) {
    point(view, null);
    return view.choose([]);
  }
  const order = view.places.map((_, other) => other);
  order.sort((a, b) => distance(view.places[a], view.places[place]) - distance(view.places[b], view.places[place]));
  point(view, place);
  view.choose(order.slice(0, view.data.around).sort((a, b) => a - b));
}

function isInside([x, y], line) {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [[ax, ay], [bx, by]] = [line[i], line[j]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

// Show a point's picture and what it is beside it.
function point(view, place) {
  view.at = place;
  view.tip.hidden = place === null;
  if (place === null) return;
  const { data, tip } = view;
  const text = `${data.names[data.labels[place]]}${data.labels[place] === data.answers[place] ? ", recognised" : `\ntaken for ${data.names[data.answers[place]]}`}`;
  tip.querySelector("span").textContent = `${text}\ntest image ${place}`;
  const canvas = tip.querySelector("canvas");
  const sheet = data.hasPictures && document.querySelector(".scatter-sheet");
  const isDrawn = sheet && sheet.complete && sheet.naturalWidth > 0;
  canvas.hidden = !isDrawn;
  const [row, column] = [Math.floor(place / data.columns), place % data.columns];
  if (isDrawn) canvas.getContext("2d").drawImage(sheet, column * SIDE, row * SIDE, SIDE, SIDE, 0, 0, SIDE, SIDE);
  putBeside(view, view.places[place]);
  if (view.board.matches(":focus-visible")) view.find(".said").textContent = text.replace("\n", ", ");
}

// The picture stands beside its point, or above or below it where the board is too narrow.
function putBeside({ tip, width, height }, [x, y]) {
  const [wide, high] = [tip.offsetWidth, tip.offsetHeight];
  const within = (value, most) => `${Math.min(Math.max(value, 0), most)}px`;
  const isLeft = x > width / 2;
  const isBeside = (isLeft ? x : width - x) >= wide + GAP;
  const above = y - GAP - high;
  tip.style.left = within(isBeside ? (isLeft ? x - GAP - wide : x + GAP) : x - wide / 2, width - wide);
  tip.style.top = isBeside ? within(y - high / 2, height - high) : `${above < 0 ? y + GAP : above}px`;
}

function fillLegend(view) {
  const counts = view.data.groups.map(() => 0);
  view.data.colours.forEach((group) => counts[group]++);
  const buttons = view.data.groups.map(({ name, colour }, group) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("i"), `${name} ${counts[group].toLocaleString("en")}`);
    button.firstChild.style.background = colour;
    button.setAttribute("aria-pressed", view.only === group);
    button.onclick = () => {
      view.only = view.only === group ? null : group;
      [...view.find(".legend").children].forEach((each, number) => each.setAttribute("aria-pressed", view.only === number));
      draw(view);
    };
    return button;
  });
  const shown = JSON.stringify([view.data.groups, counts, view.only]);
  if (view.legend === shown) return; // a button that has the focus stays
  view.legend = shown;
  view.find(".legend").replaceChildren(...buttons);
}

// Where the points are in this box: one scale for both directions, so that distances are true.
function lay(view) {
  const { board, canvas, data } = view;
  [view.width, view.height] = [board.clientWidth, board.clientHeight];
  const grain = window.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [view.width * grain, view.height * grain];
  canvas.getContext("2d").setTransform(grain, 0, 0, grain, 0, 0);
  const all = data.newcomer ? [...data.places, data.newcomer.place] : data.places;
  const [xs, ys] = [0, 1].map((axis) => all.map((place) => place[axis]));
  const range = (values) => [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const [[left, right], [bottom, top]] = [range(xs), range(ys)];
  const scale = Math.min((view.width - 2 * MARGIN) / Math.max(right - left, 1e-9), (view.height - 2 * MARGIN) / Math.max(top - bottom, 1e-9));
  const put = ([x, y]) => [view.width / 2 + (x - (left + right) / 2) * scale, view.height / 2 - (y - (top + bottom) / 2) * scale];
  view.places = data.places.map(put);
  view.newcomer = data.newcomer && put(data.newcomer.place);
  draw(view);
}

function draw(view) {
  const { data, places, canvas, chosen, only, at, line } = view;
  const pen = canvas.getContext("2d");
  const text = getComputedStyle(view.board).color;
  pen.clearRect(0, 0, view.width, view.height);
  const dot = ([x, y], radius) => {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
  };
  const later = data.colours.map((group) => data.groups[group].top);
  const order = places.map((_, place) => place).sort((a, b) => later[a] - later[b]);
  order.forEach((place) => {
    const isBack = only !== null && data.colours[place] !== only;
    pen.globalAlpha = isBack ? 0.12 : 0.85;
    pen.fillStyle = data.groups[data.colours[place]].colour;
    dot(places[place], RADIUS);
    pen.fill();
  });
  pen.globalAlpha = 1;
  pen.strokeStyle = text;
  pen.lineWidth = 1;
  for (const place of chosen) {
    dot(places[place], RADIUS + 0.5);
    pen.stroke();
  }
  if (view.newcomer) {
    pen.lineWidth = 1;
    for (const place of data.newcomer.beside) {
      pen.beginPath();
      pen.moveTo(...view.newcomer);
      pen.lineTo(...places[place]);
      pen.stroke();
    }
    pen.lineWidth = 2.5;
    dot(view.newcomer, 8);
    pen.stroke();
  }
  if (at !== null && at !== undefined) {
    pen.lineWidth = 2.5;
    dot(places[at], RADIUS + 4);
    pen.stroke();
  }
  if (line.length > 1) {
    pen.lineWidth = 1.5;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    line.forEach((where, number) => (number ? pen.lineTo(...where) : pen.moveTo(...where)));
    pen.stroke();
    pen.setLineDash([]);
  }
}
