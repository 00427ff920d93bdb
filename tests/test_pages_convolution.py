"""The convolution lab, every step run as the app runs it: on a link, on other pictures, asked and answered."""

import io
import json
import sys
from dataclasses import replace

import pytest
from app import text, with_label
from handmade import write_finished_run
from PIL import Image

from pages.ui.lab import STEPS, lesson


@pytest.fixture
def open_lab(open_page):
    """A function that opens the lab as a link does; names without the page's prefix."""
    return lambda **query: open_page("convolution", **{f"convolution.{name}": value for name, value in query.items()})


def stage_data(app):
    """What the first stage of the page was given."""
    return json.loads(app.get("bidi_component")[0].proto.json)


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


def test_it_opens_on_the_reports_example(open_lab):
    data = stage_data(open_lab())
    assert data["image"]["shape"] == [6, 6, 1]
    assert data["image"]["values"][:6] == [3, 0, 1, 2, 7, 4]
    assert data["kernel"] == [1, 0, -1] * 3


def test_the_next_sum_is_kept_back_until_it_is_predicted(open_lab):
    app = open_lab(step="One sum")
    assert stage_data(app)["known"] == 1
    with_label(app.button_group, "The first sum is **−5**").set_value("4").run()
    assert stage_data(app)["known"] is None
    assert "it is **−4**" in app.error[0].value
    with_label(app.button_group, "The first sum is **−5**").set_value("−4").run()
    assert app.success[0].value.startswith("**−4** is right.")


def test_a_teachers_link_shows_the_answers(open_lab):
    app = open_lab(step="One sum", answers="true")
    assert stage_data(app)["known"] is None
    assert "**−4.**" in text(app)


def test_a_link_opens_on_its_own_kernel_and_cell(open_lab):
    app = open_lab(step="Slide", kernel="0 1 / -2.5 0", cell="2.3")
    data = stage_data(app)
    assert (data["kernel"], data["window"], data["cell"]) == ([0, 1, -2.5, 0], [2, 2], [1, 2])
    assert with_label(app.selectbox, "Kernel").value == "custom"


@pytest.mark.parametrize("cell", ["9.9", "x", "1", "-1.2"])
def test_a_cell_that_is_none_is_passed_over(open_lab, cell):
    assert stage_data(open_lab(step="Slide", cell=cell))["cell"] is None


def test_a_kernel_that_is_none_is_named_and_replaced(open_lab):
    app = open_lab(step="Slide", kernel="1 2 / 3")
    assert "rows of 2, 1 numbers" in app.error[0].value
    assert stage_data(app)["kernel"] == [1, 0, -1] * 3


def test_preset_buttons_and_size_change_the_kernel_everywhere(open_lab):
    app = open_lab(step="Slide")
    with_label(app.selectbox, "Kernel").select("sobel_x").run()
    assert stage_data(app)["kernel"] == [1, 0, -1, 2, 0, -2, 1, 0, -1]
    with_label(app.button, "Rotate").click().run()
    assert with_label(app.selectbox, "Kernel").value == "sobel_y"
    with_label(app.button, "Negate").click().run()
    assert with_label(app.selectbox, "Kernel").value == "custom"
    assert stage_data(app)["kernel"] == [-1, -2, -1, 0, 0, 0, 1, 2, 1]
    with_label(app.button_group, "Size").set_value(5).run()
    assert stage_data(app)["window"] == [5, 5]
    with_label(app.button, "Kernel").click().run()
    assert not app.exception
    assert "Your kernel" in text(app)


def test_a_kernel_larger_than_the_picture_is_cut(open_lab):
    app = open_lab(step="Slide", kernel=" / ".join(["1 " * 7] * 7))
    assert "its middle, 5 × 5, is used" in app.warning[0].value
    assert stage_data(app)["window"] == [5, 5]


def test_geometry_says_the_formula_and_what_is_left_over(open_lab):
    app = open_lab(step="Geometry", side="28", stride="2")
    assert r"\lfloor 12.5 \rfloor + 1 = 13" in app.latex[1].value
    assert "1 left over. 1 row and 1 column are never read." in text(app)


def test_geometry_has_no_impossible_state(open_lab):
    app = open_lab(step="Geometry", side="32", window="7", dilation="3")
    assert stage_data(app)["dilation"] == 3
    for side in (15, 9, 3):
        with_label(app.slider, "Input").set_value(side).run()
        assert not app.exception
        assert not app.warning
    assert stage_data(app)["window"] == [3, 3]
    for padding in ("same", "full", "custom"):
        with_label(app.button_group, "Padding").set_value(padding).run()
        assert not app.exception


def test_every_display_mode_and_channel_of_the_bench(open_lab, tiny_data_dir):
    app = open_lab(step="Kernel", picture="CIFAR-10 test image")
    for channel in ("red", "all", "gray"):
        for mode in ("absolute", "relu", "clipped", "signed"):
            with_label(app.button_group, "Channel").set_value(channel)
            with_label(app.button_group, "Show the result").set_value(mode).run()
            assert not app.exception
    app = open_lab(step="Kernel", picture="Bar", display="Photo editor", second="Outline")
    assert "% of the results are negative and shown as black" in text(app)
    assert "**Outline**" in text(app)


def test_pooling_follows_the_picture(open_lab):
    app = open_lab(step="ReLU and pooling", pool="4", pooling="min", picture="Circle")
    with_label(app.selectbox, "Image").select("report")
    with_label(app.selectbox, "Kernel").select("identity").run()
    assert not app.exception
    with_label(app.selectbox, "Kernel").select("box_blur").run()
    with_label(app.button_group, "Size").set_value(5).run()
    assert not app.exception
    assert "Global pooling" in text(app)


def test_a_learned_kernel_stands_on_the_stage(open_lab, finished_run):
    app = open_lab(step="Learned")
    assert stage_data(app)["image"]["shape"] == [6, 6, 3]
    assert len(stage_data(app)["kernel"]) == 27
    assert "A finished run" in text(app)
    first = stage_data(app)["kernel"]
    with_label(app.number_input, "Filter").set_value(2).run()
    assert stage_data(app)["kernel"] != first


def test_no_learned_kernel_is_shown_where_a_fixed_whitening_comes_first(open_lab, finished_run, tiny_config):
    network = replace(tiny_config.network, whitening=True)
    write_finished_run(replace(tiny_config, network=network), title="A whitened run")
    app = open_lab(step="Learned")
    assert with_label(app.selectbox, "Run").options == ["A finished run"]


def test_without_a_run_the_own_kernel_stands_in(open_lab):
    app = open_lab(step="Learned", kernel="5")
    if app.selectbox[-1].label == "Run":
        pytest.skip("recorded runs came with the project")
    assert stage_data(app)["kernel"] == [5]


def test_shapes_stand_in_for_a_missing_cifar10(open_lab, shapes_only):
    app = open_lab(step="Slide", picture="CIFAR-10 test image")
    assert "Shapes-10 stands in" in app.info[0].value
    assert stage_data(app)["image"]["shape"] == [32, 32, 1]


def test_an_upload_takes_the_pictures_place_and_a_bad_one_says_why(open_lab):
    app = open_lab(step="Slide", picture="Your own photo")
    assert stage_data(app)["image"]["shape"] == [12, 12, 1], "until then a drawing"
    app.file_uploader[0].upload("note.png", b"no picture").run()
    assert not app.exception
    assert app.error
    file = io.BytesIO()
    Image.new("RGB", (90, 60), "white").save(file, "PNG")
    app.file_uploader[0].upload("photo.png", file.getvalue()).run()
    assert not app.exception
    assert not app.error
    assert stage_data(app)["image"]["shape"] == [32, 32, 1], "its 32 x 32 pixels, in gray"
