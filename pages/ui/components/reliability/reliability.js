const KEYS = "The arrow keys move, Enter shows the images of a bin.";
const FEW = 10; // images of a bin: its bar stands anywhere
const views = new WeakMap(); // one for each mounted diagram

export default function ({ data, parentElement, setTriggerValue }) {
  const view = views.get(parentElement) ?? mount(parentElement);
  view.pick = (place) => {
    if (!view.data.bins[place]?.count) return;
    mark(view, place);
    setTriggerValue("picked", place);
  };
  view.data = data;
  fill(view, data);
  mark(view, data.picked);
  return () => views.delete(parentElement);
}

function mount(parent) {
  const list = parent.querySelector(".bins");
  const view = { list, said: parent.querySelector(".key.said"), bins: [] };
  list.onclick = (event) => view.pick(view.bins.indexOf(event.target.closest(".bin")));
  list.onkeydown = (event) => onKey(event, view);
  views.set(parent, view);
  return view;
}

/** Bars of these heights. The elements stay, so that the bars move and the focus stays where it is. */
function fill(view, { bins, alt, says }) {
  if (view.bins.length !== bins.length) {
    view.bins = bins.map(bin);
    view.list.replaceChildren(...view.bins);
  }
  view.said.textContent = says;
  view.list.setAttribute("aria-label", `${alt} ${KEYS}`);
  bins.forEach(({ count, share, said, right, label }, place) => {
    const element = view.bins[place];
    element.classList.toggle("few", count < FEW);
    element.title = label;
    element.setAttribute("aria-label", label);
    if (count) element.removeAttribute("aria-disabled");
    else element.setAttribute("aria-disabled", "true");
    for (const [name, value] of Object.entries({ share, said, right })) element.style.setProperty(`--${name}`, value);
  });
}

function bin() {
  const element = document.createElement("div");
  element.className = "bin";
  element.setAttribute("role", "option");
  for (const name of ["right", "gap", "said", "images"]) {
    element.appendChild(document.createElement("div")).className = name;
  }
  return element;
}

/** Show which bin is picked, and let the Tab key lead to it. */
function mark(view, picked) {
  const first = picked ?? view.data.bins.findIndex(({ count }) => count);
  view.bins.forEach((element, place) => {
    element.setAttribute("aria-selected", String(place === picked));
    element.tabIndex = place === first ? 0 : -1;
  });
}

function onKey(event, view) {
  const at = view.bins.indexOf(event.target);
  if (at < 0) return;
  const filled = view.data.bins.flatMap(({ count }, place) => (count ? [place] : []));
  const targets = {
    ArrowRight: filled.find((place) => place > at),
    ArrowLeft: filled.findLast((place) => place < at),
    Home: filled[0],
    End: filled.at(-1),
  };
  if (event.key === "Enter" || event.key === " ") {
    view.pick(at);
  } else if (event.key in targets) {
    const to = view.bins[targets[event.key]];
    if (to) {
      event.target.tabIndex = -1;
      to.tabIndex = 0;
      to.focus();
    }
  } else {
    return;
  }
  event.preventDefault();
}
