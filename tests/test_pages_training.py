"""The training page as the app runs it: empty, filled and failing."""

import time
from dataclasses import asdict, replace

import pytest
import streamlit as st
from app import labels, metric, text, with_label
from handmade import write_event_line, write_finished_run

from cnn_core import plotting, runs
from cnn_core.presets import PRESETS
from cnn_core.runs import RunState
from pages.ui import cache

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


def test_training_with_nothing_there_yet_says_what_to_do(open_page):
    app = open_page("training")
    assert not app.exception
    assert "Press **Start training**" in text(app)
    assert not with_label(app.button, "Start training").disabled


def test_start_asks_for_what_the_widgets_say(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.selectbox(key="training.network").set_value("report").run()
    with_label(app.button, "Start training").click().run()
    assert asked[-1] == PRESETS["report"]
    app.segmented_control(key="training.limit").set_value("seconds").run()
    app.number_input(key="training.seconds").set_value(30)
    app.number_input(key="training.seed").set_value(7).run()
    with_label(app.button, "Start training").click().run()
    recipe = asked[-1].training
    assert (recipe.seconds, recipe.epochs, recipe.seed, recipe.optimizer) == (30, None, 7, "adamax")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_started_as_it_is(open_page, monkeypatch, preset):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.selectbox(key="training.network").set_value(preset).run()
    with_label(app.button, "Start training").click().run()
    assert asked == [replace(PRESETS[preset], data_set=asked[0].data_set)]


def test_the_advanced_settings_reach_the_run(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    numbers = {
        "learning_rate": 0.24,
        "bias_rate_multiplier": 56.0,
        "head_rate_multiplier": 0.011,
        "label_smoothing": 0.08,
        "ema_momentum": 0.99,
        "cutout": 8,
    }
    for name, value in numbers.items():
        app.number_input(key=f"training.{name}").set_value(value)
    app.selectbox(key="training.optimizer").set_value("muon")
    app.selectbox(key="training.schedule").set_value("linear")
    app.selectbox(key="training.test_time_views").set_value(6)
    app.selectbox(key="training.precision").set_value("float32")
    app.toggle(key="training.alternating_flip").set_value(True).run()
    with_label(app.button, "Start training").click().run()
    recipe = asked[0].training
    rates = [recipe.learning_rate, recipe.bias_rate_multiplier, recipe.head_rate_multiplier]
    assert [*rates, recipe.label_smoothing, recipe.ema_momentum, recipe.cutout] == list(numbers.values())
    assert (recipe.optimizer, recipe.schedule, recipe.test_time_views) == ("muon", "linear", 6)
    assert (recipe.precision, recipe.alternating_flip) == ("float32", True)


def test_flips_alternate_only_where_there_are_flips(open_page):
    app = open_page("training")
    assert not app.toggle(key="training.alternating_flip").disabled
    app.toggle(key="training.flip").set_value(False).run()
    assert app.toggle(key="training.alternating_flip").disabled


def test_a_setting_changed_with_the_click_on_start_counts(open_page, monkeypatch):
    """The browser may send both at once, before the page was drawn with the new setting."""
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.number_input(key="training.seconds").set_value(7)
    with_label(app.button, "Start training").click().run()
    assert asked[0].training.seconds == 7


def test_a_network_of_one_s_own_is_called_that(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda *arguments: asked.append(arguments) or runs.create(*arguments))
    app = open_page("network")
    app.number_input(key="network.filters1").set_value(24).run()
    app.switch_page("pages/training.py").run()
    app.selectbox(key="training.network").set_value("my network").run()
    with_label(app.button, "Start training").click().run()
    ((config, title),) = asked
    assert (config.preset, config.network.blocks[0].filters, title) == ("custom", 24, "my network, CIFAR-10")


def test_a_refused_start_is_one_sentence(open_page, monkeypatch):
    def refuse(*_):
        raise runs.RunError("Another run is being trained.")

    monkeypatch.setattr(runs, "start", refuse)
    app = open_page("training")
    with_label(app.button, "Start training").click().run()
    assert [error.value for error in app.error] == ["Another run is being trained."]
    assert not app.run().error


def test_a_finished_run_shows_its_figures_and_what_can_be_done(open_page, finished_run):
    app = open_page("training")
    assert not app.exception
    assert metric(app, "Test accuracy, at the end") == "55.00%"
    assert metric(app, "Epochs") == "2"
    assert len(app.get("plotly_chart")) == 3
    assert {"Replay 1×", "Replay 10×", "Replay 60×", "Save", "Delete it"} <= set(labels(app.button))
    assert "Resume" not in labels(app.button)
    assert app.dataframe[0].value["run"].tolist() == ["A finished run"]


def test_while_a_run_trains_everybody_sees_it_and_nobody_can_start_another(open_page, finished_run):
    with runs.open_record(finished_run) as record:
        record.event("started", is_resumed=True)
        for app in (open_page("training"), open_page("training")):
            assert with_label(app.button, "Start training").disabled
            assert "is being trained; one run at a time" in text(app)
            assert "Delete it" not in labels(app.button)
        assert "Look at it" not in labels(app.button)
        with_label(app.button, "Stop training").click().run()
        assert finished_run.stop_is_requested()
        assert with_label(app.button, "Stop training").disabled


def test_who_watches_another_run_finds_the_way_to_the_one_that_trains(open_page, finished_run, tiny_config):
    other = write_finished_run(tiny_config, title="Another")
    with runs.open_record(finished_run) as record:
        record.event("started", is_resumed=True)
        app = open_page("training")
        app.session_state["training.run"] = other.id
        app.run()
        assert not with_label(app.button, "Look at it").disabled
        with_label(app.button, "Look at it").click().run()
        assert "Look at it" not in labels(app.button)
        assert app.session_state["training.run"] == finished_run.id


def test_the_result_from_before_a_run_was_resumed_is_not_shown_as_its_result_now(open_page, finished_run):
    write_event_line(finished_run, event="stopped", reason="stopped on request", **asdict(finished_run.result()))
    assert "Test accuracy, at the end" in [m.label for m in open_page("training").metric]
    with runs.open_record(finished_run) as record:
        record.event("started", is_resumed=True)
        assert "Test accuracy, at the end" not in [m.label for m in open_page("training").metric]


def test_all_who_watch_a_run_share_the_drawing_of_its_curves(open_page, finished_run, monkeypatch):
    drawn = []
    draw = plotting.training_curves
    monkeypatch.setattr(plotting, "training_curves", lambda *a, **k: drawn.append(a) or draw(*a, **k))
    for _ in range(3):
        open_page("training")
    assert len(drawn) == 3  # one for each metric
    write_event_line(finished_run, event="epoch", **{**finished_run.history().iloc[1].to_dict(), "epoch": 3})
    open_page("training")
    assert len(drawn) == 6


@pytest.mark.parametrize(
    ("event", "words"), [("failed", "It failed: out of memory"), ("stopped", "It ended early: out of memory")]
)
def test_a_run_that_ended_badly_says_why_and_can_be_resumed(open_page, finished_run, event, words):
    write_event_line(finished_run, event=event, reason="out of memory")
    app = open_page("training")
    assert words in " ".join(element.value for element in [*app.error, *app.caption])
    assert "Resume" in labels(app.button)


def test_an_interrupted_run_can_be_resumed(open_page, finished_run):
    write_event_line(finished_run, event="started")
    app = open_page("training")
    assert finished_run.state() == RunState.INTERRUPTED
    assert "Resume it" in app.warning[0].value


def test_renaming_and_deleting(open_page, finished_run):
    app = open_page("training")
    app.text_input(key=f"training.title.{finished_run.id}").set_value("Better")
    with_label(app.button, "Save").click().run()
    assert finished_run.title == "Better"
    with_label(app.button, "Delete it").click().run()
    assert not finished_run.path.exists()
    assert "Press **Start training**" in text(app)


def test_a_replay_shows_the_run_as_it_stood_and_ends_by_itself(open_page, finished_run):
    app = open_page("training")
    with_label(app.button, "Replay 1×").click().run()
    assert metric(app, "Epochs") == "0"
    assert "Images a second" not in [m.label for m in app.metric]  # no batch yet
    assert "Test accuracy, at the end" not in [m.label for m in app.metric]
    app.session_state["training.replay"] = {"speed": 1, "from": 6.5, "since": time.time()}
    app.run()
    assert metric(app, "Epochs") == "1"
    app.session_state["training.replay"] = {"speed": 60, "from": 0.0, "since": time.time() - 10}
    app.run()
    assert metric(app, "Epochs") == "2"
    assert "End replay" not in labels(app.button)


def test_a_replay_stays_with_its_run_when_another_is_started(open_page, finished_run, tiny_config):
    app = open_page("training")
    with_label(app.button, "Replay 1×").click().run()
    other = runs.create(tiny_config, "The other")
    with runs.open_record(other) as record:
        record.event("started")
        app.run()
        assert "A finished run" in [s.value for s in app.subheader]
        with_label(app.button, "End replay").click().run()
        assert not app.exception


def test_another_speed_at_the_end_of_a_replay_begins_again(open_page, finished_run):
    app = open_page("training")
    with_label(app.button, "Replay 1×").click().run()
    app.session_state["training.replay"] = {"speed": 60, "from": 0.0, "since": time.time() - 10}
    with_label(app.button, "Replay 10×").click().run()
    assert not app.exception
    assert not app.warning
    assert metric(app, "Epochs") == "0"


@pytest.mark.parametrize(
    ("before", "after", "intervals"),
    [(0, 0, [1.0]), (31, 31, [4.0]), (31, 35, [4.0]), (0, 31, [1.0, 4.0]), (31, 0, [4.0, 1.0]), (900, 900, [5.0])],
)
def test_a_class_shares_eight_renewals_a_second(open_page, finished_run, monkeypatch, before, after, intervals):
    """Also those who came before the others: their view is drawn anew when the class has grown or gone."""

    def let_watch(visitors):
        now = time.monotonic()
        for other in [other for other in cache.watchers() if other.startswith("visitor")]:
            del cache.watchers()[other]
        cache.watchers().update({f"visitor {i}": now for i in range(visitors)} | {"who left": now - 60})

    def fragment_while_others_come_and_go(run_every):
        set_intervals.append(run_every)
        let_watch(after)
        return fragment(run_every=run_every)

    set_intervals, fragment = [], st.fragment
    monkeypatch.setattr(st, "fragment", fragment_while_others_come_and_go)
    app = open_page("training")
    assert set_intervals[-1] == 4.0  # nothing moves
    assert len(cache.watchers()) == after + 1  # who waits is counted too
    set_intervals.clear()
    let_watch(before)
    with_label(app.button, "Replay 1×").click().run()
    assert set_intervals == intervals
    assert len(cache.watchers()) == after + 1


def test_a_row_of_the_table_is_the_run_to_look_at(open_page, finished_run, tiny_config):
    time.sleep(1.1)  # run names count seconds; the newest comes first
    write_finished_run(tiny_config, title="The other")
    app = open_page("training")
    assert "The other" in [s.value for s in app.subheader]
    app.session_state["training.run"] = finished_run.id
    app.run()
    assert "A finished run" in [s.value for s in app.subheader]
