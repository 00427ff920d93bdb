"""The evaluation page as the app runs it: empty, filled, failing, and with a run that goes away meanwhile."""

import json
import math
import shutil
from dataclasses import asdict, replace
from xml.etree import ElementTree

import numpy as np
import pytest
from app import figures, labels, metric, text, with_label
from handmade import give_temperature, write_event_line, write_finished_run

from cnn_core import evaluation, facts, plotting, runs
from cnn_core.presets import PRESETS
from cnn_core.runs import Run
from pages.ui import cache
from pages.ui.components.gallery import fingerprint
from pages.ui.controls import ChosenImage

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


def test_evaluation_without_a_run_says_what_to_do(open_page):
    app = open_page("evaluation")
    assert not app.exception
    assert "Train a network first" in app.info[0].value


def test_the_figures_are_those_of_the_predictions(open_page, finished_run):
    app = open_page("evaluation")
    assert not app.exception
    scores = evaluation.scores(*finished_run.predictions())
    assert metric(app, "Test accuracy") == f"{scores.accuracy:.2%}"
    assert metric(app, "Test loss") == f"{scores.loss:.4f}"
    assert metric(app, "Test MSE") == f"{scores.mse:.4f}"
    assert f"of the {scores.n:,} test images are classified correctly" in text(app)
    report = app.table[0].value["the report (2020)"]
    assert (report["training accuracy"], report["test accuracy"], report["training time"]) == ("92%", "86.33%", "600 s")


def open_cell(app, actual, predicted):
    app.query_params["evaluation.cell"] = f"{actual} as {predicted}"
    return app.run()


def galleries(app):
    return [c for c in app.get("bidi_component") if "sprite" in c.proto.json]


def shown_pictures(app):
    """What the gallery beside the matrix is told."""
    return json.loads(galleries(app)[0].proto.json)


def grid(app, place=0):
    """What the matrix is told; the second one is that of the groups."""
    return [json.loads(c.proto.json) for c in app.get("bidi_component") if "shades" in c.proto.json][place]


def counted(run):
    """The confusion matrix, and the names of its classes."""
    labels, probabilities = run.predictions()
    return evaluation.confusion_matrix(labels, probabilities.argmax(axis=1), 10), cache.data.about(
        "cifar10"
    ).class_names


def test_a_picked_cell_shows_its_images(open_page, finished_run):
    matrix, names = counted(finished_run)
    actual, predicted = np.argwhere((matrix > 0) & ~np.eye(10, dtype=bool))[-1]
    app = open_cell(open_page("evaluation"), names[actual], names[predicted])
    assert f"{names[actual]}, taken for {names[predicted]}" in [s.value for s in app.header]
    assert len(shown_pictures(app)["captions"]) == matrix[actual, predicted]
    assert grid(app)["picked"] == [actual, predicted]
    assert f"{matrix[actual, predicted]} of the {matrix[actual].sum()} test images of {names[actual]}" in text(app)
    assert "the **surest first**" in text(app)


def test_a_most_confused_pair_opens_its_cell_and_is_marked_with_it(open_page, finished_run):
    matrix, names = counted(finished_run)
    worst = evaluation.most_confused(matrix, names, 2)
    lines = [f"{row.actual} → {row.predicted} · {matrix[names.index(row.actual), names.index(row.predicted)]}"
             for row in worst.itertuples()]  # fmt: skip
    app = open_page("evaluation")
    pairs = app.button_group(key="evaluation.pair")
    assert pairs.options[:2] == lines
    assert pairs.value == lines[0]
    pairs.set_value(lines[1]).run()
    assert f"{worst['actual'][1]}, taken for {worst['predicted'][1]}" in [s.value for s in app.header]
    open_cell(app, names[0], names[0])
    assert app.button_group(key="evaluation.pair").value is None


def test_a_picture_of_a_cell_is_classified_or_opened_in_the_lab(open_page, finished_run):
    matrix, names = counted(finished_run)
    index = int(matrix.diagonal().argmax())
    positions = evaluation.cell_positions(*finished_run.predictions(), index, index)
    pictures = cache.data_set("cifar10").split("test").images(positions[:8])
    for button, page, key in [
        ("Classify it", "prediction", "prediction.source"),
        ("Open in the lab", "convolution", "convolution.picture"),
    ]:
        app = open_cell(open_page("evaluation"), names[index], names[index])
        app.session_state["evaluation.images"] = {"picked": {"index": 1, "of": fingerprint(pictures)}}
        app.run()
        with_label(app.button, button).click().run()
        assert not app.exception
        assert app.session_state["controls.image"] == ChosenImage("cifar10", "test", int(positions[1]))
        assert key in app.query_params, page


def test_the_least_sure_right_answers_come_first(open_page, finished_run):
    matrix, names = counted(finished_run)
    index = int(matrix.diagonal().argmax())
    app = open_cell(open_page("evaluation"), names[index], names[index])
    assert f"{names[index]}, recognised" in [s.value for s in app.header]
    assert "the **least sure first**" in text(app)
    shares = [float(caption.rstrip("%")) for caption in shown_pictures(app)["captions"]]
    assert len(shares) > 1
    assert shares == sorted(shares)


def test_a_cell_without_an_image_says_so(open_page, finished_run):
    matrix, names = counted(finished_run)
    open_cell(app := open_page("evaluation"), *(names[place] for place in np.argwhere(matrix == 0)[0]))
    assert "No test image." in text(app)


def test_a_pick_does_not_outlive_its_data_set(open_page, finished_run):
    """The session keeps it when another run is chosen."""
    app = open_cell(open_page("evaluation"), "circle", "ring")
    assert not app.exception
    assert any(", taken for " in s.value for s in app.header)


def test_a_link_says_how_the_matrix_is_looked_at(open_page, finished_run):
    matrix, names = counted(finished_run)
    assert grid(open_page("evaluation"))["names"] == list(names)
    look = {"evaluation.order": "by recall", "evaluation.hide": "true", "evaluation.log": "true"}
    app = open_page("evaluation", **look)
    assert not app.exception
    order = evaluation.order_classes(matrix, "recall")
    assert grid(app)["names"] == [names[place] for place in order]
    assert [row[place] for place, row in enumerate(grid(app)["written"])] == [""] * 10
    recall = np.sort(evaluation.normalize(matrix, "actual").diagonal())[::-1]
    assert grid(app)["recall"] == [f"{100 * share:.1f}" for share in recall]


def test_a_link_with_a_bad_look_or_cell_opens_the_matrix_as_it_is(open_page, finished_run):
    bad = {"order": "by size", "hide": "perhaps", "log": "", "by": "x", "cell": "cat as unicorn"}
    app = open_page("evaluation", **{f"evaluation.{key}": value for key, value in bad.items()})
    assert not app.exception
    assert grid(app) == grid(open_page("evaluation"))
    assert [*app.query_params] == ["run"]


def test_the_sentence_stands_below_the_matrix_and_is_its_text(open_page, finished_run):
    matrix, names = counted(finished_run)
    sentence = plotting.describe_matrix(matrix, names)
    app = open_page("evaluation")
    assert f"**Confusion matrix.** {sentence}" in text(app)
    assert grid(app)["alt"] == f"Confusion matrix. {sentence}"


def test_animals_stand_against_vehicles(open_page, finished_run):
    matrix, names = counted(finished_run)
    app = open_page("evaluation")
    groups = grid(app, 1)
    assert groups["names"] == ["animals", "vehicles"]
    assert not groups["picks"]
    animals = [names.index(name) for name in ("bird", "cat", "deer", "dog", "frog", "horse")]
    assert groups["written"][0][0] == f"{matrix[np.ix_(animals, animals)].sum():,}"
    assert groups["alt"] in text(app)


def test_files_are_written_while_their_menu_is_open(open_page, finished_run):
    def saved(app):
        return [json.loads(c.proto.json) for c in app.get("bidi_component") if "svg" in c.proto.json]

    matrix, names = counted(finished_run)
    app = open_page("evaluation")
    assert not saved(app)
    (finished_run.path / "title").write_text("Mine & yours")
    app.session_state["evaluation.save"] = True
    app.run()
    assert not app.exception
    files = saved(app)[0]
    assert files["name"] == f"confusion-matrix-{finished_run.id}"
    assert files["csv"] == plotting.matrix_csv(matrix, names, range(10))
    title = ElementTree.fromstring(files["svg"]).find("{http://www.w3.org/2000/svg}title").text
    assert title == "Mine & yours: confusion matrix of the test images, counts"


def test_a_network_without_a_mistake_opens_no_cell(open_page, finished_run):
    true = finished_run.predictions().labels
    with runs.open_record(finished_run) as record:
        record.predictions(true, np.eye(10, dtype=np.float32)[true])
    app = open_page("evaluation")
    assert not app.exception
    assert grid(app)["picked"] is None
    assert "No mistake, so none crosses" in text(app)


def test_images_that_are_not_those_of_the_run_are_not_shown(open_page, finished_run):
    labels, probabilities = finished_run.predictions()
    with runs.open_record(finished_run) as record:
        record.predictions(labels[::-1], probabilities)
    app = open_page("evaluation")
    assert "tested on images that are not on this machine" in app.warning[0].value
    assert not galleries(app)


def test_damaged_images_are_one_sentence_and_the_numbers_are_there(open_page, finished_run, tiny_data_dir):
    (tiny_data_dir / "test_images.npy").write_bytes(b"torn")
    app = open_page("evaluation")
    assert not app.exception
    assert "damaged" in app.error[0].value
    assert metric(app, "Test accuracy")


def test_without_the_images_the_numbers_are_there(open_page, finished_run, tiny_data_dir):
    shutil.rmtree(tiny_data_dir)
    app = open_page("evaluation")
    assert not app.exception
    assert metric(app, "Test accuracy")
    assert "Get CIFAR-10" in labels(app.button)
    assert not galleries(app)


def test_damaged_predictions_are_one_sentence(open_page, finished_run):
    (finished_run.path / "predictions.npz").write_bytes(b"torn")
    app = open_page("evaluation")
    assert not app.exception
    assert "cannot be read" in app.error[0].value


def test_a_repetition_of_the_report_says_how_far_its_figure_moves(open_page):
    report = PRESETS["report"]
    run = write_finished_run(report)
    low, high = (f"{getattr(run.history()['val_accuracy'], name)():.1%}" for name in ("min", "max"))
    assert low != high
    said = text(open_page("evaluation"))
    assert f"in its last 2 epochs this run's test accuracy moved between {low} and {high}" in said.lower()
    assert facts.why_not_the_report() in said
    runs.delete(run)
    write_finished_run(replace(report, training=replace(report.training, seed=report.training.seed + 1, cutout=8)))
    assert facts.why_not_the_report() not in text(open_page("evaluation"))


def test_the_accuracy_over_views_is_shown_where_it_was_measured(open_page, finished_run):
    app = open_page("evaluation")
    assert "views of each image" not in text(app)
    assert "Test accuracy, 6 views" not in figures(open_page("training"))
    more = replace(finished_run.result(), test_views=6, test_accuracy_over_views=0.4567)
    write_event_line(finished_run, event="finished", **asdict(more))
    app = open_page("evaluation")
    assert "Averaged over 6 views of each image (test-time augmentation), the accuracy is 45.67%" in text(app)
    assert figures(open_page("training"))["Test accuracy, 6 views"] == "45.67%"


def test_a_run_that_is_resumed_drops_out_until_it_has_a_result_again(open_page, finished_run, tiny_config):
    write_event_line(finished_run, event="stopped", reason="stopped on request", **asdict(finished_run.result()))
    assert metric(open_page("evaluation"), "Test accuracy")
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        for page in ("evaluation", "training"):
            app = open_page(page)
            assert "Test accuracy" not in str([*labels(app.metric), *figures(app)])
        assert not open_page("evaluation").metric


def test_a_diverged_run_has_no_figures_here(open_page, finished_run):
    write_event_line(finished_run, event="finished", **(asdict(finished_run.result()) | {"test_loss": math.nan}))
    app = open_page("evaluation")
    assert not app.exception
    assert not app.metric


@pytest.mark.parametrize("happens", ["is deleted", "is resumed"])
@pytest.mark.parametrize(
    "question", ["config", "title", "result", "predictions", "scores", "passes", "worker", "is_tested", "history"]
)
def test_a_run_that_goes_away_while_the_page_is_drawn_costs_a_sentence(
    open_page, finished_run, monkeypatch, question, happens
):
    app = open_page("evaluation")
    answer = getattr(Run, question)

    def asked(self, *arguments, **named):
        if happens == "is deleted":
            shutil.rmtree(self.path, ignore_errors=True)
        elif self.exists():
            write_event_line(self, event="started", seconds=12.0)
        return answer.fget(self) if isinstance(answer, property) else answer(self, *arguments, **named)

    monkeypatch.setattr(Run, question, property(asked) if isinstance(answer, property) else asked)
    app.run()
    assert not app.exception
    monkeypatch.undo()


def test_a_class_that_is_never_predicted_has_a_sentence_of_its_own(open_page, finished_run):
    true = finished_run.predictions().labels
    with runs.open_record(finished_run) as record:
        record.predictions(true, np.eye(10, dtype=np.float32)[np.where(true == 3, 5, true)])
    said = text(open_page("evaluation"))
    assert "**Precision**: no cat was recognised, so it counts as 0." in said
    assert "**Recall**: 0.0% of the 6 test images of *cat* are recognised" in said


def test_a_title_heads_its_column_as_plain_text(open_page, finished_run):
    (finished_run.path / "title").write_text("www.x.org :smile:")
    app = open_page("evaluation")
    assert app.table[0].value.columns[0] == r"www:color[\.]x.org :color[\:]smile:color[\:]"


def percentages(app):
    return [float(caption.rstrip("%")) for caption in shown_pictures(app)["captions"]]


def test_the_pictures_of_a_cell_have_calibrated_percentages_in_their_order(open_page, finished_run):
    give_temperature(finished_run, 0.4)
    matrix, names = counted(finished_run)
    index = int(matrix.diagonal().argmax())
    labels, raw = finished_run.predictions()
    app = open_cell(open_page("evaluation"), names[index], names[index])
    for shown, name in ((evaluation.calibrated(raw, 0.4), "probability"), (raw, "raw softmax output")):
        positions = evaluation.cell_positions(labels, shown, index, index)
        assert percentages(app) == pytest.approx(100 * shown[positions[:8], index], abs=0.051)
        assert f"each with the {name} of {names[index]}; the **least sure first**" in text(app)
        assert metric(app, "Test loss") == f"{evaluation.scores(labels, raw).loss:.4f}", "the network's, as trained"
        app.toggle(key="sureness.switch").set_value(True).run()
    assert app.query_params["raw"] == "1"


def test_the_random_images_have_calibrated_percentages(open_page, finished_run):
    give_temperature(finished_run, 0.4)
    app = open_page("evaluation")
    shown = np.random.default_rng(0).choice(60, 16, replace=False)
    calibrated = evaluation.calibrated(finished_run.predictions().probabilities, 0.4)[shown]
    told = (json.loads(component.proto.json)["captions"] for component in galleries(app))
    given = next(captions for captions in told if "\nis: " in captions[0])
    for caption, shares in zip(given, calibrated, strict=True):
        assert f" {evaluation.percent(shares.max())}\n" in caption


def test_what_label_smoothing_does_is_said_with_the_run_s_own_figures(open_page, tiny_config):
    smoothing = replace(tiny_config.training, label_smoothing=0.2)
    run = write_finished_run(replace(tiny_config, training=smoothing))
    said = text(open_page("evaluation"))
    assert "label smoothing 0.2: it should never give a label more than 82%" in said
    assert "cannot be read beside those of a network without it" in said
    give_temperature(run, 0.5)
    labels, raw = run.predictions()
    after = evaluation.scores(labels, evaluation.calibrated(raw, 0.5))
    app = open_page("evaluation")
    figures_said = f"the loss is {after.loss:.4f} instead of 1.2000 and the MSE {after.mse:.4f} instead of 0.0600"
    assert text(app).count(figures_said) == 2, "with the figures, and beside the report"
    column = app.table[0].value.iloc[:, 0]
    assert column["test loss, calibrated"] == f"{after.loss:.4f}"
    assert column["test MSE, calibrated"] == f"{after.mse:.4f}"


def test_without_label_smoothing_nothing_is_said_of_it(open_page, finished_run):
    app = open_page("evaluation")
    assert "label smoothing" not in text(app)
    assert app.table[0].value.iloc[:, 0]["test loss, calibrated"] == "–"
