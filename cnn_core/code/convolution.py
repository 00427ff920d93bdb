"""The steps of the convolution lab as code: NumPy written out, and where there is one, the layer of Keras.

`picture` is always what `image.of_...` gives: imports, and code that leaves `image`.
"""

from collections.abc import Sequence

import numpy as np

from cnn_core.code.formulas import ACTIVATIONS, CONV2D, LAYER, POOL, STRIDED
from cnn_core.code.image import GRAY
from cnn_core.code.written import array, call, join, names, value

Picture = tuple[str, str]
_MODES = {
    "signed": ("", ""),
    "absolute": ("np.abs(sums)", "without the sign"),
    "relu": ("np.maximum(sums, 0)", "negative results become 0"),
    "clipped": ("np.clip(np.rint(sums), 0, 255)", "cut off, as a photo editor does"),
}
_KERAS = "import keras\n"


def numbers(picture: Picture) -> str:
    return _numpy(picture, ["print(image.shape, image.min(), image.max())\nprint(image)"])


def one_sum(picture: Picture, kernel: np.ndarray, cell: tuple[int, int], *, is_gray: bool) -> str:
    """One sum, at the cell that is pinned; cells count from 0."""
    row, column = cell
    size = len(kernel)
    lines = (
        f"row, column = {row}, {column}  # row {row + 1}, column {column + 1} of the result\n"
        f"window = image[row : row + {size}, column : column + {size}]\nproducts = window * kernel\n"
        "print(products)\nresult = products.sum()\nprint(result)"
    )
    return _numpy(picture, [_gray(is_gray), _kernel(kernel), lines])


def slide(picture: Picture, kernel: np.ndarray, *, is_gray: bool) -> str:
    """The window over the whole image."""
    shown = "result = conv2d(image, kernel)\nprint(result.shape)\nprint(result)"
    return _numpy(picture, [_gray(is_gray), _kernel(kernel), shown], CONV2D)


def bench(picture: Picture, kernel: np.ndarray, channel: str, mode: str) -> str:
    """The kernel bench. `channel`: "gray", "red", "green", "blue", "all" three, or "" for an image that is gray."""
    places = {"red": 0, "green": 1, "blue": 2}
    chosen = f"image = image[..., {places[channel]}]  # {channel}" if channel in places else _gray(channel == "gray")
    formula, why = _MODES[mode]
    shown = f"result = {formula}  # {why}" if formula else "result = sums"
    sums = "conv2d(image, kernel)"
    if channel == "all":
        sums = "np.stack([conv2d(image[..., channel], kernel) for channel in range(3)], axis=-1)"
    lines = f"sums = {sums}\n{shown}\nprint(result.min(), result.max())"
    return _numpy(picture, [chosen, _kernel(kernel), lines], CONV2D)


def geometry(
    picture: Picture, kernel: np.ndarray, side: int, stride: int, padding: str | int, dilation: int, *, is_gray: bool
) -> dict[str, str]:
    """The walk of the window with padding, stride and dilation. Keras has no layer with both of the last two."""
    fitted = (
        f"side = {side}  # the upper left part, repeated where the image is too small\n"
        "image = np.pad(image, [(0, max(side - n, 0)) for n in image.shape], mode='wrap')[:side, :side]"
    ).replace("'", '"')
    before, after = _zeros(side, len(kernel), stride, padding, dilation)
    padded = f"padded = np.pad(image, (({before}, {after}), ({before}, {after})))  # {padding}: zeros around it"
    called = call("conv2d", stride=stride, dilation=dilation).removeprefix("conv2d(")
    shown = f"result = conv2d(padded, kernel, {called}\nprint(result.shape)\nprint(result)"
    ready = [_gray(is_gray), fitted, _kernel(kernel)]
    written = {"NumPy": _numpy(picture, [*ready, f"{padded}\n{shown}"], STRIDED)}
    if stride == 1 or dilation == 1:
        name = padding if padding in ("valid", "same") else "valid"
        layer = call(
            "keras.layers.Conv2D", 1, len(kernel), strides=stride, padding=name, dilation_rate=dilation, use_bias=False
        )
        around = f"image = np.pad(image, {before})  # Keras: ZeroPadding2D({before})" if name != padding else ""
        written["Keras"] = _keras(picture, [*ready, around], layer, "kernel[..., np.newaxis, np.newaxis]")
    return written


def channels(picture: Picture, slices: np.ndarray, bias: float, *, is_gray: bool) -> dict[str, str]:
    """A filter with a slice for each colour, float (k, k, 3), and ReLU."""
    stacked = _stacked(is_gray)
    by_slice = ", ".join(f"slice_{number}" for number in (1, 2, 3))
    written = "\n".join(
        f"slice_{number} = {array(slices[..., number - 1], 10)}  # {colour}"
        for number, colour in enumerate(("red", "green", "blue"), 1)
    )
    kernel = f"{written}\nkernel = np.stack([{by_slice}], axis=-1)"
    shown = f"sums = conv2d(image, kernel, bias={value(bias)})\nresult = np.maximum(sums, 0)  # ReLU\nprint(result)"
    layer = call("keras.layers.Conv2D", 1, len(slices), activation="relu")
    weights = f"kernel[..., np.newaxis], np.array([{value(bias)}])"
    return {
        "NumPy": _numpy(picture, [stacked, kernel, shown], CONV2D),
        "Keras": _keras(picture, [stacked, kernel], layer, weights, has_channels=True),
    }


def bend(picture: Picture, kernel: np.ndarray, bias: float, activation: str, *, is_gray: bool) -> dict[str, str]:
    """Bias and activation after the sums."""
    shown = f"sums = conv2d(image, kernel, bias={value(bias)})\nresult = {ACTIVATIONS[activation]}\nprint(result)"
    imports = "import math\n" if activation == "gelu" else ""
    layer = call("keras.layers.Conv2D", 1, len(kernel), activation=activation)
    weights = f"kernel[..., np.newaxis, np.newaxis], np.array([{value(bias)}])"
    ready = [_gray(is_gray), _kernel(kernel)]
    return {
        "NumPy": imports + _numpy(picture, [*ready, shown], CONV2D),
        "Keras": _keras(picture, ready, layer, weights),
    }


def pool(
    picture: Picture,
    kernel: np.ndarray,
    bias: float,
    activation: str,
    mode: str,
    size: int,
    stride: int,
    *,
    is_gray: bool,
) -> dict[str, str]:
    """The pooling after them. Keras has no pooling that keeps the smallest."""
    how = {"max": "max", "average": "mean", "min": "min"}[mode]
    bent = f"sums = conv2d(image, kernel, bias={value(bias)})\nmaps = {ACTIVATIONS[activation]}"
    imports = "import math\n" if activation == "gelu" else ""
    ready = [_gray(is_gray), _kernel(kernel), bent]
    shown = f"result = pool2d(maps, size={size}, stride={stride})\nprint(result)"
    written = {"NumPy": imports + _numpy(picture, [*ready, shown], CONV2D + "\n" + POOL.format(how=how))}
    if mode != "min":
        name = {"max": "MaxPooling2D", "average": "AveragePooling2D"}[mode]
        layer = call(f"keras.layers.{name}", size, strides=stride)
        shown = (
            f"layer = {layer}\nresult = np.array(layer(maps[np.newaxis, ..., np.newaxis]))[0, ..., 0]\nprint(result)"
        )
        written["Keras"] = _KERAS + imports + _numpy(picture, [*ready, shown], CONV2D)
    return written


def learned(
    picture: Picture,
    kernel: np.ndarray,
    bias: float,
    padding: str,
    activation: str,
    norm: tuple[float, float] | None,
    *,
    is_gray: bool = False,
) -> dict[str, str]:
    """A filter of a trained network on an image whose pixels go from 0 to 1; `norm`: batch-norm's factor, summand."""
    flat = np.float32(np.moveaxis(kernel, -1, 0))
    by_colour = ",\n".join(f"    {array(one, 4)}" for one in flat)
    written = f"kernel = np.stack([  # red, green, blue\n{by_colour},\n], axis=-1)"
    before, after = _zeros(32, len(kernel), 1, padding, 1)
    scaled = f"{_stacked(is_gray)}\nimage = image / 255".strip()
    around = f"padded = np.pad(image, (({before}, {after}), ({before}, {after}), (0, 0)))"
    shown = f"sums = conv2d(padded, kernel, bias={value(np.float32(bias))})\nresult = {ACTIVATIONS[activation]}"
    after_norm = ""
    if norm:
        factor, summand = (value(np.float32(number)) for number in norm)
        after_norm = f"result = {factor} * result + {summand}  # batch-norm: a factor and a summand"
    shown = f"{shown}\n{after_norm}".rstrip() + "\nprint(result)"
    layer = call("keras.layers.Conv2D", 1, len(kernel), padding=padding, activation=activation)
    weights = f"kernel[..., np.newaxis], np.array([{value(np.float32(bias))}])"
    imports = "import math\n" if activation == "gelu" else ""
    keras = _keras(picture, [scaled, written], layer, weights, has_channels=True)
    if norm:
        keras = keras.replace("\nprint(result.shape)", f"\n{after_norm}\nprint(result.shape)")
    return {
        "NumPy": imports + _numpy(picture, [scaled, written, f"{around}\n{shown}"], CONV2D),
        "Keras": keras,
    }


def answer(logits: np.ndarray, label: int, class_names: Sequence[str]) -> str:
    """From logits to shares and the loss."""
    return join(
        [
            "import numpy as np",
            f"{names(class_names)}\nlogits = {array(np.float32(logits), 9)}",
            "powers = np.exp(logits - logits.max())  # the shares stay the same, and nothing overflows\n"
            "shares = powers / powers.sum()\n"
            f"loss = -np.log(shares[names.index({value(class_names[label])})])",
            'for name, share in zip(names, shares):\n    print(f"{name:>12} {share:7.2%}")\nprint(loss)',
        ]
    )


def _numpy(picture: Picture, parts: list[str], functions: str = "") -> str:
    imports, read = picture
    head = [imports.strip("\n"), functions, read] if functions else [f"{imports}\n{read}"]
    return join([join(head, "\n\n\n"), *parts])


def _keras(picture: Picture, parts: list[str], layer: str, weights: str, *, has_channels: bool = False) -> str:
    batch = "image[np.newaxis]" if has_channels else "image[np.newaxis, ..., np.newaxis]"
    named = "three channels" if has_channels else "one channel"
    shown = LAYER.format(channels=named, batch=batch, layer=layer, weights=weights)
    return _KERAS + _numpy(picture, [*parts, shown])


def _gray(is_gray: bool) -> str:
    return GRAY if is_gray else ""


def _stacked(is_gray: bool) -> str:
    return "image = np.stack([image] * 3, axis=-1)  # three equal channels" if is_gray else ""


def _kernel(kernel: np.ndarray) -> str:
    return f"kernel = {array(kernel, 9)}"


def _zeros(side: int, kernel: int, stride: int, padding: str | int, dilation: int) -> tuple[int, int]:
    """Zeros before and after the image."""
    span = dilation * (kernel - 1) + 1
    if padding == "same":
        total = max((-(-side // stride) - 1) * stride + span - side, 0)
        return total // 2, total - total // 2
    around = {"valid": 0, "full": span - 1}.get(padding, padding)
    return around, around
