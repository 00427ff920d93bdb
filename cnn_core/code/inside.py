"""The page that looks inside a network, as Keras code: its maps, its evidence, and the square that covers an image."""

from cnn_core import images
from cnn_core.code.convolution import Picture
from cnn_core.code.written import join, value

_MODEL = '# model.keras is in the run\'s zip: page Training, Download\nmodel = keras.saving.load_model("model.keras")'
_CHAIN = """with tf.GradientTape(persistent=True) as tape:
    values = tf.constant(image[np.newaxis], tf.float32)
    tape.watch(values)
    for layer in model.layers[1:]:  # after the input
        values = layer(values)
        if layer.name == "{layer}":
            maps = values  # the last maps, which the head reads
        if layer.name == "logits":
            logits = values
"""
_BRANCHES = """layers = [model.get_layer(name).output for name in ("{layer}", "logits")]
inner = keras.Model(model.inputs, layers)
with tf.GradientTape(persistent=True) as tape:  # it watches whatever the kernels make
    maps, logits = inner(image[np.newaxis])  # the last maps; the head reads those of every block
"""
_EVIDENCE = """    first, second = logits[0, {first}], logits[0, {second}]  # {first_name}, {second_name}

# What each cell of the last maps adds to a logit: its values times the gradient there, all maps together.
for_first = np.array(tf.reduce_sum(maps * tape.gradient(first, maps), axis=-1))[0]
for_second = np.array(tf.reduce_sum(maps * tape.gradient(second, maps), axis=-1))[0]
against = for_first - for_second
print(for_first.round(2))
print(f"cells {{for_first.sum():.2f}}, logit {{float(first):.2f}}; the rest is {rest}")"""
_COVER = """size, stride = {size}, {stride}
starts = range(0, 32 - size + 1, stride)
copies = []
for top in starts:
    for left in starts:
        copy = image.copy()
        copy[top : top + size, left : left + size] = {colour}  # the mean of all images
        copies.append(copy)
probabilities = model.predict(np.stack([*copies, image]), verbose=0)
covered = probabilities[:-1].reshape(len(starts), len(starts), -1)  # one row a row of places
print(probabilities[-1].round(3))  # without the square
print(covered[..., {label}].round(2))  # {name}, with the square at each place"""


def maps(picture: Picture, layer: str, number: int, cell: tuple[int, int]) -> str:
    """One map of a network, and a value in it; all count from 0."""
    row, column = cell
    shown = (
        f'inner = keras.Model(model.inputs, model.get_layer("{layer}").output)\n'
        f"maps = np.array(inner(image[np.newaxis]))[0]  # rows, columns, filters\nprint(maps.shape)\n"
        f"print(maps[..., {number}])  # filter {number + 1}\n"
        f"print(maps[{row}, {column}, {number}])  # its value in row {row + 1}, column {column + 1}"
    )
    return asked(picture, "import keras\n", shown)


def evidence(picture: Picture, layer: str, first: tuple[int, str], second: tuple[int, str], *, head: str) -> str:
    """Why the first class and not the second; `layer` gives the last maps. Classes: number and name."""
    is_branched = head == "blocks"
    rest = "the other blocks and the bias" if is_branched else "the bias"
    names = {"first_name": first[1], "second_name": second[1]}
    shown = (_BRANCHES if is_branched else _CHAIN) + _EVIDENCE
    shown = shown.format(layer=layer, first=first[0], second=second[0], rest=rest, **names)
    return asked(picture, "import keras\nimport tensorflow as tf\n", shown)


def cover(picture: Picture, size: int, stride: int, label: int, name: str) -> str:
    """The probabilities for every place of a gray square."""
    colour = value(images.PADDING)
    shown = _COVER.format(size=size, stride=stride, colour=colour, label=label, name=name)
    return asked(picture, "import keras\n", shown)


def asked(picture: Picture, imports: str, shown: str, functions: str = "") -> str:
    """A program that reads an image, opens the network, and does what is shown, with these functions."""
    head = join([f"{picture[0]}{imports}", functions, picture[1]], "\n\n\n" if functions else "\n\n")
    return join([head, _MODEL, shown])
