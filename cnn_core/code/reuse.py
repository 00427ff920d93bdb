"""A run that keeps the kernels of another and learns the last layer alone, as code: scikit-learn in place of steps."""

from cnn_core.code.written import join, value
from cnn_core.config import ExperimentConfig

_KEPT = """# model.keras of the run {name}, from its zip: page Training, Download.
recorded = keras.saving.load_model(MODEL, compile=False)
learned = [[layer for layer in each.layers if layer.weights] for each in (model, recorded)]
for layer, same in zip(learned[0][:-1], learned[1][:-1]):  # all but the last layer
    layer.set_weights(same.get_weights())
"""
_FEATURES = """head = model.layers[-2]  # before it is softmax
reader = keras.Model(model.inputs, head.input)


def read(images):
    return reader.predict(images, batch_size=500, verbose=0)


{rows}
chosen, labels = train_images[np.sort(rows)], train_labels[np.sort(rows)]
seen = {seen}
"""
_FIT = """mean, deviation = seen.mean(axis=0, dtype=float), seen.std(axis=0, dtype=float)
factor = np.divide(1, deviation, out=np.zeros_like(deviation), where=deviation > 1e-4)


def fit(penalty):
    \"\"\"Logistic regression on the standardised numbers, as kernel and bias for the numbers as they are.\"\"\"
    found = LogisticRegression(C=penalty, max_iter=ITERATIONS).fit((seen - mean) * factor, labels)
{whole}
    kernel *= factor[:, None]
    return [kernel, bias - mean @ kernel]


def loss(weights):
    head.set_weights(weights)
    shares = model.predict(val_images, batch_size=500, verbose=0)[np.arange(len(val_labels)), val_labels]
    return -np.log(np.clip(shares, 1e-7, 1)).mean()


fits = [fit(penalty) for penalty in PENALTIES]
losses = [loss(weights) for weights in fits]
best = int(np.argmin(losses))  # on the validation images
head.set_weights(fits[best])
print(f"Penalty {{PENALTIES[best]}}, validation loss {{losses[best]:.4f}}")
"""
_TWO = """    kernel = np.concatenate([-found.coef_, found.coef_]).T / 2  # scikit-learn has one row for two classes
    bias = np.concatenate([-found.intercept_, found.intercept_]) / 2"""
_MORE = """    kernel, bias = np.zeros((seen.shape[1], {classes})), np.full({classes}, -30.0)  # never: without an image
    kernel[:, found.classes_], bias[found.classes_] = found.coef_.T, found.intercept_"""
PENALTIES = (1e-3, 1e-2, 1e-1, 1.0)  # as `training.logistic` has them; a test holds that


def kept(config: ExperimentConfig) -> str:
    """The kernels of the recorded run, put into `model`."""
    return _KEPT.format(name=config.reuse)


def last_layer(config: ExperimentConfig) -> str:
    """What the last layer reads of each image, and its kernel and bias from that."""
    recipe, classes = config.training, config.network.classes
    rows = "rows = np.arange(len(train_images))"
    if recipe.training_images is not None:
        rows += (
            f"\nif len(rows) > {recipe.training_images}:  # fewer images, drawn with the seed\n"
            f"    rows = np.random.default_rng((SEED, 1)).permutation(len(rows))[:{recipe.training_images}]"
        )
    seen = "read(chosen)"
    if recipe.flip:
        rows += "\n"
        seen = "np.concatenate([read(chosen), read(chosen[:, :, ::-1])])"
    features = _FEATURES.format(rows=rows.rstrip("\n"), seen=seen)
    if recipe.flip:
        features += "labels = np.tile(labels, 2)  # the mirror images have the same\n"
    whole = _TWO if classes == 2 else _MORE.format(classes=classes)
    settings = f"PENALTIES = {value(PENALTIES)}\nITERATIONS = {value(recipe.epochs or 256)}\n"
    return join([settings + features, _FIT.format(whole=whole)], "\n")
