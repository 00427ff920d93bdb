"""The steps: groups with their own rates, and Muon against its definition in NumPy."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnn_core.config import Block, NetworkConfig, TrainingConfig
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow  # every test here imports TensorFlow

NETWORK = NetworkConfig(blocks=(Block(4, 1),), dense_units=())


def one_step(recipe, gradients_of=lambda variable, rng: rng.normal(size=variable.shape), *, times=1):
    """The network's variables before and after a step with random gradients, and those gradients, by path.

    Of several `times`, each takes the gradients half as long as before, and backwards.
    """
    import keras
    import tensorflow as tf

    from cnn_core.training.models import build_model
    from cnn_core.training.optimizers import build_optimizer

    keras.utils.set_random_seed(0)
    model = build_model(NETWORK)
    optimizer = build_optimizer(recipe)
    optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(0)
    gradients = [gradients_of(variable, rng).astype(np.float32) for variable in model.trainable_variables]
    before = {variable.path: np.array(variable) for variable in model.trainable_variables}
    for step in range(times):
        optimizer.apply([tf.constant(gradient * (-0.5) ** step) for gradient in gradients], model.trainable_variables)
    after = {variable.path: np.array(variable) for variable in model.trainable_variables}
    return before, after, dict(zip(before, gradients, strict=True))


@pytest.mark.parametrize(
    ("name", "settings", "tolerance"),
    [
        ("SGD", {"momentum": 0.9, "nesterov": True}, 1e-7),
        ("Adam", {}, 1e-5),  # 1 - 0.999 in float32 has five digits
        ("Adamax", {}, 1e-6),
    ],
)
def test_without_rates_it_is_keras_own_step(name, settings, tolerance):
    import keras
    import tensorflow as tf

    before, after, gradients = one_step(TrainingConfig(optimizer=name.lower(), learning_rate=0.1), times=3)
    for path, value in before.items():
        variable, plain = keras.Variable(value), getattr(keras.optimizers, name)(0.1, **settings)
        for step in range(3):
            plain.apply([tf.constant(gradients[path] * (-0.5) ** step)], [variable])
        np.testing.assert_allclose(after[path], np.array(variable), atol=tolerance)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamax", "muon"])
def test_each_group_moves_by_its_own_rate(optimizer):
    """The rates multiply the steps of the biases and offsets, and of the last dense layer with its bias."""
    recipe = TrainingConfig(optimizer=optimizer, learning_rate=0.01)
    before, plain, _ = one_step(recipe)
    _, grouped, _ = one_step(replace(recipe, bias_rate_multiplier=3.0, head_rate_multiplier=0.5))
    for path, start in before.items():
        factor = 0.5 if path.startswith("logits/") else 3.0 if path.endswith(("/bias", "/beta")) else 1.0
        np.testing.assert_allclose(grouped[path] - start, factor * (plain[path] - start), rtol=1e-3, atol=1e-6)


def test_muon_moves_a_kernel_by_the_nearest_orthogonal_matrix():
    """Every direction of the gradient gets about the same length, whatever length it had; the kernel keeps its own."""
    rate = 0.1

    def steep(variable, rng):  # singular values from 1 down to 0.25
        matrix = rng.normal(size=(int(np.prod(variable.shape[:-1])), variable.shape[-1]))
        left, _, right = np.linalg.svd(matrix, full_matrices=False)
        return ((left * np.linspace(1, 0.25, left.shape[1])) @ right).reshape(variable.shape)

    before, after, gradients = one_step(TrainingConfig(optimizer="muon", learning_rate=rate), steep)
    path = "block1_conv1/kernel"
    start = before[path] * np.sqrt(4) / np.linalg.norm(before[path])
    moved = ((start - after[path]) / rate).reshape(-1, 4)
    left, _, right = np.linalg.svd(gradients[path].reshape(-1, 4), full_matrices=False)
    along = left.T @ moved @ right.T  # the step in the gradient's own directions
    np.testing.assert_allclose(along - np.diag(np.diag(along)), 0, atol=1e-3)
    assert (np.diag(along) > 0.6).all()
    assert (np.diag(along) < 1.3).all()


@pytest.mark.parametrize("shape", [(27, 4), (8, 64)], ids=["tall", "wide"])
def test_orthogonal_is_three_iterations_of_the_polynomial_on_each_singular_value(shape):
    from cnn_core.training.optimizers import orthogonal

    matrix = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    values = values / np.linalg.norm(values)
    for _ in range(3):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    np.testing.assert_allclose(orthogonal(matrix).numpy(), (left * values) @ right, atol=1e-4)


def test_every_optimizer_of_the_settings_can_be_built():
    from cnn_core.config import OPTIMIZERS
    from cnn_core.training.optimizers import build_optimizer

    for name in OPTIMIZERS:
        optimizer = build_optimizer(replace(PRESETS["minute"].training, optimizer=name))
        assert float(optimizer.learning_rate.numpy()) == pytest.approx(PRESETS["minute"].training.learning_rate)


def test_the_one_private_part_of_keras_that_is_used_is_there():
    """Read in these versions. With others, check `optimizers.ByVariable` again, and `normalization`'s raw kernel.

    Whether Keras has a public way to find a variable's momenta by then is the first question.
    """
    import keras
    import tensorflow as tf

    assert (keras.__version__.rsplit(".", 1)[0], tf.__version__.rsplit(".", 1)[0]) == ("3.15", "2.21")
    wing = Path(__file__).parents[1] / "cnn_core" / "training"
    sources = {file.name: file.read_text(encoding="utf-8") for file in wing.glob("*.py")}
    assert {name: re.findall(r"\b(?!self\b)\w+\._[a-z]\w*", source) for name, source in sources.items()} == {
        name: [] for name in sources
    }
    assert [name for name, source in sources.items() if "self._get_variable_index(" in source] == ["optimizers.py"]
    assert sources["optimizers.py"].count("self._get_variable_index(") == 1
