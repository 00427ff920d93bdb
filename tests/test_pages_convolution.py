"""The convolution lab, every step run as the app runs it: on a link, on other pictures, asked and answered."""

import shutil
import sys

import pytest
from streamlit.testing.v1 import AppTest

from cnn_core import data, shapes
from pages.ui import cache
from pages.ui.lab import STEPS, lesson


@pytest.fixture(autouse=True)
def empty_caches():
    cache.data_set.clear()
    yield
    cache.data_set.clear()


@pytest.fixture
def open_lab():
    """A function that opens the lab as a link does; names without the page's prefix."""

    def open_page(**query):
        app = AppTest.from_file("../streamlit_app.py", default_timeout=60).run()
        app.switch_page("pages/convolution.py")
        for name, value in query.items():
            app.query_params[f"convolution.{name}"] = value
        return app.run()

    return open_page


@pytest.fixture
def shapes_only(tiny_data_dir):
    """Shapes-10, quickly: the tiny data set in its place, and no CIFAR-10."""
    return shutil.move(tiny_data_dir, data.data_dir() / f"shapes10-v{shapes.VERSION}")


def stage_data(app):
    """What the first stage of the page was given."""
    import json

    return json.loads(app.get("bidi_component")[0].proto.json)


def text(app):
    return " ".join(element.value for element in [*app.markdown, *app.caption, *app.latex, *app.info])


def pills(app, start):
    return next(group for group in app.button_group if group.label.startswith(start))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("picture", [None, "Circle", "CIFAR-10 test image"])
def test_every_step_opens_on_every_kind_of_picture(open_lab, tiny_data_dir, step, picture):
    app = open_lab(step=STEPS[step].title, **({"picture": picture} if picture else {}))
    assert not app.exception
    assert not app.error
    assert lesson._sections()[step][1] in [element.value for element in app.info]


def test_no_step_makes_the_web_process_import_tensorflow(open_lab):
    already = {"tensorflow", "keras"} & set(sys.modules)
    for step in STEPS:
        open_lab(step=STEPS[step].title)
    assert {"tensorflow", "keras"} & set(sys.modules) == already
