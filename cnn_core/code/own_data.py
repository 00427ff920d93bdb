"""A data set of one's own as code: read from its zip, split as the app splits it, and learned with kept kernels."""

import numpy as np

from cnn_core.architecture import layers
from cnn_core.code.reuse import PENALTIES
from cnn_core.code.written import array, join, value
from cnn_core.config import ExperimentConfig
from cnn_core.data.own import Division

_IMPORTS = "import json\nimport zipfile\n\n{more}import numpy as np\nfrom PIL import Image\n"
_READ = """# {name}.zip is what Export on this page gives: a folder a class, and a page that names each image's burst.
images, labels, bursts = [], [], []
with zipfile.ZipFile("{name}.zip") as archive:
    classes = json.loads(archive.read("{name}/data-set.json"))["classes"]
    for label, of_class in enumerate(classes):
        for file, burst in of_class["images"]:
            images.append(np.asarray(Image.open(archive.open(f"{name}/{{file}}"))))
            labels.append(label)
            bursts.append(burst)
images, labels, bursts = np.array(images), np.array(labels), np.array(bursts)
names = [of_class["name"] for of_class in classes]"""
_SHOWN = "print(images.shape, images.dtype, dict(zip(names, np.bincount(labels, minlength=len(names)))))"
_TEST = """# As the app divides this data set now. Whole bursts are for the test, the newest of each class,
# about a fifth of its images: none of them has a neighbour that was trained on.
test_bursts = {test}
is_test = np.isin(bursts, test_bursts)"""
_VAL = """val_bursts = {val}
is_val = np.isin(bursts, val_bursts)"""
_SHARED = """# For validation single images, by their place from 0: a class with no burst to spare gives a fifth.
val_images = {val}
is_val = np.isin(np.arange(len(images)), val_images)"""
_COUNTED = """for label, name in enumerate(names):
    of_class = labels == label
    counts = [int((of_class & part).sum()) for part in (is_train, is_val, is_test)]
    print(f"{name}: {counts[0]} for training, {counts[1]} for validation, {counts[2]} for the test")"""
_FEATURES = """# model.keras is in the zip of the run {run}, which came with the app: page Training, Download.
network = keras.saving.load_model("model.keras", compile=False)
numbers = []
for name in {maps}:  # the last maps of each block
    maps = network.get_layer(name).output
    numbers += [keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)]
reader = keras.Model(network.inputs, keras.layers.Concatenate()(numbers))


def features(images):
    return reader.predict(images, batch_size=100, verbose=0).astype(float)

"""
_FIT = """train = images[is_train]
seen = np.concatenate([features(train), features(train[:, :, ::-1])])  # and of their mirror images
seen_labels = np.tile(labels[is_train], 2)
val, val_labels = features(images[is_val]), labels[is_val]
fits, losses = [], []
for penalty in {penalties}:
    last_layer = LogisticRegression(C=penalty, max_iter={iterations})
    fits.append(make_pipeline(VarianceThreshold(1e-8), StandardScaler(), last_layer).fit(seen, seen_labels))
    losses.append(log_loss(val_labels, fits[-1].predict_proba(val), labels=range(len(names))))
best = fits[int(np.argmin(losses))]  # on the validation images

answers = best.predict(features(images[is_test]))
print(f"{{(answers == labels[is_test]).mean():.1%}} of {{is_test.sum()}} test images are right")
print(confusion_matrix(labels[is_test], answers))  # rows: the actual class, columns: the predicted one"""
_SKLEARN = """from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler"""


def splits(name: str, division: Division | None) -> str:
    """The images of the set of this name, and which are for what; division: None while it cannot be learned yet."""
    read = f"{_READ.format(name=name)}\n{_SHOWN}"
    return join([_IMPORTS.format(more=""), read, _divided(division), _COUNTED if division else ""])


def reused(name: str, division: Division, config: ExperimentConfig) -> str:
    """The last layer alone, learned on what the kernels of another run find; config: of the run that does so."""
    maps = tuple(layer.reads[0] for layer in layers(config.network) if layer.kind == "GlobalAveragePooling2D")
    fit = _FIT.format(penalties=value(PENALTIES), iterations=config.training.epochs)
    return join(
        [
            _IMPORTS.format(more="import keras\n") + _SKLEARN,
            _READ.format(name=name),
            _divided(division),
            _FEATURES.format(run=config.reuse, maps=value(maps)).strip("\n") + f"\n\n\n{fit}",
        ]
    )


def _divided(division: Division | None) -> str:
    if division is None:
        return ""
    test, val = (array(np.array(numbers, int), 14) for numbers in (division.test, division.val))
    given = (_SHARED if division.shares_burst else _VAL).format(val=val)
    return f"{_TEST.format(test=test)}\n{given}\nis_train = ~is_test & ~is_val"
