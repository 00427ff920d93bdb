"""A recipe as code: which images a batch has, how each step is made, and what is measured at the end."""

from collections.abc import Iterator

from cnn_core.architecture import layers
from cnn_core.code.written import join, value
from cnn_core.config import ExperimentConfig, TrainingConfig

_SHIFT = '''
def shift(images, by):
    """Each image moved by its own pixels down and right; what comes in at the border is mirrored."""
    reach = np.abs(by).max()
    padded = np.pad(images, ((0, 0), (reach, reach), (reach, reach), (0, 0)), mode="reflect")
    corners = reach - by
    return np.stack([image[y : y + 32, x : x + 32] for image, (y, x) in zip(padded, corners)])
'''
_AVERAGED = '''
def renew_statistics(model, images, batch_size):
    """Averaged weights need batch-norm's means and variances anew, from training images as they are."""
    found = {{layer: [] for layer in model.layers if isinstance(layer, layers.BatchNormalization)}}
    for begin in range(0, len(images), batch_size):
        values = keras.ops.convert_to_tensor(images[begin : begin + batch_size], "float32")
        share = len(values) / len(images)
        for layer in {chain}:
            if layer in found:
                mean, variance = keras.ops.moments(values, axes=list(range(len(values.shape) - 1)))
                found[layer].append((share, np.array(mean), np.array(variance)))
                scaled = (values - mean) / keras.ops.sqrt(variance + layer.epsilon)
                values = scaled * (layer.gamma if layer.scale else 1) + layer.beta
            else:
                values = layer(values, training=False)
    for layer, parts in found.items():
        mean = sum(share * mean for share, mean, _ in parts)
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(sum(s * (v + (m - mean) ** 2) for s, m, v in parts))


renew_statistics(model, train_images[np.sort(rows)][:2000], {chunk})
'''
_VIEWS_2 = '''
def over_views(images):
    """Probabilities averaged over each image and its mirror image: their logarithms, to be exact."""
    sides = [images, images[:, :, ::-1]]
    logs = sum(np.log(np.maximum(predict(side), 1e-37)) / 2 for side in sides)
'''
_VIEWS_6 = '''
def over_views(images):
    """Probabilities averaged over six views: each image, its mirror image, both moved by a pixel either way."""
    logs = 0
    for side in (images, images[:, :, ::-1]):
        logs = logs + np.log(np.maximum(predict(side), 1e-37)) / 4
        for by in (-1, 1):
            moved = shift(side, np.full((len(side), 2), by))
            logs = logs + np.log(np.maximum(predict(moved), 1e-37)) / 8
'''
_SOFTMAX = """    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


averaged = over_views(test_images)
print(f"Over {views} views: {{(averaged.argmax(axis=1) == test_labels).mean():.4f}}")
"""


def steps(config: ExperimentConfig, passes: float) -> str:
    """Which images, how many batches an epoch has, and after how many steps the training ends."""
    recipe = config.training
    rows = "rows = np.arange(len(train_images))"
    if recipe.training_images is not None:
        drawn = f"np.random.default_rng((SEED, 1)).permutation(len(train_images))[:{recipe.training_images}]"
        rows = (
            f"if len(train_images) > {recipe.training_images}:  # fewer images, drawn with the seed\n    rows = {drawn}"
        )
        rows = f"rows = np.arange(len(train_images))\n{rows}"
    return (
        f"{rows}\nBATCH_SIZE = {recipe.batch_size}\nBATCHES = math.ceil(len(rows) / BATCH_SIZE)  # in an epoch\n"
        f"TOTAL = max(1, round({value(passes) if passes % 1 else int(passes)} * BATCHES))  # steps in all\n"
    )


def batches(recipe: TrainingConfig, classes: int) -> str:
    """The batches of all epochs as a tf.data pipeline: the same seed gives the same images, changed alike."""
    labels = "one_hot[train_labels[chosen]]" if recipe.label_smoothing else "train_labels[chosen]"
    lines = [
        "order = np.random.default_rng((SEED, 2, epoch)).permutation(rows)",
        "for batch in range(BATCHES):",
        "    chosen = order[batch * BATCH_SIZE : (batch + 1) * BATCH_SIZE]",
        *(["    rng = np.random.default_rng((SEED, 3, epoch, batch))"] if _is_varied(recipe) else []),
        "    images = train_images[chosen]",
        *(f"    {line}" for line in _augmentation(recipe)),
        f"    yield images, {labels}",
    ]
    before = [f"one_hot = np.eye({classes}, dtype=np.float32)"] if recipe.label_smoothing else []
    if recipe.flip and recipe.alternating_flip:
        before.append("first_half = np.random.default_rng((SEED, 4)).random(len(train_images)) < 0.5")
    body = "".join(f"        {line}\n" for line in lines)
    kind = "tf.TensorSpec((None,), tf.int64)"
    if recipe.label_smoothing:
        kind = f"tf.TensorSpec((None, {classes}), tf.float32)"
    return join(
        [
            "\n".join(before),
            _SHIFT if recipe.shift or recipe.test_time_views == 6 else "",
            'def make_batches():\n    """Every epoch in another order, every image changed anew."""\n'
            f"    for epoch in itertools.count():\n{body}",
            f"signature = (tf.TensorSpec((None, 32, 32, 3), tf.uint8), {kind})\n"
            "dataset = tf.data.Dataset.from_generator(make_batches, output_signature=signature).prefetch(2)",
        ],
        "\n\n\n",
    )


def _is_varied(recipe: TrainingConfig) -> bool:
    return bool((recipe.flip and not recipe.alternating_flip) or recipe.shift or recipe.cutout)


def _augmentation(recipe: TrainingConfig) -> Iterator[str]:
    if recipe.flip:
        if recipe.alternating_flip:  # Jordan 2024
            yield "mirrored = first_half[chosen] ^ (epoch % 2 == 1)  # each image in every second epoch"
        else:
            yield "mirrored = rng.random(len(images)) < 0.5"
        yield "images[mirrored] = images[mirrored, :, ::-1]"
    if recipe.shift:
        most = recipe.shift
        yield f"images = shift(images, rng.integers({-most}, {most + 1}, (len(images), 2)))"
    if recipe.cutout:
        yield f"corners = rng.integers(0, {33 - recipe.cutout}, (len(images), 2))"
        yield "for image, (top, left) in zip(images, corners):"
        yield f"    image[top : top + {recipe.cutout}, left : left + {recipe.cutout}] = 128  # a gray square"


def fit(recipe: TrainingConfig) -> str:
    """Compile and fit; STEPS ends it early where it is set."""
    loss, labels = "keras.losses.SparseCategoricalCrossentropy()", "val_labels"
    if recipe.label_smoothing:
        loss = f"keras.losses.CategoricalCrossentropy(label_smoothing={value(recipe.label_smoothing)})"
        labels = "one_hot[val_labels]"
    return f"""model.compile(optimizer, {loss}, metrics=["accuracy"])


def stop_in_time(batch, logs):
    model.stop_training = int(optimizer.iterations) >= (STEPS or TOTAL)


history = model.fit(
    dataset,
    epochs=math.ceil(TOTAL / BATCHES),
    steps_per_epoch=BATCHES,
    shuffle=False,  # the batches are in another order each epoch already
    validation_data=(val_images, {labels}),
    validation_batch_size=500,
    callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=stop_in_time)],
    verbose=2,
)
"""


def averaging(config: ExperimentConfig) -> str:
    """The batch-norm statistics of averaged weights; empty where nothing is averaged or normalized."""
    network = config.network
    if not config.training.ema_momentum or not any(layer.kind == "BatchNormalization" for layer in layers(network)):
        return ""
    work = sum(layer.multiply_adds for layer in layers(network))
    chain = "model.layers"
    if network.head == "blocks":  # until the last norm, behind the images themselves
        last = max(place for place, layer in enumerate(layers(network), 1) if layer.kind == "BatchNormalization")
        chain = f"model.layers[1:{last + 1}]"
    chunk = int(min(max(2e10 / max(work, 1), 1), 500))
    return _AVERAGED.format(chunk=chunk, chain=chain).strip("\n") + "\n"


def final_test(recipe: TrainingConfig) -> str:
    """The final test: accuracy and loss on images that were never trained on."""
    views = {2: _VIEWS_2, 6: _VIEWS_6}.get(recipe.test_time_views)
    found = """def predict(images):
    return model.predict(images, batch_size=500, verbose=0)


probabilities = predict(test_images)
of_label = probabilities[np.arange(len(test_labels)), test_labels]
print(f"Test accuracy {(probabilities.argmax(axis=1) == test_labels).mean():.4f} (n = {len(test_labels):,})")
print(f"Test loss {-np.log(np.clip(of_label, 1e-7, 1 - 1e-7)).mean():.4f}")
"""
    return join([found, views + _SOFTMAX.format(views=recipe.test_time_views) if views else ""], "\n\n\n")
