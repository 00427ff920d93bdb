// A table of maps. Column 0 is the network itself; each further one has more layers scrambled, and is hidden until
// the slider reaches it.

const views = new WeakMap();

function element(name, className = "", text = "") {
  return Object.assign(document.createElement(name), { className, textContent: text });
}

export default function ({ data, parentElement }) {
  let view = views.get(parentElement);
  if (!view) views.set(parentElement, (view = mount(parentElement)));
  if (view.data?.of.join() !== data.of.join()) view.depth = 0;
  view.data = data;
  build(view);
  show(view);
  return () => views.delete(parentElement);
}

function mount(parent) {
  const find = (selector) => parent.querySelector(selector);
  const view = { find, depth: 0, next: find(".next"), slider: find("input") };
  const go = (depth) => {
    view.depth = Math.min(depth, view.data.steps.length);
    show(view);
  };
  view.next.onclick = () => go(view.depth + 1);
  view.slider.oninput = () => go(Number(view.slider.value));
  return view;
}

function build(view) {
  const { data, find } = view;
  view.slider.max = data.steps.length;
  find(".scroll").setAttribute("aria-label", `The maps, step by step. ${data.alt}`);
  find("table").style.setProperty("--columns", data.steps.length + 1);
  const head = element("tr");
  const title = element("th", "", "Scrambled");
  title.scope = "row";
  head.append(title, ...["nothing", ...data.steps.map(named)].map((layers) => {
    const cell = element("th");
    cell.scope = "col";
    cell.append(element("span", "layer", layers));
    return cell;
  }));
  find("thead").replaceChildren(head);
  const answers = row("It says", data.answers.map(([name, share]) => {
      const made = element("div", "answer", name);
      made.append(element("br"), share);
      return made;
    }));
  const rows = data.rows.map(({ title, maps, similarities }) =>
    row(title, maps.map((map, column) => makeMap(data.image, map, `${title}, similarity ${similarities[column]}`, similarities[column]))),
  );
  find("tbody").replaceChildren(answers, ...rows);
}

function named(layers) {
  return layers.length === 1 ? layers[0] : `down to ${layers.at(-1)}`;
}

function row(title, contents) {
  const made = element("tr");
  const name = element("th", "", title);
  name.scope = "row";
  made.append(name, ...contents.map((content) => {
    const cell = element("td");
    cell.append(content);
    return cell;
  }));
  return made;
}

function makeMap(image, map, says, similarity) {
  const made = element("div");
  const frame = element("div", "map");
  const under = Object.assign(element("img", "under"), { src: image, alt: "" });
  frame.append(under);
  if (map) frame.append(Object.assign(element("img"), { src: map, alt: says }));
  made.append(frame, element("span", "likeness", map ? similarity : "no numbers"));
  return made;
}

function show(view) {
  const { data, depth, find } = view;
  view.slider.value = depth;
  view.next.disabled = depth === data.steps.length;
  const scrambled = data.steps.slice(0, depth).flat();
  const place = depth === 0 ? "The network itself" : `${scrambled.length} of ${data.steps.flat().length} layers scrambled, down to ${scrambled.at(-1)}`;
  find(".place").textContent = place;
  view.slider.setAttribute("aria-valuetext", place);
  for (const line of find("table").rows) {
    [...line.cells].slice(1).forEach((cell, column) => {
      cell.classList.toggle("unknown", column > depth);
      cell.classList.toggle("now", column === depth);
    });
  }
}
