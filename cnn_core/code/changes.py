"""What if, as code: an image, or the first test images, under every strength of a change."""

from collections.abc import Sequence

import numpy as np

from cnn_core.code.convolution import Picture
from cnn_core.code.inside import asked
from cnn_core.code.written import array, value
from cnn_core.explanation.changes import CHANGES

_WHOLE = "    return np.rint(np.clip({values}, 0, 255)).astype(np.uint8)\n"
_GRAY = "images @ [0.299, 0.587, 0.114]"
_SHIFT = '''
def changed(images, pixels):
    """Moved {way}; the gap at the border is filled with the mirrored image."""
    padded = np.pad(images, ((0, 0), {room}, (0, 0)), mode="reflect")
    return padded[{cut}]
'''
_TAKEN = '''
def taken(images, rows, columns):
    """Each pixel from this place, between four pixels linearly; outside is the mirrored image."""
    padded = np.pad(images, ((0, 0), (16, 16), (16, 16), (0, 0)), mode="reflect")
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    values = np.zeros(images.shape)
    for down in (0, 1):
        for right in (0, 1):
            weight = abs(1 - down - (rows - top)) * abs(1 - right - (columns - left))
            values += weight[..., np.newaxis] * padded[:, top + down + 16, left + right + 16]
    return np.rint(values).astype(np.uint8)

'''
_ROTATION = '''
def changed(images, degrees):
    """Turned clockwise about the middle."""
    rows, columns = np.indices((32, 32)) - 15.5  # seen from the middle
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return taken(images, cos * rows - sin * columns + 15.5, sin * rows + cos * columns + 15.5)
'''
_SCALE = '''
def changed(images, factor):
    """Enlarged about the middle."""
    rows, columns = 1 / factor * (np.indices((32, 32)) - 15.5) + 15.5
    return taken(images, rows, columns)
'''
_BLUR = '''
def changed(images, deviation):
    """A Gaussian blur, first along the columns, then along the rows."""
    if deviation == 0:
        return images
    reach = int(4 * deviation + 0.5)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    weights /= weights.sum()
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    down = sum(weight * padded[:, at : at + 32] for at, weight in enumerate(weights))
    both = sum(weight * down[:, :, at : at + 32] for at, weight in enumerate(weights))
    return np.rint(both).astype(np.uint8)
'''
_NOISE = '''
def changed(images, deviation):
    """The same noise at every strength."""
    noise = np.random.default_rng(0).standard_normal(images.shape)
'''
_CONTRAST = f'''
def changed(images, factor):
    """Every number's distance to the image's mean brightness, multiplied."""
    gray = {_GRAY}
    mean = gray.mean(axis=(1, 2)).reshape(-1, 1, 1, 1)
'''
_FADE = f'''
def changed(images, share):
    """Without this share of its colour."""
    gray = ({_GRAY})[..., np.newaxis]
'''
_PATCH = '''
def changed(images, side):
    """A gray square over the middle."""
    corner, copies = (32 - side) // 2, images.copy()
    copies[:, corner : corner + side, corner : corner + side] = 128
    return copies
'''
_ATTACK = '''
def direction(images, classes):
    """The sign of the loss's gradient, 1 or -1; where that is nearly 0, rounding may decide."""
    scaled, rows = model.get_layer("scale")(images), np.arange(len(images))
    with tf.GradientTape() as tape:
        tape.watch(scaled)
        logits = network(scaled)
    weights = np.array(logits)  # those of the gradient of -ln(p): p, and p - 1 for the class
    weights[rows, classes] = -np.inf
    weights = np.exp(weights - weights.max(axis=1, keepdims=True))  # up to a factor
    weights[rows, classes] = -weights.sum(axis=1)
    return np.sign(tape.gradient(logits, scaled, output_gradients=tf.constant(weights)))


def changed(images, amount):
    """Every number goes up or down by the same amount, against the class."""
'''
_CHANGED = {
    "across": _SHIFT.format(way="to the right", room="(0, 0), (8, 8)", cut=":, :, 8 - pixels : 40 - pixels"),
    "down": _SHIFT.format(way="down", room="(8, 8), (0, 0)", cut=":, 8 - pixels : 40 - pixels"),
    "rotation": _TAKEN + _ROTATION,
    "scale": _TAKEN + _SCALE,
    "blur": _BLUR,
    "noise": _NOISE + _WHOLE.format(values="images + deviation * noise"),
    "brightness": "\ndef changed(images, by):\n" + _WHOLE.format(values="images + float(by)"),
    "contrast": _CONTRAST + _WHOLE.format(values="mean + factor * (images - mean)"),
    "gray": _FADE + _WHOLE.format(values="images + share * (gray - images)"),
    "patch": _PATCH,
    "attack": _ATTACK + _WHOLE.format(values="images + amount * signs"),
}
_AT_IMAGE = """strengths = {strengths}
# {axis}: the whole dial, since only the browser knows where it stands
copies = np.concatenate([changed(image[np.newaxis], strength) for strength in strengths])
probabilities = model.predict(copies, verbose=0)
names = {names}
usual = probabilities[strengths == {neutral}].argmax()
for strength, shares in zip(strengths, probabilities):
    answer = shares.argmax()
    said = f"{{strength:g}}: {{names[answer]}} {{shares[answer]:.0%}}"
    print(said, "" if answer == usual else "another answer")"""
_AT_MANY = """strengths = {strengths}
# {axis}
answers = np.stack(
    [model.predict(changed(images, strength), verbose=0).argmax(axis=1) for strength in strengths]
)
right = (answers == labels).sum(axis=1)
other = (answers != answers[strengths == {neutral}]).sum(axis=1)  # than for the images as they are
for strength, known, turned in zip(strengths, right, other):
    print(f"{{strength:g}}: {{known / len(labels):.1%}} recognised, {{turned}} other answers")"""
_NETWORK = 'network = keras.Model(model.get_layer("scale").output, model.get_layer("logits").output)\n'
_AGAINST_ANSWER = "signs = direction(image[np.newaxis], [model.predict(image[np.newaxis], verbose=0).argmax()])"
_AGAINST_LABELS = """pieces = [slice(start, start + 50) for start in range(0, len(images), 50)]
signs = np.concatenate([direction(images[piece], labels[piece]) for piece in pieces])"""


def of_image(picture: Picture, name: str, class_names: Sequence[str]) -> str:
    """The probabilities of one image at every strength of the change of this name."""
    shown = _AT_IMAGE.format(names=value(tuple(class_names)), **_range(name, CHANGES[name].strengths))
    return _with(picture, name, _AGAINST_ANSWER, shown)


def of_test_images(picture: Picture, name: str) -> str:
    """How many of the first test images are recognised; `picture` leaves `images` and `labels`."""
    return _with(picture, name, _AGAINST_LABELS, _AT_MANY.format(**_range(name, CHANGES[name].rough)))


def _range(name: str, strengths: Sequence[float]) -> dict[str, str]:
    change, written = CHANGES[name], array(np.array(strengths), len("strengths = "))
    return {"strengths": written, "axis": change.axis, "neutral": f"{change.neutral:g}"}


def _with(picture: Picture, name: str, against: str, shown: str) -> str:
    if CHANGES[name].apply is None:
        return asked(
            picture, "import keras\nimport tensorflow as tf\n", f"{_NETWORK}{against}\n{shown}", _CHANGED[name]
        )
    return asked(picture, "import keras\n", shown, _CHANGED[name])
