// Typing over the weights of a kernel, in its panel: a field over the weight in question. It tells what was typed as
// { cell: [row, column], text }, or { text } for a whole kernel that was pasted; Python reads it, and says what is wrong.

const STARTS_A_NUMBER = /^[-−+.\d]$/;
const IS_A_NUMBER = /^[-−+]?(\d+\.?\d*|\.\d+)(\/\d+)?$/;

// The number that a text certainly is, for an answer without delay; null where only Python can tell.
function readNumber(text) {
  if (!IS_A_NUMBER.test(text)) return null;
  const [above, below = "1"] = text.replace("−", "-").split("/");
  const value = Number(above) / Number(below);
  return Number.isFinite(value) && Math.abs(value) <= 1000 ? value : null;
}

class WeightField {
  // `weightAt(index)` is a weight; `tell(edit, index)` passes an edit on; `look(index)` shows which weight is meant;
  // `again()` is the field that is there after an edit, which may have built the panel anew.
  constructor(panel, { weightAt, tell, look, again }) {
    Object.assign(this, { panel, weightAt, tell, look, again, index: null });
    this.field = element("input", "field");
    Object.assign(this.field, { type: "text", hidden: true, autocomplete: "off", spellcheck: false, maxLength: 2000 });
    panel.root.classList.add("editable");
    panel.board.append(this.field);
    this.field.onkeydown = (event) => this.key(event);
    this.field.onblur = () => this.close(true);
    this.field.onpaste = panel.board.onpaste = (event) => this.paste(event);
    for (const kind of ["onclick", "onpointermove", "onpointerdown"]) this.field[kind] = (event) => event.stopPropagation();
  }

  open(index, text = write(this.weightAt(index))) {
    const { rows, columns, board } = this.panel;
    const [row, column] = [Math.floor(index / columns), index % columns];
    this.index = index;
    this.was = write(this.weightAt(index));
    Object.assign(this.field, { hidden: false, value: text });
    this.field.setAttribute("aria-label", `Weight in row ${row + 1}, column ${column + 1}`);
    const side = 100 / columns;
    this.field.style.cssText = `left:${column * side}%;top:${(row * 100) / rows}%;width:${side}%;height:${100 / rows}%`;
    this.field.focus({ preventScroll: true });
    if (text === this.was) this.field.select();
    this.look(index);
    board.classList.add("editing");
  }

  // True if the key began to type over weight number `index`.
  start(event, index) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (STARTS_A_NUMBER.test(event.key)) this.open(index, event.key);
    else if (["Enter", " ", "F2"].includes(event.key)) this.open(index);
    else return false;
    return true;
  }

  key(event) {
    event.stopPropagation();
    const { columns } = this.panel;
    const steps = { ArrowUp: -columns, ArrowDown: columns, Tab: event.shiftKey ? -1 : 1 };
    const next = this.index + (steps[event.key] ?? 0);
    if (event.key === "Escape" || event.key === "Enter") this.leave(event.key === "Enter", event);
    else if (event.key in steps && next >= 0 && next < this.panel.rows * columns) {
      event.preventDefault();
      this.close(true);
      this.again().open(next);
    }
  }

  leave(keep, event) {
    event.preventDefault();
    const { index } = this;
    this.close(keep);
    this.again().panel.board.focus({ preventScroll: true });
    this.look(index);
  }

  // What is being typed leaves this field for the one of a panel that is built anew.
  moveTo(other) {
    const { index, field } = this;
    this.index = null;
    if (index !== null) other.open(index, field.value);
    return index !== null;
  }

  close(keep) {
    if (this.index === null) return;
    const { index, was, field } = this;
    const text = field.value.trim();
    this.index = null;
    field.hidden = true;
    this.panel.board.classList.remove("editing");
    const { columns } = this.panel;
    if (keep && text && text !== was) this.tell({ cell: [Math.floor(index / columns), index % columns], text }, index);
  }

  // More than one number is a whole kernel.
  paste(event) {
    const text = event.clipboardData.getData("text").trim();
    const isOne = !/[\s,;[]/.test(text);
    if (isOne && this.index !== null) return;
    event.preventDefault();
    event.stopPropagation();
    this.close(false);
    if (!isOne) this.tell({ text });
  }
}
