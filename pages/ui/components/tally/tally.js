// One item an answer. With two tries the first one's bar is the thin one above, and the numbers read "7 → 15".

function element(kind, className, text = "") {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = text;
  return made;
}

function bar(isBefore) {
  const made = element("div", isBefore ? "bar before" : "bar");
  made.append(document.createElement("i"));
  return made;
}

function item(row) {
  const made = document.createElement("li");
  const line = element("div", "line");
  line.append(element("span", "option", row.option));
  for (const mark of row.marks) line.append(element("span", "mark", mark));
  line.append(element("span", "count"));
  made.append(line, ...row.counts.map((_, at) => bar(at < row.counts.length - 1)));
  return made;
}

export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".tally");
  const shape = JSON.stringify(data.rows.map(({ option, marks, counts }) => [option, marks, counts.length]));
  if (list.dataset.shape !== shape) {
    list.replaceChildren(...data.rows.map(item));
    list.dataset.shape = shape;
  }
  data.rows.forEach((row, number) => {
    const made = list.children[number];
    made.classList.toggle("right", row.isRight);
    made.querySelector(".count").textContent = row.counts.join(" → ");
    made.querySelectorAll(".bar i").forEach((filled, at) => {
      filled.style.width = `${data.totals[at] ? (100 * row.counts[at]) / data.totals[at] : 0}%`;
    });
  });
}
