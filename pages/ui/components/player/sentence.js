// The track of the sentence: the numbers of the moment in words, and so the text alternative of the figures beside it.
// Data: a text for each moment. It is announced when a film stands still; while it plays, nobody could listen.

TRACKS.sentence = class {
  constructor(root) {
    this.text = root.appendChild(element("p"));
  }

  take(texts) {
    this.texts = texts;
  }

  show(at, playing) {
    this.text.setAttribute("aria-live", playing ? "off" : "polite");
    setText(this.text, this.texts[at]);
  }
};
