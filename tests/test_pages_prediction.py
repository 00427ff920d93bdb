"""The prediction page as the app runs it: without a run, with photos good and bad, and with a damaged network."""

import hashlib
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from app import text, with_label
from PIL import Image

from cnn_core import images
from cnn_core.augmentation import test_time_augmentation as average_over_views
from cnn_core.images import Crop
from cnn_core.inference import Classifier
from cnn_core.runs import Run
from pages.ui.components.gallery import fingerprint

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
CROP = "prediction.crop.{}".format


@pytest.fixture
def run(finished_run, network_file):
    finished_run.classifier_path.write_bytes(network_file)
    return finished_run


@pytest.fixture
def open_prediction(open_page):
    """A function that opens the page, with another source of images chosen if one is named."""

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
    app.file_uploader(key="prediction.upload").upload(name, content).run()
    return CROP(hashlib.blake2b(content, digest_size=16).hexdigest())


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
    return f"{names[probabilities.argmax()]}: softmax says {probabilities.max():.1%}", [
        f"{p:.1%}" for p in probabilities
    ]


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
    app.camera_input(key="prediction.camera").set_value(("photo.jpg", photo(), "image/jpeg")).run()
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


def heic():
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500)


def in_format(image_format):
    file = io.BytesIO()
    Image.open(io.BytesIO(photo())).save(file, image_format)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.jfif", in_format("JPEG")),
        ("photo.jpe", in_format("JPEG")),
        ("photo", in_format("WEBP")),
        ("scan.tif", in_format("TIFF")),
        ("photo.heic", in_format("PNG")),
    ],
)
def test_the_content_of_a_file_decides_and_not_its_name(run, open_prediction, name, content):
    app = open_prediction()
    upload(app, content, name)
    assert answer(app) == expected(run, images.to_network_input(images.open_image(content)))


def test_a_refused_file_says_what_to_do_and_no_earlier_answer_stays_beside_it(run, open_prediction):
    app = open_prediction()
    upload(app, photo())
    answer(app)
    upload(app, heic(), "photo.heic")
    assert "a HEIC photo; share it from the phone as JPEG" in app.error[0].value
    assert not app.get("plotly_chart")
    there_and_back(app)
    assert not app.get("plotly_chart"), "the refused file took its place"


def there_and_back(app):
    app.switch_page("pages/home.py").run()
    return app.switch_page("pages/prediction.py").run()


def test_a_photo_is_still_there_when_the_visitor_comes_back_until_it_is_removed(run, open_prediction):
    app = open_prediction()
    upload(app, photo())
    before = answer(app)
    there_and_back(app)
    assert answer(app) == before
    assert "is kept" in text(app)
    upload(app, photo(seed=1))
    assert answer(app) != before
    assert "is kept" not in text(app)
    there_and_back(app)
    with_label(app.button, "Remove").click().run()
    assert not app.exception
    assert not app.get("plotly_chart")
    assert "is kept" not in text(there_and_back(app))


def test_a_photo_taken_out_of_the_uploader_is_forgotten(run, open_prediction):
    app = open_prediction()
    upload(app, photo())
    app.file_uploader(key="prediction.upload").set_value(None).run()
    assert not app.exception
    assert not app.get("plotly_chart")
    assert "is kept" not in text(app)


def test_a_photo_from_the_camera_and_one_from_a_file_are_kept_side_by_side_and_no_more(run, open_prediction):
    app = open_prediction("camera")
    for seed in range(3):
        taken = ("photo.jpg", photo(seed), "image/jpeg")
        app.camera_input(key="prediction.camera").set_value(taken).run()
    camera = answer(app)
    app.segmented_control(key="prediction.source").set_value("upload").run()
    for seed in range(3, 6):
        upload(app, photo(seed))
    there_and_back(app)
    assert answer(app) != camera
    app.segmented_control(key="prediction.source").set_value("camera").run()
    assert answer(app) == camera
    assert len(app.session_state["controls.photos"]) == 2


@pytest.mark.parametrize("bad", ["", "9" * 5000, ["Camera", ""]], ids=["empty", "long", "twice"])
def test_whatever_a_link_holds_the_page_opens_with_its_defaults(run, open_page, bad):
    app = open_page("prediction", **{"prediction.source": bad, "run": bad})
    assert not app.exception
    assert app.segmented_control(key="prediction.source").value == "upload"
    assert app.selectbox(key="run").value == run.id
    assert "prediction.source" not in app.query_params


def test_a_run_deleted_while_its_page_is_open_costs_a_sentence(run, open_prediction):
    other = Run(shutil.copytree(run.path, run.path.with_name("other")))
    app = open_prediction()
    app.selectbox(key="run").select(run.id).run()
    upload(app, photo())
    before = answer(app)
    shutil.rmtree(run.path)
    app.run()
    assert "The run that you looked at was deleted" in app.info[0].value
    assert app.selectbox(key="run").value == other.id
    assert answer(app) == before, "the same network, and the photo is still there"
    app.run()
    assert not app.info


def test_a_network_whose_training_diverged_gives_no_figures(run, open_prediction, monkeypatch):
    monkeypatch.setattr(Classifier, "predict", lambda self, pixels: np.full((len(pixels), 10), np.nan, np.float32))
    app = open_prediction()
    upload(app, photo())
    assert not app.exception
    assert "its training diverged" in app.error[0].value
    assert not app.get("plotly_chart")


@pytest.mark.parametrize("content", [None, b"not a network"])
def test_a_damaged_network_is_said_and_another_run_still_answers(run, open_prediction, content):
    other = Run(shutil.copytree(run.path, run.path.with_name("other")))
    run.classifier_path.unlink()
    if content:
        run.classifier_path.write_bytes(content)
    app = open_prediction()
    app.selectbox(key="run").select(run.id).run()
    assert not app.exception
    assert "The network of this run cannot be opened. Choose another" in app.error[0].value
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


def test_the_button_shows_other_test_images(run, tiny_data, open_prediction):
    app = open_prediction("test")
    before = answer(app)
    with_label(app.button, "Show other images").click().run()
    assert answer(app) != before


def test_without_cifar10_the_page_says_how_to_get_it(run, open_prediction):
    app = open_prediction("test")
    assert not app.exception
    assert "python -m cnn_core data" in app.info[0].value
