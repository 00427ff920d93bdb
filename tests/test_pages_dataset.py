"""Home and the dataset page, run as the app runs them, with data, without CIFAR-10, and with damaged files."""

import json

import numpy as np
import pytest
from app import with_label

from cnn_core import data
from pages.ui import frame
from pages.ui.components.gallery import fingerprint

GALLERY, IMAGE = "dataset.gallery", "dataset.image"


def headers(app):
    return [element.value for element in app.header]


def test_home_leads_to_every_other_page(open_page):
    app = open_page("home")
    assert not app.exception
    links = [link.label for link in app.get("page_link")]
    others = [page for page in frame.PAGES if page.file != "home.py"]
    assert links == [f"**{number} · {page.title}**" for number, page in enumerate(others, 1)]
    recap = " ".join(element.value for element in app.subheader)
    assert all(layer in recap for layer in ("Convolution", "Pooling", "Fully connected", "Loss"))


def test_dataset_page_opens_an_image_and_puts_it_into_the_address(tiny_data, open_page):
    app = open_page("dataset")
    assert not app.exception
    opened = int(app.query_params[IMAGE])
    split = tiny_data.split("train")
    assert headers(app)[0] == f"One image: {tiny_data.class_names[split.labels[opened]]}"
    pixel, label = (table.value for table in app.table)
    assert pixel["stored"].tolist() == split.images(opened)[0, 16, 16].tolist()
    np.testing.assert_allclose(pixel["scaled"], pixel["stored"] / 255, rtol=1e-6)
    assert label["one-hot"].tolist() == np.eye(10, dtype=int)[split.labels[opened]].tolist()


def test_a_link_opens_its_image_and_a_bad_one_the_first(tiny_data, open_page):
    label = tiny_data.split("test").labels[7]
    app = open_page("dataset", **{"dataset.split": "test", IMAGE: "7"})
    assert headers(app)[0] == f"One image: {tiny_data.class_names[label]}"
    for bad in ("60", "-1", "seven", ""):
        app = open_page("dataset", **{"dataset.split": "test", "dataset.order": "official", IMAGE: bad})
        assert not app.exception
        assert app.query_params[IMAGE] == "0"


def test_the_same_seed_shows_the_same_images_and_reshuffle_others(tiny_data, open_page):
    first = open_page("dataset", **{"dataset.seed": "7"})
    again = open_page("dataset", **{"dataset.seed": "7"})
    assert first.query_params[IMAGE] == again.query_params[IMAGE]
    seeds = set()
    for _ in range(3):
        with_label(first.button, "Reshuffle").click().run()
        seeds.add(first.query_params["dataset.seed"])
    assert not first.exception
    assert len(seeds) > 1


def test_picking_a_picture_opens_it_until_others_are_shown(tiny_data, open_page):
    app = open_page("dataset", **{"dataset.split": "test", "dataset.order": "official"})
    test = tiny_data.split("test")
    app.session_state[GALLERY] = {"picked": {"index": 5, "of": fingerprint(test.images(np.arange(36)))}}
    app.run()
    assert app.query_params[IMAGE] == "5"
    with_label(app.selectbox, "Class").select("cat").run()
    assert app.query_params[IMAGE] == "5", "the pick was made in other pictures"


def test_filters_and_pages_reach_every_image(tiny_data, open_page):
    app = open_page("dataset", **{"dataset.split": "test", "dataset.order": "official"})
    (pages,) = app.get("pagination")
    assert pages.num_pages == 2  # 60 images, 36 at a time
    with_label(app.selectbox, "Class").select("cat").run()
    assert app.get("pagination")[0].num_pages == 1
    assert not app.exception


@pytest.mark.usefixtures("shapes_only")
def test_without_cifar10_shapes_stand_in_and_the_page_says_how_to_get_it(open_page):
    app = open_page("dataset")
    assert not app.exception
    assert any("CIFAR-10 is not on this machine yet" in element.value for element in app.markdown)
    assert with_label(app.button, "Get CIFAR-10")
    assert "Shapes-10's train split" in app.caption[-1].value
    with_label(app.button_group, "Data set").set_value("shapes10").run()
    assert not any(button.label == "Get CIFAR-10" for button in app.button)


@pytest.mark.usefixtures("shapes_only")
def test_a_failed_preparation_is_told_and_can_be_tried_again(open_page):
    status = {"state": "failed", "message": "The disk filled up.", "done": 0, "total": 0}
    (data.data_dir() / "cifar10.status.json").write_text(json.dumps(status))
    app = open_page("dataset")
    assert [error.value for error in app.error] == ["The disk filled up."]
    assert with_label(app.button, "Get CIFAR-10")


def test_a_damaged_file_is_told_in_one_sentence(tiny_data_dir, open_page):
    (tiny_data_dir / "train_images.npy").write_bytes(b"not an array")
    app = open_page("dataset")
    assert not app.exception
    (error,) = app.error
    assert "train_images.npy cannot be read" in error.value
