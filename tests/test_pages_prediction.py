"""The prediction page as the app runs it: without a run, with photos good and bad, and with a damaged network."""

import base64
import hashlib
import io
import json
import shutil
from pathlib import Path
from weakref import WeakSet

import numpy as np
import pytest
import streamlit as st
from app import labels, photo, text, with_label
from handmade import give_temperature
from PIL import Image
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from cnn_core import data, evaluation, images
from cnn_core.augmentation import test_time_augmentation as average_over_views
from cnn_core.images import Crop
from cnn_core.inference import Classifier
from cnn_core.runs import Run
from pages.ui import live, photos
from pages.ui.components import picker
from pages.ui.components.camera import Shot
from pages.ui.components.gallery import fingerprint
from pages.ui.controls import ChosenImage

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


@pytest.fixture
def upload(give_photo):
    """A function that gives the file; the key of the cropper that it gets."""

    def upload(app, content):
        give_photo(app, content)
        return CROP(hashlib.blake2b(content, digest_size=16).hexdigest())

    return upload


def answer(app):
    """The answer in words, and the figure's ten probabilities in class order."""
    assert not app.exception
    assert not app.error
    spec = json.loads(app.get("plotly_chart")[0].proto.spec)
    return app.header[1].value, spec["data"][0]["text"]


def expected(run, pixels, count=1):
    """What `answer` has to be, computed without the page."""
    probabilities = average_over_views(Classifier(run.classifier_path).predict, pixels[np.newaxis], count)[0]
    names = ("Airplane", "Automobile", "Bird", "Cat", "Deer", "Dog", "Frog", "Horse", "Ship", "Truck")
    return f"{names[probabilities.argmax()]}: softmax says {probabilities.max():.1%}", [
        f"{p:.1%}" for p in probabilities
    ]


def calibrated(run, pixels):
    """The same for a run with a temperature."""
    words, _ = expected(run, pixels)
    raw = Classifier(run.classifier_path).predict(pixels[np.newaxis])[0]
    shares = evaluation.calibrated(raw, run.calibration().temperature)
    return f"{words.partition(':')[0]}, {shares.max():.0%}", [f"{p:.1%}" for p in shares]


def test_without_a_run_the_page_says_what_to_do(open_prediction):
    app = open_prediction()
    assert not app.exception
    assert "Train a network" in app.info[0].value
    assert not app.segmented_control


def test_before_the_upload_the_page_waits(run, open_prediction):
    app = open_prediction()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="prediction.run").value == run.id
    assert "Trained on **CIFAR-10**, it knows airplane, automobile" in app.caption[0].value
    assert not app.get("plotly_chart")


def test_a_photo_gets_the_networks_own_answer(run, open_prediction, upload):
    app = open_prediction()
    upload(app, photo())
    assert answer(app) == expected(run, images.to_network_input(images.open_image(photo())))
    assert any("ms." in caption.value for caption in app.caption)


def test_the_square_decides_what_the_network_gets(run, open_prediction, upload):
    app = open_prediction()
    crop = upload(app, photo())
    whole = answer(app)
    app.session_state[crop] = {"crop": {"x": 1, "y": 0, "size": 0.6}}
    app.run()
    pixels = images.to_network_input(images.open_image(photo()), Crop(x=1, y=0, size=0.6))
    assert answer(app) == expected(run, pixels)
    assert answer(app) != whole


def test_the_switch_averages_a_recorded_network_s_answers_to_six_views(finished_run, open_prediction, upload):
    run = finished_run
    shutil.copyfile(RECORDED / "lesson" / "model.tflite", run.classifier_path)
    app = open_prediction()
    upload(app, photo())
    pixels = images.to_network_input(images.open_image(photo()))
    assert answer(app) == expected(run, pixels)  # the switch is off at first
    app.toggle(key="prediction.views").set_value(True).run()
    assert answer(app) == expected(run, pixels, 6) != expected(run, pixels)


def test_percentages_are_calibrated_and_the_raw_ones_are_one_switch_away(run, open_prediction, upload):
    give_temperature(run, 0.2)
    app = open_prediction()
    upload(app, photo())
    pixels = images.to_network_input(images.open_image(photo()))
    assert answer(app) == calibrated(run, pixels)
    assert "The order of the classes stays" in app.toggle(key="sureness.switch").help
    assert "temperature, 0.20," in app.toggle(key="sureness.switch").help
    app.toggle(key="sureness.switch").set_value(True).run()
    assert answer(app) == expected(run, pixels) != calibrated(run, pixels)
    assert app.query_params["raw"] == "1"
    app.toggle(key="sureness.switch").set_value(False).run()
    assert answer(app) == calibrated(run, pixels)
    assert "raw" not in app.query_params


def test_the_choice_of_raw_outputs_is_in_the_link_and_travels(run, open_page, give_photo):
    give_temperature(run, 0.2)
    app = open_page("prediction", raw="1")
    give_photo(app, photo())
    assert answer(app)[0].count("softmax says") == 1
    app.switch_page("pages/home.py").run()
    app.query_params.clear()
    app.switch_page("pages/prediction.py").run()
    assert "softmax says" in answer(app)[0]
    assert app.query_params["raw"] == "1"


def test_beside_the_answer_stands_how_often_such_an_answer_is_right(run, open_prediction, upload):
    give_temperature(run, 0.2)
    app = open_prediction()
    upload(app, photo())
    pixels = images.to_network_input(images.open_image(photo()))
    raw = Classifier(run.classifier_path).predict(pixels[np.newaxis])[0]
    of_test, all_raw = run.predictions()
    for temperature, words in ((0.2, "When it is this sure"), (1.0, "When softmax says this")):
        shown, these = (evaluation.calibrated(each, temperature) for each in (all_raw, raw))
        record = evaluation.track_record(of_test, shown, these.max())
        said = f"{words}, it is right in **{record.of_100}** ({record.rests_on}), for pictures like the test images."
        assert said in text(app)
        app.toggle(key="sureness.switch").set_value(True).run()


def test_an_average_over_views_is_not_calibrated_and_says_so(run, open_prediction, upload):
    give_temperature(run, 0.2)
    app = open_prediction()
    upload(app, photo())
    app.toggle(key="prediction.views").set_value(True).run()
    assert answer(app) == expected(run, images.to_network_input(images.open_image(photo())), 6)
    assert "The average of 6 raw softmax outputs. It is not calibrated: the temperature is for single answers." in text(
        app
    )
    assert "it is right in" not in text(app)


def test_a_run_without_a_temperature_says_that_its_percentages_are_raw(run, open_prediction, upload):
    app = open_prediction()
    upload(app, photo())
    assert answer(app) == expected(run, images.to_network_input(images.open_image(photo())))
    assert f"raw softmax outputs. `python -m cnn_core complete {run.id}` fits one." in text(app)
    assert "When softmax says this, it is right in" in text(app)
    assert "Raw softmax outputs" not in labels(app.toggle)


def test_nonsense_from_the_browser_is_the_middle_square(run, open_prediction, upload):
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


def test_the_server_keeps_the_pixels_of_a_camera_photo_and_not_its_file(run, open_prediction, monkeypatch):
    managers, add = [], MemoryUploadedFileManager.add_file
    monkeypatch.setattr(
        MemoryUploadedFileManager, "add_file", lambda self, *given: (managers.append(self), add(self, *given))
    )
    app = open_prediction("camera")
    app.camera_input(key="prediction.camera").set_value(("photo.jpg", photo(), "image/jpeg")).run()
    before = answer(app)
    assert managers
    assert not any(files for manager in managers for files in manager.file_storage.values())
    app.session_state["prediction.source"] = "camera"
    assert answer(app.run()) == before


def test_a_bad_file_gets_its_sentence_and_nothing_is_lost(run, open_prediction, upload):
    app = open_prediction()
    upload(app, b"dear teacher")
    assert not app.exception
    assert "this file is text" in app.error[0].value
    assert not app.get("plotly_chart")
    upload(app, photo())
    assert answer(app) == expected(run, images.to_network_input(images.open_image(photo())))
    assert app.selectbox(key="prediction.run").value == run.id


def heic():
    return b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500)


def in_format(image_format):
    file = io.BytesIO()
    Image.open(io.BytesIO(photo())).save(file, image_format)
    return file.getvalue()


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "TIFF", "PNG"])
def test_whatever_a_file_is_called_its_content_decides(run, open_prediction, upload, image_format):
    content = in_format(image_format)
    app = open_prediction()
    upload(app, content)
    assert answer(app) == expected(run, images.to_network_input(images.open_image(content)))


def test_a_refused_file_says_what_to_do_and_no_earlier_answer_stays_beside_it(run, open_prediction, upload):
    app = open_prediction()
    upload(app, photo())
    answer(app)
    upload(app, heic())
    assert "a HEIC photo; share it from the phone as JPEG" in app.error[0].value
    assert not app.get("plotly_chart")
    there_and_back(app)
    assert not app.get("plotly_chart"), "the refused file took its place"


def test_a_refusal_stays_until_another_file_is_given(run, open_prediction, upload):
    app = open_prediction()
    upload(app, b"dear teacher")
    assert "this file is text" in app.run().error[0].value
    assert "No photo at hand" in text(app)
    upload(app, photo())
    answer(app)


def test_a_file_too_large_to_be_sent_gets_a_sentence(run, open_prediction, upload, give_photo):
    app = open_prediction()
    upload(app, photo())
    give_photo(app, None, size=90_000_000)
    assert "This browser cannot open the file, which with 90 MB is too large" in app.error[0].value
    assert not app.get("plotly_chart")


def test_a_server_may_take_smaller_files_only(run, open_prediction, upload, monkeypatch):
    monkeypatch.setenv("CNN_MAX_UPLOAD", "2")
    app = open_prediction()
    upload(app, b"\xff\xd8\xff" + bytes(2_100_000))
    assert "The file has 2.1 MB, but at most 2 MB can be read; save it smaller" in app.error[0].value


def test_a_server_keeps_so_many_photos_and_takes_the_same_one_when_there_is_room(
    run, open_prediction, upload, monkeypatch
):
    monkeypatch.setattr(photos, "_everybodys", WeakSet())
    monkeypatch.setattr(photos, "_MOST_ELSEWHERE", 1)
    first, second = open_prediction(), open_prediction()
    upload(first, photo())
    upload(first, photo(seed=1))  # in the place of the one before
    answer(first)
    upload(second, photo())
    assert "holds as many photos as it can; try again" in second.error[0].value
    with_label(first.button, "Remove").click().run()
    upload(second, photo())
    answer(second)


@pytest.mark.parametrize("sent", ["all", [1], {}, {"content": "?", "size": 1}, {"content": 7, "size": "x"}])
def test_nonsense_from_the_picker_is_an_empty_file(sent):
    assert picker._picked(sent).content == b""
    assert picker._picked({"content": "aGk=", "size": 2}) == picker.Picked(b"hi", 2)


def test_a_file_larger_than_the_server_allows_is_not_taken_whoever_sends_it(monkeypatch):
    """The browser's part keeps to `most`; what speaks its protocol may not."""
    sent = {"content": base64.b64encode(bytes(1000)).decode(), "size": 5}
    assert picker._picked(sent, 1000) == picker.Picked(bytes(1000), 5)
    assert picker._picked(sent, 990) == picker.Picked(None, 1002)


def test_a_drawn_picture_stands_in_for_a_photo_until_it_is_removed(run, open_prediction):
    app = open_prediction()
    drawn = [sample.draw() for sample in images.SAMPLES.values()]
    pick = {"index": 1, "of": fingerprint(np.stack([np.asarray(image) for image in drawn]))}
    app.session_state["prediction.samples"] = {"picked": pick}
    app.run()
    assert answer(app) == expected(run, images.to_network_input(drawn[1]))
    assert "was drawn for this page" in text(app)
    with_label(app.button, "Remove").click().run()
    assert not app.exception
    assert not app.get("plotly_chart")


@pytest.mark.parametrize(
    ("url", "has_camera"),
    [
        ("http://192.168.1.7:8501/prediction", False),
        ("http://school.example/", False),
        ("https://school.example/", True),
        ("http://localhost:8501/", True),
        ("http://127.0.0.1:8501/", True),
        (None, True),
    ],
)
def test_over_http_the_page_says_why_there_is_no_camera(run, open_prediction, monkeypatch, url, has_camera):
    monkeypatch.setattr(type(st.context), "url", property(lambda self: url))
    app = open_prediction("camera")
    assert not app.exception
    assert bool(app.camera_input) == has_camera
    assert [("on https and on localhost only" in warning.value) for warning in app.warning] == [True] * (not has_camera)


def there_and_back(app):
    app.switch_page("pages/home.py").run()
    return app.switch_page("pages/prediction.py").run()


def test_a_photo_is_still_there_when_the_visitor_comes_back_until_it_is_removed(run, open_prediction, upload):
    app = open_prediction()
    upload(app, photo())
    before = answer(app)
    there_and_back(app)
    assert answer(app) == before
    assert "is kept" in text(app)
    upload(app, photo(seed=1))
    assert answer(app) != before
    there_and_back(app)
    with_label(app.button, "Remove").click().run()
    assert not app.exception
    assert not app.get("plotly_chart")
    assert "is kept" not in text(there_and_back(app))


def test_a_photo_from_the_camera_and_one_from_a_file_are_kept_side_by_side_and_no_more(run, open_prediction, upload):
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
    assert len(app.session_state["photos.kept"]) == 2


@pytest.mark.parametrize("bad", ["", "9" * 5000, ["Camera", ""]], ids=["empty", "long", "twice"])
def test_whatever_a_link_holds_the_page_opens_with_its_defaults(run, open_page, bad):
    app = open_page("prediction", **{"prediction.source": bad, "run": bad})
    assert not app.exception
    assert app.segmented_control(key="prediction.source").value == "upload"
    assert app.selectbox(key="prediction.run").value == run.id
    assert "prediction.source" not in app.query_params


def test_a_run_deleted_while_its_page_is_open_costs_a_sentence(run, open_prediction, upload):
    other = Run(shutil.copytree(run.path, run.path.with_name("other")))
    app = open_prediction()
    app.selectbox(key="prediction.run").select(run.id).run()
    upload(app, photo())
    before = answer(app)
    shutil.rmtree(run.path)
    app.run()
    assert "The run that you looked at was deleted" in app.info[0].value
    assert app.selectbox(key="prediction.run").value == other.id
    assert answer(app) == before, "the same network, and the photo is still there"
    app.run()
    assert not app.info


def test_a_network_whose_training_diverged_gives_no_figures(run, open_prediction, monkeypatch, upload):
    monkeypatch.setattr(Classifier, "predict", lambda self, pixels: np.full((len(pixels), 10), np.nan, np.float32))
    app = open_prediction()
    upload(app, photo())
    assert not app.exception
    assert "its training diverged" in app.error[0].value
    assert not app.get("plotly_chart")


def test_a_run_without_a_network_is_not_offered_and_a_link_to_it_says_why(run, open_page):
    """Its test was skipped after the result, or it came in a zip without weights."""
    other = Run(shutil.copytree(run.path, run.path.with_name("other")))
    run.classifier_path.unlink()
    app = open_page("prediction", run=run.id)
    assert not app.exception
    assert app.selectbox(key="prediction.run").value == other.id
    assert len(app.selectbox(key="prediction.run").options) == 1
    assert "**A finished run** has no network" in app.info[0].value


def test_a_damaged_network_is_said_and_another_run_still_answers(run, open_prediction, upload):
    other = Run(shutil.copytree(run.path, run.path.with_name("other")))
    run.classifier_path.write_bytes(b"not a network")
    app = open_prediction()
    app.selectbox(key="prediction.run").select(run.id).run()
    assert not app.exception
    assert "The network of this run cannot be opened. Choose another" in app.error[0].value
    app.selectbox(key="prediction.run").select(other.id).run()
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


def gallery_data(app):
    return json.loads(app.get("bidi_component")[0].proto.json)


def test_a_test_image_hides_its_label_until_the_network_has_answered(run, tiny_data, open_prediction):
    app = open_prediction("test")
    split = tiny_data.split("test")
    shown = np.random.default_rng(0).permutation(60)[:12]
    for asked in ((0,), (0, 5)):
        if len(asked) == 2:
            app.session_state["prediction.gallery"] = {"picked": {"index": 5, "of": fingerprint(split.images(shown))}}
            app.run()
        given = gallery_data(app)
        predicted = Classifier(run.classifier_path).predict(split.images(shown)).argmax(axis=1)
        for place, (caption, mark) in enumerate(zip(given["captions"], given["marks"], strict=True)):
            if place not in asked:
                assert (caption, mark) == ("?", None)
                continue
            label = split.labels[shown[place]]
            assert mark == (predicted[place] == label)
            names = tiny_data.class_names
            assert caption == names[label] + ("" if mark else f"\nnot {names[predicted[place]]}")
    assert app.session_state["controls.image"] == ChosenImage("cifar10", "test", int(shown[5]))


@pytest.mark.parametrize(("split", "note"), [("test", ""), ("train", "has learned from it"), ("val", "validation")])
def test_the_image_of_another_page_comes_first_and_stays_there(run, tiny_data, open_page, split, note):
    kept = tiny_data.split(split)
    index = int(np.random.default_rng(0).permutation(len(kept))[15])  # not among the first twelve
    app = open_page("home")
    app.session_state["controls.image"] = ChosenImage("cifar10", split, index)
    app.switch_page("pages/prediction.py")
    app.query_params["prediction.source"] = "Test image"
    app.run()
    assert answer(app)[0] == expected(run, kept.images([index])[0])[0]
    assert note in text(app)
    given = gallery_data(app)
    app.session_state["prediction.gallery"] = {"picked": {"index": 3, "of": given["of"]}}
    app.run()
    assert gallery_data(app)["of"] == given["of"], "the pick moved no image"
    assert gallery_data(app)["picked"] == 3
    with_label(app.button, "Show other images").click().run()
    assert not app.exception
    assert gallery_data(app)["of"] != given["of"]


def test_an_image_that_no_network_knows_is_said(run, tiny_data, open_page):
    app = open_page("home")
    app.session_state["controls.image"] = ChosenImage("shapes10", "test", 3)
    app.switch_page("pages/prediction.py")
    app.query_params["prediction.source"] = "Test image"
    app.run()
    answer(app)
    assert "No network here has learned Shapes-10 yet" in app.info[0].value


def test_the_button_shows_other_test_images(run, tiny_data, open_prediction):
    app = open_prediction("test")
    before = answer(app)
    with_label(app.button, "Show other images").click().run()
    assert answer(app) != before


def test_without_cifar10_the_page_says_how_to_get_it(run, open_prediction):
    app = open_prediction("test")
    assert not app.exception
    assert "python -m cnn_core data" in app.info[0].value


def test_a_live_camera_is_answered_picture_by_picture_until_it_is_turned_off(run, open_prediction, monkeypatch):
    shown = []
    monkeypatch.setattr(live, "camera", lambda **how: shown[-1] if shown else None)
    app = open_prediction("live")
    assert not app.exception
    assert "Turn the camera on" in text(app)
    for seed in (1, 2):
        frame = np.random.default_rng(seed).integers(0, 256, (1, 32, 32, 3), dtype=np.uint8)
        shown.append(Shot(seed, "burst", frames=frame))
        app.run()
        raw = Classifier(run.classifier_path).predict(frame)[0]
        assert app.header[1].value == (
            f"{run_names(run)[raw.argmax()].capitalize()}: softmax says {evaluation.percent(float(raw.max()), 1)}"
        )
    shown.clear()
    assert "Turn the camera on" in text(app.run())


def test_a_file_that_is_sent_in_place_of_a_live_picture_is_passed_over(run, open_prediction):
    app = open_prediction("live")
    app.session_state["prediction.live.shot"] = Shot(1, "unopened", content=b"no picture")
    assert not app.run().exception
    assert "Turn the camera on" in text(app)


def run_names(run):
    return data.learned(run.config).class_names
