"""The same in code, on every page: closed at first, and when opened, with the values that are on the screen."""

import contextlib
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from app import labels
from handmade import write_finished_run
from PIL import Image

from cnn_core import convolution as lab
from cnn_core import runs
from cnn_core.code import image
from cnn_core.config import Block, NetworkConfig
from pages.ui import downloads
from pages.ui.lab import STEPS

pytestmark = pytest.mark.usefixtures("tiny_data_dir")
KEYS = {
    "dataset": "code.dataset",
    "convolution": "code.convolution",
    "network": "code.network",
    "training": "code.training",
    "evaluation": "code.evaluation",
    "prediction": "code.prediction",
}
WORDS = {
    "dataset": 'batch[b"data"]',
    "convolution": "row, column = 0, 0",
    "network": "keras.Sequential",
    "training": "model.fit(",
    "evaluation": "np.add.at(matrix",
    "prediction": 'Interpreter("model.tflite")',
}
SHOWN = ("numbers", "sum", "slide", "kernel", "geometry", "channels", "activation")


def opened(open_page, page, key=None, **query):
    """The programs on a page, once their place has been opened."""
    app = open_page(page, **query)
    app.session_state[key or KEYS[page]] = True
    app.run()
    assert not app.exception
    return [code.value for code in app.code], app


def executed(program):
    """What the program's `result` is; it prints, too."""
    variables = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(program, variables)
    return variables.get("result")


@pytest.mark.parametrize("page", KEYS)
@pytest.mark.parametrize("presenting", [{}, {"present": "1"}], ids=["", "presenting"])
def test_every_page_has_its_code_in_a_place_that_is_closed_at_first(open_page, run_with_network, page, presenting):
    query = {"run": run_with_network.id, **({"prediction.source": "Test image"} if page == "prediction" else {})}
    app = open_page(page, **query, **presenting)
    assert not app.exception
    assert "The same in code" in labels(app.expander)
    assert not app.code
    app.session_state[f"{KEYS[page]}{'.presented' if presenting else ''}"] = True
    app.run()
    assert WORDS[page] in app.code[0].value
    assert "cnn_core" not in app.code[0].value


def test_what_is_open_at_the_desk_is_closed_on_the_beamer(open_page):
    _, app = opened(open_page, "network")
    app.toggle(key="presenter.switch").set_value(True).run()
    assert not app.exception
    assert "The same in code" in labels(app.expander)
    assert not app.code


def test_without_a_run_there_is_no_code_of_one(open_page):
    for page in ("training", "evaluation", "prediction"):
        app = open_page(page)
        assert not app.exception
        assert "The same in code" not in labels(app.expander)


@pytest.mark.parametrize("step", SHOWN)
def test_a_step_of_the_lab_gives_what_it_shows(open_page, step):
    """On the report's example, with another kernel than the first."""
    kernel = lab.KERNELS["laplacian"].weights()
    query = {
        "convolution.step": STEPS[step].title,
        "convolution.picture": "The report's 6 × 6 example",
        "convolution.kernel": lab.write_kernel(kernel),
    }
    programs, _ = opened(open_page, "convolution", **query)
    pixels = lab.REPORT_IMAGE
    expected = {
        "sum": lab.conv2d(pixels, kernel)[0, 0],
        "slide": lab.conv2d(pixels, kernel),
        "kernel": lab.conv2d(pixels, kernel),
        "geometry": lab.conv2d(lab.fit(pixels, 8), kernel, stride=2),
        "channels": np.maximum(lab.conv2d(np.stack([pixels] * 3, -1), np.stack([kernel] * 3, -1)), 0),
        "activation": np.maximum(lab.conv2d(pixels, kernel), 0),
    }
    found = executed(programs[0])
    assert step == "numbers" or np.allclose(found, expected[step])
    assert len(programs) == (2 if step in ("geometry", "channels", "activation") else 1)


def test_what_is_chosen_is_in_the_code(open_page):
    geometry = {"convolution.step": "Geometry", "convolution.stride": "1", "convolution.dilation": "2"}
    programs, _ = opened(open_page, "convolution", **geometry, **{"convolution.padding": "full"})
    assert "stride=1, dilation=2" in programs[0]
    assert "dilation_rate=2" in programs[1]
    pooled = {"convolution.step": "ReLU and pooling", "convolution.part": "Pooling", "convolution.pooling": "min"}
    programs, _ = opened(open_page, "convolution", **pooled)
    assert len(programs) == 1, "Keras has no such layer"
    assert ".min()" in programs[0]


@pytest.mark.parametrize("name", lab.STIMULI)
@pytest.mark.parametrize("side", [12, 32, 256])
def test_a_drawing_is_drawn_by_its_code(name, side):
    variables = {}
    exec("\n".join(image.of_drawing(name, side)), variables)
    np.testing.assert_array_equal(variables["image"], lab.STIMULI[name].draw(side))


def test_the_steps_with_a_network_have_the_network_s_numbers(open_page, run_with_network):
    learned, _ = opened(open_page, "convolution", run=run_with_network.id, **{"convolution.step": "Learned"})
    assert "batch-norm: a factor and a summand" in learned[0]
    answer, _ = opened(open_page, "convolution", run=run_with_network.id, **{"convolution.step": "To the classes"})
    assert executed(answer[0]) is None
    assert "logits = np.array" in answer[0]


def test_the_training_page_has_the_watched_run_as_a_program_and_as_two_files(
    open_page, finished_run, monkeypatch, tmp_path
):
    made = {}

    def keep(label, make, name, **options):
        made[name] = make

    monkeypatch.setattr(downloads, "offer", keep)
    programs, _ = opened(open_page, "training")
    assert "Adamax" in programs[0]
    assert "Data: CIFAR-10" in programs[0]
    script = made[f"{finished_run.id}.py"]().decode()
    assert script == programs[0] + "\n"
    notebook = json.loads(made[f"{finished_run.id}.ipynb"]())
    assert notebook["nbformat"] == 4


def test_a_run_that_the_clock_ended_is_repeated_with_as_many_passes(open_page, tiny_config):
    config = replace(tiny_config, training=replace(tiny_config.training, epochs=None, seconds=60.0))
    run = write_finished_run(config)
    passes = float(run.history()["passes"].iloc[-1])
    programs, _ = opened(open_page, "training")
    assert f"makes {passes:.4g} passes" in programs[0].replace("\n", " ")


def test_the_network_page_follows_what_is_built(open_page):
    programs, app = opened(open_page, "network")
    assert "layers.Conv2D(16, 3" in programs[0]
    app.number_input(key="network.filters1").set_value(24).run()
    assert "layers.Conv2D(24, 3" in app.code[0].value
    app.number_input(key="network.kernel_size").set_value(7)
    app.segmented_control(key="network.padding").set_value("valid").run()
    assert not app.code


def test_evaluation_s_code_is_the_part_s(open_page, finished_run):
    programs, _ = opened(open_page, "evaluation", run=finished_run.id, **{"evaluation.part": "How sure"})
    assert "expected calibration error" in programs[0]
    mistakes = {"evaluation.part": "Mistakes", "run": finished_run.id}
    programs, _ = opened(open_page, "evaluation", "code.evaluation.mistakes", **mistakes)
    assert "the smallest probability of the label first" in programs[0]
    assert len(programs) == 1


@pytest.fixture(scope="module")
def exported():
    import keras

    from cnn_core.training import models
    from cnn_core.training.export import export_model

    keras.utils.set_random_seed(0)
    return export_model(models.build_model(NetworkConfig(blocks=(Block(4, 1),), dense_units=(8,))))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "part", "words"),
    [
        ("The network", "network", "maps[..., "),
        ("Why this class", "why", 'layer.name == "block1_pool"'),
        ("Cover it", "cover", "size, stride = 8, 3"),
    ],
)
@pytest.mark.parametrize("source", ["Test image", "Drawing"])
def test_inside_has_the_part_s_code(open_page, exported, tiny_config, title, part, words, source):
    network = NetworkConfig(blocks=(Block(4, 1),), dense_units=(8,))
    run = write_finished_run(replace(tiny_config, network=network))
    keras_file, litert_file, anatomy = exported
    run.keras_path.write_bytes(keras_file)
    run.classifier_path.write_bytes(litert_file)
    np.savez(run.path / runs.files.ANATOMY, **anatomy.to_arrays())
    query = {"run": run.id, "inside.part": title, "inside.source": source}
    programs, _ = opened(open_page, "inside", f"code.inside.{part}", **query)
    assert words in programs[0]
    assert ("cifar-10-batches-py" in programs[0]) == (source == "Test image")
    assert ("photo.jpg" in programs[0]) == (source == "Drawing")


def test_prediction_reads_the_visitor_s_photo_with_the_square_that_was_cut(open_page, give_photo, run_with_network):
    app = open_page("prediction", run=run_with_network.id)
    file = io.BytesIO()
    Image.new("RGB", (90, 60), (10, 200, 30)).save(file, "PNG")
    give_photo(app, file.getvalue())
    app.session_state["code.prediction"] = True
    app.run()
    assert not app.exception
    assert 'Image.open("photo.jpg")' in app.code[0].value
    assert "round(1.0 * min(photo.size))" in app.code[0].value


def test_a_run_deleted_meanwhile_breaks_no_page(open_page, finished_run):
    _, app = opened(open_page, "training")
    runs.delete(finished_run)
    assert not app.run().exception
