"""The ways to compute a convolution: the same numbers in each, and the fastest is found, kept and told."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, assert_identical, make_data_set, quiet_train, stop_after

from cnn_core import processor
from cnn_core.config import Block
from cnn_core.presets import PRESETS
from cnn_core.progress import Stopped, TrainingState

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

PLAIN = {"filters": 6, "kernel_size": 3, "padding": "same", "bias_initializer": "normal"}


@pytest.fixture
def tuning(monkeypatch):
    """The module, with nothing found yet, and layers of any size worth a try."""
    from cnn_core.training import tuning

    monkeypatch.setattr(tuning, "FOUND", {})
    monkeypatch.setattr(tuning, "LEAST_WORK", 0)
    return tuning


def choose(tuning, monkeypatch, way):
    """Let this way be the fastest wherever it may be used."""
    monkeypatch.setattr(tuning, "faster", lambda ways: way if way in ways else next(iter(ways)))


@pytest.mark.parametrize("in_bfloat16", [False, True])
@pytest.mark.parametrize(("height", "width"), [(8, 8), (3, 3), (5, 2), (1, 1)])
def test_each_way_gives_tensorflow_s_outputs_and_gradients(height, width, in_bfloat16):
    """Compiled for any number of images, as training does."""
    if in_bfloat16 and not processor.trains_in_bfloat16("auto"):
        pytest.skip("this processor never trains in bfloat16; its kernels round the sums, too")
    import tensorflow as tf

    from cnn_core.training.tuning import WAYS, convolve

    rng = np.random.default_rng(0)
    shapes = (5, height, width, 7), (3, 3, 7, 6), (5, height, width, 6)
    maps, kernel, upstream = (rng.normal(size=shape).astype(np.float32) for shape in shapes)

    def gradients_of(compute):
        @tf.function(input_signature=[tf.TensorSpec((None, *values.shape[1:])) for values in (maps, upstream)])
        def step(maps, upstream):
            with tf.GradientTape() as tape:
                tape.watch(maps)
                outputs = compute(maps, tf.convert_to_tensor(variable))
            return [outputs, *tape.gradient(outputs, [maps, variable], upstream)]

        variable = tf.Variable(kernel)
        return [np.array(value) for value in step(maps, upstream)]

    expected = gradients_of(lambda x, k: tf.nn.conv2d(x, k, 1, "SAME"))
    for way in WAYS[: -1 if in_bfloat16 else None]:
        found = gradients_of(lambda x, k, way=way: convolve(way, x, k, in_bfloat16=in_bfloat16))
        for value, own, rounding in zip(found, expected, (4e-4, 4e-4, 6e-2 if in_bfloat16 else 4e-4), strict=True):
            np.testing.assert_allclose(value, own, atol=rounding * own.std(), err_msg=way)


@pytest.mark.parametrize(
    ("settings", "is_used"),
    [
        ({}, True),
        ({"use_bias": False}, True),
        ({"activation": "relu"}, True),
        ({"padding": "valid"}, False),
        ({"strides": 2}, False),
        ({"dilation_rate": 2}, False),
        ({"groups": 2}, False),
        ({"kernel_size": 5}, False),
    ],
)
def test_the_layer_is_keras_own_and_leaves_it_what_it_cannot_do(settings, is_used, tuning, monkeypatch):
    import keras

    calls, convolve = [], tuning.convolve
    monkeypatch.setattr(tuning, "convolve", lambda *values, **more: calls.append(1) or convolve(*values, **more))
    maps = np.random.default_rng(0).normal(size=(2, 8, 8, 4)).astype(np.float32)
    layers = [keras.layers.Conv2D(**PLAIN | settings), tuning.TunedConv2D(**PLAIN | settings)]
    for layer in layers:
        layer.build(maps.shape)
    layers[1].set_weights(layers[0].get_weights())
    layers[1].way = "transposed"
    expected, outputs = (np.array(layer(maps)) for layer in layers)
    np.testing.assert_allclose(outputs, expected, atol=1e-5)
    assert bool(calls) == is_used


@pytest.mark.parametrize(
    ("costs", "expected", "tries"),
    [
        ({"a": 90, "b": 50, "c": 70}, "b", {"a": 2, "b": 6, "c": 6}),  # what is much slower is tried once
        ({"a": 50, "b": 47.5, "c": 55}, "a", {"a": 6, "b": 6, "c": 6}),  # a small gain may be chance
        ({"a": 90, "b": 52, "c": 50}, "b", {"a": 2, "b": 6, "c": 6}),  # as may one over an earlier way
        ({"a": 500, "b": 400, "c": 900}, "b", {"a": 3, "b": 3, "c": 2}),  # two rounds of what takes long will do
        ({"a": 9, "b": 5.5}, "b", {"a": 4, "b": 21}),  # several calls of what is over within a few ticks of the clock
    ],
)
def test_the_alternative_that_costs_the_processor_least_is_found(costs, expected, tries, monkeypatch):
    """Milliseconds by a clock of the test's own; each is computed once before, for TensorFlow's plans."""
    from cnn_core.training import tuning

    now, seen = [0.0], []

    def take(name):
        seen.append(name)
        now[0] += costs[name] / 1000

    monkeypatch.setattr(tuning.time, "process_time", lambda: now[0])
    assert tuning.faster({name: lambda name=name: take(name) for name in costs}) == expected
    assert {name: seen.count(name) for name in costs} == tries


def test_each_shape_is_tried_once_and_only_where_there_is_something_to_gain(tuning, monkeypatch):
    from cnn_core.training.models import FAST_LAYERS, build_model

    asked = []
    monkeypatch.setattr(tuning, "faster", lambda ways: asked.append(list(ways)) or list(ways)[-1])
    network = replace(PRESETS["minute"].network, blocks=(Block(4), Block(128), Block(128)))
    model = build_model(network, FAST_LAYERS)

    ways = {}

    def tune(in_bfloat16=False, ways=ways, should_stop=lambda: False):
        return tuning.tune(model, 2, in_bfloat16, ways, should_stop)

    found = tune()
    assert found["block1_conv1"] == "transposed"  # few channels
    assert found["block3_conv1"] == "winograd"
    assert "whiten" not in found  # 2x2
    wide = ["transposed", "winograd"]
    assert (len(asked), asked.count(wide)) == (7, 2)  # five shapes, two of which have channels enough
    assert (tune(), len(asked)) == (found, 7)
    assert set(tune(in_bfloat16=True).values()) == {"transposed"}
    with monkeypatch.context() as patch:
        patch.setattr(tuning, "MUCH_WORK", 0)
        assert set(tune(in_bfloat16=True, ways={}).values()) == {"products"}
    with pytest.raises(Stopped):
        tune(should_stop=lambda: True)
    ways |= dict.fromkeys(ways, "by magic")  # whatever a file says
    assert tune() == found
    monkeypatch.setattr(tuning, "LEAST_WORK", 1e9)
    assert tune(ways={}) == {}


@pytest.mark.parametrize("way", ["transposed", "products", "winograd"])
def test_a_run_learns_the_same_in_each_way_and_goes_on_in_its_own(way, tuning, monkeypatch):
    data_set, config = make_data_set("train", "val"), replace(CONFIG, training=replace(CONFIG.training, epochs=1))
    choose(tuning, monkeypatch, "direct")
    direct = quiet_train(config, data_set)
    monkeypatch.setattr(tuning, "FOUND", {})
    monkeypatch.setattr("cnn_core.training.winograd.may_be_faster", lambda inputs, outputs: True)
    monkeypatch.setattr(tuning, "MUCH_WORK", 0)
    choose(tuning, monkeypatch, way)
    told = []
    whole = quiet_train(config, data_set, on_tuned=told.append)
    assert told == [dict.fromkeys(["block1_conv1", "block2_conv1"], way)]
    np.testing.assert_allclose(whole.history[0].val_loss, direct.history[0].val_loss, rtol=1e-3)

    part = quiet_train(config, data_set, **stop_after(4))
    monkeypatch.setattr(tuning, "FOUND", {})
    choose(tuning, monkeypatch, "direct")  # in its new process the clock says something else
    rest = quiet_train(config, data_set, state=TrainingState.from_arrays(part.state.to_arrays()), on_tuned=told.append)
    assert told[1] == told[0]
    assert_identical(rest.state.variables, whole.state.variables)


def test_what_was_chosen_on_another_machine_is_chosen_anew_where_it_does_not_do(tuning, monkeypatch):
    """Winograd's method loses too many digits in bfloat16, and a GPU has ways of its own."""
    import tensorflow as tf

    from cnn_core.training.learner import Learner

    learner = Learner(CONFIG, tf.distribute.get_strategy())
    choose(tuning, monkeypatch, "transposed")
    names, never = ["block1_conv1", "block2_conv1"], lambda: False
    here = dict.fromkeys(names, "transposed")
    of_float32, of_others = dict.fromkeys(names, "winograd"), dict.fromkeys(names, "transposed")
    assert [learner.tune(ways, never) for ways in (None, {}, of_float32)] == [here, {}, of_float32]
    learner._is_bfloat16 = True
    assert [learner.tune(ways, never) for ways in (of_float32, of_others)] == [here, of_others]
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [kind])
    assert learner.tune(of_others, never) == {}


def test_a_state_of_before_there_were_ways_chooses_them():
    arrays = TrainingState(1, 2, 3.0, variables=[np.zeros(2)], gradients={"a": "transposed"}).to_arrays()
    assert TrainingState.from_arrays(arrays).gradients == {"a": "transposed"}
    arrays.pop("gradients")
    assert TrainingState.from_arrays(arrays).gradients is None
    assert TrainingState.from_arrays(TrainingState().to_arrays()).gradients is None  # not chosen yet
