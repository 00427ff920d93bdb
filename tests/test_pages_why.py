"""Three parts of the page Inside: why this class, cover it, is the map true."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from app import labels, text, with_label
from handmade import write_finished_run

from cnn_core import data, images
from cnn_core.config import ExperimentConfig, NetworkConfig
from cnn_core.explanation import evidence, gradients, maps
from cnn_core.inference import BackwardPass, Classifier, Network
from cnn_core.plotting.maps import written
from cnn_core.runs import Run, files
from pages.ui.inside import PARTS, why
from pages.ui.inside.truth import KINDS

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
SHIP = images.to_network_input(images.SAMPLES["ship"].draw())
MINE = ("why", "cover", "truth")


@pytest.fixture
def make_run():
    """A function that writes a run with the network of a recorded one."""

    def make_run(name):
        run = write_finished_run(Run(RECORDED / name).config, title=name)
        run.keras_path.touch()
        for file in (files.LITERT, files.ANATOMY):
            shutil.copyfile(RECORDED / name / file, run.path / file)
        return run

    return make_run


@pytest.fixture
def open_part(make_run, shapes_only, open_page):
    """Opens a part on a recorded network, before the drawn ship."""

    def open_part(part, name="minute", **query):
        run = make_run(name)
        given = {"inside.part": PARTS[part].title, "inside.source": "Drawing", "inside.drawing": "Ship", **query}
        return open_page("inside", run=run.id, **given)

    return open_part


@pytest.fixture
def passes():
    run = Run(RECORDED / "minute")
    return Network.open(run.classifier_path.read_bytes(), run.anatomy()).backward_pass()


def component(app, name):
    given = [element.proto for element in app.get("bidi_component") if element.proto.component_name == name]
    return json.loads(given[0].json) if given else None


def choice(app, label):
    return next(box for box in app.selectbox if box.label == label)


class TestWhy:
    def test_the_sums_of_the_answer_the_runner_up_and_their_difference_are_written_out(self, open_part, passes):
        app = open_part("why")
        assert not app.exception
        names, logits = data.about("cifar10").class_names, passes.logits(SHIP[np.newaxis])[0]
        first, second = np.argsort(-logits)[:2]
        one, other = evidence.of_classes(passes.explain, SHIP, [first, second], law=evidence.EXACT)
        assert first == names.index("ship"), "its label, so the other class is the runner-up"
        for of in (one, other, one - other):
            logit, rest = round(of.logit, 2), round(of.rest, 2)
            assert f"**{written(logit)}** :small[= cells {written(logit - rest)} + bias {written(rest)}]" in text(app)
        assert f"**{names[first]} − {names[second]}**" in text(app)
        assert evidence.EXACT in text(app)
        assert len(app.get("image")) == 5, "the image, three maps and their scale"

    def test_where_the_answer_is_wrong_the_other_class_is_the_label(self, open_part, passes):
        logits = passes.logits(images.to_network_input(images.SAMPLES["car"].draw())[np.newaxis])[0]
        app = open_part("why", **{"inside.drawing": "Automobile"})
        names = data.about("cifar10").class_names
        answer = names[int(logits.argmax())]
        assert choice(app, "Why").value == names.index(answer)
        wanted = "automobile" if answer != "automobile" else names[int(np.argsort(-logits)[1])]
        assert choice(app, "and not").value == names.index(wanted)

    def test_another_class_is_one_choice_away_and_never_against_itself(self, open_part):
        app = open_part("why")
        choice(app, "Why").set_value(3).run()
        assert "**For cat**" in text(app)
        assert not any(option.startswith("cat") for option in choice(app, "and not").options)

    def test_dense_layers_that_bend_leave_a_rest(self, open_part):
        app = open_part("why", "lesson")
        assert not app.exception
        assert evidence.NOT_EXACT in text(app)
        assert "+ rest" in text(app)
        assert "+ bias" not in text(app)

    def test_the_pixels_add_up_and_say_how_well(self, open_part, passes):
        app = open_part("why")
        next(toggle for toggle in app.toggle if toggle.label == "Pixel by pixel").set_value(True).run()
        assert not app.exception
        first, second = choice(app, "Why").value, choice(app, "and not").value
        weights = np.eye(10)[first] - np.eye(10)[second]
        gray = np.full(SHIP.shape, images.PADDING, float)
        found = gradients.integrated_gradients(passes.explain, SHIP, weights, gray)
        assert f"All pixels together: **{written(found.sum)}**" in text(app)
        assert f"off by {found.error:.1%}, after {found.steps} steps" in text(app)

    def test_grad_cam_stands_beside_it_only_when_asked_for_and_says_what_it_does(self, open_part):
        app = open_part("why")
        assert "**Grad-CAM**" not in text(app)
        next(toggle for toggle in app.toggle if toggle.label.startswith("Grad-CAM")).set_value(True).run()
        assert not app.exception
        assert "does not add up to anything" in text(app)
        assert "Here " in text(app)

    def test_grad_cam_is_compared_with_the_cells_by_the_place_of_the_strongest(self):
        cells = np.array([[0.0, 3.0], [1.0, 0.0]])
        assert (
            why._compared(cells, cells, "cat") == "Here both find the same cell most in favour of cat: row 1, column 2."
        )
        assert (
            "strongest cell for cat is in row 2, column 1; the cell that adds most is in row 1, column 2"
            in why._compared(cells.T, cells + np.array([[0, 0], [-1, 0]]), "cat")
        )

    def test_a_map_of_nothing_is_a_sentence(self, open_part, monkeypatch):
        explain = BackwardPass.explain

        def without_gradients(self, images, weights):
            found = explain(self, images, weights)
            return found._replace(maps_gradient=0 * found.maps_gradient, image_gradient=0 * found.image_gradient)

        monkeypatch.setattr(BackwardPass, "explain", without_gradients)
        app = open_part("why")
        assert not app.exception
        assert maps.ALL_ZERO in text(app)
        assert "nan" not in text(app).lower()


class TestCover:
    def test_the_browser_gets_the_shares_for_every_place(self, open_part, passes):
        app = open_part("cover")
        assert not app.exception
        given = component(app, "cover")
        assert (given["rows"], given["columns"], given["size"], given["stride"]) == (9, 9, 8, 3)
        shares = np.array(given["shares"]).reshape(9, 9, 10) / 1000
        covered = SHIP.copy()
        covered[12:20, 15:23] = images.PADDING
        expected = Classifier(RECORDED / "minute" / files.LITERT).predict(covered[np.newaxis])[0]
        np.testing.assert_allclose(shares[4, 5], expected, atol=6e-4)
        assert given["names"][int(np.argmax(given["uncovered"]))] == "ship"

    def test_the_size_of_the_square_is_a_choice_that_a_link_keeps(self, open_part):
        app = open_part("cover", **{"inside.cover.size": "12 × 12"})
        given = component(app, "cover")
        assert (given["rows"], given["size"]) == (6, 12)


class TestTruth:
    def test_every_learned_layer_falls_and_the_whitening_stays(self, open_part):
        app = open_part("truth")
        assert not app.exception
        given = component(app, "cascade")
        fallen = [layer for step in given["steps"] for layer in step]
        assert fallen == ["Logits", *(f"Conv {number}" for number in range(6, 0, -1))]
        assert given["answers"][0][0] == "ship"
        assert all(len(row["maps"]) == len(given["steps"]) + 1 for row in given["rows"])

    def test_the_maps_get_their_names_with_the_answer(self, open_part):
        app = open_part("truth")
        assert [row["title"] for row in component(app, "cascade")["rows"]] == ["Map 1", "Map 2", "Map 3"]
        assert "What did happen" not in text(app)
        with_label(app.button_group, "One of the three").set_value("Map 2").run()
        given = component(app, "cascade")
        assert [row["title"] for row in given["rows"]] == list(KINDS)
        similarities = dict(zip(KINDS, (row["similarities"] for row in given["rows"]), strict=True))
        assert set(similarities["Edges"]) == {"1.00"}
        assert f"gradient {similarities['Gradient'][-1]}" in text(app)
        assert "**Edges** hardly changed" in text(app)

    def test_another_order_is_another_fall(self, open_part):
        app = open_part("truth")
        before = component(app, "cascade")["rows"][2]["similarities"]
        next(button for button in app.button if button.label == "Scramble in another way").click().run()
        assert component(app, "cascade")["rows"][2]["similarities"] != before


@pytest.mark.parametrize("part", MINE)
def test_a_network_whose_values_are_not_numbers_is_a_sentence(part, open_part, monkeypatch):
    def broken(self, images, weights):
        nothing = np.full(images.shape, np.nan, np.float32)
        return type(found)(np.full((len(images), 10), np.nan, np.float32), nothing, nothing, nothing)

    run = Run(RECORDED / "minute")
    network = Network.open(run.classifier_path.read_bytes(), run.anatomy()).backward_pass()
    found = network.explain(SHIP[np.newaxis], np.zeros((1, 10)))
    monkeypatch.setattr(BackwardPass, "explain", broken)
    if part == "cover":
        predict = Classifier.predict
        monkeypatch.setattr(
            Classifier, "predict", lambda self, images: predict(self, images) * (np.nan if len(images) > 1 else 1)
        )
    app = open_part(part)
    assert not app.exception
    assert [error.value for error in app.error] == [maps.NOT_NUMBERS]


@pytest.mark.parametrize("part", MINE)
def test_no_part_asks_for_a_layer_or_says_where_a_network_looks(part, open_part):
    app = open_part(part, "lesson")
    assert not app.exception
    said = " ".join([text(app), *labels(app.selectbox), *labels(app.toggle)]).lower()
    assert "which layer" not in said
    assert "where the network looks" not in said
    assert "where it looks" not in said


@pytest.fixture(scope="session")
def without_convolution():
    """A network that only adds up pixels, exported."""
    import keras

    from cnn_core.training import models
    from cnn_core.training.export import export_model

    keras.utils.set_random_seed(0)
    return export_model(models.build_model(NetworkConfig(blocks=())))


@pytest.mark.parametrize("part", MINE)
def test_a_network_without_convolution_has_pixels_for_cells(part, without_convolution, shapes_only, open_page):
    run = write_finished_run(ExperimentConfig(data_set="shapes10", network=NetworkConfig(blocks=())))
    run.keras_path.touch()
    run.classifier_path.write_bytes(without_convolution[1])
    np.savez(run.path / files.ANATOMY, **without_convolution[2].to_arrays())
    app = open_page("inside", run=run.id, **{"inside.part": PARTS[part].title})
    assert not app.exception
    assert not app.error
    if part == "why":
        assert "its cells are the pixels" in text(app)
    if part == "truth":
        assert component(app, "cascade")["steps"] == [["Logits"]]


@pytest.mark.parametrize("part", MINE)
def test_without_a_run_there_is_a_sentence(part, open_page):
    app = open_page("inside", **{"inside.part": PARTS[part].title})
    assert not app.exception
    assert "Train a network first" in text(app)
