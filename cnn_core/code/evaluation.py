"""The evaluation page as NumPy code, from a run's labels and probabilities."""

from collections.abc import Sequence

from cnn_core.code.written import join, names, value
from cnn_core.evaluation import Calibration
from cnn_core.evaluation.mistakes import Ranking

_READ = """# predictions.npz is in the run's zip: page Training, Download
with np.load("predictions.npz") as file:
    labels, probabilities = file["labels"], file["probabilities"]  # (n,) and (n, classes)"""
_MATRIX = """predicted = probabilities.argmax(axis=1)
matrix = np.zeros((len(names), len(names)), int)
np.add.at(matrix, (labels, predicted), 1)  # rows: the actual class, columns: the predicted one
print(matrix)

accuracy = (predicted == labels).mean()
of_label = probabilities[np.arange(len(labels)), labels].astype(float)
loss = -np.log(np.clip(of_label, 1e-7, 1 - 1e-7)).mean()  # cross-entropy, as Keras computes it
print(f"{accuracy:.2%} of {len(labels):,} test images, loss {loss:.4f}")

recall = matrix.diagonal() / np.maximum(matrix.sum(axis=1), 1)  # of the images of a class
precision = matrix.diagonal() / np.maximum(matrix.sum(axis=0), 1)  # of the images called so
for name, found, right in zip(names, recall, precision):
    print(f"{name:>12}  recall {found:.1%}  precision {right:.1%}")"""
_CALIBRATE = """temperature = {temperature}  # fitted on {fitted}
logs = np.log(np.maximum(probabilities.astype(float), np.finfo(np.float32).tiny)) / temperature
powers = np.exp(logs - logs.max(axis=1, keepdims=True))
probabilities = powers / powers.sum(axis=1, keepdims=True)"""
_RELIABILITY = """sure = probabilities.max(axis=1).astype(float)
is_right = probabilities.argmax(axis=1) == labels
edges = np.linspace(0, 1, 16)  # 15 bins
place = np.digitize(sure, edges[1:-1], right=True)
counts = np.bincount(place, minlength=15)
promised = np.bincount(place, sure, 15) / np.maximum(counts, 1)
held = np.bincount(place, is_right, 15) / np.maximum(counts, 1)
for lower, upper, n, said, was in zip(edges, edges[1:], counts, promised, held):
    print(f"{lower:4.0%} to {upper:4.0%}: {n:5} images, says {said:.1%}, right {was:.1%}")
error = np.average(abs(held - promised), weights=counts)
print(f"expected calibration error {error:.1%}")"""

_RANKED = {
    "disagrees": "wrong = np.flatnonzero(answers != labels)  # mistakes, the smallest probability of the label first\n"
    "first = wrong[np.argsort(probabilities[wrong, labels[wrong]], kind='stable')]",
    "surest": "wrong = np.flatnonzero(answers != labels)  # mistakes, the largest probability of the answer first\n"
    "first = wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind='stable')]",
    "doubtful": "right = np.flatnonzero(answers == labels)  # hits, the smallest probability of the answer first\n"
    "first = right[np.argsort(probabilities[right, answers[right]], kind='stable')]",
}
_PASSING = """# doubt.npz is in the run's zip: the energies, log(sum(exp(logits))), of images of every kind
file = np.load("doubt.npz")
own = np.sort(file["validation"])
threshold = own[len(own) * (100 - {accepted}) // 100]  # {accepted} of 100 images of its own kind reach it
accepted = (file["test"]{unseen} >= threshold).mean()
print(f"accepted: {{accepted:.1%}} of the test images")
passing = {{}}
for kind in file.files:
    if kind.startswith("strange."):
        passing[kind] = (file[kind] >= threshold).mean()
        print(f"slipping through: {{passing[kind]:.1%}} of {{kind}}")"""


def matrix(class_names: Sequence[str]) -> str:
    """The confusion matrix, accuracy and loss, recall and precision of each class."""
    return join(["import numpy as np", f"{_READ}\n{names(class_names)}", _MATRIX])


def reliability(calibration: Calibration | None, *, is_raw: bool) -> str:
    """How sure the network was, and how often it was right then, as the page draws it.

    is_raw: the softmax outputs as they are; otherwise at the run's temperature.
    """
    parts = ["import numpy as np", _READ]
    if calibration and calibration.split == "test":
        n = calibration.n
        parts.append(
            f"# The temperature was fitted on the first {n:,} test images, so it is judged by the others.\n"
            f"labels, probabilities = labels[{n}:], probabilities[{n}:]"
        )
    return join([*parts, _calibrated(calibration, is_raw=is_raw), _RELIABILITY])


def ranked(order: Ranking, calibration: Calibration | None, class_names: Sequence[str], *, is_raw: bool) -> str:
    """Which answers to look at first."""
    shown = 'for place in first[:20]:\n    print(place, names[labels[place]], "called", names[answers[place]])'
    found = f"answers = probabilities.argmax(axis=1)\n{_RANKED[order]}".replace("'", '"')
    return join(
        ["import numpy as np", _READ, names(class_names), _calibrated(calibration, is_raw=is_raw), found, shown]
    )


def passing(accepted: int, calibration: Calibration | None) -> str:
    """How many strange images look familiar where `accepted` of 100 of its own kind do."""
    unseen = f"[{calibration.n}:]" if calibration and calibration.split == "test" else ""
    return join(["import numpy as np", _PASSING.format(accepted=accepted, unseen=unseen)])


def _calibrated(calibration: Calibration | None, *, is_raw: bool) -> str:
    if calibration is None or is_raw:
        return ""
    split = "validation" if calibration.split == "val" else "test"
    fitted = f"{calibration.n:,} {split} images"
    return _CALIBRATE.format(temperature=value(calibration.temperature), fitted=fitted)
