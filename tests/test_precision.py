"""bfloat16: in the training step alone, and what it costs. What needs a processor that has it is skipped elsewhere."""

from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, make_data_set, quiet_train

from cnn_core import processor
from cnn_core.evaluation import scores
from cnn_core.inference import Classifier, Network

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

AUTO = replace(CONFIG, training=replace(CONFIG.training, precision="auto", epochs=1))
OPTION = "auto_mixed_precision_onednn_bfloat16"


@pytest.fixture
def bfloat16_processor():
    if not processor.trains_in_bfloat16("auto"):
        pytest.skip("this processor does not multiply in bfloat16")


@pytest.fixture(scope="module")
def data_set():
    return make_data_set()


@pytest.fixture(scope="module")
def trained(data_set):
    """Training as a visitor starts it: in bfloat16 where the processor has it."""
    return quiet_train(AUTO, data_set)


def option():
    import tensorflow as tf

    return tf.config.optimizer.get_experimental_options().get(OPTION, False)


@pytest.mark.parametrize(
    ("precision", "flags", "onednn", "is_used"),
    [
        ("auto", "avx2 avx512_bf16", None, True),
        ("auto", "avx2 amx_bf16", "1", True),
        ("auto", "avx2 avx512_bf16", "0", False),
        ("auto", "avx2", None, False),
        ("float32", "avx2 avx512_bf16", None, False),
    ],
)
def test_it_is_used_where_it_is_wanted_and_there(precision, flags, onednn, is_used, monkeypatch):
    monkeypatch.setattr(processor, "_facts", lambda: {"flags": flags})
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    if onednn:
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", onednn)
    assert processor.trains_in_bfloat16(precision) == is_used


@pytest.mark.parametrize("before", [False, True])
def test_the_scope_leaves_tensorflow_as_it_was_also_after_an_error(before):
    import tensorflow as tf

    from cnn_core.training import bfloat16

    tf.config.optimizer.set_experimental_options({OPTION: before})
    try:
        for is_on in (True, False):
            with bfloat16(is_on=is_on):
                assert option() == is_on
            with suppress(KeyError), bfloat16(is_on=is_on):
                raise KeyError
            assert option() == before
    finally:
        tf.config.optimizer.set_experimental_options({OPTION: False})


def test_the_steps_are_in_the_scope_and_nothing_else_is(data_set, monkeypatch):
    from cnn_core.training import learner

    monkeypatch.setattr(processor, "has_bfloat16", lambda: True)
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    wanted, seen = [], []

    @contextmanager
    def scope(*, is_on):  # this processor may have none, and could not compute in it
        wanted.append(is_on)
        yield

    monkeypatch.setattr(learner, "bfloat16", scope)
    listeners = {name: lambda _: seen.append(option()) for name in ("on_batch", "on_measuring", "on_epoch")}
    quiet_train(AUTO, data_set, **listeners)
    assert wanted == [True] * (2 + 9)  # to warm up, and the steps
    assert seen == [False] * (9 + 1 + 1)


def test_it_is_the_moment_of_the_call_that_counts(bfloat16_processor):
    """TensorFlow 2.21. If this fails with another version, check again how `precision.bfloat16` has to be used."""
    import tensorflow as tf

    from cnn_core.training import bfloat16

    rng = np.random.default_rng(0)
    maps, kernel = (
        tf.constant(rng.normal(size=size).astype(np.float32)) for size in ((64, 32, 32, 16), (3, 3, 16, 16))
    )
    convolve = tf.function(lambda maps: tf.nn.relu(tf.nn.conv2d(maps, kernel, 1, "SAME")))
    exact = convolve(maps).numpy()
    with bfloat16(is_on=True):
        rounded = convolve(maps).numpy()
    np.testing.assert_array_equal(convolve(maps), exact)
    assert 1e-4 < np.abs(rounded - exact).max() / exact.std() < 0.1
    with bfloat16(is_on=True):
        convolve = tf.function(lambda maps: tf.nn.relu(tf.nn.conv2d(maps, kernel, 1, "SAME")))
        convolve.get_concrete_function(maps)
    np.testing.assert_array_equal(convolve(maps), exact)


def test_after_a_training_the_network_answers_as_the_exported_one(data_set, trained, tmp_path):
    import keras

    from cnn_core.training import export_model

    images = data_set.split("test").images()
    keras_file, litert_file, anatomy = export_model(trained.model)
    (tmp_path / "model.keras").write_bytes(keras_file)
    (tmp_path / "model.tflite").write_bytes(litert_file)
    answers = trained.model.predict(images, verbose=0)
    exported = keras.saving.load_model(tmp_path / "model.keras").predict(images, verbose=0)
    np.testing.assert_allclose(answers, exported, atol=1e-5)
    np.testing.assert_allclose(answers, Classifier(tmp_path / "model.tflite").predict(images), atol=1e-5)
    np.testing.assert_allclose(np.array(trained.model(images, training=False)), exported, atol=1e-5)
    powers = np.exp(Network.open(litert_file, anatomy).backward_pass().logits(images))
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), exported, atol=1e-5)


def test_validation_and_test_are_one_arithmetic(data_set):
    """In the preset `report` both use the test images, so they are the same figures, bit for bit."""
    from cnn_core.training import measure

    config = replace(AUTO, training=replace(AUTO.training, validate_on="test"))
    outcome = quiet_train(config, data_set)
    test = data_set.split("test")
    _, result = measure(outcome.model, test.images(), test.labels, 1, outcome.state.seconds)
    row = outcome.history[-1]
    assert (row.val_loss, row.val_accuracy, row.val_mse) == (result.test_loss, result.test_accuracy, result.test_mse)


def test_what_it_costs_an_epoch(bfloat16_processor, data_set, trained):
    """The losses of the same batches differ, so it is used; and by less than a hundredth."""
    exact = quiet_train(replace(AUTO, training=replace(AUTO.training, precision="float32")), data_set)
    for name in ("loss", "val_loss"):
        ours, theirs = (getattr(outcome.history[0], name) for outcome in (trained, exact))
        assert ours != theirs
        assert ours == pytest.approx(theirs, rel=0.01)


def test_the_probabilities_are_those_of_the_labels(data_set, trained):
    """The figures of the history are those of the kept network."""
    from cnn_core.training import predictor

    val = data_set.split("val")
    assert trained.history[-1].val_loss == scores(val.labels, predictor(trained.model)(val.images())).loss
