"""The convolution lab, every step run as the app runs it: on a link, with every kind of image, asked and answered."""

import io
import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from app import open_app, text, with_label
from handmade import write_finished_run
from PIL import Image

from cnn_core import convolution as lab
from cnn_core import data
from cnn_core.convolution.activations import softmax
from cnn_core.data import shapes10
from cnn_core.inference import Classifier
from cnn_core.runs import Run, runs_dir
from pages.ui import guidance
from pages.ui.lab import STEPS, classes, kernel, subject

ROOT = Path(__file__).parents[1]


@pytest.fixture
def open_lab(open_page):
    """A function that opens the lab as a link does; names without the page's prefix."""

    def open_lab(**query):
        own = {name: f"convolution.{name}" for name in query if name != guidance.ANSWERS}  # which all lessons share
        return open_page("convolution", **{own.get(name, name): value for name, value in query.items()})

    return open_lab


@pytest.fixture
def lesson_run():
    """The recorded run `lesson`, which has a network, as one of this machine's."""
    return Run(shutil.copytree(ROOT / "assets" / "runs" / "lesson", runs_dir() / "lesson"))


def stage_data(app):
    """What the first stage of the page was given."""
    return json.loads(app.get("bidi_component")[0].proto.json)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("picture", [None, "Circle", "CIFAR-10 test image"])
def test_every_step_opens_on_every_kind_of_image(open_lab, tiny_data_dir, step, picture):
    app = open_lab(step=STEPS[step].title, **({"picture": picture} if picture else {}))
    assert not app.exception
    assert not app.error
    assert guidance._sections("convolution")[step][1] in [element.value for element in app.info]


def test_it_opens_on_the_reports_example(open_lab):
    data = stage_data(open_lab())
    assert data["image"]["shape"] == [6, 6, 1]
    assert data["image"]["values"][:6] == [3, 0, 1, 2, 7, 4]
    assert data["kernel"] == [1, 0, -1] * 3


def test_the_next_sum_is_kept_back_until_it_is_predicted(open_lab):
    app = open_lab(step="One sum")
    assert stage_data(app)["known"] == 1
    with_label(app.button_group, "The first sum is **−5**").set_value("−4").run()
    assert stage_data(app)["known"] is None
    assert app.success[0].value.startswith("**−4** is right. 0·1 + 1·0 + 2·(−1) + 5·1 +")
    assert app.success[0].value.endswith("= −4.")


def test_the_first_wrong_choice_gets_a_hint_and_the_second_the_answer_with_its_arithmetic(open_lab):
    app = open_lab(step="One sum")
    with_label(app.button_group, "The first sum is **−5**").set_value("4").run()
    assert stage_data(app)["known"] == 1, "still kept back"
    assert "Not 4." in app.warning[0].value
    assert "−4" not in text(app).replace("**−5**", "")
    with_label(app.button_group, "The first sum is **−5**").set_value("−6").run()
    assert stage_data(app)["known"] is None
    assert "Not 4 and not −6: it is **−4**. 0·1 + 1·0 + 2·(−1)" in app.error[0].value
    with_label(app.button_group, "The first sum is **−5**").set_value("−4").run()
    assert not app.success, "two tries are all"


def test_the_arithmetic_of_a_large_kernel_is_a_sum_for_each_row(open_lab):
    app = open_lab(step="One sum", kernel=" / ".join(["1 0 0 0 1"] * 5), answers="true")
    rows = [0 + 4, 5 + 1, 7 + 3, 1 + 8, 2 + 8]
    assert f"Row by row: {' + '.join(map(str, rows))} = {sum(rows)}." in text(app)


def test_a_teachers_link_shows_the_answers(open_lab):
    app = open_lab(step="One sum", answers="true")
    assert stage_data(app)["known"] is None
    assert "**−4.**" in text(app)


def test_a_link_opens_on_its_own_kernel_and_cell(open_lab):
    app = open_lab(step="Slide", kernel="0 1 / -2.5 0", cell="2.3")
    data = stage_data(app)
    assert (data["kernel"], data["window"], data["cell"]) == ([0, 1, -2.5, 0], [2, 2], [1, 2])
    assert with_label(app.selectbox, "Kernel").value == "custom"


@pytest.mark.parametrize("cell", ["9.9", "-1.2", "0.1", "", "1.", "9" * 5000 + ".1", "١.١"])
def test_a_cell_that_is_none_is_passed_over(open_lab, cell):
    assert stage_data(open_lab(step="Slide", cell=cell))["cell"] is None


TABLE = {"picture": "The report's 6 × 6 example"}  # which a network cannot take
PARAMETERS = [
    *("picture", "image", "display", "channel", "second", "side", "window", "stride", "padding", "zeros", "dilation"),
    *("red", "green", "blue", "volume_bias", "filters", "activation", "bias", "x", "pooling", "pool", "pool_stride"),
    *("filter", "label", "class", "contrast", "part", "temperature", "ledger", "cell", "answers"),
]
BAD = ["", "9" * 5000, "NaN", "1e999", "<b>\x00", "-7000", ["", "1"], "٣", "1.5.2"]


@pytest.mark.parametrize("step", STEPS)
def test_bad_values_in_a_link_leave_every_control_at_its_default(open_lab, lesson_run, step):
    plain = open_lab(step=STEPS[step].title)
    turn = list(STEPS).index(step)  # so that each step gives each control another bad value
    bad = {name: BAD[(place + turn) % len(BAD)] for place, name in enumerate(PARAMETERS)}
    app = open_lab(step=STEPS[step].title, **bad)
    assert not app.exception
    assert not app.error
    assert text(app) == text(plain)


@pytest.mark.parametrize("value", BAD)
def test_a_bad_step_is_the_default_one(open_lab, value):
    app = open_lab(step=value)
    assert not app.exception
    assert with_label(app.button_group, "Step").value == "sum"


def test_a_text_that_is_no_kernel_says_why_and_the_kernel_stays(open_lab):
    app = open_lab(step="Slide", kernel="1 2 / 3")
    assert "2 rows of 1 and 2 numbers. *Vertical edges* is used instead." in app.error[0].value
    assert stage_data(app)["kernel"] == [1, 0, -1] * 3
    app.text_area[0].set_value("1 0\n0 1").run()
    assert not app.error
    assert stage_data(app)["kernel"] == [1, 0, 0, 1]
    app.text_area[0].set_value("1 0\n0 1e308").run()
    assert "from −1,000 to 1,000; this kernel has one of 1e+308. The kernel is unchanged." in app.error[0].value
    assert stage_data(app)["kernel"] == [1, 0, 0, 1]
    assert app.text_area[0].value == "1 0\n0 1e308", "to be mended"


def test_a_preset_survives_its_own_text(open_lab):
    app = open_lab(step="Slide")
    for name in lab.KERNELS:
        with_label(app.selectbox, "Kernel").select(name).run()
        assert with_label(app.selectbox, "Kernel").value == name
        assert stage_data(app)["kernel"] == pytest.approx(lab.KERNELS[name].weights().ravel().tolist())


def test_a_flat_image_through_a_box_blur_stays_at_100(open_lab):
    app = open_lab(step="Kernel", kernel="1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9")
    assert "flat areas keep their brightness" not in text(app), "which would be the answer"
    with_label(app.button_group, "An image is the same gray").set_value("100").run()
    assert (
        app.success[0].value
        == "**100** is right. 100 × 1 = 100. The weights sum to 1: flat areas keep their brightness."
    )
    assert "The weights sum to 1: flat areas keep their brightness." in text(app)


@pytest.mark.parametrize("weight", ["0", "-1000", "999.9999"])
@pytest.mark.parametrize("step", ["One sum", "Kernel", "ReLU and pooling"])  # of which pooling asks
def test_the_choices_of_a_question_are_distinct_and_one_is_right(open_lab, weight, step):
    app = open_lab(step=step, part="Pooling", kernel="; ".join([f"{weight} {weight} 1000"] * 3), answers="true")
    assert not app.exception
    (question,) = [group for group in app.button_group if "question" in (group.key or "")]
    assert len(set(question.options)) == len(question.options) > 2
    assert sum(f"**{option}.**" in text(app) for option in question.options) == 1


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


def test_a_preset_cut_to_one_weight_is_its_middle(open_lab):
    app = open_lab(step="Slide")
    with_label(app.selectbox, "Kernel").select("sharpen").run()
    with_label(app.button_group, "Size").set_value(1).run()
    assert not app.exception
    assert stage_data(app)["kernel"] == [5]


def test_a_kernel_larger_than_the_image_is_cut(open_lab):
    app = open_lab(step="Slide", kernel=" / ".join(["1 " * 7] * 7))
    assert "Only its middle, 5 × 5, is used" in app.warning[0].value
    assert stage_data(app)["window"] == [5, 5]


def test_geometry_says_the_formula_and_what_is_left_over(open_lab):
    app = open_lab(step="Geometry", side="28", stride="2")
    assert r"\lfloor 12.5 \rfloor + 1 = 13" in app.latex[0].value
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
            with_label(app.selectbox, "Channel").select(channel)
            with_label(app.selectbox, "Show the result").select(mode).run()
            assert not app.exception
    app = open_lab(step="Kernel", picture="Bar", display="Photo editor", second="Outline")
    assert "% of the results are negative and shown as black" in text(app)
    assert "**Outline**" in text(app)


def test_pooling_follows_the_image(open_lab):
    app = open_lab(step="ReLU and pooling", part="Pooling", pool="4", pooling="min", picture="Circle")
    with_label(app.selectbox, "Image").select("report")
    with_label(app.selectbox, "Kernel").select("identity").run()
    assert not app.exception
    with_label(app.selectbox, "Kernel").select("box_blur").run()
    with_label(app.button_group, "Size").set_value(5).run()
    assert not app.exception
    assert "Global pooling" not in text(app), "its maximum may be the answer"
    with_label(app.sidebar.toggle, "Show answers").set_value(True).run()
    assert "Global pooling" in text(app)


def test_a_learned_kernel_stands_on_the_stage_with_its_bias_and_batch_norm(open_lab, lesson_run):
    app = open_lab(step="Learned", picture="Circle", filter="3")
    data = stage_data(app)
    assert data["image"]["shape"] == [32, 32, 3]
    image = np.stack([lab.STIMULI["circle"].draw(32)] * 3, -1)
    maps = Classifier(lesson_run.classifier_path).feature_maps(image)
    values = np.reshape(data["image"]["values"], (32, 32, 3))
    kernel = np.reshape(data["kernel"], (3, 3, 3))
    sums = lab.conv2d(values, kernel, data["bias"], padding="same")
    np.testing.assert_allclose(sums, maps["block1_conv1"][..., 2], atol=1e-5)
    normed = np.maximum(sums, 0) * data["norm"]["scale"] + data["norm"]["shift"]
    np.testing.assert_allclose(normed, maps["block1_norm1"][..., 2], atol=1e-4)
    assert data["activation"]["name"] == "relu"
    assert f"multiplies every value of this map by **{lab.write(data['norm']['scale'])}**" in text(app)
    zeros = maps["block1_activation1"][..., 2] == 0
    assert f"{zeros.sum():,} of its 1,024 values are 0 after ReLU." in text(app)
    with_label(app.button_group, "This layer has 16 filters.").set_value("448").run()
    assert "**448** is right. 16 × (3 × 3 × 3 + 1) = 448." in app.success[0].value


@pytest.mark.parametrize("step", ["Learned", "To the classes"])
def test_a_network_looks_at_an_image_of_its_own_data_set(open_lab, fresh_caches, lesson_run, tiny_data_dir, step):
    app = open_app("convolution", **{"convolution.step": step, "convolution.picture": TABLE["picture"]})
    assert "this step uses CIFAR-10 test image number" in text(app), "all that is on this machine"
    shutil.copytree(tiny_data_dir, data.data_dir() / f"shapes10-v{shapes10.VERSION}")
    app = open_lab(step=step, **TABLE)
    assert "this step uses Shapes-10 test image number" in text(app)


def test_it_opens_on_a_filter_that_shows_something_until_the_visitor_chooses_one(open_lab, lesson_run):
    app = open_lab(step="Learned", picture="Shapes-10 test image")
    number = with_label(app.number_input, "Filter").value
    shown = stage_data(app)
    sums = lab.conv2d(np.reshape(shown["image"]["values"], (32, 32, 3)), np.reshape(shown["kernel"], (3, 3, 3)))
    assert 0.2 < (sums + shown["bias"] > 0).mean() < 1, (
        "the first filter is 0 everywhere after ReLU on a Shapes-10 star"
    )
    assert "has the most edges on this image" in with_label(app.number_input, "Filter").help
    assert not [box for box in app.selectbox if box.label == "Kernel"], "the network's own kernels are on the stage"
    with_label(app.select_slider, "After epoch").set_value(lesson_run.snapshot_epochs()[0]).run()
    assert with_label(app.number_input, "Filter").value == number
    with_label(app.number_input, "Filter").set_value(5).run()
    with_label(app.number_input, "Number").set_value(13).run()
    assert with_label(app.number_input, "Filter").value == 5
    for step in ("kernel", "learned"):
        with_label(app.button_group, "Step").set_value(step).run()
    assert with_label(app.number_input, "Filter").value == 5


@pytest.mark.parametrize(
    ("text", "name"), [("1 0 -1 / 2 0 -2 / 1 0 -1", "Sobel x"), ("x", "Vertical edges"), ("5", "Your")]
)
def test_a_learned_filter_is_compared_with_the_kernel_of_the_link(open_lab, lesson_run, text, name):
    app = open_lab(step="Learned", kernel=text)
    title = app.get("image")[-1].captions[0]
    assert title.startswith(name)
    assert ", on all channels" in title


def test_an_earlier_epoch_is_shown_as_what_was_kept_of_it(open_lab, lesson_run):
    app = open_lab(step="Learned")
    epochs = lesson_run.snapshot_epochs()
    with_label(app.select_slider, "After epoch").set_value(epochs[0]).run()
    data = stage_data(app)
    assert (data["bias"], data["norm"], data["activation"]["name"]) == (0, None, "linear")
    assert f"Only the kernels of epoch {epochs[0]} were saved" in text(app)
    assert not [group for group in app.button_group if "This layer has" in group.label]


def test_the_epochs_are_sent_once_to_be_played_in_the_browser(open_lab, lesson_run):
    app = open_lab(step="Learned")
    sent = (json.loads(component.proto.json) for component in app.get("bidi_component"))
    (film,) = [data for data in sent if "moments" in data]
    assert film["moments"] == lesson_run.snapshot_epochs()
    assert len(film["tracks"]["kernels"]["pixels"]) == len(film["moments"])
    assert film["places"][0] == "after epoch 1"


def test_a_run_without_its_network_says_so_and_shows_the_sum_alone(open_lab, finished_run):
    app = open_lab(step="Learned")
    assert len(stage_data(app)["kernel"]) == 27
    assert stage_data(app)["image"]["shape"] == [32, 32, 3], "a drawing in place of the table"
    assert "The network of this run was not saved: this is the sum alone" in text(app)
    assert "A finished run" in text(app)
    first = stage_data(app)["kernel"]
    with_label(app.number_input, "Filter").set_value(2).run()
    assert stage_data(app)["kernel"] != first
    assert not [group for group in app.button_group if "This layer has" in group.label]


def test_no_learned_kernel_is_shown_where_a_fixed_whitening_comes_first(open_lab, finished_run, tiny_config):
    network = replace(tiny_config.network, whitening=True)
    write_finished_run(replace(tiny_config, network=network), title="A whitened run")
    app = open_lab(step="Learned")
    assert with_label(app.selectbox, "Run").options == ["A finished run · CIFAR-10 · 55.0%"]


def test_without_a_run_the_own_kernel_stands_in(open_lab):
    app = open_lab(step="Learned", kernel="5")
    assert "No run can be shown here yet" in app.info[0].value
    assert stage_data(app)["kernel"] == [5]


def test_shapes_stand_in_for_a_missing_cifar10(open_lab, shapes_only):
    app = open_lab(step="Slide", picture="CIFAR-10 test image")
    assert "Until then the app uses Shapes-10" in app.info[0].value
    assert stage_data(app)["image"]["shape"] == [32, 32, 1]


def test_an_upload_takes_the_images_place_and_a_bad_one_says_why(open_lab, give_photo):
    app = open_lab(step="Slide", picture="Your own photo")
    assert stage_data(app)["image"]["shape"] == [12, 12, 1], "until then a drawing"
    give_photo(app, b"no picture")
    assert not app.exception
    assert app.error
    file = io.BytesIO()
    Image.new("RGB", (90, 60), "white").save(file, "PNG")
    give_photo(app, file.getvalue())
    assert not app.exception
    assert not app.error
    assert stage_data(app)["image"]["shape"] == [32, 32, 1], "its 32 x 32 pixels, in gray"


@pytest.mark.parametrize(
    ("size", "steps"), [((3000, 1), ["kernel"]), ((1, 1), STEPS), ((2, 2), ["kernel"]), ((8, 2000), STEPS)]
)
def test_a_photo_thinner_than_the_kernel_breaks_no_step(open_lab, give_photo, size, steps):
    app = open_lab(step="Kernel", picture="Your own photo", kernel=" / ".join(["1 " * 7] * 7))
    file = io.BytesIO()
    Image.new("RGB", size, (200, 30, 60)).save(file, "PNG")
    give_photo(app, file.getvalue())
    assert "its border pixels are repeated" in text(app)
    for step in steps:
        with_label(app.button_group, "Step").set_value(step).run()
        assert not app.exception
        assert not app.error


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1, 256), (128, 256)), ((256, 1), (256, 128)), ((1, 1), (16, 16)), ((2, 2), (16, 16)), ((170, 256), (170, 256))],
)
def test_a_thin_photo_is_made_at_most_twice_as_long_as_wide(shape, expected):
    photo = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    padded, note = subject._thick_enough(photo)
    assert padded.shape == (*expected, 3)
    assert bool(note) == (shape != expected)
    assert set(map(tuple, padded.reshape(-1, 3).tolist())) == set(map(tuple, photo.reshape(-1, 3).tolist()))


class TestFirstImage:
    """Each step begins with an image on which it means something; a choice, once made, is kept."""

    def test_kernel_and_channels_begin_with_a_test_image_and_one_sum_with_the_table(self, open_lab, shapes_only):
        app = open_lab(step="Kernel")
        assert with_label(app.selectbox, "Image").value == "shapes10", "CIFAR-10 is not there"
        assert with_label(app.number_input, "Number").value == subject.STARTS["kernel"]["shapes10"]
        with_label(app.button_group, "Step").set_value("sum").run()
        assert stage_data(app)["image"]["shape"] == [6, 6, 1]
        with_label(app.button_group, "Step").set_value("channels").run()
        assert stage_data(app)["image"]["shape"] == [32, 32, 3]

    def test_a_choice_is_kept_from_step_to_step_and_from_page_to_page(self, open_lab, tiny_data_dir):
        app = open_lab(step="Kernel")
        with_label(app.selectbox, "Image").select("bar").run()
        for step in ("channels", "geometry", "kernel"):
            with_label(app.button_group, "Step").set_value(step).run()
            assert with_label(app.selectbox, "Image").value == "bar"
        app.switch_page("pages/home.py").run()
        app.switch_page("pages/convolution.py").run()
        assert with_label(app.selectbox, "Image").value == "bar"

    def test_a_number_is_a_choice_too(self, open_lab, tiny_data_dir):
        app = open_lab(step="Kernel")
        with_label(app.number_input, "Number").set_value(7).run()
        with_label(app.button_group, "Step").set_value("channels").run()
        assert with_label(app.number_input, "Number").value == 7

    def test_the_image_that_was_opened_on_another_page_comes_along_until_another_is_chosen(
        self, open_lab, tiny_data_dir
    ):
        app = open_lab(step="Numbers")
        app.session_state["controls.image"] = SimpleNamespace(data_set="cifar10", split="test", index=9)
        app.run()
        assert with_label(app.number_input, "Number").value == 9
        with_label(app.selectbox, "Image").select("circle").run()
        with_label(app.button_group, "Step").set_value("kernel").run()
        assert with_label(app.selectbox, "Image").value == "circle"

    def test_a_network_begins_with_an_image_of_its_own_data_set(self, open_lab, lesson_run, tiny_data_dir):
        shutil.copytree(tiny_data_dir, data.data_dir() / f"shapes10-v{shapes10.VERSION}")
        app = open_lab(step="Learned")
        assert with_label(app.selectbox, "Image").value == "shapes10"
        assert "A network takes images" not in text(app)


class TestEditing:
    """What the browser tells of a weight that was typed over."""

    def test_one_weight_is_replaced_and_the_others_stay_exact(self, monkeypatch):
        state = {"convolution.kept": "1/9 1/9 1/9 / 1/9 1/9 1/9 / 1/9 1/9 1/9"}
        monkeypatch.setattr(kernel.st, "session_state", state)
        state["edited"] = {"edit": {"cell": [1, 2], "text": "−1/3"}}
        kernel.take_edit("edited")
        assert state["convolution.kernel"] == "1/9 1/9 1/9 / 1/9 1/9 -1/3 / 1/9 1/9 1/9"

    @pytest.mark.parametrize(
        ("edit", "why"),
        [
            ({"cell": [0, 0], "text": "x"}, "`x` is not a number"),
            ({"cell": [0, 0], "text": "1 2"}, "3 rows of 3 and 4 numbers"),
            ({"text": "1 2 / 3"}, "2 rows of 1 and 2 numbers"),
        ],
    )
    def test_a_wrong_text_says_why_and_keeps_what_was_there(self, monkeypatch, edit, why):
        state = {"convolution.kept": kernel.VERTICAL, "edited": {"edit": edit}}
        monkeypatch.setattr(kernel.st, "session_state", state)
        kernel.take_edit("edited")
        assert "convolution.kernel" not in state
        assert why in state["convolution.refused"]
        assert state["convolution.refused"].endswith("The kernel is unchanged.")

    @pytest.mark.parametrize(
        "edit",
        [
            *(
                {"cell": cell, "text": "1"}
                for cell in ("x", "00", 5, [1], [0, 0, 0], [3, 0], [-1, 0], [None, 0], [[], 0], {})
            ),
            "edit",
            ["cell"],
            {"cell": [0, 0], "text": 1},
        ],
    )
    def test_what_no_honest_browser_sends_changes_nothing(self, monkeypatch, edit):
        state = {"convolution.kept": kernel.VERTICAL, "edited": {"edit": edit}}
        monkeypatch.setattr(kernel.st, "session_state", state)
        kernel.take_edit("edited")
        assert set(state) == {"convolution.kept", "edited"}

    def test_a_pasted_kernel_takes_its_place(self, monkeypatch):
        state = {"edited": {"edit": {"text": "[[0, 1],\n [1/2, 0]]"}}}
        monkeypatch.setattr(kernel.st, "session_state", state)
        kernel.take_edit("edited")
        assert state["convolution.kernel"] == "0 1 / 0.5 0"


class TestToTenClasses:
    @pytest.fixture
    def answer(self, lesson_run):
        """What the network of the run computes from the circle."""
        image = np.stack([lab.STIMULI["circle"].draw(32)] * 3, -1)
        return Classifier(lesson_run.classifier_path).feature_maps(image)

    @pytest.fixture
    def circle(self, open_lab, lesson_run):
        return lambda **query: open_lab(step="To the classes", picture="Circle", **query)

    def test_the_sum_adds_up_to_the_networks_logit(self, circle, lesson_run, answer):
        names = data.learned(lesson_run.config).class_names
        app = circle(**{"class": names[3]})
        table = app.table[0].value
        numbers = [Decimal(text.strip("*").replace("−", "-")) for text in table["product"]]
        assert sum(numbers[:-1]) == numbers[-1], "as it stands on the page, to the last digit"
        assert float(numbers[-1]) == pytest.approx(float(answer["logits"][3]), abs=0.001)
        sizes = [abs(number) for number in numbers[:6]]
        assert sizes == sorted(sizes, reverse=True)
        for of, written in zip(table["from"][:6], table["value × weight"][:6], strict=True):
            value = float(written.split(" × ")[0].replace("−", "-"))
            assert value == pytest.approx(float(answer["dense1_activation"][int(of.split()[1]) - 1]), abs=0.001)

    def test_ten_logits_shares_and_loss_are_the_networks(self, circle, lesson_run, answer):
        names = data.learned(lesson_run.config).class_names
        app = circle(label=names[5])
        table = app.dataframe[0].value
        assert tuple(table["class"]) == names
        np.testing.assert_allclose(table["logit"], answer["logits"], atol=0.001)
        np.testing.assert_allclose(table["share"], answer["probabilities"], atol=1e-6)
        loss = np.logaddexp.reduce(answer["logits"]) - answer["logits"][5]
        assert f"Suppose it is **{names[5]}**" in text(app)
        assert f"= **{loss:.3f}**" in text(app)

    def test_the_last_maps_and_the_row_after_them_are_said(self, circle):
        app = circle()
        assert "Its last 64 maps, each 4 × 4." in text(app)
        assert "Flatten: the 1,024 numbers in a row." in text(app)
        assert "Dense layer: 64 sums of these." in text(app)

    def test_a_moved_logit_moves_the_loss(self, circle, lesson_run, answer):
        name = data.learned(lesson_run.config).class_names[5]
        app = circle(label=name)
        logit = with_label(app.slider, f"Logit of {name}")
        assert logit.value == pytest.approx(float(answer["logits"][5]), abs=0.01)
        share, loss = softmax(answer["logits"])[5], np.logaddexp.reduce(answer["logits"]) - answer["logits"][5]
        assert f"= {classes._write_share(share)}\n" in text(app)
        assert f"= {loss:.3f}\n" in text(app)
        assert f"raise {name}'s logit by 0.01 and the loss falls by about {(1 - share) * 0.01:.1g}" in text(app)
        logit.set_value(logit.value + 1).run()
        assert f"= {loss - 1:.3f}\n" in text(app), "far from the likeliest class the slope is 1"

    def test_another_runs_classes_are_offered_when_it_is_chosen(self, open_lab, lesson_run, tiny_config):
        other = shutil.copytree(lesson_run.path, runs_dir() / "other")
        written = json.loads((other / "config.json").read_text())
        (other / "config.json").write_text(json.dumps(written | {"data_set": "cifar10"}))
        (other / "title").write_text("Other")
        app = open_lab(step="To the classes", label="dog", picture="Circle")
        for run in ("lesson", "other", "lesson"):
            with_label(app.selectbox, "Run").select(run).run()
            assert not app.exception
            names = data.learned(Run(runs_dir() / run).config).class_names
            assert with_label(app.selectbox, "Suppose its class is").value in names

    def test_without_a_network_no_logits_are_shown(self, open_lab, finished_run):
        app = open_lab(step="To the classes")
        assert not app.exception
        assert not app.dataframe
        assert "No run can be shown here yet" in app.info[0].value
