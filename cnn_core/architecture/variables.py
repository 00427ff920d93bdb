"""The numbers that a network has learned, or keeps: their names and shapes, worked out from its configuration."""

from cnn_core.architecture.construction import Layer, layers
from cnn_core.config import IMAGE_SHAPE, NetworkConfig

Shape = tuple[int, ...]


def variables(network: NetworkConfig) -> dict[str, Shape]:
    """The shape of each variable under "layer.variable", the latter as Keras calls it, in Keras' order."""
    found: dict[str, Shape] = {}
    inputs: Shape = IMAGE_SHAPE
    for layer in layers(network):
        found |= {f"{layer.name}.{name}": shape for name, shape in _of_layer(layer, inputs).items()}
        inputs = layer.output_shape
    return found


def _of_layer(layer: Layer, inputs: Shape) -> dict[str, Shape]:
    outputs = layer.output_shape[-1:]
    if layer.kind == "BatchNormalization":
        trained = ("gamma", "beta") if layer.settings.get("scale", True) else ("beta",)
        return dict.fromkeys((*trained, "moving_mean", "moving_variance"), outputs)
    if layer.kind not in ("Conv2D", "Dense"):
        return {}
    window = 2 * (layer.settings["kernel_size"],) if layer.kind == "Conv2D" else ()
    bias = {"bias": outputs} if layer.settings.get("use_bias", True) else {}
    return {"kernel": (*window, inputs[-1], *outputs)} | bias
