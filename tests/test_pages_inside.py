"""The page Inside as the app runs it: which run, which image, and what it says where it cannot look inside."""

import base64
import hashlib
import json
from decimal import Decimal

import numpy as np
import pytest
from app import labels, photo, text
from handmade import write_finished_run

from cnn_core import data
from cnn_core.config import Block, ExperimentConfig, NetworkConfig
from cnn_core.convolution import conv2d
from cnn_core.explanation import flow
from cnn_core.explanation.filters import FilterFacts
from cnn_core.explanation.value import Place, trace
from cnn_core.images import Crop, to_network_input
from cnn_core.inference import Classifier, Network
from cnn_core.runs import files
from pages.ui.controls import ChosenImage
from pages.ui.inside import PARTS, to_lab
from pages.ui.inside.subject import Subject
from pages.ui.lab.given import Given
from pages.ui.text import plain

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


def given(app, name):
    """What a component on the page was given; None where it is not there."""
    protos = (element.proto for element in app.get("bidi_component"))
    return next((json.loads(proto.json) for proto in protos if proto.component_name == name), None)


def pick(app, *value):
    """As a click on a value of a map does: layer, filter, row and column."""
    app.session_state["inside.value"] = value
    return app.run()


def write_facts(run, awake=0.5, patch=(7, 3, 4), n=60):
    """The same for all filters; each has one patch."""
    columns = flow.columns(run.config.network)
    shares = {column.name: np.full(column.maps.output_shape[2], awake, np.float32) for column in columns}
    patches = {column.name: np.full((column.maps.output_shape[2], 9, 3), -1, np.int16) for column in columns}
    if awake:
        for places in patches.values():
            places[:, 0] = patch
    np.savez(run.path / files.FILTERS, **FilterFacts(n, shares, patches).to_arrays())


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
    assert app.number_input(key="inside.number").value == 7
    app.number_input(key="inside.number").set_value(9).run()
    assert app.query_params["inside.image"] == "9"
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
    assert app.number_input(key="inside.number").value == 12


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


def test_the_columns_are_the_network_s_own_maps_those_with_the_largest_values_first(run, shapes_only, open_page):
    app = open_page("inside", **{"inside.image": "5"})
    sent = given(app, "columns")
    image = data.load("shapes10").split("test").images(slice(5, 6))[0]
    maps = Classifier(run.classifier_path).feature_maps(image)
    assert base64.b64decode(sent["image"]) == image.tobytes()
    assert [column["title"] for column in sent["columns"]] == ["Conv 1", "Conv 2", "Conv 3"]
    for column, shown in zip(sent["columns"], flow.columns(CONFIG.network), strict=True):
        truth = maps[shown.maps.name]
        largest, silent = truth.max((0, 1))[column["order"]], np.array(column["dead"])
        assert (np.diff(silent) >= 0).all()
        assert (np.diff(largest[silent == 0]) <= 0).all()
        read = np.frombuffer(base64.b64decode(column["values"]), np.int8).reshape(-1, *truth.shape[:2])
        tops = np.array(column["tops"])[:, None, None]
        np.testing.assert_allclose(read / 127 * tops, np.moveaxis(truth, -1, 0)[column["order"]], atol=tops.max() / 200)
    assert sent["names"] == list(data.about("shapes10").class_names)
    np.testing.assert_allclose(sent["probabilities"], maps["probabilities"], atol=1e-4)
    assert [numbers["title"] for numbers in sent["numbers"]] == ["Dense"]


@pytest.mark.parametrize("value", [("block1_conv1", 2, 0, 31), ("block2_conv1", 5, 7, 3), ("block2_conv2", 0, 15, 15)])
def test_the_printed_sum_adds_up_and_is_the_network_s(value, run, shapes_only, open_page):
    app = pick(open_page("inside", **{"inside.image": "5"}), *value)
    assert not app.exception
    sent = given(app, "value")
    image = data.load("shapes10").split("test").images(slice(5, 6))[0]
    maps = Classifier(run.classifier_path).feature_maps(image)
    name, number, row, column = value
    *terms, total = [Decimal(text.replace("−", "-")) for _, text in sent["terms"]]
    assert sum(terms) == total
    assert float(total) == pytest.approx(maps[name][row, column, number], abs=2e-3)
    shown = flow.columns(CONFIG.network)
    last = next(other.maps.name for other in shown if other.name == name)
    assert float(sent["steps"][-1][1].replace("−", "-")) == pytest.approx(maps[last][row, column, number], abs=2e-3)
    assert len(sent["channels"]) == 3


def test_a_picked_value_that_this_network_has_not_gives_way_to_the_largest(run, shapes_only, open_page):
    for value in (("block1_conv1", 99, 0, 0), ("block9_conv1", 0, 0, 0), ("block2_conv2", 0, 31, 0)):
        app = pick(open_page("inside"), *value)
        assert not app.exception
        assert given(app, "value")["name"] == "block1_conv1"


def test_how_many_maps_there_are_is_kept_back_until_it_is_answered(run, shapes_only, open_page):
    app = open_page("inside")
    assert [column["hidden"] for column in given(app, "columns")["columns"]] == [False, True, False]
    question = next(pills for pills in app.button_group if "4 maps go into Conv 2" in pills.label)
    question.set_value("6").run()
    assert not app.exception
    assert not any(column["hidden"] for column in given(app, "columns")["columns"])
    assert "3 × 3 cells large" in " ".join(pills.label for pills in app.button_group)


def test_without_facts_it_says_how_to_get_them(run, shapes_only, open_page):
    app = open_page("inside")
    assert f"complete {run.id}" in text(app)
    assert given(app, "columns")["columns"][0]["awake"] is None


def test_a_patch_is_shown_and_opened_as_the_image(run, shapes_only, open_page):
    write_facts(run)
    app = open_page("inside")
    assert "50.0% of the first 60 test images wake it" in text(app)
    assert given(app, "columns")["columns"][0]["awake"] == [0.5] * 4
    shown = given(app, "gallery")
    app.session_state["inside.patches"] = {"picked": {"index": 0, "of": shown["of"]}}
    app.run()
    next(button for button in app.button if button.label == "Look inside with image 7").click().run()
    assert not app.exception
    assert app.number_input(key="inside.number").value == 7
    assert given(app, "value")["cell"] == [3, 4]


def test_without_the_images_the_places_of_the_patches_are_said(make_run, shapes_only, open_page):
    run = make_run(config=ExperimentConfig(data_set="cifar10", network=CONFIG.network))
    write_facts(run)
    app = open_page("inside")
    assert not app.exception
    assert "image 7, row 4, column 5" in text(app)


def test_of_a_test_split_that_is_too_small_only_the_places_are_said(run, shapes_only, open_page):
    write_facts(run, n=1000, patch=(700, 3, 4))
    app = open_page("inside")
    assert not app.exception
    assert "image 700, row 4, column 5" in text(app)


def test_a_dead_filter_is_called_dead(run, shapes_only, open_page):
    write_facts(run, awake=0.0)
    app = open_page("inside")
    assert "it is **dead**" in text(app)


def test_damaged_facts_are_a_sentence(run, shapes_only, open_page):
    (run.path / files.FILTERS).write_bytes(b"nonsense")
    app = open_page("inside")
    assert not app.exception
    assert len(app.error) == 1
    assert given(app, "value")


def test_a_network_without_a_convolution_is_shown_too(shapes_only, open_page):
    import keras

    from cnn_core.training import models
    from cnn_core.training.export import export_model

    config = ExperimentConfig(data_set="shapes10", network=NetworkConfig(blocks=(), dense_units=(5, 4)))
    keras.utils.set_random_seed(0)
    keras_file, litert_file, anatomy = export_model(models.build_model(config.network))
    run = write_finished_run(config)
    run.keras_path.write_bytes(keras_file)
    run.classifier_path.write_bytes(litert_file)
    np.savez(run.path / files.ANATOMY, **anatomy.to_arrays())
    app = open_page("inside")
    assert not app.exception
    sent = given(app, "columns")
    assert sent["columns"] == []
    assert [len(numbers["values"]) for numbers in sent["numbers"]] == [5, 4]
    assert "has no convolution" in text(app)


def test_a_sum_that_was_handed_over_stays_until_the_visitor_goes_on(make_run, shapes_only, open_page):
    run = make_run()
    app = open_page("convolution", **{"convolution.step": "Learned"})
    said = "**Conv 2, filter 1**"
    kernel = np.ones((3, 3))
    app.session_state["lab.given"] = Given(np.eye(8), kernel, 0.5, (2, 1), "same", "relu", None, {}, said)
    app.query_params["convolution.cell"] = "3.2"
    app.run()
    assert not app.exception
    assert said in text(app)
    assert "opened on Inside" in text(app)
    app.segmented_control(key="convolution.step").set_value("sum").run()
    app.segmented_control(key="convolution.step").set_value("learned").run()
    assert not app.exception
    assert said not in text(app)
    assert app.selectbox(key="convolution.run.learned").value == run.id


def test_a_run_s_title_is_no_markdown_in_the_lab(exported, make_run):
    run = make_run("Stars *and* [links](x)")
    classifier = Classifier(run.classifier_path)
    network = Network.open(run.classifier_path.read_bytes(), run.anatomy())
    image = np.zeros((32, 32, 3), np.uint8)
    maps = classifier.feature_maps(image)
    on = Subject(run, classifier, network, image, "photo.1")
    column = flow.columns(CONFIG.network)[0]
    found = trace(column, maps, network.kernel(column.name), None, Place(1, 0, 3))
    for hand_over in (to_lab._strongest_slice, to_lab._whole_filter):
        assert plain(run.title) in hand_over(on, column, "Conv 1", maps[column.source.name], found).said


def test_what_is_handed_to_the_lab_gives_the_same_total_there(exported, run):
    rng = np.random.default_rng(0)
    classifier = Classifier(run.classifier_path)
    network = Network.open(run.classifier_path.read_bytes(), run.anatomy())
    image = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    maps = classifier.feature_maps(image)
    on = Subject(run, classifier, network, image, "photo.1")
    for column in flow.columns(CONFIG.network):
        found = trace(column, maps, network.kernels()[column.name], network.biases.get(column.name), Place(1, 0, 3))
        source = maps[column.source.name]
        for hand_over in (to_lab._strongest_slice, *([to_lab._whole_filter] if source.shape[2] == 3 else [])):
            given = hand_over(on, column, "Conv", source, found)
            sums = conv2d(given.image, given.kernel, padding=given.padding) + given.bias
            assert sums[given.cell] == pytest.approx(maps[column.name][0, 3, 1], abs=1e-4)
            assert given.activation == "relu"
