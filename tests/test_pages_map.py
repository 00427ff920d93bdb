"""The map on the evaluation page: what it is given and says, chosen images, a photo, and what is missing."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from app import labels, text
from handmade import write_study
from PIL import Image
from test_pages_inside import CONFIG, exported, make_run  # noqa: F401

from cnn_core import architecture, data, evaluation, images
from cnn_core.inference import Classifier
from cnn_core.runs import files
from pages.ui import photos


@pytest.fixture
def run(make_run):  # noqa: F811
    run = make_run()
    write_study(run)
    return run


@pytest.fixture
def open_map(open_page):
    return lambda **query: open_page("evaluation", **{"evaluation.part": "Map", **query})


def given(app, name):
    """What a component on the page was given; None where it is not there."""
    protos = (element.proto for element in app.get("bidi_component"))
    return next((json.loads(proto.json) for proto in protos if proto.component_name == name), None)


def sheets(app):
    """What holds the pictures: an element that is the same whatever is chosen, so that it is sent once."""
    protos = (element.proto for element in app.get("bidi_component"))
    return [proto.bytes for proto in protos if proto.component_name == "scatter_sheet"]


def choose(app, places):
    app.session_state["evaluation.map"] = {"chosen": {"places": places, "of": given(app, "scatter")["of"]}}
    return app.run()


def test_each_test_image_has_its_place_and_the_sentence_counts_its_neighbours(run, shapes_only, open_map):
    app = open_map()
    assert not app.exception
    drawn, projection = given(app, "scatter"), run.projection()
    np.testing.assert_allclose(drawn["places"], projection.spread, atol=1e-3)
    assert drawn["labels"] == drawn["colours"] == run.predictions().labels.tolist()
    assert drawn["hasPictures"]
    assert sheets(app)[0][:4] + sheets(app)[0][8:12] == b"RIFFWEBP"
    nearby = evaluation.same_class_nearby(projection.spread, run.predictions().labels)
    assert f"60 test images. Of the 10 nearest to an image on this map, {10 * nearby:.1f} have its class" in text(app)
    assert drawn["label"] in text(app), "what a screen reader hears is what stands there"


def test_layout_and_colours_are_in_the_link(run, shapes_only, open_map):
    app = open_map(**{"evaluation.layout": "PCA", "evaluation.colour": "Right or wrong"})
    drawn, predictions = given(app, "scatter"), run.predictions()
    np.testing.assert_allclose(drawn["places"], run.projection().flat, atol=1e-3)
    is_wrong = predictions.probabilities.argmax(axis=1) != predictions.labels
    assert drawn["colours"] == is_wrong.astype(int).tolist()
    assert [group["top"] for group in drawn["groups"]] == [False, True]
    assert "PCA shows the two directions" in text(app)


def test_chosen_images_are_shown_mistakes_first_with_their_part_of_the_matrix(run, shapes_only, open_map):
    actual, predicted = run.predictions().labels, run.predictions().probabilities.argmax(axis=1)
    chosen = [2, 9, 30, 31, 32, 33, 59]
    app = open_map()
    before = sheets(app)
    app = choose(app, chosen)
    assert not app.exception
    assert sheets(app) == before
    right = int((actual == predicted)[chosen].sum())
    assert 0 < right < len(chosen)
    assert f"**7 chosen:** {right} recognised, {7 - right} not." in text(app)
    marks = given(app, "gallery")["marks"]
    assert marks == [False] * (7 - right) + [True] * right
    counts = evaluation.confusion_matrix(actual[chosen], predicted[chosen], 10)
    written = np.array([[int(cell or 0) for cell in row] for row in given(app, "matrix")["written"]])
    np.testing.assert_array_equal(written[:10, :10], counts)
    assert "Nothing is chosen" in text(choose(app, []))


def test_a_choice_on_another_map_is_none_on_this_one(run, shapes_only, open_map):
    app = choose(open_map(), [1, 2, 3])
    assert "3 chosen" in text(app)
    app.segmented_control(key="evaluation.layout").set_value("flat").run()
    assert "Nothing is chosen" in text(app)


def test_a_photo_stands_among_its_five_nearest(run, shapes_only, open_map, give_photo):
    photo = io.BytesIO()
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (50, 50, 3), np.uint8)).save(photo, "PNG")
    app = open_map()
    assert given(app, "scatter")["newcomer"] is None
    assert "Take a photo on the page **Prediction**" in text(app)
    app.switch_page("pages/prediction.py")
    give_photo(app, photo.getvalue())
    app.switch_page("pages/evaluation.py")
    app.query_params["evaluation.part"] = "Map"
    app.run()
    assert not app.exception
    newcomer, projection = given(app, "scatter")["newcomer"], run.projection()
    np.testing.assert_allclose(newcomer["place"], projection.spread[newcomer["beside"]].mean(axis=0), atol=1e-3)
    assert len(set(newcomer["beside"])) == 5
    names = data.learned(run.config).class_names
    known = ", ".join(names[label] for label in run.predictions().labels[newcomer["beside"]])
    assert "The open circle is your photo. A map has no place" in text(app)
    assert known in text(app)


def test_of_photos_from_two_sources_the_map_shows_the_one_given_last(run, shapes_only, open_map, give_photo):
    """From a file, then the camera, then a file again."""
    network = Classifier(run.classifier_path)
    wide = np.linspace(0, 255, 40, dtype=np.uint8)
    first, second, third = (np.zeros((40, 40, 3), np.uint8) for _ in range(3))
    second[..., 2], third[..., 0] = wide, wide[:, None]  # blue to the right, red downwards
    first, second, third = map(Image.fromarray, (first, second, third))

    def nearest(image):
        values = network.feature_maps(images.to_network_input(image))
        return run.projection().nearest(values[architecture.features(CONFIG.network).name]).tolist()

    app = open_map()
    app.session_state["photos.kept"] = {"upload": photos.Photo("1", first), "camera": photos.Photo("2", second)}
    app.run()
    assert given(app, "scatter")["newcomer"]["beside"] == nearest(second) != nearest(third)
    content = io.BytesIO()
    third.save(content, "PNG")
    app.switch_page("pages/prediction.py")
    give_photo(app, content.getvalue())
    app.switch_page("pages/evaluation.py")
    app.query_params["evaluation.part"] = "Map"
    app.run()
    assert given(app, "scatter")["newcomer"]["beside"] == nearest(third)


def test_features_come_from_the_layer_that_the_worker_read(run):
    values = Classifier(run.classifier_path).feature_maps(np.zeros((32, 32, 3), np.uint8))
    assert values[architecture.features(CONFIG.network).name].shape == (8,)


def test_without_a_map_it_says_which_command_draws_one(run, shapes_only, open_map):
    (run.path / files.MAP).unlink()
    app = open_map()
    assert not app.exception
    assert f"`python -m cnn_core complete {run.id}` draws its map" in app.info[0].value


def test_a_damaged_map_is_one_sentence(run, shapes_only, open_map):
    (run.path / files.MAP).write_bytes(b"nonsense")
    app = open_map()
    assert not app.exception
    assert "map.npz is damaged" in app.error[0].value
    assert "Test accuracy" in labels(app.metric)


def test_without_its_images_the_map_has_no_pictures(make_run, open_map):  # noqa: F811
    """A run of CIFAR-10, which is not on this machine."""
    write_study(make_run(config=replace(CONFIG, data_set="cifar10")))
    app = open_map()
    assert not app.exception
    drawn = given(app, "scatter")
    assert not drawn["hasPictures"]
    assert not sheets(app)
    assert len(drawn["places"]) == 60
    app = choose(app, [1, 2, 3])
    assert given(app, "gallery") is None
    assert "3 chosen" in text(app)
