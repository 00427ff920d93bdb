"""Surgery as Keras code: filters switched off, or the lab's kernel in their place; one image, or the test images."""

from collections.abc import Sequence

import numpy as np

from cnn_core.architecture import layers
from cnn_core.code.convolution import Picture
from cnn_core.code.inside import asked
from cnn_core.code.written import array, value
from cnn_core.config import NetworkConfig
from cnn_core.explanation import surgery

_OFF = """layer = model.get_layer("{reader}")  # reads their maps, now as if they were 0
kernel = np.array(layer.kernel)  # {said}
{zero}
layer.kernel.assign(kernel)"""
_OWN = """own = {own}  # the lab's kernel, in this layer's size
layer = model.get_layer("{layer}")
kernel = np.array(layer.kernel)  # rows, columns, channels, filters
for number in filters:
    spread = np.repeat(own[:, :, np.newaxis], kernel.shape[2], axis=2)  # all channels alike
    {scaled}
layer.kernel.assign(kernel)"""
_SCALED = """length = np.linalg.norm(kernel[..., number]) / np.linalg.norm(spread)
    kernel[..., number] = spread * length  # as long as the filter's own"""
_ONE = """before = model.predict(image[np.newaxis], verbose=0)[0]

{changed}

after = model.predict(image[np.newaxis], verbose=0)[0]
names = {names}
for name, was, now in zip(names, before, after):
    print(f"{{name:>12}} {{was:7.1%}} {{now:7.1%}}")"""
_MANY = """before = model.predict(images, verbose=0).argmax(axis=1)

{changed}

after = model.predict(images, verbose=0).argmax(axis=1)
accuracies = [(answers == labels).mean() for answers in (before, after)]
lost = np.flatnonzero((before == labels) & (after != labels))  # test images, counted from 0
won = np.flatnonzero((before != labels) & (after == labels))
print(f"{{accuracies[0]:.1%}} before, {{accuracies[1]:.1%}} after; {{len(lost)}} lost, {{len(won)}} won")
names = {names}
for label, name in enumerate(names):
    if (labels == label).any():
        recalls = [(answers[labels == label] == label).mean() for answers in (before, after)]
        print(f"{{name:>12}} {{recalls[0]:6.1%}} {{recalls[1]:6.1%}}")"""


def of_image(picture: Picture, changed: str, class_names: Sequence[str]) -> str:
    """The probabilities for one image before and after; `changed` is what `operation` gives."""
    shown = _ONE.format(changed=changed, names=value(tuple(class_names)))
    return asked(picture, "import keras\n", shown)


def of_test_images(picture: Picture, changed: str, class_names: Sequence[str]) -> str:
    """Accuracy and recalls before and after; `picture` leaves `images` and `labels`."""
    shown = _MANY.format(changed=changed, names=value(tuple(class_names)))
    return asked(picture, "import keras\n", shown)


def operation(network: NetworkConfig, layer: str, filters: Sequence[int], own: np.ndarray | None) -> str:
    """What is done to these filters, from 0, of a convolution of `model`: own kernel (k, k), or None to switch off."""
    numbers = ", ".join(map(str, filters))
    chosen = f"filters = [{numbers}]  # of {layer}; counted from 0"
    if own is None:
        return "\n".join([chosen, *(_off(network, layer, reader) for reader in surgery.readers_of(network, layer))])
    scaled = _SCALED if own.any() else "kernel[..., number] = spread  # zeros: the bias alone is left"
    return f"{chosen}\n{_OWN.format(own=array(own, len('own = ')), layer=layer, scaled=scaled)}"


def _off(network: NetworkConfig, layer: str, reader: str) -> str:
    """The weights of one layer for the maps, set to 0."""
    made = {of.name: of for of in layers(network)}
    if made[reader].kind == "Conv2D":
        said, zero = "rows, columns, maps, filters", "kernel[:, :, filters] = 0"
        return _OFF.format(reader=reader, said=said, zero=zero)
    rows, count = surgery.rows_of(network, layer), made[layer].output_shape[-1]
    own = "kernel" if rows == slice(None) else f"kernel[{rows.start}:{rows.stop}]"
    said = "values, units" if own == "kernel" else f"values, units; {rows.start} to {rows.stop - 1} are this block's"
    zero = f"{own}.reshape(-1, {count}, kernel.shape[1])[:, filters] = 0  # values of the {count} maps in turn"
    return _OFF.format(reader=reader, said=said, zero=zero)
