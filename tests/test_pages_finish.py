"""Finishing a run before its time on the pages: who may, what is said meanwhile and afterwards."""

import ast
from dataclasses import asdict, replace

import pytest
from app import labels, text, with_label
from handmade import epoch_fields, progress, write_event_line, write_finished_run

from cnn_core import comparing, runs
from cnn_core.code import script
from cnn_core.lab_report import of_run
from cnn_core.progress import Finish, Measuring, TrainingState
from cnn_core.runs import Run
from pages.ui.lessons import locks
from pages.ui.teacher import notice, rights
from pages.ui.teacher.tries import Tries

KEY = "Ada-Lovelace-1815"
BEGUN = TrainingState(seconds=20.0, finish=Finish(20.0, 1 / 3))
EARLY = "finished early, after 23 s of 60 s"

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.fixture
def config(tiny_config):
    return replace(tiny_config, training=replace(tiny_config.training, epochs=None, seconds=60.0))


@pytest.fixture
def minute(config):
    """A run of a minute after 20 seconds, and its record."""
    run = runs.create(config, "A minute")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.batch(progress(seconds=20.0, fraction=1 / 3))
        yield run, record


@pytest.fixture
def early(config):
    """One that was finished after 23 seconds of 60."""
    run = write_finished_run(config, title="Early")
    result = asdict(run.result())
    write_event_line(run, event="started", seconds=12.5, is_resumed=True)
    write_event_line(run, event="finishing", seconds=20.0, fraction=1 / 3)
    write_event_line(run, event="finished", **{**result, "seconds": 23.0})
    return run


def bar(app):
    return app.get("progress")[0].proto.text


def button(app):
    return with_label(app.button, "Finish now")


def press(app, widget_id):
    """Send what a browser sends for a pressed button, whether the page has one or not; with AppTest's private parts."""
    states = app._tree.get_widget_states()
    states.widgets.add(id=widget_id, trigger_value=True)
    return app._run(states)


def test_while_it_trains_everybody_may_finish_it_once_and_is_told_how_long_that_takes(open_page, minute, monkeypatch):
    run, record = minute
    monkeypatch.setattr(Run, "last_event_age", lambda run: 0.0)
    app = open_page("training")
    assert not button(app).disabled
    button(app).click().run()
    assert run.finish_is_requested()
    assert button(app).disabled
    assert bar(app) == "Finishing: the learning rate falls to zero after this batch …"
    record.finishing(BEGUN)
    assert bar(app.run()) == "Finishing: the learning rate falls to zero in 3 s."
    record.batch(progress(seconds=21.0, fraction=21 / 23))
    assert bar(app.run()) == "Finishing: the learning rate falls to zero in 2 s."
    assert not with_label(app.button, "Stop training").disabled
    record.measuring(Measuring("validation", 10, 20))
    assert bar(app.run()) == "Finishing: measuring on the validation split, 10 of 20 predictions …"
    record.testing()
    assert "Finish now" not in labels(app.run().button)
    assert bar(app).startswith("Training is over")


def test_it_is_offered_after_the_first_batch_and_not_while_the_run_stops(open_page, config):
    run = runs.create(config)
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        app = open_page("training")
        assert button(app).disabled
        record.batch(progress())
        assert not button(app.run()).disabled
        runs.request_stop(run)
        assert button(app.run()).disabled
        assert bar(app).startswith("Stopping")


def test_a_last_layer_alone_and_several_machines_have_no_such_button(open_page, minute, monkeypatch):
    monkeypatch.setattr(runs, "can_finish", lambda run: False)
    assert "Finish now" not in labels(open_page("training").button)


def test_only_who_may_stop_it_may_finish_it_whatever_a_browser_sends(open_page, minute, monkeypatch):
    run, _ = minute
    monkeypatch.setenv("CNN_TEACHER_KEY", KEY)
    monkeypatch.setattr(rights, "tries", Tries(lambda: 0.0))
    monkeypatch.setattr(notice, "_is_told", False)
    teacher, pupil = open_page("training"), open_page("training")
    assert "Finish now" not in labels(pupil.button)
    teacher.text_input(key="teacher.typed").set_value(KEY)
    with_label(teacher.button, "Unlock").click().run()
    press(pupil, button(teacher).proto.id)
    assert not run.finish_is_requested()
    locked = ["actions"]
    monkeypatch.setattr(locks, "is_locked", lambda group: group in locked)
    assert button(teacher.run()).disabled
    press(teacher, button(teacher).proto.id)
    assert not run.finish_is_requested(), "a step of a lesson does not allow it"
    locked.clear()
    button(teacher.run()).click().run()
    assert run.finish_is_requested()


def test_a_run_that_was_finished_early_says_so_wherever_it_is_shown(open_page, early):
    app = open_page("training")
    assert f"It was {EARLY}: its learning rate fell to zero" in text(app)
    assert ":green-badge[:material/flag: finished early]" in text(app)
    assert app.dataframe[0].value["state"].tolist() == ["finished early"]
    assert "Resume" not in labels(app.button)
    assert "It was finished early: train it again, to its end." in text(app)
    report = of_run(early, "today")
    assert f"It was {EARLY}" in report.lead
    assert dict(report.sections[0].blocks[0].rows)["State"] == EARLY
    said = ast.get_docstring(ast.parse(script.program(early.config, 2.0, early=early.finished_early())))
    assert f"The run was {EARLY}" in " ".join(said.split())
    assert "each step's learning rate" not in said


def test_it_is_compared_as_what_it_is(config, early):
    other_seed = replace(config, training=replace(config.training, seed=1))
    whole, again = write_finished_run(config), write_finished_run(other_seed)
    write_event_line(whole, event="epoch", **epoch_fields(3))
    write_event_line(whole, event="finished", **asdict(early.result()))
    (difference,) = comparing.settings_that_differ(early, whole)
    assert (difference.a, difference.b) == ("2 epochs, then finished early", "3 epochs")
    assert comparing.spread(whole, whole, [whole, again]).n == 2
    assert comparing.spread(early, early, [early, again]) is None, "a longer training is no repetition"
