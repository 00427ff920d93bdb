"""The network on the screen as a Keras model: the same layers in the same order, with the same initial weights."""

from cnn_core.architecture import Layer, layers
from cnn_core.code.written import call, join
from cnn_core.config import NetworkConfig

IMPORTS = "import keras\nfrom keras import layers\n"

_IDENTITY = '''
def start_as_identity(model):
    """Each convolution begins by passing its input on, the last layer with small weights."""
    for layer in model.layers:
        if isinstance(layer, layers.Conv2D) and layer.trainable:
            kernel = np.array(layer.kernel)
            height, width, inputs, filters = kernel.shape
            kernel *= np.sqrt((inputs + filters) / (6 * inputs))
            shared = min(inputs, filters)
            kernel[..., :shared] = 0
            kernel[(height - 1) // 2, (width - 1) // 2, range(shared), range(shared)] = 1
            layer.kernel.assign(kernel)
    last = model.layers[-2]
    inputs, classes = last.kernel.shape
    last.kernel.assign(np.array(last.kernel) * np.sqrt((inputs + classes) / 2) / inputs)
'''

_WHITENING = '''
def whiten(model, images):
    """Fixed first filters that decorrelate neighbouring pixels, computed from 5,000 training images."""
    moments, count = np.zeros((12, 12)), 0
    for some in np.array_split(images[:5000], 10):
        scaled = some.astype("float64") / 64 - 1.9
        windows = np.lib.stride_tricks.sliding_window_view(scaled, (2, 2), axis=(1, 2))
        patches = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, 12)  # 2 x 2 pixels, 3 channels
        moments += patches.T @ patches
        count += len(patches)
    values, vectors = np.linalg.eigh(moments / count)
    filters = (vectors / np.sqrt(values + 5e-4))[:, ::-1].reshape(2, 2, 3, 12)
    first = next(layer for layer in model.layers if isinstance(layer, layers.Conv2D))
    first.kernel.assign(np.concatenate([filters, -filters], axis=-1))
'''


def whole(config: NetworkConfig) -> str:
    """Code that builds `model` with Keras and prints its table."""
    built = f"{imports(config)}\n{definition(config)}\nmodel.summary()"
    return join([built, start(config, is_run=False)], "\n\n\n")


def imports(config: NetworkConfig) -> str:
    """What `definition` and `start` need."""
    return ("import numpy as np\n" if start(config, is_run=False) else "") + IMPORTS


def definition(config: NetworkConfig) -> str:
    """The model alone, a layer a line; where a layer reads others than the one before, with names for what is read."""
    if any(layer.reads for layer in layers(config)):
        return _with_names(config)
    lines = ["keras.Input((32, 32, 3)),  # pixels from 0 to 255", *(f"{_layer(layer)}," for layer in layers(config))]
    return "model = keras.Sequential([\n" + "".join(f"    {line}\n" for line in lines) + "])"


def _with_names(config: NetworkConfig) -> str:
    every = layers(config)
    read = {name for layer in every for name in layer.reads}
    lines, before = ["images = keras.Input((32, 32, 3))  # pixels from 0 to 255"], "images"
    for layer in every:
        name = layer.name if layer.name in read else "values"
        given = f"[{', '.join(layer.reads)}]" if len(layer.reads) > 1 else layer.reads[0] if layer.reads else before
        lines.append(f"{name} = {_layer(layer)}({given})")
        before = name
    return "\n".join([*lines, "model = keras.Model(images, values)"])


def start(config: NetworkConfig, *, is_run: bool) -> str:
    """The initial weights that are not Keras' own; empty where all are.

    is_run: with a script's `train_images` and `rows` at hand, whitening is computed, not only defined.
    """
    parts = []
    if config.whitening:
        parts.append(_WHITENING)
    if config.initialization == "identity":
        parts.append(_IDENTITY)
    calls = []
    if config.whitening:
        calls.append("whiten(model, train_images[np.sort(rows)])" if is_run else "# whiten(model, training_images)")
    if config.initialization == "identity":
        calls.append("start_as_identity(model)")
    return join([*parts, "\n".join(calls)], "\n\n\n") if parts else ""


def _layer(layer: Layer) -> str:
    settings = dict(layer.settings)
    if layer.kind == "Rescaling":
        return "layers.Rescaling(1 / 64, offset=-1.9)" if "offset" in settings else "layers.Rescaling(1 / 255)"
    first = _FIRST.get(layer.kind, ())
    if settings.get("padding") == "valid":  # Keras' own choice
        del settings["padding"]
    arguments = [settings.pop(name) for name in first]
    return call(f"layers.{layer.kind}", *arguments, **settings)


_FIRST = {  # what each class takes without a name
    "Conv2D": ("filters", "kernel_size"),
    "Activation": ("activation",),
    "MaxPooling2D": ("pool_size",),
    "AveragePooling2D": ("pool_size",),
    "Dropout": ("rate",),
    "Dense": ("units",),
}
