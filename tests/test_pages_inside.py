"""The page Inside as the app runs it: which run, which image, and what it says where it cannot look inside."""

import hashlib
import io
import json

import numpy as np
import pytest
from app import labels, text
from handmade import write_finished_run
from PIL import Image

from cnn_core import data
from cnn_core.config import Block, ExperimentConfig, NetworkConfig
from cnn_core.images import Crop, to_network_input
from cnn_core.runs import files
from pages.ui.controls import ChosenImage
from pages.ui.inside import PARTS

CONFIG = ExperimentConfig(
    data_set="shapes10", network=NetworkConfig(blocks=(Block(4, 1), Block(6, 2)), dense_units=(8,))
)


@pytest.fixture(scope="session")
def exported():
    """A small network as its three files; it has learned nothing."""
    import keras

    from cnn_core.training import models
    from cnn_core.training.export import export_model

    keras.utils.set_random_seed(0)
    return export_model(models.build_model(CONFIG.network))


@pytest.fixture
def make_run(exported):
    """A function that writes a finished run with its network."""

    def make_run(title="A small network", config=CONFIG, *, with_anatomy=True):
        run = write_finished_run(config, title=title)
        keras_file, litert_file, anatomy = exported
        run.keras_path.write_bytes(keras_file)
        run.classifier_path.write_bytes(litert_file)
        if with_anatomy:
            np.savez(run.path / files.ANATOMY, **anatomy.to_arrays())
        return run

    return make_run


@pytest.fixture
def run(make_run):
    return make_run()


def photo(seed=0, size=(90, 60)):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def has_figure(app):
    return any(element.proto.component_name == "columns" for element in app.get("bidi_component"))


def test_the_page_opens_on_a_run_and_a_test_image_of_its_data_set(run, shapes_only, open_page):
    app = open_page("inside")
    assert not app.exception
    assert app.selectbox(key="inside.run").value == run.id
    assert app.segmented_control(key="inside.source").value == "test"
    assert app.query_params["run"] == run.id


def test_without_a_run_it_says_where_runs_come_from(open_page):
    app = open_page("inside")
    assert not app.exception
    assert "Train a network first" in text(app)


def test_a_run_of_the_first_weeks_needs_to_be_completed(make_run, shapes_only, open_page):
    old = make_run("An old one", with_anatomy=False)
    app = open_page("inside", run=old.id)
    assert "python -m cnn_core complete" in text(app)
    assert not app.selectbox
    make_run("A new one")
    app = open_page("inside", run=old.id)
    assert f"complete {old.id}" in text(app)
    assert "An old one" in text(app)
    assert len(app.selectbox(key="inside.run").options) == 1


@pytest.mark.parametrize("name", [files.ANATOMY, "model.tflite"])
def test_a_damaged_file_is_a_sentence(name, run, shapes_only, open_page):
    (run.path / name).write_bytes(b"nonsense")
    app = open_page("inside")
    assert not app.exception
    assert len(app.error) == 1


def test_another_network_s_anatomy_is_a_sentence(run, shapes_only, open_page, exported):
    arrays = exported[2].to_arrays()
    places = json.loads(str(arrays["places"]))
    places["forward"][0]["offset"] = 10**9
    np.savez(run.path / files.ANATOMY, **{**arrays, "places": np.array(json.dumps(places))})
    app = open_page("inside")
    assert not app.exception
    assert len(app.error) == 1


def test_a_network_whose_answers_are_not_numbers_says_so(run, shapes_only, open_page, monkeypatch):
    from cnn_core.inference import Classifier

    monkeypatch.setattr(Classifier, "predict", lambda self, images: np.full((len(images), 10), np.nan, np.float32))
    app = open_page("inside")
    assert "not numbers" in app.error[0].value


def test_without_cifar10_a_drawing_stands_in_and_test_images_are_shapes(make_run, shapes_only, open_page):
    make_run(config=ExperimentConfig(data_set="cifar10", network=CONFIG.network))
    app = open_page("inside")
    assert not app.exception
    assert app.segmented_control(key="inside.source").value == "drawing"
    app.segmented_control(key="inside.source").set_value("test").run()
    assert not app.exception
    assert "CIFAR-10 is not on this machine" in text(app)
    assert "images of Shapes-10" in text(app)


def test_part_run_and_number_are_in_the_address(make_run, shapes_only, open_page):
    make_run("First")
    wanted = make_run("Second")
    app = open_page("inside", **{"inside.part": "Cover it", "run": wanted.id, "inside.image": "7"})
    assert not app.exception
    assert app.segmented_control(key="inside.part").value == "cover"
    assert app.selectbox(key="inside.run").value == wanted.id
    assert app.number_input(key="inside.image").value == 7
    app.number_input(key="inside.image").set_value(9).run()
    assert app.session_state["controls.image"] == ChosenImage("shapes10", "test", 9)


@pytest.mark.parametrize(("name", "value"), [("inside.part", "x"), ("inside.image", "99999"), ("inside.source", "x")])
def test_a_bad_value_in_a_link_is_dropped(name, value, run, shapes_only, open_page):
    app = open_page("inside", **{name: value})
    assert not app.exception
    assert app.segmented_control(key="inside.part").value == "network"


@pytest.mark.parametrize("part", PARTS)
def test_every_part_leads_to_the_next(part, run, shapes_only, open_page):
    app = open_page("inside", **{"inside.part": PARTS[part].title})
    assert not app.exception
    names = list(PARTS)
    if part != names[-1]:
        next(button for button in app.button if button.label == "Next").click().run()
        assert app.segmented_control(key="inside.part").value == names[names.index(part) + 1]


def test_the_presenter_s_keys_lead_through_the_parts(run, shapes_only, open_page):
    app = open_page("inside", present="1")
    assert "Evaluation" in labels(app.button)
    assert PARTS["why"].title in labels(app.button)
    app = open_page("inside", present="1", **{"inside.part": PARTS["surgery"].title})
    assert "Prediction" in labels(app.button)


def test_the_image_of_another_page_is_where_it_starts(run, shapes_only, open_page):
    app = open_page("home")
    app.session_state["controls.image"] = ChosenImage("shapes10", "test", 12)
    app.switch_page("pages/inside.py").run()
    assert app.number_input(key="inside.image").value == 12


def test_a_training_image_that_was_opened_elsewhere_can_be_looked_at(run, shapes_only, open_page):
    app = open_page("home")
    app.session_state["controls.image"] = ChosenImage("shapes10", "train", 3)
    app.switch_page("pages/inside.py").run()
    assert not app.exception
    assert app.segmented_control(key="inside.source").options[-1] == "Training image 3"
    assert app.segmented_control(key="inside.source").value == "opened"


def test_a_photo_given_elsewhere_is_offered_here_with_its_crop(run, shapes_only, open_page, give_photo):
    app = open_page("prediction")
    give_photo(app, photo())
    digest = hashlib.blake2b(photo(), digest_size=16).hexdigest()
    app.session_state[f"prediction.crop.{digest}"] = {"crop": {"x": 1, "y": 0, "size": 0.6}}
    app.run()
    app.session_state["controls.image"] = ChosenImage()
    app.switch_page("pages/inside.py").run()
    assert not app.exception
    assert app.segmented_control(key="inside.source").value == "upload"
    kept = app.session_state["photos.kept"]["upload"]
    crop = app.session_state["photos.crops"][digest]
    assert crop == Crop(1, 0, 0.6)
    assert to_network_input(kept.image, crop).shape == (32, 32, 3)


def test_a_photo_is_asked_for_and_a_bad_one_refused(run, shapes_only, open_page, give_photo):
    app = open_page("inside", **{"inside.source": "Your photo"})
    assert not app.exception
    give_photo(app, b"no photo")
    assert not app.exception
    assert len(app.error) == 1
    give_photo(app, photo())
    assert not app.error
    assert app.session_state["photos.kept"]["upload"]


def test_a_drawing_is_kept_as_a_picture_of_one_s_own(run, shapes_only, open_page):
    app = open_page("inside")
    app.segmented_control(key="inside.source").set_value("drawing").run()
    assert app.session_state["controls.image"] == ChosenImage()
    app.switch_page("pages/home.py").run()
    app.switch_page("pages/inside.py").run()
    assert app.segmented_control(key="inside.source").value == "drawing"


def test_other_pages_offer_to_look_inside(run, shapes_only, open_page):
    app = open_page("prediction", **{"prediction.source": "Test image"})
    assert "Look inside" in labels(app.button)
    app = open_page("dataset", data_set="Shapes-10")
    assert "Look inside" in labels(app.button)
    assert data.is_ready("shapes10")
