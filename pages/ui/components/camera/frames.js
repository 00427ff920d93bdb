// What the camera and the files share: a picture's middle as 32x32 numbers, and messages that are kept until they have
// arrived. A message is {number, kind, into, count, isPacked, frames}: so many pictures, RGB bytes one after another, as
// base64; packed, each number is what it differs by from its left neighbour, and all are deflated: 60 take 190 kB.

const SIDE = 32;
const LARGEST_STEP = 2048; // pixels of the first square
const AGAIN = 8000; // milliseconds after which a message counts as lost

const squares = new Map(); // a canvas for each side, kept: five pictures a second need them

function square(side) {
  if (!squares.has(side)) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    squares.set(side, canvas.getContext("2d", { willReadFrequently: side === SIDE }));
  }
  return squares.get(side);
}

/** The square in the middle of a video or picture, halved until it has 32 pixels a side, which leaves no moiré. */
function shrink(source, width, height) {
  const side = Math.min(width, height);
  let step = SIDE;
  while (step * 2 <= Math.min(side, LARGEST_STEP)) step *= 2;
  let context = square(step);
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white"; // where a picture is transparent
  context.fillRect(0, 0, step, step);
  context.drawImage(source, (width - side) / 2, (height - side) / 2, side, side, 0, 0, step, step);
  while (step > SIDE) {
    const larger = context.canvas;
    step /= 2;
    context = square(step);
    context.imageSmoothingQuality = "high";
    context.drawImage(larger, 0, 0, step, step);
  }
  return context.getImageData(0, 0, SIDE, SIDE);
}

/** A picture's red, green and blue, 3,072 bytes. */
function bytesOf({ data }) {
  const bytes = new Uint8Array((data.length / 4) * 3);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    bytes[to] = data[from];
    bytes[to + 1] = data[from + 1];
    bytes[to + 2] = data[from + 2];
  }
  return bytes;
}

/** What of a message the pictures are. Browsers before 2023 do not deflate. */
async function pack(frames) {
  const size = frames[0].length;
  const bytes = new Uint8Array(frames.length * size);
  const isPacked = "CompressionStream" in window;
  frames.forEach((frame, number) => {
    for (let at = 0; at < size; at++) {
      bytes[number * size + at] = isPacked && at > 2 ? frame[at] - frame[at - 3] : frame[at];
    }
  });
  const deflated = isPacked && new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  const sent = deflated ? new Uint8Array(await new Response(deflated).arrayBuffer()) : bytes;
  return { count: frames.length, isPacked, frames: base64(sent) };
}

function base64(bytes) {
  const parts = [];
  for (let from = 0; from < bytes.length; from += 3072) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(from, from + 3072)))); // of three bytes each, but for the last
  }
  return parts.join("");
}

/** Messages wait here; the next goes when the last has arrived. */
class Mailbox {
  constructor() {
    this.waiting = [];
    this.last = 0;
  }

  put(message) {
    this.last = Math.max(this.last + 1, Date.now()); // unlike any other of this session
    this.waiting.push({ number: this.last, ...message });
    if (this.waiting.length === 1) this.go();
  }

  go() {
    clearTimeout(this.timer);
    if (!this.waiting.length) return;
    this.send(this.waiting[0]);
    this.timer = setTimeout(() => this.go(), AGAIN);
  }

  /** The server has taken the message with this number. */
  arrived(number) {
    if (this.waiting[0]?.number !== number) return false;
    this.waiting.shift();
    this.go();
    return true;
  }

  close() {
    clearTimeout(this.timer);
    this.waiting = [];
  }
}

/** A file's picture, 3,072 bytes; null if this browser cannot open it or may not read it. */
async function frameOf(file) {
  const picture = await opened(file);
  if (!picture) return null;
  try {
    return bytesOf(shrink(picture, picture.width, picture.height));
  } catch {
    return null; // an SVG with a web page in it may be seen, but not read
  } finally {
    picture.close?.();
  }
}

const count = (n) => (n === 1 ? "1 picture" : `${n} pictures`);
