// The player: what happened over time, with play, pause, scrub and speed, in the browser alone. Python sends the whole
// film once; nothing here asks the server for anything. Live there is no transport: the last moment is shown.
//
// A track draws one part of the film. Its file says `TRACKS.name = class { ... }`, its looks are in name.css. Python
// sends its data as `tracks.name`; the tracks stand in the order in which Python sends them. The player calls
//   new TRACKS.name(root)   once, with an empty <div class="track name">: the track's own place in the player
//   take(data, moments)     with its data, at first and whenever Python sends new ones; moments: as in Python's `player`
//   show(at, playing)       draw the moment `at`, an index of moments; often, so it changes only what is different
//   resize()                if there is one: the width has changed; `show` follows
//   end()                   if there is one: the track is no longer needed
// Live, `take` and `show` come with every second's data: keep the elements and change what is in them, or they flicker.

const TRACKS = {};
const MOUNTED = new WeakMap();
const LONGEST_STEP = 0.25; // seconds between two frames; a hidden tab has none, and its film waits

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// The value at a moment: from a list with one for each moment, or the same for all.
const pick = (value, at) => (Array.isArray(value) ? value[at] : value);

// How many of the ascending numbers are at most `limit`.
function countUpTo(numbers, limit) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Player {
  constructor(parent) {
    this.root = parent.querySelector(".player");
    const part = (selector) => this.root.querySelector(selector);
    Object.assign(this, { area: part(".tracks"), transport: part(".transport"), button: part(".play") });
    Object.assign(this, { scrub: part(".scrub"), place: part(".place"), speed: part(".speed select") });
    Object.assign(this, { tracks: new Map(), at: 0, playing: false });
    part(".start").onclick = () => this.seek(0);
    part(".back").onclick = () => this.seek(this.at - 1);
    part(".forward").onclick = () => this.seek(this.at + 1);
    part(".end").onclick = () => this.seek(this.last);
    this.button.onclick = () => this.toggle();
    this.scrub.oninput = () => this.seek(Number(this.scrub.value));
    this.scrub.onkeydown = (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      this.toggle();
    };
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.root);
  }

  get last() {
    return this.data.moments.length - 1;
  }

  // Another film begins at its first moment; new data of the same film leave it where it is.
  take(data) {
    const isAnother = this.data?.film !== data.film || this.data.live !== data.live;
    this.data = data;
    this.takeTracks(data);
    this.transport.hidden = data.live;
    if (data.live) {
      this.playing = false;
      return this.show(this.last);
    }
    this.takeTransport(data, isAnother);
    this.show(isAnother ? 0 : Math.min(this.at, this.last));
    if (isAnother && data.plays && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.toggle();
  }

  takeTracks({ tracks, moments }) {
    for (const name of this.tracks.keys()) if (!(name in tracks)) this.drop(name);
    for (const name in tracks) {
      if (!this.tracks.has(name)) {
        const root = element("div", `track ${name}`);
        this.area.append(root);
        this.tracks.set(name, { root, track: new TRACKS[name](root) });
      }
      this.tracks.get(name).track.take(tracks[name], moments);
    }
    const roots = Object.keys(tracks).map((name) => this.tracks.get(name).root);
    if (roots.some((root, i) => this.area.children[i] !== root)) this.area.replaceChildren(...roots);
  }

  drop(name) {
    const { root, track } = this.tracks.get(name);
    track.end?.();
    root.remove();
    this.tracks.delete(name);
  }

  takeTransport({ label, speeds, speed, above }, isAnother) {
    this.transport.setAttribute("aria-label", label);
    if ((this.root.firstElementChild === this.transport) !== above) this.area[above ? "before" : "after"](this.transport);
    this.root.classList.toggle("above", above);
    this.scrub.max = this.last;
    if (!isAnother) return;
    const options = speeds.map(([pace, text]) => Object.assign(element("option", "", text), { value: pace }));
    this.speed.replaceChildren(...options);
    this.speed.value = speed;
  }

  show(at) {
    this.at = at;
    for (const { track } of this.tracks.values()) track.show(at, this.playing);
    if (!this.data.live) this.showTransport();
  }

  showTransport() {
    const place = this.data.places[this.at];
    setText(this.place, place);
    this.scrub.value = this.at;
    this.scrub.setAttribute("aria-valuetext", place);
    this.button.title = this.playing ? "Pause" : "Play";
    this.button.setAttribute("aria-label", this.button.title);
    this.root.classList.toggle("playing", this.playing);
  }

  seek(at) {
    this.playing = false;
    this.show(Math.min(Math.max(at, 0), this.last));
  }

  // Play on from here, from the beginning at the end, or pause.
  toggle() {
    if (this.playing) return this.seek(this.at);
    if (this.at === this.last) this.at = 0;
    Object.assign(this, { playing: this.last > 0, time: this.data.moments[this.at], frame: performance.now() });
    this.show(this.at);
    return requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.playing) return;
    const { moments } = this.data;
    this.time += Math.min((now - this.frame) / 1000, LONGEST_STEP) * Number(this.speed.value);
    this.frame = now;
    const at = Math.max(countUpTo(moments, this.time) - 1, this.at);
    if (at === this.last) this.playing = false;
    if (at !== this.at || !this.playing) this.show(at);
    requestAnimationFrame((next) => this.tick(next));
  }

  resize() {
    if (!this.data) return;
    for (const { track } of this.tracks.values()) track.resize?.();
    this.show(this.at);
  }

  end() {
    this.playing = false;
    this.observer.disconnect();
    for (const name of [...this.tracks.keys()]) this.drop(name);
  }
}

// Streamlit calls this at mounting and again for every new data or theme.
export default function ({ data, parentElement }) {
  let player = MOUNTED.get(parentElement);
  if (!player) MOUNTED.set(parentElement, (player = new Player(parentElement)));
  player.take(data);
  return () => {
    player.end();
    MOUNTED.delete(parentElement);
  };
}
