"""The prediction page as code: an image, 32x32 pixels, the network through LiteRT, and how sure it may be."""

from collections.abc import Sequence

from cnn_core.code.convolution import Picture
from cnn_core.code.written import join, value

_IMPORTS = "from ai_edge_litert.interpreter import Interpreter  # pip install ai-edge-litert\n"
_ASK = """# model.tflite is in the run's zip: page Training, Download. The network itself scales the pixels.
network = Interpreter("model.tflite").get_signature_runner("serving_default")
probabilities = network(images=image[np.newaxis])["probabilities"][0]"""
_CALIBRATE = """# Calibrated: of the answers given with 80%, about 80 of 100 are right.
logs = np.log(np.maximum(probabilities.astype(float), np.finfo(np.float32).tiny)) / {temperature}
powers = np.exp(logs - logs.max())
probabilities = powers / powers.sum()"""


def answer(picture: Picture, class_names: Sequence[str], temperature: float | None) -> str:
    """The ten probabilities, the largest first. temperature: None for the softmax outputs as they are."""
    return join(
        [
            f"{picture[0].rstrip()}\n{_IMPORTS}",
            picture[1],
            f"{_ASK}\nnames = {value(tuple(class_names))}",
            _CALIBRATE.format(temperature=value(temperature)) if temperature else "",
            'for place in probabilities.argsort()[::-1]:\n    print(f"{names[place]:>12} {probabilities[place]:7.2%}")',
        ]
    )
