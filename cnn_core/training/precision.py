"""bfloat16 for the training step alone: a scope, closed again after every step."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

OPTION = "auto_mixed_precision_onednn_bfloat16"


@contextmanager
def bfloat16(*, is_on: bool) -> Iterator[None]:
    """Within, TensorFlow's traced functions compute in bfloat16 or do not; afterwards all is as it was.

    That is for convolutions, matrix products and what lies between two of them; every variable stays float32. What
    counts is the moment of the call, not that of the tracing: TensorFlow 2.21 hands the option over with every call,
    and keeps a compiled form of the function with it and another without. So the scope goes around each call.
    """
    before = tf.config.optimizer.get_experimental_options().get(OPTION, False)
    if is_on == before:  # switching costs a fraction of a millisecond, each step of a small network a few
        yield
        return
    tf.config.optimizer.set_experimental_options({OPTION: is_on})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({OPTION: before})
