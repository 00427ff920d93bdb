"""What if and Surgery as the app runs them: what is drawn and said, what is measured, and what cannot be."""

import io
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from app import labels, text
from handmade import write_finished_run
from test_pages_inside import CONFIG, exported, make_run  # noqa: F401

from cnn_core import data
from cnn_core.architecture import totals
from cnn_core.config import ExperimentConfig, NetworkConfig
from cnn_core.convolution import read_kernel
from cnn_core.explanation import robustness, surgery
from cnn_core.explanation.changes import CHANGES
from cnn_core.inference import BackwardPass, Classifier, Network
from cnn_core.runs import files
from pages.ui import cache
from pages.ui.inside.subject import Subject

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def forget():
    """What was computed for one test's run is nobody else's."""
    for kept in (cache.answers, cache.varied, cache.robustness):
        kept.clear()


@pytest.fixture
def run(make_run):  # noqa: F811
    return make_run()


@pytest.fixture
def open_part(open_page):
    return lambda part, **query: open_page("inside", **{"inside.part": part, **query})


def component(app, name):
    """What this component of the page was given; None without it."""
    given = (element.proto for element in app.get("bidi_component"))
    return next((json.loads(proto.json) for proto in given if proto.component_name == name), None)


def with_robustness(run):
    """The run with a file of what was measured on 500 test images."""
    images, answers = 500, {}
    labels = np.arange(images) % 10
    rng = np.random.default_rng(0)
    for name, change in CHANGES.items():
        said = [np.where(rng.random(images) < 0.2, (labels + 1) % 10, labels) for _ in change.rough]
        answers[name] = robustness.curve(name, said, labels)
    buffer = io.BytesIO()
    np.savez(buffer, **robustness.to_arrays(answers, run.classifier_path.read_bytes()))
    (run.path / files.ROBUSTNESS).write_bytes(buffer.getvalue())
    return answers


class TestWhatIf:
    @pytest.mark.parametrize("name", CHANGES)
    def test_every_change_has_its_course(self, name, run, shapes_only, open_part):
        app = open_part("What if", **{"inside.change": CHANGES[name].title})
        assert not app.exception
        drawn = component(app, "dial")
        probabilities = np.array(drawn["probabilities"])
        assert probabilities.shape == (len(CHANGES[name].strengths), 10)
        np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-3)
        assert drawn["said"] == [CHANGES[name].says(strength) for strength in CHANGES[name].strengths]
        usual = data.about("shapes10").class_names[probabilities[drawn["neutral"]].argmax()]
        assert f"the network says {usual}" in text(app)

    def test_the_test_set_is_measured_on_demand_and_shown_after_a_prediction(self, run, shapes_only, open_part):
        app = open_part("What if")
        assert not app.get("plotly_chart")
        measure = next(button for button in app.button if button.label.startswith("Measure it on 60"))
        measure.click().run()
        assert not app.exception
        assert not app.get("plotly_chart"), "it is held back until the prediction"
        question = next(pills for pills in app.button_group if "moved by one pixel" in pills.label)
        split = data.load("shapes10").split("test")
        network = Classifier(run.classifier_path)
        moved = CHANGES["across"].apply(split.images(), 1)
        count = int((network.predict(moved).argmax(1) != network.predict(split.images()).argmax(1)).sum())
        assert max(int(option) for option in question.options) <= 60
        question.set_value(str(count)).run()
        assert len(app.get("plotly_chart")) == 1
        assert f"One pixel changes {count} of the 60 answers" in text(app)

    def test_what_came_with_a_run_needs_no_images(self, make_run, shapes_only, open_part):  # noqa: F811
        run = make_run(config=ExperimentConfig(data_set="cifar10", network=CONFIG.network))
        answers = with_robustness(run)
        app = open_part("What if", **{"inside.change": "Rotation"})
        assert not app.exception
        assert len(app.get("plotly_chart")) == 1
        at = answers["rotation"].strengths.tolist().index(0)
        assert f"Of 500 test images {answers['rotation'].right[at] / 500:.1%} are recognised as they are" in text(app)
        assert "so none can be scored here" not in text(app)
        assert not any("flips" in label for label in labels(app.button)), "there is no image to show"

    def test_a_button_leads_to_an_image_that_one_pixel_flips(self, run, shapes_only, open_part):
        answers = with_robustness(run)
        app = open_part("What if", **{"inside.image": "0"})
        next(button for button in app.button if "one pixel flips" in button.label).click().run()
        assert not app.exception
        first = next(int(number) for number in answers["across"].unsteady if number > 0)
        assert app.number_input(key="inside.number").value == first

    def test_without_test_images_it_says_so_in_one_sentence(self, make_run, shapes_only, open_part):  # noqa: F811
        make_run(config=ExperimentConfig(data_set="cifar10", network=CONFIG.network))
        app = open_part("What if")
        assert not app.exception
        assert component(app, "dial")
        assert text(app).count("so none can be scored here") == 1

    def test_another_network_s_measurement_and_a_damaged_one_are_not_shown(self, run, shapes_only, open_part):
        with_robustness(run)
        arrays = dict(np.load(run.path / files.ROBUSTNESS))
        np.savez(run.path / files.ROBUSTNESS, **{**arrays, "network": np.array(1)})
        assert run.robustness() is None
        (run.path / files.ROBUSTNESS).write_bytes(b"nonsense")
        app = open_part("What if")
        assert not app.exception
        assert "cannot be read" in app.warning[0].value

    def test_answers_that_are_not_numbers_are_a_sentence(self, run, shapes_only, open_part, monkeypatch):
        real = Classifier.predict
        monkeypatch.setattr(
            Classifier, "predict", lambda self, images: real(self, images) * (np.nan if len(images) > 1 else 1)
        )
        app = open_part("What if")
        assert not app.exception
        assert "not numbers" in app.warning[0].value


class TestSurgery:
    def test_a_filter_is_switched_off_the_most_active_first(self, run, shapes_only, open_part):
        app = open_part("Surgery")
        assert not app.exception
        image = data.load("shapes10").split("test").images(slice(59, 60))[0]
        maps = Classifier(run.classifier_path).feature_maps(image)["block1_norm1"]
        filters = next(element for element in app.multiselect if element.label.startswith("Filters"))
        assert filters.value == surgery.most_active(maps)[:1]
        assert f"Without filter {filters.value[0] + 1} of Conv 1" in text(app)

    def test_it_begins_with_the_filter_that_the_visitor_looked_at(self, run, shapes_only, open_part):
        app = open_part("The network")
        app.session_state["inside.value"] = ("block2_conv1", 4, 0, 0)
        app.segmented_control(key="inside.part").set_value("surgery").run()
        assert not app.exception
        assert "Without filter 5 of Conv 2" in text(app)

    def test_test_images_are_scored_again(self, run, shapes_only, open_part):
        app = open_part("Surgery")
        filters = next(element for element in app.multiselect if element.label.startswith("Filters"))
        filters.set_value([0, 1, 2, 3]).run()
        app.toggle(key="inside.surgery.score").set_value(True).run()
        assert not app.exception
        split = data.load("shapes10").split("test")
        inside = Network.open(run.classifier_path.read_bytes(), run.anatomy())
        changed = surgery.without_filter(inside.kernels(), CONFIG.network, "block1_conv1", 0, 1, 2, 3)
        after = inside.backward_pass(changed).logits(split.images()).argmax(1)
        metric = next(metric for metric in app.metric if metric.label == "Accuracy on 60 test images")
        assert metric.value == f"{(after == split.labels).mean():.1%}"
        assert len(set(after)) == 1, "nothing of the image is left"

    def test_the_lab_s_kernel_takes_a_filter_s_place(self, run, shapes_only, open_part):
        app = open_part("Surgery", **{"inside.surgery.how": "Put in the lab's kernel"})
        app.session_state["convolution.kept"] = "0 1 0 / 1 -4 1 / 0 1 0"
        app.run()
        assert not app.exception
        assert "With the lab's kernel as filter" in text(app)
        assert "weighs all 3 channels alike" in text(app)

    def test_a_filter_s_mean_kernel_goes_to_the_lab(self, run, shapes_only, open_part):
        app = open_part("Surgery")
        number = next(element for element in app.multiselect if element.label.startswith("Filters")).value[0]
        app.button(key="inside.surgery.take").click().run()
        assert not app.exception
        sent = read_kernel(app.text_area(key="convolution.kernel").value)
        inside = Network.open(run.classifier_path.read_bytes(), run.anatomy())
        np.testing.assert_allclose(sent, inside.kernel("block1_conv1")[..., number].mean(-1), rtol=5e-3)

    def test_without_a_filter_chosen_it_asks_for_one(self, run, shapes_only, open_part):
        app = open_part("Surgery")
        next(element for element in app.multiselect if element.label.startswith("Filters")).set_value([]).run()
        assert not app.exception
        assert "Choose at least one filter" in text(app)

    def test_without_test_images_it_says_so_and_shows_the_answer(self, make_run, shapes_only, open_part):  # noqa: F811
        make_run(config=ExperimentConfig(data_set="cifar10", network=CONFIG.network))
        app = open_part("Surgery")
        assert not app.exception
        assert text(app).count("so none can be scored here") == 1
        assert len(app.get("plotly_chart")) == 1

    def test_an_answer_that_is_not_a_number_is_a_sentence(self, run, shapes_only, open_part, monkeypatch):
        monkeypatch.setattr(BackwardPass, "logits", lambda self, images: np.full((len(images), 10), np.nan, np.float32))
        app = open_part("Surgery")
        assert not app.exception
        assert "not a number" in app.warning[0].value


def test_a_run_that_another_visitor_has_just_deleted_has_a_name_in_the_caches(run):
    written = run.classifier_path.stat().st_mtime
    on = Subject(run, *[None] * 2, np.zeros((32, 32, 3), np.uint8), "an image")
    assert on.file == (str(run.classifier_path), written)
    shutil.rmtree(run.path)
    assert on.file == (str(run.classifier_path), 0.0)


@pytest.fixture(scope="module")
def without_convolution():
    import keras

    from cnn_core.training import models
    from cnn_core.training.export import export_model

    keras.utils.set_random_seed(0)
    return export_model(models.build_model(NetworkConfig(blocks=(), dense_units=(5,))))


def test_a_network_keeps_no_images(run, shapes_only, open_part):
    app = open_part("Surgery")
    pills = next(pills for pills in app.button_group if pills.label.startswith("What does this network keep"))
    pills.set_value("Only its weights").run()
    numbers = totals(CONFIG.network).parameters
    said = next(box.value for box in app.success if "**Only its weights** is right." in box.value)
    assert f"It is {numbers:,} numbers, no more than {-(-numbers // 3072)} images have." in said


def test_a_network_without_a_convolution_has_changes_but_no_filter(without_convolution, shapes_only, open_part):
    run = write_finished_run(
        ExperimentConfig(data_set="shapes10", network=NetworkConfig(blocks=(), dense_units=(5,))), title="Dense"
    )
    run.keras_path.write_bytes(without_convolution[0])
    run.classifier_path.write_bytes(without_convolution[1])
    np.savez(run.path / files.ANATOMY, **without_convolution[2].to_arrays())
    app = open_part("What if")
    assert not app.exception
    assert component(app, "dial")
    app = open_part("Surgery")
    assert not app.exception
    assert "no convolution" in text(app)


def test_no_part_brings_tensorflow_or_scipy_into_the_web_process(run, shapes_only, open_page):
    """Every part, a step along its range measured and a filter scored again included."""
    program = """
        import sys
        from app import open_app
        from pages.ui.inside import PARTS

        for part in PARTS.values():
            app = open_app("inside", **{"inside.part": part.title, "run": sys.argv[1]})
            assert not app.exception, (part.title, app.exception[0].stack_trace)
            for button in app.button:
                if button.label.startswith("Measure it"):
                    app = button.click().run()
        app.toggle(key="inside.surgery.score").set_value(True).run()
        assert not app.exception and app.metric, app.exception
        print(*sys.modules)
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(program), run.id]
    environment = os.environ | {
        "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
    }
    finished = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert not {"tensorflow", "keras", "scipy", "sklearn"} & set(finished.stdout.split())
