"""The image on the screen, read without this project; and the page of the data set, which shows one as numbers."""

from collections.abc import Sequence

import numpy as np

from cnn_core import images
from cnn_core.code.data import folder
from cnn_core.code.written import array, join, value
from cnn_core.convolution.drawings import BRIGHT, DARK
from cnn_core.images import Crop

BATCH = 10_000  # images in one of CIFAR-10's files
GRAY = "image = np.rint(image @ [0.299, 0.587, 0.114])  # brightness, as the eye weighs it"
_CIFAR = """# CIFAR-10's archive: https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz
with open("cifar-10-batches-py/{file}", "rb") as file:
    batch = pickle.load(file, encoding="bytes")
image = batch[b"data"][{place}].reshape(3, 32, 32).transpose(1, 2, 0)  # rows, columns, channels
label = batch[b"labels"][{place}]"""
_CIFAR_TEST = """# CIFAR-10's archive: https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz
with open("cifar-10-batches-py/test_batch", "rb") as file:
    batch = pickle.load(file, encoding="bytes")
places = {places}
images = batch[b"data"][places].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # channels last
labels = np.array(batch[b"labels"])[places]"""
_STORED_TEST = """places = {places}  # {title}, as the app keeps it in its data folder
images = np.load("{folder}/test_images.npy", mmap_mode="r")[places]
labels = np.load("{folder}/test_labels.npy")[places].astype(int)"""
_STORED = """# {title}, as the app keeps it in its data folder
image = np.load("{folder}/{subset}_images.npy", mmap_mode="r")[{row}]
label = int(np.load("{folder}/{subset}_labels.npy")[{row}])"""
_PHOTO = """photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
side = max(1, min(round({size} * min(photo.size)), max(photo.size)))
left, top = round({x} * (photo.width - side)), round({y} * (photo.height - side))
square = Image.new("RGB", (side, side), {padding})
square.paste(photo, (-left, -top))
# Each of the 32 x 32 pixels is the mean of the area that it covers.
image = np.asarray(square.resize((32, 32), Image.Resampling.BOX))"""

_WHOLE = """photo = ImageOps.exif_transpose(Image.open("photo.jpg")).convert("RGB")
photo.thumbnail(({most}, {most}))
image = np.asarray(photo)"""
_DRAWING = """rows, columns = (np.indices(({side}, {side})) + 0.5) / {side}  # from 0 to 1
image = np.where({inside}, {bright}, {dark})"""
_INSIDE = {  # where the drawings of the lab are bright
    "step": "columns < 0.5",
    "bar": "abs(columns - 0.5) < 0.125",
    "checkerboard": "(rows * 4 // 1 + columns * 4 // 1) % 2 == 0",
    "circle": "(rows - 0.5) ** 2 + (columns - 0.5) ** 2 < 0.09",
}


def of_data_set(name: str, subset: str, row: int) -> tuple[str, str]:
    """Imports, and code that leaves `image` uint8 (32, 32, 3) and `label`.

    Args:
        subset: "train" or "test", as officially divided.
        row: the image's place in it.
    """
    if stored := folder(name):
        return "import numpy as np\n", _STORED.format(title=_title(name), folder=stored, subset=subset, row=row)
    file = "test_batch" if subset == "test" else f"data_batch_{row // BATCH + 1}"
    return "import pickle\n\nimport numpy as np\n", _CIFAR.format(file=file, place=row % BATCH)


def of_test_images(name: str, places: Sequence[int] | int) -> tuple[str, str]:
    """Imports, and code that leaves `images` uint8 (n, 32, 32, 3), `labels` and `places`, those in the test split.

    A whole number stands for the first so many.
    """
    written = f"slice({places})" if isinstance(places, int) else array(np.array(places, int), 9)
    if stored := folder(name):
        return "import numpy as np\n", _STORED_TEST.format(title=_title(name), folder=stored, places=written)
    return "import pickle\n\nimport numpy as np\n", _CIFAR_TEST.format(places=written)


def of_photo(crop: Crop | None) -> tuple[str, str]:
    """The same for a photo of one's own, of which this square is seen. It has no `label`."""
    crop = crop or Crop()
    written = {name: value(getattr(crop, name)) for name in ("x", "y", "size")}
    code = _PHOTO.format(padding=value(images.PADDING), **written)
    return "import numpy as np\nfrom PIL import Image, ImageOps\n", code


def of_whole_photo(most: int) -> tuple[str, str]:
    """The same for all of a photo, its longer side at most so many pixels."""
    return "import numpy as np\nfrom PIL import Image, ImageOps\n", _WHOLE.format(most=most)


def of_drawing(name: str, side: int) -> tuple[str, str]:
    """The same for one of the lab's drawings, gray (side, side)."""
    written = _DRAWING.format(side=side, inside=_INSIDE[name], bright=BRIGHT, dark=DARK)
    return "import numpy as np\n", written


def of_numbers(pixels: np.ndarray) -> tuple[str, str]:
    """The same for an image small enough to be written out."""
    return "import numpy as np\n", f"image = {array(pixels, 8)}"


def as_numbers(name: str, subset: str, row: int, pixel: tuple[int, int], class_names: Sequence[str]) -> str:
    """An image of a data set as the page shows it: one of its pixels, scaled, and its label, one-hot."""
    imports, read = of_data_set(name, subset, row)
    across, down = pixel[1], pixel[0]
    return join(
        [
            imports,
            read,
            f"names = {value(tuple(class_names))}\nprint(names[label], image.shape, image.dtype)",
            f"pixel = image[{down}, {across}]  # row {down + 1}, column {across + 1}: red, green, blue, 0 to 255\n"
            "print(pixel, pixel / 255)  # from 0 to 1, as most networks get it",
            "standardized = image / 64 - 1.9  # the fast networks': over all images mean 0, deviation 1\n"
            "one_hot = np.eye(len(names))[label]\nprint(standardized[:2, :2], one_hot)",
        ]
    )


def _title(name: str) -> str:
    return "Shapes-10" if name == "shapes10" else f"The data set {name}"
