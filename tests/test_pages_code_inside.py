"""The same in code, on the parts of Inside that change a network or an image: it follows what is chosen."""

import pytest
from app import labels, with_label
from test_pages_inside import CONFIG, exported, make_run  # noqa: F401

from pages.ui.inside import PARTS

PLACE = "The same in code"


@pytest.fixture(autouse=True)
def run(make_run, shapes_only):  # noqa: F811
    return make_run()


@pytest.fixture
def open_part(open_page):
    """A part of the page whose code is open, where it is there."""

    def open_part(part, **query):
        app = open_page("inside", **{"inside.part": PARTS[part].title, "inside.image": "5", **query})
        assert not app.code, "it is closed at first"
        app.session_state[f"code.inside.{part}"] = True
        return app.run()

    return open_part


def programs(app):
    assert not app.exception
    assert all("cnn_core" not in code.value for code in app.code)
    return [code.value for code in app.code]


def test_the_scrambling_s_code_comes_with_the_answer_since_it_names_the_maps(open_part):
    app = open_part("truth")
    assert PLACE not in labels(app.expander)
    with_label(app.button_group, "One of the three").set_value("Map 2").run()
    (first,) = programs(app)
    assert "test_images.npy" in first
    assert "[5]" in first, "the image"
    for layers in ("()", '("logits",)', '("dense1",)', '("block2_conv2",)', '("block2_conv1",)', '("block1_conv1",)'):
        assert f"    {layers},\n" in first
    assert "[0, *layer.encode()]" in first
    app.button(key="inside.truth.again").click().run()
    (again,) = programs(app)
    assert again == first.replace("[0, *layer.encode()])  # 0:", "[1, *layer.encode()])  # 1:")


def test_what_if_has_the_chosen_change_and_the_test_images_once_they_are_measured(open_part):
    app = open_part("change", **{"inside.change": "Rotation"})
    (rotation,) = programs(app)
    assert "def changed(images, degrees):" in rotation
    app.segmented_control(key="inside.change").set_value("contrast").run()
    (contrast,) = programs(app)
    assert "def changed(images, factor):" in contrast
    assert "times the contrast" in contrast
    with_label(app.button, "Measure it on 60").click().run()
    one, many = programs(app)
    assert one == contrast
    assert "places = slice(60)" in many
    assert labels(app.tabs) == ["This image", "60 test images"]


def test_surgery_has_the_layer_the_filters_and_what_is_done_to_them(open_part):
    app = open_part("surgery")
    with_label(app.selectbox, "Layer").set_value("block2_conv1").run()
    with_label(app.multiselect, "Filters").set_value([4, 1]).run()
    (off,) = programs(app)
    assert "filters = [1, 4]  # of block2_conv1" in off
    assert 'model.get_layer("block2_conv2")  # reads their maps' in off
    app.session_state["convolution.kept"] = "0 1 0 / 1 -4 1 / 0 1 0"
    app.segmented_control(key="inside.surgery.how").set_value("own").run()
    (own,) = programs(app)
    assert "[1, -4, 1]" in own
    assert 'layer = model.get_layer("block2_conv1")' in own
    app.toggle(key="inside.surgery.score").set_value(True).run()
    one, many = programs(app)
    assert one == own
    assert "[1, -4, 1]" in many
    assert labels(app.tabs) == ["This image", "60 test images"]
    with_label(app.multiselect, "Filters").set_value([]).run()
    assert not programs(app)


@pytest.mark.parametrize("part", ["change", "surgery"])
def test_a_drawing_is_read_as_a_photo(open_part, part):
    (program,) = programs(open_part(part, **{"inside.source": "Drawing"}))
    assert 'Image.open("photo.jpg")' in program
