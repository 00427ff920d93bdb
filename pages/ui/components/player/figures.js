// The track of figures: a label, the figure and what it was measured on, each the same all the time or one a moment.
// Data: [{ label, text, note }], each of the three a text or a list of texts.

TRACKS.figures = class {
  constructor(root) {
    this.list = root.appendChild(element("dl"));
  }

  take(figures) {
    this.figures = figures;
    while (this.list.children.length > figures.length) this.list.lastChild.remove();
    while (this.list.children.length < figures.length) {
      const figure = this.list.appendChild(element("div", "figure"));
      figure.append(element("dt"), element("dd", "text"), element("dd", "note"));
    }
  }

  show(at) {
    this.figures.forEach(({ label, text, note }, i) => {
      const parts = this.list.children[i].children;
      [label, text, note].forEach((value, part) => setText(parts[part], pick(value, at)));
    });
  }
};
