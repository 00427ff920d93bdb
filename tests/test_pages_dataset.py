"""The dataset page, run as the app runs them, with data, without CIFAR-10, and with damaged files."""

import json
import shutil

import numpy as np
import pytest
import streamlit as st
from app import PATIENCE, text, with_label
from streamlit.testing.v1 import AppTest

from cnn_core import data
from cnn_core.data import shapes10
from pages.ui.components.gallery import fingerprint
from pages.ui.controls import ChosenImage

GALLERY, IMAGE = "dataset.gallery", "dataset.image"


@pytest.fixture
def both_data_sets(tiny_data_dir):
    """Both, quickly: the tiny data set in two places."""
    shutil.copytree(tiny_data_dir, data.data_dir() / f"shapes10-v{shapes10.VERSION}")


def headers(app):
    return [element.value for element in app.header]


def test_dataset_page_opens_an_image_and_puts_it_into_the_address(tiny_data, open_page):
    app = open_page("dataset")
    assert not app.exception
    opened = int(app.query_params[IMAGE])
    split = tiny_data.split("train")
    assert headers(app)[0] == f"One image: {tiny_data.class_names[split.labels[opened]]}"
    pixel, label = (table.value for table in app.table)
    assert pixel["stored"].tolist() == split.images(opened)[0, 15, 15].tolist()
    assert "the one in row 16, column 16" in text(app)
    np.testing.assert_allclose(pixel["scaled"], pixel["stored"] / 255, rtol=1e-6)
    assert label["one-hot"].tolist() == np.eye(10, dtype=int)[split.labels[opened]].tolist()


def test_a_link_opens_its_image_and_a_bad_one_the_first(tiny_data, open_page):
    label = tiny_data.split("test").labels[7]
    app = open_page("dataset", **{"dataset.split": "test", IMAGE: "7"})
    assert headers(app)[0] == f"One image: {tiny_data.class_names[label]}"
    for bad in ("60", "", "9" * 5000, "²"):
        app = open_page("dataset", **{"dataset.split": "test", "dataset.order": "official", IMAGE: bad})
        assert not app.exception
        assert app.query_params[IMAGE] == "0"


BOUND = ("data_set", "dataset.split", "dataset.class", "dataset.order", "dataset.seed", "dataset.page")


def test_whatever_a_link_holds_the_page_opens_with_its_defaults(tiny_data, open_page):
    """Every kind of bad value is tried on every kind of widget in test_address.py."""
    usual = open_page("dataset")
    for bad in ("", "999999999999", "9" * 5000, ["test", ""]):
        app = open_page("dataset", **dict.fromkeys(BOUND, bad))
        assert not app.exception
        assert headers(app) == headers(usual)
        assert app.query_params[IMAGE] == usual.query_params[IMAGE]
        assert not set(BOUND) & set(app.query_params)


def test_a_class_that_the_other_data_set_lacks_becomes_all_and_nothing_else_is_lost(both_data_sets, open_page):
    app = open_page("dataset", **{"dataset.split": "test", "dataset.class": "cat"})
    with_label(app.button_group, "Data set").set_value("shapes10").run()
    assert not app.exception
    assert with_label(app.selectbox, "Class").value == "all"
    assert "Shapes-10's test split" in text(app)


def test_the_data_set_is_kept_when_the_visitor_comes_back(both_data_sets, open_page):
    app = open_page("dataset")
    with_label(app.button_group, "Data set").set_value("shapes10").run()
    assert "Shapes-10's training split" in text(app)
    for page in ("home", "training"):
        app.switch_page(f"pages/{page}.py").run()
    assert with_label(app.button_group, "Data set").value == "shapes10"
    app.switch_page("pages/dataset.py").run()
    assert "Shapes-10's training split" in text(app)


def test_the_same_seed_shows_the_same_images_and_the_button_others(tiny_data, open_page):
    first = open_page("dataset", **{"dataset.seed": "7"})
    again = open_page("dataset", **{"dataset.seed": "7"})
    assert first.query_params[IMAGE] == again.query_params[IMAGE]
    seeds = set()
    for _ in range(3):
        with_label(first.button, "Show other images").click().run()
        seeds.add(first.query_params["dataset.seed"])
    assert not first.exception
    assert len(seeds) > 1


def test_picking_an_image_opens_it_until_others_are_shown(tiny_data, open_page):
    app = open_page("dataset", **{"dataset.split": "test", "dataset.order": "official"})
    test = tiny_data.split("test")
    app.session_state[GALLERY] = {"picked": {"index": 5, "of": fingerprint(test.images(np.arange(20)))}}
    app.run()
    assert app.query_params[IMAGE] == "5"
    with_label(app.selectbox, "Class").select("cat").run()
    assert app.query_params[IMAGE] == "5", "the pick was made among other images"
    assert app.session_state["controls.image"] == ChosenImage("cifar10", "test", 5)


def test_an_opened_image_is_classified_by_a_network_that_knows_its_data_set(tiny_data, run_with_network, open_page):
    app = open_page("dataset", **{"dataset.split": "test", IMAGE: "7"})
    with_label(app.button, "Classify it").click().run()
    assert not app.exception
    assert app.title[0].value == "Prediction"
    assert app.selectbox(key="prediction.run").value == run_with_network.id
    assert app.segmented_control(key="prediction.source").value == "test"
    assert f"its label is *{tiny_data.class_names[tiny_data.split('test').labels[7]]}*" in text(app)


def test_the_lab_opens_a_test_image_and_no_other(tiny_data, open_page):
    app = open_page("dataset", **{IMAGE: "7"})
    assert not any(button.label == "Open in the lab" for button in app.button)
    app = open_page("dataset", **{"dataset.split": "test", IMAGE: "7"})
    with_label(app.button, "Open in the lab").click().run()
    assert not app.exception
    assert app.title[0].value != "The data set"
    assert with_label(app.selectbox, "Image").value == "cifar10"
    assert app.number_input(key="convolution.image").value == 7


def test_filters_and_pages_reach_every_image(tiny_data, open_page):
    app = open_page("dataset", **{"dataset.split": "test", "dataset.order": "official"})
    (pages,) = app.get("pagination")
    assert pages.num_pages == 3  # 60 images, 20 at a time
    with_label(app.selectbox, "Class").select("cat").run()
    assert app.get("pagination")[0].num_pages == 1
    assert not app.exception


def choose_set():
    import streamlit as st

    from pages.ui import controls

    st.write(controls.choose_data_set().name)


@pytest.mark.parametrize(("link", "opens"), [({}, "shapes10"), ({"data_set": "CIFAR-10"}, "cifar10")])
def test_the_next_page_stays_with_the_data_set_unless_a_link_names_one(both_data_sets, fresh_caches, link, opens):
    next_page = AppTest.from_function(choose_set, default_timeout=PATIENCE)
    next_page.session_state["controls.data_set"] = "shapes10"
    for name, value in link.items():
        next_page.query_params[name] = value
    assert next_page.run().markdown[0].value == opens


@pytest.mark.usefixtures("shapes_only")
def test_without_cifar10_shapes_stand_in_and_the_page_says_how_to_get_it(open_page):
    app = open_page("dataset")
    assert not app.exception
    assert any("CIFAR-10 is not on this machine yet" in element.value for element in app.markdown)
    assert with_label(app.button, "Get CIFAR-10")
    assert "Shapes-10's training split" in text(app)
    with_label(app.button_group, "Data set").set_value("shapes10").run()
    assert not any(button.label == "Get CIFAR-10" for button in app.button)


@pytest.mark.usefixtures("shapes_only")
def test_a_failed_preparation_is_told_and_can_be_tried_again(open_page):
    status = {"state": "failed", "message": "The disk filled up.", "done": 0, "total": 0}
    (data.data_dir() / "cifar10.status.json").write_text(json.dumps(status))
    app = open_page("dataset")
    assert [error.value for error in app.error] == ["The disk filled up."]
    assert with_label(app.button, "Get CIFAR-10")


@pytest.mark.usefixtures("shapes_only")
def test_a_class_without_cifar10_asks_for_it_seldom_until_somebody_gets_it(open_page, monkeypatch):
    paces, fragment = [], st.fragment
    monkeypatch.setattr(st, "fragment", lambda show, **how: paces.append(how["run_every"]) or fragment(show, **how))
    state = "idle"
    monkeypatch.setattr(data, "preparation_status", lambda: data.PreparationStatus(state, ""))
    app = open_page("dataset")
    state = "running"
    assert not app.run().exception
    assert paces == [10, 2]


def test_a_damaged_file_is_told_in_one_sentence(tiny_data_dir, open_page):
    (tiny_data_dir / "train_images.npy").write_bytes(b"not an array")
    app = open_page("dataset")
    assert not app.exception
    (error,) = app.error
    assert "The file train_images.npy of the data set is damaged; delete the folder cifar10" in error.value
    assert str(tiny_data_dir.parent) not in error.value, "a path of the server"
