"""Home: the lesson as a map, what is ready and what is missing, and a moving picture whose numbers are right."""

import base64
import io
import shutil

import numpy as np
from app import text, with_label
from PIL import Image
from scipy.signal import correlate2d

from cnn_core import runs
from pages.ui import frame
from pages.ui.components.sweep import sweep_data


def test_home_leads_to_every_other_page(open_page):
    app = open_page("home")
    assert not app.exception
    links = [link.label for link in app.get("page_link")]
    others = sorted((page for page in frame.PAGES if page.file != "home.py"), key=lambda page: not page.is_step)
    assert links == [f"**{page.title}**" for page in others]
    recap = " ".join(element.value for element in app.subheader)
    assert all(layer in recap for layer in ("Convolution", "Pooling", "Dense layer", "Loss"))


def test_the_lesson_starts_with_the_data_set(open_page, shapes_only):
    app = open_page("home")
    with_label(app.button, "Start the lesson").click().run()
    assert not app.exception
    assert app.title[0].value == "The data set"


def test_home_says_what_is_missing(open_page):
    shown = text(open_page("home"))
    assert "CIFAR-10 is not here yet" in shown
    assert "No run of your own" in shown


def test_home_says_what_is_ready(open_page, tiny_data_dir, finished_run):
    shown = text(open_page("home"))
    assert "not here yet" not in shown
    assert "1 run of your own" in shown


def test_home_says_what_is_being_trained(open_page, finished_run):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        assert "**A finished run** is being trained" in text(open_page("home"))


def test_a_run_that_another_visitor_deletes_meanwhile_does_not_break_home(open_page, finished_run, monkeypatch):
    def is_tested(run):
        if run == finished_run:
            shutil.rmtree(run.path)
        return True

    finished_run.classifier_path.touch()
    app = open_page("home")
    assert "55.0% of CIFAR-10 right" in text(app)
    monkeypatch.setattr(runs.Run, "is_tested", is_tested)
    app.run()
    assert not app.exception
    assert "No network for photos yet" in text(app)


def test_the_moving_picture_shows_sums_that_are_right():
    shown = sweep_data()
    png = base64.b64decode(shown["image"].removeprefix("data:image/png;base64,"))
    colours = np.asarray(Image.open(io.BytesIO(png))).astype(float)
    brightness = np.array(shown["brightness"]).reshape(32, 32)
    assert np.abs(brightness - colours @ (0.299, 0.587, 0.114)).max() <= 0.5
    for film in shown["films"]:
        sums = correlate2d(brightness, np.array(film["kernel"]).reshape(3, 3), mode="valid")
        assert np.array_equal(np.array(film["sums"]).reshape(30, 30), sums), film["title"]
