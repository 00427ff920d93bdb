// The track of the ribbon: some images, and how the answer to each of them changed; the answer of the moment stands out.
// Data: { groups, sprite, names, labels, chains, note }
// groups: [{ title, size }], how many of the images stand under each title, in order. sprite: the images of 32x32 one
// below the other, as a data URL, or null: then the class stands for its image. names: of the classes; labels: of the
// images, as places in `names`. chains: for each image its answers without repetitions, [[moment, answer], ...]: from
// which moment on, as a place in `moments`, which class. Of a long chain the part around the moment is shown.

const LINKS = 5; // answers of an image that are shown at a time

TRACKS.ribbon = class {
  constructor(root) {
    this.area = root.appendChild(element("div"));
    this.note = root.appendChild(element("p", "note"));
  }

  take(data) {
    setText(this.note, data.note);
    const sent = JSON.stringify(data);
    if (sent === this.sent) return; // the tiles of another theme are the same
    Object.assign(this, { data, sent });
    this.tiles = data.labels.map((label, i) => this.tile(data.names[label], data.chains[i].length));
    let from = 0;
    const parts = data.groups.flatMap(({ title, size }) => {
      const list = element("ul", "strips");
      list.append(...this.tiles.slice(from, (from += size)).map(({ item }) => item));
      const head = element("p", "head");
      head.append(element("b", "", title));
      return [head, list];
    });
    this.area.replaceChildren(...parts);
    if (data.sprite) this.paint(data.sprite);
  }

  tile(label, length) {
    const item = element("li", this.data.sprite ? "strip" : "strip bare");
    const canvas = element("canvas");
    canvas.width = canvas.height = PICTURE;
    canvas.setAttribute("aria-hidden", "true");
    if (this.data.sprite) item.append(canvas);
    const text = item.appendChild(element("div"));
    text.append(element("span", "is", `is: ${label}`));
    const chain = text.appendChild(element("ol", "chain"));
    const links = Array.from({ length: Math.min(length, LINKS) }, () => chain.appendChild(element("li")));
    return { item, canvas, chain, links };
  }

  paint(url) {
    const sprite = new Image();
    const { tiles } = this;
    sprite.onload = () => tiles.forEach(({ canvas }, i) => canvas.getContext("2d").drawImage(sprite, 0, -PICTURE * i));
    sprite.src = url;
  }

  show(at) {
    this.tiles.forEach((tile, i) => {
      const chain = this.data.chains[i];
      const now = countUpTo(chain.map(([moment]) => moment), at) - 1;
      if (tile.now === now) return;
      tile.now = now;
      this.showChain(tile, chain, now, this.data.labels[i]);
    });
  }

  showChain({ chain, links }, answers, now, label) {
    const from = Math.max(0, Math.min(now - (LINKS >> 1), answers.length - LINKS));
    chain.classList.toggle("more-before", from > 0);
    chain.classList.toggle("more-after", from + links.length < answers.length);
    links.forEach((link, i) => {
      const answer = answers[from + i][1];
      const isNow = from + i === now;
      const sign = answer === label ? "✓" : "✗";
      setText(link, isNow ? `${sign} ${this.data.names[answer]}` : this.data.names[answer]);
      link.className = `${answer === label ? "right" : "wrong"}${isNow ? " now" : from + i > now ? " later" : ""}`;
      if (isNow) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    });
  }
};
