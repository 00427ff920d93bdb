"""How sure and None of its classes as the app runs them, and what the prediction page says of a strange picture."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from app import labels, photo, text, with_label

from cnn_core import data, evaluation, plotting, runs
from pages.ui import familiar
from pages.ui.evaluation import strange, sure

pytestmark = pytest.mark.usefixtures("tiny_data_dir")

LESSON = Path(__file__).parents[1] / "assets" / "runs" / "lesson"
TIMID = evaluation.Calibration(0.5, "val", 40)


@pytest.fixture
def studied(run_with_network):
    """A function that writes into a finished run what is known of its network."""
    run_with_network.keras_path.write_bytes(b"there")

    def study(calibration=TIMID, strange=("shapes10", "noise")):
        rng = np.random.default_rng(0)
        energies = {kind: rng.normal(2, 1, 50).astype(np.float32) for kind in strange}
        doubt = evaluation.Doubt(*(rng.normal(4, 1, n).astype(np.float32) for n in (40, 60)), energies)
        for name, found in (("calibration", calibration), ("doubt", doubt)):
            np.savez(run_with_network.path / f"{name}.npz", **found.to_arrays())
        return run_with_network

    return study


def diagram(app):
    given = (element.proto for element in app.get("bidi_component"))
    return next((json.loads(proto.json) for proto in given if proto.component_name == "reliability"), None)


def gallery(app, label):
    given = (json.loads(element.proto.json) for element in app.get("bidi_component"))
    return next((found for found in given if found.get("label") == label), None)


def open_sure(open_page, **query):
    return open_page("evaluation", **{"evaluation.part": "How sure"} | query)


def open_strange(open_page, **query):
    return open_page("evaluation", **{"evaluation.part": "None of its classes"} | query)


def test_a_run_without_a_temperature_shows_softmax_and_the_command(open_page, finished_run):
    app = open_sure(open_page)
    assert not app.exception
    raw = evaluation.reliability(*finished_run.predictions())
    assert diagram(app)["bins"] == plotting.reliability_bins(raw)
    assert diagram(app)["says"] == "softmax says"
    assert f"python -m cnn_core complete {finished_run.id}" in text(app)
    assert "**Calibrated**" not in text(app)
    assert "Raw softmax outputs" not in labels(app.toggle)


def test_before_and_after_are_one_switch_apart_and_the_sentence_has_both(open_page, studied):
    run = studied()
    labels_, softmax = run.predictions()
    raw = evaluation.reliability(labels_, softmax)
    after = evaluation.reliability(labels_, evaluation.calibrated(softmax, 0.5))
    app = open_sure(open_page)
    assert diagram(app)["bins"] == plotting.reliability_bins(after)
    assert plotting.describe_reliability(raw, after) in text(app)
    assert "temperature 0.50, fitted on 40 validation images" in text(app)
    assert plotting.describe_coverage(evaluation.coverage(labels_, evaluation.calibrated(softmax, 0.5)), 0.9) in text(
        app
    )
    app.toggle(key="sureness.switch").set_value(True).run()
    assert diagram(app)["bins"] == plotting.reliability_bins(raw)
    assert plotting.describe_coverage(evaluation.coverage(labels_, softmax), 0.9) in text(app), "of what is shown"
    assert app.query_params["raw"] == "1"
    assert diagram(open_sure(open_page, raw="1")) == diagram(app)


def test_what_the_temperature_was_fitted_on_is_not_judged_by_it(open_page, studied):
    run = studied(evaluation.Calibration(0.5, "test", 30))
    app = open_sure(open_page)
    assert sum(bar["count"] for bar in diagram(app)["bins"]) == 30
    assert "fitted on the first 30 test images" in text(app)
    assert "measured on the other 30" in text(app)
    shown = evaluation.reliability(
        run.predictions().labels[30:], evaluation.calibrated(run.predictions().probabilities[30:], 0.5)
    )
    assert diagram(app)["bins"] == plotting.reliability_bins(shown)
    refused = 1 - evaluation.passing(run.doubt().test[30:], run.doubt().threshold(95))
    app = open_strange(open_page)
    said = "95 of 100 of the first 30 test images pass. Of 30 other test images it refuses "
    assert f"{said}**{evaluation.of_hundred(refused)} of 100**" in text(app)


def test_a_bar_shows_its_images_the_mistakes_first(open_page, studied):
    run = studied()
    labels_, softmax = run.predictions()
    probabilities = evaluation.calibrated(softmax, 0.5)
    sure = probabilities.max(axis=1)
    place = int(np.bincount(evaluation.bin_of(sure)).argmax())
    inside = evaluation.bin_of(sure) == place
    wrong = inside & (probabilities.argmax(axis=1) != labels_)
    app = open_sure(open_page)
    app.session_state["evaluation.bin"] = place
    app.run()
    assert diagram(app)["picked"] == place
    name = plotting.name_bin(evaluation.reliability(labels_, probabilities), place)
    shown = gallery(app, name)
    assert name.capitalize() in [element.value for element in app.header]
    assert f"{inside.sum()} test images, of which {inside.sum() - wrong.sum()} right" in text(app)
    assert shown["marks"][: wrong.sum()] == [False] * min(wrong.sum(), 8)
    assert shown["marks"] == sorted(shown["marks"])
    with_label(app.button, "Classify it").click().run()
    assert app.session_state["controls.image"].index in np.flatnonzero(inside)


def test_an_empty_bin_of_another_view_is_not_opened(open_page, studied):
    studied()
    app = open_sure(open_page)
    app.session_state["evaluation.bin"] = 0
    app.run()
    assert not app.exception
    assert diagram(app)["bins"][diagram(app)["picked"]]["count"]


def test_the_slider_says_what_is_answered_and_shows_what_is_not(open_page, studied):
    run = studied()
    labels_, softmax = run.predictions()
    probabilities = evaluation.calibrated(softmax, 0.5)
    found = evaluation.coverage(labels_, probabilities)
    app = open_sure(open_page, **{"evaluation.least": "95%"})
    assert plotting.describe_coverage(found, 0.95) in text(app)
    silent = np.flatnonzero(probabilities.max(axis=1) < 0.95)
    assert not gallery(app, "images without an answer")
    with_label(app.toggle, "Show them").set_value(True).run()
    first = silent[probabilities[silent].max(axis=1).argmin()]
    shown = gallery(app, "images without an answer")
    assert len(shown["captions"]) == min(16, len(silent))
    assert f"{probabilities[first].max():.0%}" in shown["captions"][0]
    app.select_slider(key="evaluation.least").set_value(0.0).run()
    assert "It leaves none of the 60 to people" in text(app)
    assert not gallery(app, "images without an answer")


def test_the_question_is_about_the_bin_where_softmax_is_furthest_from_true(open_page, finished_run):
    with runs.open_record(finished_run) as record:
        probabilities = np.full((60, 10), 0.5 / 9, np.float32)
        probabilities[:, 4] = 0.5
        record.predictions(np.where(np.arange(60) < 48, 4, 5), probabilities)
    app = open_sure(open_page)
    question = next(group for group in app.button_group if "In how many of 100" in group.label)
    assert "60 test images, 50% on average" in question.label
    assert question.options == ["20", "50", "80"]
    question.set_value("80").run()
    assert "48 of the 60 are recognised" in app.success[0].value


def test_what_a_session_keeps_of_its_fragments_is_small_or_shared(open_page, studied, monkeypatch):
    """Streamlit keeps the arguments of a fragment as long as the session: thirty sessions, thirty copies."""
    studied()
    kept = []
    for module, fragment in ((sure, "_show_reliability"), (sure, "_show_coverage"), (strange, "_show_line")):
        monkeypatch.setattr(module, fragment, lambda _, *given: kept.append(given))
    open_sure(open_page)
    assert [len(pickle.dumps(given)) < 2_000 for given in kept] == [True, True]
    for _ in range(2):
        open_strange(open_page)
    (first, own, _), (second, again, _) = kept[2:]
    assert first is second
    assert np.shares_memory(own, again)


def test_too_few_images_are_no_question(open_page, studied):
    studied()
    assert not any("In how many of 100" in group.label for group in open_sure(open_page).button_group)


def test_a_class_that_is_never_predicted_breaks_nothing(open_page, studied):
    run = studied()
    with runs.open_record(run) as record:
        record.predictions(run.predictions().labels, np.eye(10, dtype=np.float32)[np.zeros(60, int)])
    app = open_sure(open_page)
    assert not app.exception
    assert diagram(app)["picked"] == 14


def test_without_the_images_the_numbers_are_there(open_page, studied, tiny_data_dir):
    studied()
    (tiny_data_dir / "test_images.npy").unlink()
    app = open_sure(open_page)
    assert not app.exception
    assert diagram(app)
    assert "not on this machine" in text(app)
    assert not gallery(app, "images without an answer")
    assert "slips through" in text(open_strange(open_page))


def test_strange_images_that_pass_are_shown_with_what_they_are_taken_for(open_page, studied):
    run = studied()
    doubt = run.doubt()
    line = doubt.threshold(95)
    app = open_strange(open_page)
    assert not app.exception
    own = {data.STRANGE[kind]: energies for kind, energies in doubt.strange.items()}
    assert plotting.describe_doubt(doubt.test, own, line, 95) in text(app)
    passing = int((doubt.strange["shapes10"] >= line).sum())
    assert f"{passing} of 50 images pass (drawn shapes)" in text(app)
    shown = gallery(app, "drawn shapes that pass")
    assert len(shown["captions"]) == min(12, passing)
    names = data.about("cifar10").class_names
    assert all(caption.split()[0] in names for caption in shown["captions"])
    app.button_group(key="evaluation.kind").set_value("noise").run()
    assert gallery(app, "noise that pass")
    app.slider(key="evaluation.accepted").set_value(60).run()
    assert plotting.describe_doubt(doubt.test, own, doubt.threshold(60), 60) in text(app)
    linked = open_strange(open_page, **{"evaluation.accepted": "60", "evaluation.kind": "noise"})
    assert gallery(linked, "noise that pass") == gallery(app, "noise that pass")
    assert "unknown object" not in text(app).lower()


def test_what_cannot_be_drawn_here_is_counted_and_a_kind_of_another_run_is_forgotten(open_page, studied):
    run = studied(strange=("cifar10",))
    app = open_strange(open_page, **{"evaluation.kind": "noise"})
    assert not app.exception
    assert "They are not on this machine." in text(app)  # photographs are not strange to a network of photographs
    assert f"of {len(run.doubt().strange['cifar10'])} images pass (photographs)" in text(app)


def test_a_run_without_energies_is_one_sentence_with_the_command(open_page, finished_run):
    app = open_strange(open_page)
    assert not app.exception
    assert f"python -m cnn_core complete {finished_run.id}" in app.info[0].value


@pytest.mark.parametrize("name", ["calibration", "doubt"])
def test_damaged_files_are_a_sentence(open_page, studied, name):
    run = studied()
    (run.path / f"{name}.npz").write_bytes(b"torn")
    app = open_strange(open_page)
    assert not app.exception
    assert f"{name}.npz is damaged" in app.error[0].value


def test_an_unfamiliar_picture_is_told_in_shares_and_a_familiar_one_only_when_asked():
    own = np.arange(100.0)
    doubt = evaluation.Doubt(own, own, {"shapes10": np.array([0.0, 50, 60, 70])})
    said = familiar.sentence(doubt, 2.0, always=False)
    assert "less to go on than 97 of 100 images of its own kind" in said
    assert "75 of 100 drawn shapes pass this test all the same" in said
    assert familiar.sentence(doubt, 50.0, always=False) is None
    assert "49 of 100 images of its own kind give the network more to go on" in familiar.sentence(
        doubt, 50, always=True
    )
    alone = evaluation.Doubt(own, own, {})
    assert "pass" not in familiar.sentence(alone, 2.0, always=False)
    assert "prove" not in familiar.sentence(alone, 50.0, always=True)


@pytest.fixture
def lesson(finished_run):
    """A function that makes a copy of the recorded run, with validation energies all below or all above an image's."""
    path = finished_run.path.parent / "copy"
    shutil.copytree(LESSON, path)
    run = runs.Run(path)

    def with_energies(value):
        (path / "doubt.npz").unlink(missing_ok=True)
        if value is not None:
            own, strange = np.full(100, value, np.float32), np.array([value, 0], np.float32)
            doubt = evaluation.Doubt(own, np.full(10_000, value, np.float32), {"noise": strange})
            np.savez(path / "doubt.npz", **doubt.to_arrays())
        return run

    return with_energies


def test_the_prediction_page_says_that_a_test_image_is_unfamiliar_and_else_nothing(open_page, lesson):
    for energy, is_said in ((1e6, True), (-1e6, False), (None, False)):
        run = lesson(energy)
        app = open_page("prediction", run=run.id, **{"prediction.source": "Test image"})
        assert not app.exception
        assert ("less to go on than 100 of 100 images of its own kind" in text(app)) == is_said
        assert ("50 of 100 noise pass" in text(app)) == is_said
    np.savez(run.path / "doubt.npz", validation=np.zeros(0))  # damaged
    app = open_page("prediction", run=run.id, **{"prediction.source": "Test image"})
    assert not app.exception


def test_of_a_visitors_photo_it_says_so_either_way(open_page, lesson, give_photo):
    for energy, said in ((1e6, "less to go on than 100 of 100"), (-1e6, "0 of 100 images of its own kind give")):
        app = give_photo(open_page("prediction", run=lesson(energy).id), photo())
        assert not app.exception
        assert said in text(app)
