"""bfloat16 for the training step alone: a scope, closed again after every step."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

OPTION = "auto_mixed_precision_onednn_bfloat16"


@contextmanager
def bfloat16(*, is_on: bool) -> Iterator[None]:
    """Within the scope, TensorFlow's traced functions compute in bfloat16 or do not; then the old setting is back.

    bfloat16 is for convolutions, matrix products and the operations between two of them; every variable stays float32.
    The setting counts at the call, not at the tracing: TensorFlow 2.21 passes the option with every call,
    and keeps one compiled form of the function with it and another without. So the scope goes around each call.
    """
    before = tf.config.optimizer.get_experimental_options().get(OPTION, False)
    if is_on == before:  # switching costs a fraction of a millisecond, a step of a small network takes a few
        yield
        return
    tf.config.optimizer.set_experimental_options({OPTION: is_on})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({OPTION: before})
