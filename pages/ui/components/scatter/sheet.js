// The sheet of pictures as bytes, in an image on the page from which scatter.js draws.
export default function ({ data, parentElement }) {
  const url = URL.createObjectURL(new Blob([data], { type: "image/webp" }));
  parentElement.querySelector("img").src = url;
  return () => URL.revokeObjectURL(url);
}
