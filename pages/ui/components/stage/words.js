// What the stage says in words: the note under the panels, the legend, and what a screen reader hears.

// A place as people count: rows and columns from 1. `of`, if given, says how many there are of each.
function placeName({ row, column }, of) {
  const [rows, columns] = of ? of.map((number) => ` of ${number}`) : ["", ""];
  return `row ${row + 1}${rows}, column ${column + 1}${columns}`;
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function noteFor(model, { tap, pixel, readers, stop, secret }, hovered) {
  const { rows, columns } = model;
  const active = tap && stop.taps[tap.index];
  if (tap?.all && !model.data.counted) {
    return `The weight ${write(active.weight)} meets the marked pixels, one for each output: the same weight everywhere.`;
  }
  if (tap?.all) {
    return `The weight ${write(active.weight)} meets ${count(model.count, "pixel")}, one for each output: the same weight everywhere.`;
  }
  if (active && model.weights && hovered) {
    const total = stop.taps.slice(0, tap.index + 1).reduce((sum, each) => sum + each.product, 0);
    const sum = `${write(active.pixel)} × ${writeTerm(active.weight)} = ${write(active.product)}`;
    return `Product ${tap.index + 1} of ${stop.taps.length}: ${sum}${secret ? "" : `, running total ${write(total)}`}.`;
  }
  if (pixel) {
    const [y, x] = pixel;
    const inside = isInside(rows, y) && isInside(columns, x);
    const place = placeName({ row: y - rows.before, column: x - columns.before });
    const who = inside ? `The pixel in ${place}` : "This cell of padding";
    return `${who} ${readers.length ? `is read by ${count(readers.length, "output")}, marked in the output.` : "is never read."}`;
  }
  return "Move over the input, the kernel or the output; a click pins the cell.";
}

// The legend as [swatch, text]; the swatch is a class of the style sheet.
function legendFor(model) {
  const { rows, columns, weights, data } = model;
  const missed = (axis) => axis.reads.subarray(axis.before, axis.before + axis.size).includes(0);
  const legend = [];
  if (weights || data.scale.kind === "signed") legend.push(["result", "below 0 · 0 · above 0"]);
  if (weights) legend.push(["weight", "negative · 0 · positive weight"]);
  if (rows.padded > rows.size || columns.padded > columns.size) {
    legend.push(["dashed", weights ? "padding: zeros around the image" : "padding: never counted"]);
  }
  if (missed(rows) || missed(columns)) legend.push(["hatched", "never read by any window"]);
  return legend;
}

function spoken(model, { stop, row, column, secret, tap }) {
  const { data, operation } = model;
  if (tap?.all) {
    const [down, right] = [Math.floor((tap.index % model.taps) / model.columns.kernel), tap.index % model.columns.kernel];
    return `Weight in ${placeName({ row: down, column: right })}: ${write(stop.taps[tap.index].weight)}.`;
  }
  const place = `${capital(placeName({ row, column }))}.`;
  if (secret) return `${place} The result is hidden.`;
  if (operation !== "convolution") return `${place} ${data.titles.output} ${write(stop.z)}.`;
  const said = [place, `Sum ${write(stop.total)}.`];
  if (data.bias) said.push(`With bias ${write(stop.z)}.`);
  if (data.activation.name !== "linear") said.push(`After ${data.activation.title} ${write(stop.a)}.`);
  if (data.norm) said.push(`After batch-norm ${write(normalized(data.norm, stop.a))}.`);
  return said.join(" ");
}
