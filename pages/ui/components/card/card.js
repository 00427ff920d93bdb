const SIDE = 32;

export default function ({ data, parentElement, setTriggerValue }) {
  const card = parentElement.querySelector(".card");
  const { name, count, least, good, isChosen, isLow } = data;
  card.onclick = () => setTriggerValue("chosen", true);
  card.setAttribute("aria-pressed", String(isChosen));
  card.classList.toggle("low", isLow);
  card.classList.toggle("good", count >= good);
  card.querySelector(".name").textContent = name;
  card.querySelector(".count").textContent = words(count, least, good);
  card.style.setProperty("--full", `${Math.min(100, (100 * count) / good)}%`);
  card.style.setProperty("--least", `${(100 * least) / good}%`);
  show(card.querySelector(".pictures"), data);
}

function words(count, least, good) {
  if (count >= good) return `${count} pictures: good`;
  if (count >= least) return `${count} of ${good} pictures`;
  return `${count} of at least ${least}`;
}

function show(place, { shown, sprite }) {
  if (place.dataset.sprite === sprite) return;
  place.dataset.sprite = sprite;
  if (!sprite) return place.replaceChildren();
  const picture = new Image();
  picture.onload = () => {
    if (place.dataset.sprite !== sprite) return; // newer ones have come
    place.replaceChildren(
      ...Array.from({ length: shown }, (_, index) => {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = SIDE;
        canvas.getContext("2d").drawImage(picture, 0, -SIDE * index);
        return canvas;
      }),
    );
  };
  picture.src = sprite;
}
