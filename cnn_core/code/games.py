"""The games as NumPy code: what a player and a network said of the same images, and the nine numbers of a kernel."""

from collections.abc import Sequence

import numpy as np

from cnn_core.code import image
from cnn_core.code.convolution import Picture
from cnn_core.code.formulas import CONV2D
from cnn_core.code.written import array, join, value
from cnn_core.games.descent import GOOD, MOST

_NETWORK = """# predictions.npz is in the run's zip: page Training, Download
network = np.load("predictions.npz")["probabilities"][places].argmax(axis=1)"""
_MATRIX = '''def matrix(answers):
    """Rows: the actual class, columns: what was said."""
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels, answers), 1)
    return counts
'''
_SCORES = """for who, answers in ({sides}):
    print(f"{{who}}: {{(answers == labels).sum()}} of {{len(labels)}} are right")
    print(matrix(answers))"""
_WHERE = """
mine, others = you == labels, network == labels
print("Images that you alone got right:", np.flatnonzero(mine & ~others) + 1)
print("Images that the network alone got right:", np.flatnonzero(others & ~mine) + 1)
print("Images that neither got right:", np.flatnonzero(~mine & ~others) + 1)"""
_GRAY = "image = image @ [0.299, 0.587, 0.114] / 255  # brightness, as the eye weighs it, from 0 to 1"
_HIDDEN = "hidden = {hidden}\ntarget = conv2d(image, hidden)"
_TARGET = """# The button below this program gives target.npy. The hidden kernel is not told before you have found it.
target = np.load("target.npy")"""
_LIKENESS = """kernel = {kernel}  # yours
yours = conv2d(image, kernel)
correlation = np.corrcoef(yours.ravel(), target.ravel())[0, 1] if np.ptp(yours) else 0
print(f"Correlation {{correlation:.3f}}")

# Found is a kernel whose picture, times one positive factor, is the target.
factor = (yours * target).sum() / max((yours**2).sum(), 1e-300)
rest = ((target - factor * yours) ** 2).mean() / target.var()
is_found = factor > 0 and rest < 1e-9
print(f"Found: times {{factor:.3g}} it is the hidden kernel." if is_found else "Not yet found.")"""
_DESCENT = """hidden = {hidden}
windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3)).reshape(-1, 9)  # nine pixels a row
wanted = windows @ hidden.ravel()  # the target, pixel by pixel: with the image all that the descent sees
curvature = np.linalg.eigvalsh(2 * windows.T @ windows / len(wanted))  # how the loss is bent, the least first
learning_rate = 1 / curvature[-1]
share = np.sqrt(max(curvature[0], 0) / curvature[-1])
momentum = (1 - share) / (1 + share)

kernel = {start}.ravel()
moved, step = np.zeros(9), 0
loss = ((windows @ kernel - wanted) ** 2).mean()
while loss > {good} and step < {most}:
    ahead = kernel + momentum * moved  # Nesterov: the gradient where the momentum leads
    gradient = 2 / len(wanted) * (windows @ ahead - wanted) @ windows
    moved = ahead - learning_rate * gradient - kernel
    kernel = kernel + moved
    loss = ((windows @ kernel - wanted) ** 2).mean()
    step += 1
print(f"Step {{step}}, loss {{loss:.2g}}")
print(kernel.reshape(3, 3).round(2))"""


def sorting(
    data_set: str,
    number: int,
    places: Sequence[int],
    class_names: Sequence[str],
    yours: Sequence[int],
    *,
    has_network: bool,
) -> str:
    """Beat the network: round `number`, its images by their places in the test split, and what was said of them."""
    imports, read = image.of_test_images(data_set, places)
    kept = f'# Round {number}, in its order\n{read}\nImage.fromarray(np.hstack(images)).save("round.png")'
    said = f"names = {value(tuple(class_names))}\nyou = {array(np.array(yours, int), 6)}"
    sides = '("You", you), ("The network", network)' if has_network else '("You", you),'
    shown = _SCORES.format(sides=sides) + (_WHERE if has_network else "")
    head = join([f"{imports}from PIL import Image", kept, f"{said}\n{_NETWORK if has_network else ''}"])
    return join([head, _MATRIX, shown], "\n\n\n")


def likeness(picture: Picture, kernel: np.ndarray, hidden: np.ndarray | None) -> str:
    """Find the kernel: the player's picture beside the target, and how near it is.

    hidden: None while it is not to be told; the target is read from a file then.
    """
    wanted = _TARGET if hidden is None else _HIDDEN.format(hidden=array(hidden, 9))
    imports, read = picture
    ready = join([imports.strip("\n"), CONV2D, f"{read}\n{_GRAY}"], "\n\n\n")
    return join([ready, wanted, _LIKENESS.format(kernel=array(kernel, 9))])


def descent(picture: Picture, hidden: np.ndarray, start: np.ndarray) -> str:
    """Gradient descent from the kernel `start` on, as the page's film shows it."""
    imports, read = picture
    found = _DESCENT.format(hidden=array(hidden, 9), start=array(start, 9), good=value(GOOD), most=MOST)
    return join([imports, f"{read}\n{_GRAY}", found])
