"""The part "Compare" of the evaluation page as the app runs it: one run, two, other images, a run that goes away."""

import json
from dataclasses import replace

import numpy as np
import pytest
from app import text, with_label
from handmade import write_event_line, write_finished_run

from cnn_core import evaluation, runs
from cnn_core.data import about
from cnn_core.evaluation import comparison
from cnn_core.evaluation.calibration import Calibration
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.usefixtures("tiny_data_dir")
NAMES = about("cifar10").class_names


@pytest.fixture
def write(tiny_config):
    """A function that writes a finished run with other settings of its training, and answers of its own."""

    def write_(title, seed_of_answers=None, **training):
        run = write_finished_run(replace(tiny_config, training=replace(tiny_config.training, **training)), title=title)
        if seed_of_answers is not None:
            labels, _ = run.predictions()
            logits = np.random.default_rng(seed_of_answers).normal(size=(60, 10)) + 3 * np.eye(10)[labels]
            with runs.open_record(run) as record:
                record.predictions(labels, (np.exp(logits) / np.exp(logits).sum(1, keepdims=True)).astype(np.float32))
        return run

    return write_


@pytest.fixture
def open_compare(open_page):
    return lambda run, **query: open_page("evaluation", run=run.id, **{"evaluation.part": "Compare"}, **query)


def compared_with(app):
    return with_label(app.selectbox, "Compare with").value


def components(app, holds):
    return [json.loads(c.proto.json) for c in app.get("bidi_component") if holds in c.proto.json]


def headline(app):
    return app.header[0].value


def test_a_single_run_says_what_to_do(open_compare, write):
    app = open_compare(write("Alone"))
    assert not app.exception
    assert "nothing to compare it with. Train another one" in app.info[0].value
    assert not [box for box in app.selectbox if box.label == "Compare with"]


def test_two_runs_are_compared_by_the_same_figures_as_the_core_says(open_compare, write):
    a, b = write("First"), write("Second", 1, shift=0)
    app = open_compare(a)
    assert not app.exception
    assert headline(app) == "The only difference: shift 2 against 0."
    assert "**A** First · **B** Second" in text(app)
    (labels, of_a), (_, of_b) = a.predictions(), b.predictions()
    counts = comparison.paired(labels, of_a.argmax(1), of_b.argmax(1))
    assert f"**{comparison.describe_interval(counts)}**" in text(app)
    assert comparison.describe_test(counts) in text(app)
    assert "no run on this machine repeats A or B" in text(app)
    assert "Both are measured on the same 5,000 validation images." in text(app)
    assert not app.warning
    assert b.id in app.query_params["against"]


def test_several_settings_warn_and_are_all_in_the_table(open_compare, write):
    a, _ = write("First"), write("Second", 1, shift=0, batch_size=8, seed=3)
    app = open_compare(a)
    assert headline(app) == "2 settings differ: batch size, shift."
    assert "confounded" in app.warning[0].value
    table = app.table[0].value
    assert table["what differs"].tolist() == ["Batch size", "Shift", "Seed"]
    assert table["B"].tolist() == ["8", "0", "3"]


def test_repetitions_are_listed_with_their_seeds(open_compare, write):
    a, _ = write("First"), write("Second", 1, seed=7)
    app = open_compare(a)
    assert headline(app).startswith("A repetition")
    assert "2 seeds of these settings" in text(app)
    assert "First (seed 0): 55.00%, Second (seed 7): 55.00%" in text(app)


def test_the_nearest_run_is_the_default_and_the_link_and_the_hand_decide(open_compare, write):
    a, near, far = write("First"), write("Near", 1, shift=0), write("Far", 2, shift=0, batch_size=8)
    assert compared_with(open_compare(a)) == near.id
    app = open_compare(a, against=far.id)
    assert compared_with(app) == far.id
    with_label(app.selectbox, "Run").select(near.id).run()
    assert compared_with(app) == far.id, "which the link had chosen"
    with_label(app.selectbox, "Run").select(far.id).run()
    assert compared_with(app) == near.id, "never the same run"
    with_label(app.selectbox, "Compare with").select(a.id).run()
    assert compared_with(app) == a.id
    assert a.id in app.query_params["against"]
    assert headline(app).startswith("2 settings")


def test_a_link_to_a_run_that_is_not_here_says_so(open_compare, write):
    a, b = write("First"), write("Second", 1)
    app = open_compare(a, against="no-such-run")
    assert "is not on this machine" in app.info[0].value
    assert compared_with(app) == b.id
    assert "is not on this machine" not in text(open_compare(a, against=a.id))


def test_a_run_that_is_deleted_meanwhile_is_replaced(open_compare, write):
    a, b, c = write("First"), write("Second", 1, shift=0), write("Third", 2, shift=0, seed=5)
    app = open_compare(a, against=c.id)
    runs.delete(c)
    app.run()
    assert not app.exception
    assert "that you compared with is not on this machine" in app.info[0].value
    assert compared_with(app) == b.id
    runs.delete(b)
    app.run()
    assert not app.exception
    assert "nothing to compare it with" in app.info[0].value


def test_damaged_predictions_of_the_second_are_one_sentence(open_compare, write):
    a, b = write("First"), write("Second", 1)
    (b.path / "predictions.npz").write_bytes(b"torn")
    app = open_compare(a)
    assert not app.exception
    assert "The predictions of 'Second' cannot be read" in app.error[0].value.replace("\\", "")


def test_other_data_sets_are_one_sentence_and_no_test(open_compare, write, tiny_config):
    a = write("First")
    write_finished_run(replace(tiny_config, data_set="shapes10"), title="Drawn")
    app = open_compare(a)
    assert not app.exception
    assert "they answered about different images" in app.warning[0].value
    assert "95% interval" not in text(app)
    assert "McNemar" not in text(app)
    assert not components(app, '"shades"')
    assert "of CIFAR-10, B on 5,000 validation images of Shapes-10" in text(app)


def test_a_run_that_watched_the_test_split_is_noted(open_compare, write):
    a, _ = write("First"), write("Second", 1, validate_on="test")
    assert "B watched the test split while it trained" in text(open_compare(a))
    assert "Label smoothing" not in text(open_compare(a))
    smoothed = write("Smoothed", 1, label_smoothing=0.2)
    assert "Label smoothing makes a network less sure" in text(open_compare(a, against=smoothed.id))


def test_curves_over_seconds_are_in_the_link(open_compare, write):
    a, _ = write("First"), write("Second", 1)
    app = open_compare(a, **{"evaluation.over": "over seconds"})
    assert not app.exception
    assert "after 12 s" in text(app)
    assert "after 2 epochs" in text(open_compare(a, **{"evaluation.over": "nonsense"}))


def test_a_run_without_an_epoch_has_no_line_but_a_test(open_compare, write, tiny_config):
    a, b = write("First"), runs.create(replace(tiny_config, training=replace(tiny_config.training, seed=9)), "Short")
    labels, probabilities = a.predictions()
    with runs.open_record(b) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.predictions(labels, probabilities)
        record.finished(a.result())
    app = open_compare(a, against=b.id)
    assert not app.exception
    assert "B ended before an epoch was measured" in text(app)
    assert "neither is the better one" in text(app)


def test_a_cell_shows_the_images_that_moved(open_compare, write):
    a, b = write("First"), write("Second", 1, shift=0)
    (labels, of_a), (_, of_b) = a.predictions(), b.predictions()
    before, after = (evaluation.confusion_matrix(labels, of.argmax(1), 10) for of in (of_a, of_b))
    row = int((after - before).diagonal().argmax())
    app = open_compare(a, **{"evaluation.moved": f"{NAMES[row]}→{NAMES[row]}"})
    assert not app.exception
    (grid,) = components(app, '"shades"')
    assert grid["picked"] == [row, row]
    gone, come = comparison.moved_positions(labels, of_a.argmax(1), of_b.argmax(1), row, row)
    titles = [heading.value for heading in app.subheader]
    assert f"{NAMES[row]}, recognised by A, not by B: {len(gone)}" in titles
    assert f"{NAMES[row]}, recognised by B, not by A: {len(come)}" in titles
    (shown,) = components(app, "recognised by B, not by A")
    surest = come[of_b[come, row].argmax()]
    said = NAMES[of_a[surest].argmax()]
    assert shown["captions"][0] == f"A: {said} {of_a[surest].max():.0%}\nB: {NAMES[row]} {of_b[surest].max():.0%}"
    assert len(shown["captions"]) == len(come)


def test_a_cell_that_is_none_is_replaced_by_the_mistake_that_changed_most(open_compare, write):
    a, b = write("First"), write("Second", 1, shift=0)
    (labels, of_a), (_, of_b) = a.predictions(), b.predictions()
    before, after = (evaluation.confusion_matrix(labels, of.argmax(1), 10) for of in (of_a, of_b))
    change = np.abs(after - before) * (1 - np.eye(10, dtype=int))
    for link in ("circle→ring", "cat", "cat→cat→cat", "→"):
        app = open_compare(a, **{"evaluation.moved": link})
        assert not app.exception
        row, column = components(app, '"shades"')[0]["picked"]
        assert change[row, column] == change.max()


def test_without_the_images_the_counts_are_there(open_compare, write, tiny_data_dir):
    a, _ = write("First"), write("Second", 1, shift=0)
    (tiny_data_dir / "test_images.npy").write_bytes(b"torn")
    app = open_compare(a)
    assert not app.exception
    assert "They are not on this machine." in text(app)
    assert "95% interval" in text(app)


def test_a_repetition_of_a_measured_preset_tells_what_other_seeds_gave(open_compare, write):
    a = write("First")
    minute = write_finished_run(PRESETS["minute"], title="Minute")
    app = open_compare(a, against=minute.id)
    assert not app.exception
    assert "5 seeds of B's settings ended between 81.1% and 84.0%" in text(app)


def test_a_title_is_shown_as_it_was_typed(open_compare, write):
    a = write("_First_")
    write("Second", 1)
    assert "**A** \\_First" in text(open_compare(a))


def test_a_stopped_run_differs_in_its_length(open_compare, write):
    a, b = write("First"), write("Second", 1)
    result = {name: getattr(b.result(), name) for name in b.result().__dataclass_fields__}
    write_event_line(b, event="epoch", **(b.history().iloc[-1].to_dict() | {"epoch": 3, "passes": 3.0}))
    write_event_line(b, event="stopped", reason="stopped on request", **result)
    assert headline(open_compare(a)) == "The only difference: trained for 2 epochs against 3 epochs, then stopped."


def test_percentages_are_calibrated_where_both_runs_know_how_and_raw_ones_are_named(open_compare, write, monkeypatch):
    a, b = write("First"), write("Second", 1, shift=0)
    said = text(open_compare(a))
    assert f"The percentages of A and B are raw softmax outputs; `python -m cnn_core complete {a.id}`" in said
    monkeypatch.setattr(runs.Run, "calibration", lambda run: Calibration(2.0, "val", 20) if run == a else None)
    app = open_compare(a)
    assert f"The percentages of B are raw softmax outputs; `python -m cnn_core complete {b.id}`" in text(app)
    _, of_a = a.predictions()
    softened = evaluation.calibrated(of_a, 2.0)
    shown = {caption.split("\n")[0] for grid in components(app, "captions") for caption in grid["captions"]}
    assert shown <= {f"A: {NAMES[row.argmax()]} {row.max():.0%}" for row in softened}
    monkeypatch.setattr(runs.Run, "calibration", lambda run: Calibration(2.0, "val", 20))
    app = open_compare(a)
    assert "Percentages are calibrated" in text(app)
    app.toggle(key="sureness.switch").set_value(True).run()
    assert "Percentages are raw softmax outputs." in text(app)
    shown = {caption.split("\n")[0] for grid in components(app, "captions") for caption in grid["captions"]}
    assert shown <= {f"A: {NAMES[row.argmax()]} {row.max():.0%}" for row in of_a}
