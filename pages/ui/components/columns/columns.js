// The network as columns, from the image to the answer. All maps are here, so colours and marks follow at once; Python
// is told which value was picked, and the component below says in an event which one is taken apart.

const MOUNTED = new WeakMap();
const HEIGHT = 177; // pixels of the maps
const ANSWER = { wide: 268, tight: 176, least: 118 }; // pixels of the table: as it is, without bars, without logits
const SPACE = 19, HEAD = 56; // pixels between two columns, and of a column at least
const PICKED = "inside-value"; // the event, and the entry of document.documentElement.dataset for who comes late
const CHOSEN = "inside-chosen"; // the event: a value was picked here, so what is below shall come into view
const MOVES = { ArrowLeft: -1, ArrowRight: 1 };

class Columns {
  constructor(parent) {
    this.root = parent.querySelector(".columns");
    const part = (selector) => this.root.querySelector(selector);
    Object.assign(this, { track: part(".track"), select: part(".scale"), note: part(".note"), live: part(".live") });
    Object.assign(this, { picked: null, hover: null, open: null });
    this.select.onchange = () => this.paint();
    this.track.onkeydown = ({ key }) => {
      if (key === "Escape" && this.open !== null) this.show(null);
    };
    this.observer = new ResizeObserver(() => this.lay());
    this.observer.observe(this.root);
    this.heed = ({ detail }) => this.take(detail);
    document.addEventListener(PICKED, this.heed);
  }

  leave() {
    this.observer.disconnect();
    document.removeEventListener(PICKED, this.heed);
  }

  update(data, tell) {
    this.tell = tell;
    const sent = JSON.stringify(data);
    if (sent !== this.sent) {
      Object.assign(this, { data, sent, hover: null });
      this.build();
    }
    const waiting = document.documentElement.dataset.insideValue;
    if (waiting) this.take(JSON.parse(waiting), false);
    this.lay();
  }

  build() {
    const { data } = this;
    this.root.setAttribute("aria-label", data.alt);
    this.picture = new Picture(data);
    this.columns = data.columns.map((column, number) => new Maps(column, number));
    this.numbers = data.numbers.map((values) => new Numbers(values));
    const layers = data.columns.map(({ limits }) => Math.max(...limits));
    this.limits = { layers, network: Math.max(...layers) };
    if (this.open !== null && this.open >= this.columns.length) this.open = null;
    this.columns.forEach((maps) => {
      maps.more.onclick = () => this.show(maps.number);
      maps.board.onpointermove = (event) => this.point(maps.at(event));
      maps.board.onpointerleave = () => this.point(null);
      maps.board.onclick = (event) => this.pick(maps.at(event));
      maps.board.onkeydown = (event) => this.key(maps, event);
      maps.board.onfocus = () => maps.board.matches(":focus-visible") && this.point(this.start(maps));
      maps.board.onblur = () => this.point(null);
    });
    this.back = element("button", "back", "Back to all columns");
    this.back.type = "button";
    this.back.onclick = () => this.show(null);
    this.answer = answerTable(data);
    this.said = element("div", "said");
    this.said.append(this.answer);
  }

  // One column alone, with all its maps; null: all columns.
  show(number) {
    const from = this.open;
    this.open = number;
    this.lay();
    (number === null ? this.columns[from].more : this.back).focus({ preventScroll: true });
  }

  // ---- places -------------------------------------------------------------------------------------------------------

  lay() {
    if (!this.data || !this.root.clientWidth) return;
    const unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const focus = this.root.getRootNode().activeElement; // what is placed anew loses it
    this.track.classList.toggle("whole", this.open !== null);
    if (this.open !== null) this.layOne(this.columns[this.open], unit);
    else this.layAll(unit);
    if (focus && this.root.contains(focus)) focus.focus({ preventScroll: true });
    this.paint();
  }

  layOne(maps, unit) {
    const side = Math.round(Math.max(maps.side(unit), 51 * unit));
    const across = Math.max(1, Math.floor((this.root.clientWidth - 24) / (side + GAP)));
    maps.lay(side, across, maps.count, null);
    maps.caption.replaceChildren(...[...maps.caption.children].slice(0, 2));
    maps.caption.append(element("span", "order", "All maps: the largest value first, silent ones last"), this.back);
    maps.scroll.style.maxHeight = `${HEIGHT * unit + 12}px`;
    this.track.replaceChildren(maps.root);
  }

  layAll(unit) {
    const height = HEIGHT * unit;
    const width = this.root.clientWidth - 6;
    this.picture.lay(unit);
    const most = this.numbers.length > 1 ? 3 : 5;
    this.numbers.forEach((numbers) => numbers.lay(unit, height, most));
    const narrow = this.numbers.reduce((sum, { across, cell }) => sum + Math.max(across * cell, 58 * unit) + 4, 0);
    const taken = this.picture.side + narrow + (this.columns.length + 1) * SPACE * unit;
    const plans = this.columns.map((maps) => {
      const side = maps.side(unit);
      return { maps, side, down: Math.max(1, Math.floor((height + GAP) / (side + GAP))), across: 1 };
    });
    const least = plans.reduce((sum, { side }) => sum + Math.max(side, HEAD * unit), taken);
    const look = width < 600 ? "least" : least + ANSWER.wide * unit > width ? "tight" : "wide";
    this.answer.className = `answer ${look}`;
    let room = width - least - ANSWER[look] * unit;
    for (let grew = true; grew; ) {
      grew = false;
      for (const plan of plans) {
        if (plan.down * plan.across >= plan.maps.count || room < plan.side + GAP) continue;
        plan.across++;
        room -= plan.side + GAP;
        grew = true;
      }
    }
    plans.forEach(({ maps, side, down, across }) => {
      maps.lay(side, across, down * across, this.picked?.column === maps.number ? this.picked.filter : null);
      maps.caption.replaceChildren(...[...maps.caption.children].slice(0, 2), maps.more);
      maps.scroll.style.maxHeight = "";
    });
    const parts = this.columns.flatMap((maps) => [maps.root, gapWith(maps.data.behind)]);
    this.track.replaceChildren(this.picture.root, gapWith(""), ...parts, ...this.numbers.map(({ root }) => root), this.said);
  }

  paint() {
    if (!this.data || !this.root.clientWidth) return;
    const theme = readTheme(this.root);
    const visible = this.open === null ? this.columns : [this.columns[this.open]];
    visible.forEach((maps) => maps.paint(this.select.value, this.limits, theme));
    if (this.open === null) this.numbers.forEach((numbers) => numbers.paint(theme));
    this.mark();
  }

  // ---- marks --------------------------------------------------------------------------------------------------------

  mark() {
    const look = this.hover ?? this.picked;
    const at = look && this.columns[look.column] ? look : null;
    this.columns.forEach((maps) => draw(maps.overlay, this.marksOn(maps, at)));
    draw(this.picture.overlay, at ? halo(this.picture.outline(square(this.columns[at.column].data, at))) : []);
    setText(this.note, at ? this.words(at) : "Every small picture is what one filter makes of the image. Click a value in one.");
  }

  marksOn(maps, at) {
    const marks = [];
    if (at && maps.number === at.column - 1) {
      const box = windowIn(this.columns[at.column].data, at);
      maps.shown.forEach((_, index) => marks.push(["window", maps.outline(index, box)]));
    }
    for (const [place, name] of [[this.picked, "stroke"], [this.hover, "cursor"]]) {
      const index = place?.column === maps.number ? maps.shown.indexOf(place.filter) : -1;
      if (index < 0) continue;
      const whole = maps.outline(index, [0, 0, maps.height, maps.width]);
      const cell = maps.outline(index, [place.row, place.col, place.row + 1, place.col + 1]);
      marks.push(...(name === "stroke" ? [...halo(whole), ["stroke", cell]] : [["cursor", whole], ["stroke", cell]]));
    }
    return marks;
  }

  words(at) {
    const maps = this.columns[at.column];
    const place = maps.place.get(at.filter);
    const [top, left, bottom, right] = square(maps.data, at);
    const where = `${maps.data.title}, filter ${at.filter + 1}, row ${at.row + 1}, column ${at.col + 1}`;
    const value = at.value === undefined ? `about ${write(maps.value(at))}` : write(at.value);
    return `${where}: ${value}, from ${bottom - top} × ${right - left} pixels. ${waking(maps.data, place)}`;
  }

  // ---- listening ----------------------------------------------------------------------------------------------------

  point(at) {
    this.hover = at;
    this.mark();
  }

  pick(at) {
    if (!at) return;
    this.picked = at;
    this.mark();
    setText(this.live, this.words(at));
    document.dispatchEvent(new Event(CHOSEN));
    this.tell("picked", [this.columns[at.column].data.name, at.filter, at.row, at.col]);
  }

  // What Python takes apart: layer, filter, row, column and the value itself; here are only its colours, a byte each.
  take([name, filter, row, col, value], again = true) {
    const column = this.columns?.findIndex(({ data }) => data.name === name) ?? -1;
    this.picked = column < 0 || !this.columns[column].place.has(filter) ? null : { column, filter, row, col, value };
    if (again) this.lay();
  }

  start(maps) {
    return this.picked?.column === maps.number ? this.picked : maps.largest(maps.shown[0]);
  }

  key(maps, event) {
    const at = this.hover ?? this.start(maps);
    const index = maps.shown.indexOf(at.filter);
    const moves = { ...MOVES, ArrowUp: -maps.across, ArrowDown: maps.across, Home: -index, End: maps.shown.length - 1 - index };
    if (event.key === "Enter" || event.key === " ") this.pick(at);
    else if (event.key in moves) this.step(maps, index, moves[event.key], event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // To another map; beyond the first and the last of a row to the next column.
  step(maps, index, move, key) {
    const edge = key === "ArrowLeft" ? index % maps.across === 0 : (index + 1) % maps.across === 0 || index === maps.shown.length - 1;
    if (key in MOVES && edge && this.open === null) {
      this.columns[maps.number + move]?.board.focus();
      return;
    }
    const to = maps.shown[index + move];
    if (to === undefined) return;
    this.point(maps.largest(to));
    setText(this.live, this.words(this.hover));
  }
}

export default function ({ data, parentElement, setTriggerValue }) {
  let view = MOUNTED.get(parentElement);
  if (!view) MOUNTED.set(parentElement, (view = new Columns(parentElement)));
  view.update(data, setTriggerValue);
  return () => {
    view.leave();
    MOUNTED.delete(parentElement);
  };
}
