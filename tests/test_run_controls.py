"""What a visitor can do with a run, and with which: each action belongs to the run that it was opened for."""

import json
from contextlib import ExitStack

import pytest
from app import figures, labels, player, text, with_label
from handmade import write_event_line, write_finished_run

from cnn_core import runs
from cnn_core.runs import RunState

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.fixture
def older_run(finished_run):
    return finished_run


@pytest.fixture
def newer_run(older_run, tiny_config):
    """The newest run comes first: a visitor who has chosen none watches it."""
    return write_finished_run(tiny_config, title="The newer")


def shown(app):
    return [header.value for header in app.header if header.value != "All runs"]


def choose(app, run):
    app.session_state["training.run"] = run.id
    return app.run()


def send(app, widget_id, **value):
    """Sends what a browser sends for a widget that AppTest cannot handle; this needs AppTest's private parts."""
    states = app._tree.get_widget_states()
    states.widgets.add(id=widget_id, **value)
    return app._run(states)


def tick(app, row):
    """Tick a row of the table."""
    picked = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return send(app, app.dataframe[0].proto.id, string_value=json.dumps(picked))


def ticked(app):
    (row,) = app.session_state["training.table"]["selection"]["rows"]
    return app.dataframe[0].value["run"].iloc[row]


def test_a_row_of_the_table_is_the_run_to_look_at(open_page, newer_run):
    app = open_page("training")
    assert shown(app) == [ticked(app)] == ["The newer"]
    rows = app.dataframe[0].value["run"].tolist()
    tick(app, rows.index("A finished run"))
    assert shown(app) == [ticked(app)] == ["A finished run"]
    tick(app, rows.index("The newer"))
    assert shown(app) == [ticked(app)] == ["The newer"]


def test_the_tick_stays_with_its_run_when_rows_come_and_go(open_page, older_run, newer_run, tiny_config):
    app = choose(open_page("training"), older_run)
    newest = write_finished_run(tiny_config, title="The newest")
    app.run()
    assert shown(app) == [ticked(app)] == ["A finished run"]
    tick(app, 0)  # with one click, whatever stood in that place before
    assert shown(app) == [ticked(app)] == ["The newest"]
    choose(app, newer_run)
    runs.delete(newest)
    app.run()
    assert shown(app) == [ticked(app)] == ["The newer"]


def test_a_row_that_another_visitor_has_deleted_meanwhile_is_a_sentence(open_page, older_run, newer_run):
    app = open_page("training")
    row = app.dataframe[0].value["run"].tolist().index("A finished run")
    runs.delete(older_run)
    tick(app, row)
    assert not app.exception
    assert shown(app) == ["The newer"]


def test_an_interrupted_run_can_be_resumed(open_page, finished_run, monkeypatch):
    write_event_line(finished_run, event="started", seconds=12.0)
    assert finished_run.state() == RunState.INTERRUPTED
    launched = []
    with ExitStack() as worker:

        def launch(run):
            launched.append(run)
            worker.enter_context(runs.open_record(run)).started(seconds=12.0, is_resumed=True)

        monkeypatch.setattr(runs.control, "launch", launch)
        app = open_page("training")
        assert "Resumed, it continues exactly where it left off" in app.warning[0].value
        with_label(app.button, "Resume").click().run()
        assert launched == [finished_run]
        assert not app.error
        assert "Stop training" in labels(app.button)
        assert "Resume" not in labels(app.button)


def test_a_run_whose_log_is_no_file_is_not_resumed(open_page, finished_run):
    (finished_run.path / runs.files.EVENTS).unlink()
    (finished_run.path / runs.files.EVENTS).mkdir()
    with pytest.raises(runs.RunError, match="its log cannot be read"):
        runs.resume(finished_run)
    app = open_page("training")
    assert "Resume" not in labels(app.button)
    assert "Delete it" in labels(app.button)


def test_a_second_click_on_resume_is_one_sentence(open_page, finished_run, monkeypatch):
    write_event_line(finished_run, event="started", seconds=12.0)
    app = open_page("training")
    with runs.open_record(finished_run) as record:  # another visitor was faster
        record.started(seconds=12.0, is_resumed=True)
        with_label(app.button, "Resume").click().run()
        assert len(app.error) == 1
        assert not app.exception


def test_renaming_and_deleting(open_page, finished_run):
    app = open_page("training")
    app.text_input(key=f"training.title.{finished_run.id}").set_value("Better")
    with_label(app.button, "Save").click().run()
    assert finished_run.title == "Better"
    with_label(app.button, "Delete it").click().run()
    assert not finished_run.path.exists()
    assert "**Better** was deleted." in text(app)
    assert "Press **Start training**" in text(app)


@pytest.mark.parametrize(("action", "button"), [("rename", "Save"), ("delete", "Delete it")])
def test_an_action_closes_once_it_was_used(open_page, older_run, newer_run, action, button):
    app, opened = open_page("training"), f"training.{action}.{newer_run.id}"
    app.session_state[opened] = True  # as when a visitor opens it
    app.run()
    with_label(app.button, button).click().run()
    for key in (opened, f"training.{action}.{older_run.id}"):
        assert key not in app.session_state or not app.session_state[key]


def test_a_second_click_deletes_no_second_run(open_page, older_run, newer_run):
    app = open_page("training")
    button = with_label(app.button, "Delete it")
    button.click().run()
    assert shown(app) == ["A finished run"]
    send(app, button.id, trigger_value=True)  # the browser had not been told yet
    assert not app.exception
    assert older_run.exists()


def test_no_button_of_a_run_is_one_of_another_run(open_page, older_run, newer_run):
    app = open_page("training")
    of_newer = {button.key for button in app.button if newer_run.id in (button.key or "")}
    of_older = {button.key for button in choose(app, older_run).button if older_run.id in (button.key or "")}
    assert len(of_newer) == len(of_older) >= 3
    assert not of_newer & of_older


def test_an_open_action_keeps_its_run_when_another_visitor_starts_one(open_page, older_run, newer_run):
    """A half-typed name is not lost: the run that it is for stays on the page."""
    app = open_page("training")
    app.session_state[f"training.rename.{newer_run.id}"] = True
    app.run()
    with runs.open_record(older_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        app.run()
        assert shown(app) == ["The newer"]
        app.session_state[f"training.rename.{newer_run.id}"] = False
        app.run()
        assert shown(app) == ["A finished run"]


def test_who_watches_a_run_that_is_deleted_is_told(open_page, older_run, newer_run):
    app, chosen, elsewhere = open_page("training"), open_page("training"), open_page("training")
    choose(chosen, newer_run)
    choose(elsewhere, older_run)
    runs.delete(newer_run)
    for told in (app.run(), chosen.run()):
        assert "**The newer**, the run that you were watching, was deleted." in text(told)
        assert shown(told) == ["A finished run"]
        assert "was deleted" not in text(told.run())
    assert "was deleted" not in text(elsewhere.run())


def test_a_replay_is_the_whole_run_moment_by_moment_and_the_browser_plays_it(open_page, finished_run):
    app = open_page("training")
    assert player(app)["live"]
    with_label(app.button, "Replay").click().run()
    film = player(app)
    assert not film["live"]
    assert film["moments"] == [0.0, 5.0, 6.0, 10.0, 12.0, 12.5]
    assert film["places"][1] == "5 s of 12 s"
    shown = {figure["label"]: figure["text"] for figure in film["tracks"]["figures"]}
    assert shown["Epochs"] == ["0", "0.5", "1", "1.5", "2", "2"]
    assert shown["Training accuracy"] == ["–", "20.0%", "25.0%", "40.0%", "50.0%", "50.0%"]
    assert shown["Validation accuracy"] == ["–", "–", "20.0%", "20.0%", "40.0%", "40.0%"]
    assert shown["Final test accuracy"] == ["–"] * 5 + ["55.00%"]
    assert "Images a second" not in shown
    with_label(app.button, "End replay").click().run()
    assert player(app)["live"]
    assert "Replay" in labels(app.button)


def test_a_replay_stays_with_its_run_when_another_is_started(open_page, finished_run, tiny_config):
    app = open_page("training")
    with_label(app.button, "Replay").click().run()
    other = runs.create(tiny_config, "The other")
    with runs.open_record(other) as record:
        record.started(seconds=0.0, is_resumed=False)
        app.run()
        assert shown(app) == ["A finished run"]
        assert not player(app)["live"]
        with_label(app.button, "End replay").click().run()
        assert not app.exception


def test_a_replay_ends_with_a_sentence_when_its_run_is_deleted(open_page, older_run, newer_run):
    app = choose(open_page("training"), older_run)
    with_label(app.button, "Replay").click().run()
    runs.delete(older_run)
    app.run()
    assert "was deleted. Its replay has ended." in text(app)
    assert shown(app) == ["The newer"]
    assert player(app)["live"], "as it stands, not replayed"
    assert figures(app)["Final test accuracy"] == "55.00%"
    assert "End replay" not in labels(app.button)


def test_a_replay_of_a_run_that_somebody_resumes_shows_it_as_it_is_now(open_page, finished_run):
    app = open_page("training")
    with_label(app.button, "Replay").click().run()
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        app.run()
        assert player(app)["live"]
        assert "Stop training" in labels(app.button)
    app.run()
    assert player(app)["live"], "whoever watched it go on does not find the replay again at its end"
