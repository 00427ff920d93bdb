"""The script and the notebook of a run: they train the same network, without this project."""

import ast
import json
import os
from dataclasses import replace

import numpy as np
import pytest
import snippets
from small_training import lived_in, quiet_train

from cnn_core import training
from cnn_core.code import script
from cnn_core.code.reuse import PENALTIES
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, OwnData, TrainingConfig
from cnn_core.data.dataset import Part, store
from cnn_core.presets import PRESETS
from cnn_core.training.logistic import PENALTIES as TRIED

pytestmark = pytest.mark.slow  # every test here trains

_PLAIN = ExperimentConfig(
    network=NetworkConfig(blocks=(Block(4, 1, 0.2), Block(8, 1)), dense_units=(8,), padding="valid", pooling="average"),
    training=TrainingConfig(epochs=2, batch_size=32, optimizer="adamax", learning_rate=3e-3, precision="float32"),
)
_FAST = replace(
    PRESETS["minute"],
    network=replace(PRESETS["minute"].network, blocks=(Block(8, 2), Block(30, 1, 0.1)), activation="gelu"),
    training=replace(PRESETS["minute"].training, epochs=2, seconds=None, batch_size=64, cutout=8, precision="float32",
                     schedule="trapezoid"),
)  # fmt: skip
_AVERAGED = ExperimentConfig(
    network=NetworkConfig(blocks=(Block(4, 1),), head="average", activation="elu", batch_norm_momentum=0.5),
    training=TrainingConfig(
        optimizer="sgd", learning_rate=0.01, schedule="linear", epochs=2, batch_size=50, ema_momentum=0.9, shift=0,
        training_images=120, test_time_views=2, precision="float32", seed=3, bias_rate_multiplier=2.0,
    ),
)  # fmt: skip
_REPORT = ExperimentConfig(
    network=NetworkConfig(blocks=(), dense_units=(16,), dense_activation="tanh"),
    training=TrainingConfig(
        optimizer="adam", schedule="constant", epochs=1, flip=False, shift=0, validate_on="test", batch_size=100,
        head_rate_multiplier=0.5, precision="float32",
    ),
)  # fmt: skip
_SHAPES = ExperimentConfig(data_set="shapes10", network=NetworkConfig(blocks=()), training=_REPORT.training)
_REUSED = ExperimentConfig(
    reuse="teacher", network=NetworkConfig(blocks=(Block(6, 1), Block(8, 1)), head="blocks"),
    training=TrainingConfig(epochs=32, shift=0, training_images=120, seed=2),
)  # fmt: skip
CONFIGS = {"plain": _PLAIN, "fast": _FAST, "averaged": _AVERAGED, "report": _REPORT}
RATES = "[float(learning_rate(i)) if callable(learning_rate) else learning_rate for i in range(TOTAL)]"
WANTED = ["model.get_weights()", "history.history", "probabilities", RATES, "globals().get('averaged')"]


@pytest.fixture(scope="module")
def small(request, tmp_path_factory):
    """A small CIFAR-10 as the project has it, and its batches as the authors publish them, in a folder."""
    from small_training import make_data_set

    data_set = make_data_set()
    everything, test = data_set.split("train+val"), data_set.split("test")
    folder = tmp_path_factory.mktemp("code")
    snippets.write_batches(folder / "cifar", everything.source, everything.labels, test.source, test.labels)
    parts = [Part("train", 0, everything.source, everything.labels), Part("test", 0, test.source, test.labels)]
    store(folder / "shapes", {"train": 280, "test": 60}, parts)
    return data_set, folder


@pytest.fixture(scope="module")
def done(small):
    """What each script has computed."""
    _, folder = small
    plan = {
        name: (script.program(config, config.training.epochs), WANTED, {"DATA": "cifar"})
        for name, config in CONFIGS.items()
    }
    lesson = PRESETS["lesson"]
    cells = [cell for cell in json.loads(script.notebook(lesson, 1))["cells"] if cell["cell_type"] == "code"]
    plan["notebook"] = "\n".join("".join(cell["source"]) for cell in cells), WANTED, {"DATA": "cifar", "STEPS": "2"}
    for is_drawn in (True, False):
        text = script.program(_SHAPES, 1, is_drawn=is_drawn)
        plan[f"shapes {is_drawn}"] = text, ["train_images", "probabilities"], {"DATA": "shapes", "STEPS": "1"}
    lived_in(replace(_REUSED.network, head="max")).save(folder / "kept.keras")
    for data_set, source in (("cifar10", "cifar"), ("shapes10", "shapes")):
        text = script.program(replace(_REUSED, data_set=data_set), 1, is_drawn=False)
        plan[f"reused {data_set}"] = text, ["probabilities"], {"DATA": source, "MODEL": "kept.keras"}
    return snippets.run(folder, plan)


@pytest.mark.parametrize("data_set", ["cifar10", "shapes10"])
def test_the_script_of_a_run_that_reuses_kernels_gives_its_answers(data_set, done, small):
    outcome = training.reuse(_REUSED, small[0], lived_in(replace(_REUSED.network, head="max")))
    expected = training.predictor(outcome.model)(small[0].split("test").images())
    np.testing.assert_allclose(done[f"reused {data_set}"][0], expected, atol=1e-3)
    assert PENALTIES == TRIED


@pytest.mark.parametrize("name", CONFIGS)
def test_a_script_trains_the_network_that_the_app_trains(name, done, small):
    config = CONFIGS[name]
    outcome = quiet_train(config, small[0])
    weights, history, probabilities, _, averaged = done[name]
    for ours, theirs in zip(outcome.model.get_weights(), weights, strict=True):
        assert np.linalg.norm(theirs - ours) < 0.03 * np.linalg.norm(ours) + 1e-3
    test = small[0].split("test")
    expected, result = training.measure(outcome.model, test.images(), test.labels, config.training.test_time_views, 1.0)
    np.testing.assert_allclose(probabilities, expected, atol=1e-2)
    if averaged is not None:
        assert (averaged.argmax(1) == test.labels).mean() == pytest.approx(result.test_accuracy_over_views, abs=0.02)
    if not config.training.ema_momentum:
        shown = [row.val_accuracy for row in outcome.history]
        assert history["val_accuracy"] == pytest.approx(shown, abs=0.051)


@pytest.mark.parametrize("name", CONFIGS)
def test_each_step_has_the_app_s_learning_rate(name, done):
    recipe, rates = CONFIGS[name].training, done[name][3]
    expected = [training.learning_rate(recipe, step / len(rates)) for step in range(len(rates))]
    assert rates == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_the_notebook_s_cells_run_one_after_another(done):
    _, history, probabilities, rates, _ = done["notebook"]
    assert len(history["accuracy"]) == 1
    assert len(rates) == 3  # of an epoch; it was ended after two
    assert probabilities.shape == (60, 10)


def test_shapes_10_is_read_from_the_app_s_files(done, small):
    for name in ("shapes True", "shapes False"):
        train_images, probabilities = done[name]
        np.testing.assert_array_equal(train_images, small[0].split("train+val").source)
        assert np.isfinite(probabilities).all()


def test_a_notebook_has_the_script_s_parts_and_is_the_same_each_time():
    lesson = PRESETS["lesson"]
    first, second = (json.loads(script.notebook(lesson, 3.4, "<b>Our lesson")) for _ in range(2))
    assert first == second
    text = "".join("".join(cell["source"]) for cell in first["cells"])
    assert text.startswith("# \\<b\\>Our lesson"), "as text, not as Markdown"
    assert "makes 3.4 passes" in text
    program = script.program(lesson, 3.4)
    assert all("".join(cell["source"]) in program for cell in first["cells"] if cell["cell_type"] == "code")


@pytest.mark.parametrize("title", ['"""; print(1) #', "a\\", "two\nlines", '"'])
def test_no_title_gets_out_of_the_script_s_first_lines(title):
    tree = ast.parse(script.program(_PLAIN, 2, title))
    plain = ast.parse(script.program(_PLAIN, 2))
    assert ast.dump(ast.Module(tree.body[1:], [])) == ast.dump(ast.Module(plain.body[1:], []))


def test_nor_does_the_title_of_a_data_set_of_one_s_own():
    own = OwnData('"""+str(exec(input()))+"""', ("a", "b"), 10, 4, 4)
    config = replace(_PLAIN, data_set="x@12345678", own=own, network=replace(_PLAIN.network, classes=2))
    assert "exec(input())" in ast.get_docstring(ast.parse(script.program(config, 2)))


@pytest.mark.parametrize("preset", PRESETS)
def test_the_first_lines_say_what_is_not_the_same(preset):
    config = PRESETS[preset]
    said = ast.get_docstring(ast.parse(script.program(config, 2.5)))
    assert "Not to the last bit" in said
    assert ("stopped by the clock" in said) == (config.training.seconds is not None)
    assert "cnn_core" not in script.program(config, 2.5)


def test_shapes_10_is_drawn_by_the_script_as_by_the_app():
    from cnn_core.code import data
    from cnn_core.data import shapes10

    variables = {"os": os, "np": np}
    exec(data.DRAWING_IMPORTS + data.drawing(), variables)
    for ours, theirs in zip(shapes10.generate(230, seed=1), variables["generate"](230, seed=1), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    read = data.images(replace(PRESETS["lesson"], data_set="shapes10"), is_drawn=True)
    assert "generate(50_000, seed=0)" in read
    assert "generate(10_000, seed=1)" in read
