"""The app for the tests of its pages: opened as a link opens it, and read as a visitor reads it."""

import json
import shutil

import pytest
from odd_bytes import encode, noise
from PIL import Image
from streamlit.testing.v1 import AppTest

from cnn_core import data
from cnn_core.data import shapes10
from pages.ui import photos
from pages.ui.components.picker import Picked

PATIENCE = 60  # seconds for one run of a page; AppTest's own 3 are too few on a busy machine


def open_app(page, **query):
    """The page (`training`, say) with these values in its address; names are those of the address."""
    app = AppTest.from_file("../streamlit_app.py", default_timeout=PATIENCE)
    app.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def photo(seed=0, size=(90, 60)):
    """A PNG of noise."""
    return encode(Image.fromarray(noise(*size[::-1], 3, seed=seed)))


@pytest.fixture
def open_page(fresh_caches, shapes10_dir):
    """`open_app`, with caches that know nothing of another test, and a Shapes-10 that need not be drawn for each."""

    def open_(page, **query):
        name = f"shapes10-v{shapes10.VERSION}"
        data.data_dir().mkdir(parents=True, exist_ok=True)
        if not (data.data_dir() / name).exists():
            (data.data_dir() / name).symlink_to(shapes10_dir / name, target_is_directory=True)
        return open_app(page, **query)

    return open_


@pytest.fixture
def give_photo(monkeypatch):
    """A function that gives the page a file, as its file picker does: once. AppTest knows no trigger of a component."""
    waiting = []
    monkeypatch.setattr(photos, "picker", lambda **_: waiting.pop() if waiting else None)

    def give(app, content, size=None):
        waiting.append(Picked(content, len(content) if size is None else size))
        return app.run()

    return give


@pytest.fixture
def shapes_only(tiny_data_dir):
    """Shapes-10, quickly: the tiny data set in its place, and no CIFAR-10."""
    return shutil.move(tiny_data_dir, data.data_dir() / f"shapes10-v{shapes10.VERSION}")


def text(app):
    """The sentences on the page."""
    kinds = (app.markdown, app.caption, app.latex, app.info, app.warning, app.error)
    return " ".join(element.value for elements in kinds for element in elements)


def with_label(elements, start):
    """The first of these widgets whose label begins so."""
    return next(element for element in elements if element.label.startswith(start))


def labels(elements):
    return [element.label for element in elements]


def player(app):
    """What the player on the page was given; None without one."""
    given = (element.proto for element in app.get("bidi_component"))
    return next((json.loads(proto.json) for proto in given if proto.component_name == "player"), None)


def figures(app):
    """The figures that the player shows, by label; at the last moment."""
    tracks = (player(app) or {"tracks": {"figures": []}})["tracks"]
    return {figure["label"]: figure["text"][-1] for figure in tracks["figures"]}


def metric(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)
