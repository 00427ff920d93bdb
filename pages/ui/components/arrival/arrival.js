// Scrolls to a container of the page when Python sends another number than before, unless it begins in the upper half of
// the screen. Streamlit writes a container's key as a class, st-key-KEY.

const SEEN = new WeakMap();
const DRAWN_MS = 200; // until the page around it stands still

function reveal(place) {
  const top = place?.getBoundingClientRect().top ?? 0;
  if (top >= 0 && top < innerHeight / 2) return;
  place.style.scrollMarginTop = "4.5rem"; // Streamlit's own bar lies over the page
  place.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

export default function ({ data, parentElement }) {
  const isNew = SEEN.has(parentElement) && SEEN.get(parentElement) !== data.number;
  SEEN.set(parentElement, data.number);
  if (!isNew) return;
  setTimeout(() => reveal(document.querySelector(`.st-key-${data.place}`)), DRAWN_MS);
}
