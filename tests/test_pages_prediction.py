"""The prediction page as the app runs it: without a run, with pictures good and bad, and with a damaged network."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnn_core import images
from cnn_core.augmentation import test_time_augmentation as average_over_views
from cnn_core.config import Block, NetworkConfig
from cnn_core.images import Crop
from cnn_core.inference import Classifier
from cnn_core.runs import Run
from pages.ui.components.gallery import fingerprint

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
CROP = "prediction.crop.{}".format


@pytest.fixture(scope="module")
def network_file():
    import keras

    from cnn_core.training import export, models

    keras.utils.set_random_seed(0)
    return export.to_litert(models.build_model(NetworkConfig(blocks=(Block(4, 1),))))


@pytest.fixture
def run(finished_run, network_file):
    finished_run.classifier_path.write_bytes(network_file)
    return finished_run


@pytest.fixture
def open_prediction(open_page):
    """A function that opens the page, with another source of pictures chosen if one is named."""

    def open_prediction(source=None):
        app = open_page("prediction")
        return app.segmented_control(key="prediction.source").set_value(source).run() if source else app

    return open_prediction


def photo(seed=0, size=(90, 60)):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8)).save(file, "PNG")
    return file.getvalue()


def upload(app, content, name="photo.png"):
    """Upload the file; the key of the cropper that it gets."""
    uploader = app.file_uploader(key="prediction.upload")
    uploader.upload(name, content).run()
    return CROP(app.file_uploader(key="prediction.upload").value.file_id)


def answer(app):
    """The answer in words, and the figure's ten probabilities in class order."""
    assert not app.exception
    assert not app.error
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    return app.subheader[1].value, spec["data"][0]["text"]


def expected(run, pixels, count=1):
    """What `answer` has to be, computed without the page."""
    probabilities = average_over_views(Classifier(run.classifier_path).predict, pixels[np.newaxis], count)[0]
    names = ("Airplane", "Automobile", "Bird", "Cat", "Deer", "Dog", "Frog", "Horse", "Ship", "Truck")
    return f"{names[probabilities.argmax()]}, {probabilities.max():.1%}", [f"{p:.1%}" for p in probabilities]


def test_without_a_run_the_page_says_what_to_do(open_prediction):
    app = open_prediction()
    assert not app.exception
    assert "Train a network" in app.info[0].value
    assert not app.file_uploader


def test_before_the_upload_the_page_waits(run, open_prediction):
    app = open_prediction()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="run").value == run.id
    assert "knows airplane, automobile" in app.markdown[-1].value
    assert not app.get("plotly_chart")


def test_a_photo_gets_the_networks_own_answer(run, open_prediction):
    app = open_prediction()
    upload(app, photo())
    assert answer(app) == expected(run, images.to_network_input(images.open_image(photo())))
    assert any("ms." in caption.value for caption in app.caption)


def test_the_square_decides_what_the_network_gets(run, open_prediction):
    app = open_prediction()
    crop = upload(app, photo())
    whole = answer(app)
    app.session_state[crop] = {"crop": {"x": 1, "y": 0, "size": 0.6}}
    app.run()
    pixels = images.to_network_input(images.open_image(photo()), Crop(x=1, y=0, size=0.6))
    assert answer(app) == expected(run, pixels)
    assert answer(app) != whole


def test_the_switch_averages_a_recorded_network_s_answers_to_six_views(finished_run, open_prediction):
    run = finished_run
    shutil.copyfile(RECORDED / "lesson" / "model.tflite", run.classifier_path)
    app = open_prediction()
    upload(app, photo())
    pixels = images.to_network_input(images.open_image(photo()))
    assert answer(app) == expected(run, pixels)  # the switch is off at first
    app.toggle(key="prediction.views").set_value(True).run()
    assert answer(app) == expected(run, pixels, 6) != expected(run, pixels)


def test_nonsense_from_the_browser_is_the_middle_square(run, open_prediction):
    app = open_prediction()
    crop = upload(app, photo())
    whole = answer(app)
    for nonsense in ({"x": 7, "y": 0, "size": 1}, {"x": None, "y": 0, "size": 1}, {"x": 0}, [1], "all"):
        app.session_state[crop] = {"crop": nonsense}
        app.run()
        assert answer(app) == whole


def test_a_camera_photo_is_answered(run, open_prediction):
    app = open_prediction("camera")
    app.camera_input(key="prediction.photo").set_value(("photo.jpg", photo(), "image/jpeg")).run()
    assert answer(app) == expected(run, images.to_network_input(images.open_image(photo())))


def test_a_bad_file_gets_its_sentence_and_nothing_is_lost(run, open_prediction):
    app = open_prediction()
    upload(app, b"dear teacher", "homework.jpg")
    assert not app.exception
    assert "this file is text" in app.error[0].value
    assert not app.get("plotly_chart")
    upload(app, photo())
    assert answer(app) == expected(run, images.to_network_input(images.open_image(photo())))
    assert app.selectbox(key="run").value == run.id


@pytest.mark.parametrize("content", [None, b"not a network"])
def test_a_damaged_network_is_said_and_another_run_still_answers(run, open_prediction, content):
    other = Run(shutil.copytree(run.path, run.path.with_name("other")))
    run.classifier_path.unlink()
    if content:
        run.classifier_path.write_bytes(content)
    app = open_prediction()
    app.selectbox(key="run").select(run.id).run()
    assert not app.exception
    assert f"{run.title!r} cannot be opened" in app.error[0].value
    app.selectbox(key="run").select(other.id).run()
    upload(app, photo())
    assert answer(app) == expected(other, images.to_network_input(images.open_image(photo())))


def test_a_test_image_is_answered_beside_its_label(run, tiny_data, open_prediction):
    app = open_prediction("test")
    _, texts = answer(app)
    assert sum("its label" in text for text in texts) == 1

    split = tiny_data.split("test")
    shown = np.random.default_rng(0).permutation(60)[:12]
    app.session_state["prediction.gallery"] = {"picked": {"index": 5, "of": fingerprint(split.images(shown))}}
    app.run()
    words, texts = answer(app)
    right_words, right_texts = expected(run, split.images(shown[5])[0])
    assert words == right_words
    right_texts[split.labels[shown[5]]] += " · its label"
    assert texts == right_texts


def test_others_shows_other_test_images(run, tiny_data, open_prediction):
    app = open_prediction("test")
    before = answer(app)
    app.button[0].click().run()
    assert answer(app) != before


def test_without_cifar10_the_page_says_how_to_get_it(run, open_prediction):
    app = open_prediction("test")
    assert not app.exception
    assert "python -m cnn_core data" in app.info[0].value
