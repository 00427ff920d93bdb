"""Is the map true, as code: the network is scrambled step by step from the top, and three maps are compared."""

from collections.abc import Sequence

from cnn_core.code.convolution import Picture
from cnn_core.code.inside import asked
from cnn_core.code.written import value

_INNER = """outputs = [model.get_layer(name).output for name in ("{layer}", "logits")]
inner = keras.Model(scale.output, outputs)"""
_ASKED = "maps, logits = inner(scale(pixels))  # the last maps, which the head reads"
_WITHOUT_MAPS = 'inner = keras.Model(scale.output, model.get_layer("logits").output)'
_ASKED_WITHOUT = (
    "maps = scale(pixels)  # there is no convolution: the head reads the image\n        logits = inner(maps)"
)
_FUNCTIONS = '''
def ask():
    """The shares of the classes, and the three maps."""
    pixels = tf.constant(image[np.newaxis], tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        {asked}
        logit = logits[0, label]
    of_maps, of_pixels = tape.gradient(logit, [maps, pixels])
    evidence = np.array(tf.reduce_sum(maps * of_maps, axis=-1))[0]  # what each cell adds
    gradient = np.array(tf.reduce_sum(of_pixels, axis=-1))[0]  # what a brighter pixel would add
    down, right = np.gradient(image @ [0.299, 0.587, 0.114])  # of the brightness
    edges = np.hypot(down, right)  # it asks no network
    return np.array(tf.nn.softmax(logits[0])), [evidence, edges, gradient]


def ranks(values):
    """Places from the lowest value to the highest; equal values share the mean of theirs."""
    _, place, counts = np.unique(values.ravel(), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
'''
_PROGRAM = """scale, label = model.get_layer("scale"), {label}  # {name}, what the whole network says
{inner}
_, whole = ask()
names = {names}
steps = {steps}
for layers in steps:
    for layer in layers:  # its numbers in another order
        kernel = model.get_layer(layer).kernel
        random = np.random.default_rng([{seed}, *layer.encode()])  # {seed}: presses of the page's button
        kernel.assign(random.permutation(np.ravel(kernel)).reshape(kernel.shape))
    shares, maps = ask()
    # Rank correlation, 1: the same order, 0: nothing in common, nan: a map without an order
    alike = [np.corrcoef(ranks(before), ranks(now))[0, 1] for before, now in zip(whole, maps)]
    print(layers, names[shares.argmax()], f"{{shares.max():.0%}}")
    print("  evidence, edges, gradient:", np.round(alike, 2))"""


def cascade(
    picture: Picture, layer: str, label: int, steps: Sequence[tuple[str, ...]], seed: int, class_names: Sequence[str]
) -> str:
    """The maps and the answer at each step; `layer` gives the last maps, `label` is the whole network's answer."""
    has_maps = layer != "scale"  # else the scaled image stands in their place
    shown = _PROGRAM.format(
        inner=_INNER.format(layer=layer) if has_maps else _WITHOUT_MAPS,
        label=label,
        name=class_names[label],
        names=value(tuple(class_names)),
        steps=_listed(((), *steps)),
        seed=seed,
    )
    functions = _FUNCTIONS.format(asked=_ASKED if has_maps else _ASKED_WITHOUT)
    return asked(picture, "import keras\nimport tensorflow as tf\n", shown, functions)


def _listed(steps: Sequence[tuple[str, ...]]) -> str:
    """A line a step."""
    return "[\n" + "".join(f"    {value(layers)},\n" for layers in steps) + "]"
