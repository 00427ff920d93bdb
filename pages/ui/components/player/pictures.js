// The track of pictures: a few images, always the same, with what the network says about each of them at the moment.
// Data: { title, sprite, names, labels, at, answers, outputs, note }
// sprite: the images of 32x32 one below the other, as a data URL, or null: then the class stands for its image. names: of
// the classes; labels: of the images, as places in `names`; at: in the unit of `moments`, ascending, the first at the
// start; answers: for each of `at` a place in `names` an image; outputs: the same with the largest output of each; note:
// below the images, "" for none.

const PICTURE = 32; // pixels of an image

TRACKS.pictures = class {
  constructor(root) {
    const head = root.appendChild(element("p", "head"));
    this.title = head.appendChild(element("b"));
    this.count = head.appendChild(element("span", "count"));
    this.list = root.appendChild(element("ul", "tiles"));
    this.note = root.appendChild(element("p", "note"));
    this.tiles = [];
  }

  take(data, moments) {
    Object.assign(this, { data, moments });
    setText(this.title, data.title);
    setText(this.note, data.note);
    while (this.tiles.length > data.labels.length) this.tiles.pop().item.remove();
    while (this.tiles.length < data.labels.length) this.tiles.push(this.tile());
    if (data.sprite !== this.sprite) this.paint(data.sprite);
    this.list.classList.toggle("named", !data.sprite);
    this.tiles.forEach(({ word }, i) => setText(word, data.sprite ? "" : data.names[data.labels[i]]));
  }

  tile() {
    const item = this.list.appendChild(element("li", "tile"));
    const frame = item.appendChild(element("div", "frame"));
    const canvas = frame.appendChild(element("canvas"));
    canvas.width = canvas.height = PICTURE;
    canvas.setAttribute("aria-hidden", "true");
    const word = frame.appendChild(element("span", "word"));
    return { item, canvas, word, said: item.appendChild(element("span", "said")), truth: item.appendChild(element("span", "truth")) };
  }

  // The images, as soon as they are decoded; the tiles are cleared where there are none.
  paint(url) {
    this.sprite = url;
    const sprite = new Image();
    const onEach = (draw) => this.tiles.forEach(({ canvas }, i) => draw(canvas.getContext("2d"), i));
    sprite.onload = () => this.sprite === url && onEach((context, i) => context.drawImage(sprite, 0, -PICTURE * i));
    if (url) sprite.src = url;
    else onEach((context) => context.clearRect(0, 0, PICTURE, PICTURE));
  }

  show(at) {
    const { names, labels, answers, outputs } = this.data;
    const now = Math.max(countUpTo(this.data.at, this.moments[at]) - 1, 0);
    let right = 0;
    this.tiles.forEach(({ item, said, truth }, i) => {
      const answer = names[answers[now][i]];
      const isRight = answers[now][i] === labels[i];
      right += isRight;
      item.classList.toggle("right", isRight);
      item.classList.toggle("wrong", !isRight);
      setText(said, `${isRight ? "✓" : "✗"} ${answer}`);
      setText(truth, isRight ? "" : `is: ${names[labels[i]]}`);
      const title = `largest output ${outputs[now][i].toFixed(2)}: ${answer}`;
      if (item.title !== title) item.title = title;
    });
    setText(this.count, `${right} of ${labels.length} right`);
  }
};
