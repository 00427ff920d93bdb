"""One measurement of `engine`, in a process of its own: images a second through fit or our loop, or the machine's peak.

    python -m benchmarks.engine_keras ours --preset report --batch-size 32 --seconds 10

Whole batches after the first `WARM_UP` are counted, without the time between two epochs. Prints one JSON line.
"""

import argparse
import json
import os
import time
from dataclasses import replace
from functools import partial

from cnn_core import data
from cnn_core.config import ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.progress import TrainingState

WARM_UP = 20  # batches; the first ones compile
SIZE = 2048  # of the matrices whose product is the machine's peak


class Stopwatch:
    """Images and seconds from the end of one batch to the end of the next, within an epoch."""

    def __init__(self, batch_size: int, limit: float) -> None:
        self._batch_size, self._limit = batch_size, limit
        self._batches, self._last = 0, 0.0
        self.images, self.seconds = 0, 0.0

    def batch_done(self, *, is_first_of_epoch: bool) -> None:
        now = time.perf_counter()
        self._batches += 1
        if self._batches > WARM_UP and not is_first_of_epoch:
            self.images += self._batch_size
            self.seconds += now - self._last
        self._last = now

    def is_over(self) -> bool:
        return self.seconds >= self._limit


def through_fit(config: ExperimentConfig, data_set: data.DataSet, watch: Stopwatch) -> None:
    """As a Keras program is usually written, with TensorFlow's own choice of kernels."""
    os.environ.pop("TF_ENABLE_ONEDNN_OPTS", None)  # cnn_core has set it; TensorFlow is not imported yet
    import keras

    from cnn_core.training.models import build_model

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            watch.batch_done(is_first_of_epoch=batch == 0)
            if watch.is_over():
                self.model.stop_training = True

    keras.utils.set_random_seed(config.training.seed)
    split = data_set.split("train")
    model = build_model(config.network)
    optimizer = keras.optimizers.Adamax(config.training.learning_rate)
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    size = config.training.batch_size
    model.fit(split.images(), split.labels, batch_size=size, epochs=1000, verbose=0, callbacks=[Watch()])


def through_our_loop(config: ExperimentConfig, data_set: data.DataSet, watch: Stopwatch, state: TrainingState) -> None:
    from cnn_core import training

    training.train(
        config,
        data_set,
        state=state,
        on_batch=lambda progress: watch.batch_done(is_first_of_epoch=progress.batch == 1),
        on_epoch=lambda epoch: None,
        should_stop=watch.is_over,
    )


def peak(seconds: float, kind: str) -> float:
    """GFLOP a second of the fastest of many products of two square matrices."""
    import tensorflow as tf

    product = tf.function(tf.matmul)
    a = tf.cast(tf.random.stateless_normal((SIZE, SIZE), (0, 0)), kind)
    product(a, a)
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        started = time.perf_counter()
        product(a, a).numpy()
        best = min(best, time.perf_counter() - started)
    return 2 * SIZE**3 / best / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("fit", "ours", "ours_untuned", "peak"))
    parser.add_argument("--preset", choices=PRESETS, default="report")
    parser.add_argument("--data-set", default="cifar10")
    parser.add_argument("--precision", default="auto", help="auto, float32; of the peak float32, bfloat16")
    parser.add_argument("--batch-size", type=int, help="instead of the preset's")
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    if options.what == "peak":
        print(json.dumps({"gflop_per_second": peak(options.seconds, options.precision)}))
        return
    preset = PRESETS[options.preset]
    size = options.batch_size or preset.training.batch_size
    limits = {"epochs": 1000, "seconds": None, "validate_on": "val"}
    recipe = replace(preset.training, **limits, batch_size=size, precision=options.precision)
    watch = Stopwatch(size, options.seconds)
    of_tensorflow = TrainingState(gradients={})  # no convolution's gradients in another way
    train = {
        "fit": through_fit,
        "ours": partial(through_our_loop, state=TrainingState()),
        "ours_untuned": partial(through_our_loop, state=of_tensorflow),
    }[options.what]
    train(replace(preset, training=recipe), data.load(options.data_set), watch)
    onednn = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "TensorFlow's choice")
    print(json.dumps({"images_per_second": watch.images / watch.seconds, "TF_ENABLE_ONEDNN_OPTS": onednn}))


if __name__ == "__main__":
    main()
