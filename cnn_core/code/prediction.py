"""The prediction page as code: an image, 32x32 pixels, the network through LiteRT, and how sure it may be."""

from collections.abc import Sequence

from cnn_core.code.convolution import Picture
from cnn_core.code.written import join, names, value

_IMPORTS = "from ai_edge_litert.interpreter import Interpreter  # pip install ai-edge-litert\n"
_ASK = """# model.tflite is in the run's zip: page Training, Download. The network itself scales the pixels.
network = Interpreter("model.tflite").get_signature_runner("serving_default")
probabilities = network(images=image[np.newaxis])["probabilities"][0]"""
_VIEWS = '''
def moved(image, by):
    """One pixel down and right, or up and left; the border is mirrored."""
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="reflect")
    return padded[1 - by : 33 - by, 1 - by : 33 - by]


logs = 0  # the average over six views: of the logarithms, to be exact
for side in (image, image[:, ::-1]):
    for view, weight in ((side, 1 / 4), (moved(side, -1), 1 / 8), (moved(side, 1), 1 / 8)):
        found = network(images=view[np.newaxis])["probabilities"][0]
        logs = logs + weight * np.log(np.maximum(found, 1e-37))
powers = np.exp(logs - logs.max())
probabilities = powers / powers.sum()
'''
_CALIBRATE = """# Calibrated: of the answers given with 80%, about 80 of 100 are right.
logs = np.log(np.maximum(probabilities.astype(float), np.finfo(np.float32).tiny)) / {temperature}
powers = np.exp(logs - logs.max())
probabilities = powers / powers.sum()"""


def answer(picture: Picture, class_names: Sequence[str], temperature: float | None, *, views: int = 1) -> str:
    """The probabilities, the largest first.

    Args:
        temperature: of the run; None for the softmax outputs as they are.
        views: 6 for the average over six views of the image, which no temperature is for.
    """
    return join(
        [
            f"{picture[0].rstrip()}\n{_IMPORTS}",
            picture[1],
            f"{_ASK}\n{names(class_names)}",
            _VIEWS if views > 1 else _CALIBRATE.format(temperature=value(temperature)) if temperature else "",
            'for place in probabilities.argsort()[::-1]:\n    print(f"{names[place]:>12} {probabilities[place]:7.2%}")',
        ]
    )
