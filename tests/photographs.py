"""A small set of real photographs: squares cut from the two that scikit-learn brings with it.

Both are CC BY 2.0 (sklearn/datasets/images/README.txt): china.jpg by danielbuechele, flower.jpg by vultilion, both on
Flickr. Squares of one region overlap, as the frames of a burst do; regions do not overlap, so each is a burst.
"""

import io
import json
import zipfile

import numpy as np
from PIL import Image
from sklearn.datasets import load_sample_images

# By class its regions: which photo, and left, top, right and bottom in pixels.
REGIONS = {
    "building": ((0, 90, 100, 320, 190), (0, 80, 192, 340, 262), (0, 80, 264, 340, 340)),
    "sky": ((0, 340, 0, 640, 120), (0, 0, 0, 90, 120), (0, 340, 125, 540, 195)),
    "trees": ((0, 330, 330, 560, 427), (0, 20, 350, 200, 427), (0, 565, 170, 640, 420)),
    "petals": ((1, 185, 110, 310, 340), (1, 315, 110, 435, 340), (1, 300, 380, 430, 427)),
    "leaves": ((1, 0, 90, 150, 320), (1, 460, 100, 630, 360), (1, 0, 0, 200, 80)),
}
SMALLEST, LARGEST = 32, 46  # pixels a side of a square


def bursts(each: int = 12) -> dict[str, list[list[Image.Image]]]:
    """By class its bursts, of `each` squares; always the same."""
    photos, rng = load_sample_images().images, np.random.default_rng(0)
    return {
        name: [[_square(photos[photo], box, rng) for _ in range(each)] for photo, *box in regions]
        for name, regions in REGIONS.items()
    }


def as_zip(each: int = 12, title: str = "Squares") -> bytes:
    """A zip as the app packs one: a folder a class, and a page that says which images are of one burst."""
    file, classes = io.BytesIO(), []
    with zipfile.ZipFile(file, "w") as archive:
        for name, found in bursts(each).items():
            listed = []
            for number, burst in enumerate(found, 1):
                for place, square in enumerate(burst, 1):
                    png = io.BytesIO()
                    square.save(png, "PNG")
                    archive.writestr(f"squares/{name}/{number}-{place:02}.png", png.getvalue())
                    listed.append((f"{name}/{number}-{place:02}.png", f"{name} {number}"))
            classes.append({"name": name, "images": listed})
        archive.writestr("squares/data-set.json", json.dumps({"version": 1, "title": title, "classes": classes}))
    return file.getvalue()


def _square(photo: np.ndarray, box: list[int], rng: np.random.Generator) -> Image.Image:
    left, top, right, bottom = box
    side = int(rng.integers(SMALLEST, min(LARGEST, right - left, bottom - top) + 1))
    x, y = rng.integers(left, right - side + 1), rng.integers(top, bottom - side + 1)
    return Image.fromarray(photo[y : y + side, x : x + side])
