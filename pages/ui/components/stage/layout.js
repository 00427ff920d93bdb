// Where the panels and the arithmetic stand: from left to right as the sum is worked out. One channel: input, kernel,
// the products, the output, with the sum below it. A volume: a row a channel, its products below the transport.

function layOut(scene, { box, blocks, totals, chain, below }) {
  const { model, inputs, kernels, parts, outputs } = scene;
  const { channels, columns: across, data } = model;
  const roots = (panels) => panels.map((panel) => panel.root);
  const beside = channels === 1 && data.beside;
  const columns = [{ items: roots(inputs), kind: "input" }];
  if (kernels.length) columns.push({ sign: "∗" }, { items: roots(kernels), kind: "kernel" });
  if (parts.length) columns.push({ sign: "=" }, { items: roots(parts), kind: "part" });
  if (beside) columns.push({ sign: kernels.length ? "=" : "→" }, { items: [stack(blocks, totals)], kind: "products" });
  columns.push({ sign: kernels.length && (parts.length || beside) ? "Σ" : kernels.length ? "=" : "→" });
  const sum = beside ? [chain] : channels > 1 ? [totals, chain] : [];
  columns.push({ items: [outputsWith(outputs, sum)], kind: "outs" });
  below.parentElement.hidden = beside;
  setText(below.parentElement.firstElementChild, `The ${channels * across.kernel * model.rows.kernel} products`);
  below.replaceChildren(...(beside ? [] : [blocks, totals, chain].filter((part) => !sum.includes(part))));
  const size = across.kernel <= 3 ? "k3" : across.kernel <= 5 ? "k5" : "k7";
  box.className = `panels ${channels > 1 ? "volume" : beside ? "single" : "plain"} ${size} outs${outputs.length}`;
  box.style.gridTemplateColumns = columns.map(({ kind }) => (kind ? `minmax(0, var(--${kind}))` : "auto")).join(" ");
  box.replaceChildren(...columns.flatMap((column, number) => placed(column, number + 1, channels)));
}

function stack(...parts) {
  const made = element("div", "products");
  made.append(...parts);
  return made;
}

// The outputs side by side, and the sum below them.
function outputsWith(outputs, sum) {
  const [all, row] = [element("div", "outs"), element("div", "row")];
  outputs.forEach((panel, number) => {
    if (number) row.append(element("span", "sign", "→"));
    row.append(panel.root);
  });
  all.append(row, ...sum);
  return all;
}

// The items of a column of the grid, one a channel or one for all. In a volume their captions are the column's head.
function placed({ items, sign }, column, channels) {
  const made = items ?? [element("span", "sign", sign)];
  const heads = channels > 1 ? 1 : 0;
  made.forEach((item, row) => {
    item.style.gridColumn = column;
    item.style.gridRow = made.length === 1 ? `1 / span ${channels + heads}` : row + 1 + heads;
  });
  if (!heads || made.length === 1) return made;
  const caption = made[0].querySelector("figcaption");
  const head = element("p", "head");
  head.append(...["b", ".size"].map((part) => caption.querySelector(part).cloneNode(true)));
  head.firstChild.textContent = caption.dataset.head;
  head.style.gridColumn = column;
  return [head, ...made];
}
