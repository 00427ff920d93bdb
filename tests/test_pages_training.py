"""The network, training and evaluation pages as the app runs them: empty, filled and failing."""

import json
import time
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st
from handmade import write_event_line, write_finished_run
from streamlit.testing.v1 import AppTest

from cnn_core import evaluation, plotting, runs
from cnn_core.config import PRESETS
from cnn_core.runs import RunState
from pages.ui import cache

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def open_page(tiny_data_dir):
    """A function that opens a page of the app, with the tiny data set in CIFAR-10's place."""

    def open_page(page):
        app = AppTest.from_file("../streamlit_app.py", default_timeout=60).run()
        return app.switch_page(f"pages/{page}.py").run()

    return open_page


def texts(app):
    return " ".join(element.value for element in [*app.markdown, *app.caption, *app.info])


def button(app, label):
    return next(button for button in app.button if button.label == label)


def labels_of_buttons(app):
    return [button.label for button in app.button]


def metric(app, label):
    return next(metric.value for metric in app.metric if metric.label == label)


# network


def test_the_network_page_shows_the_report_s_network_to_the_parameter(open_page):
    app = open_page("network")
    app.button(key="network.preset.report").click().run()
    assert not app.exception
    assert metric(app, "Parameters") == "2,253,906"
    assert metric(app, "of them trained") == "2,251,218"
    assert app.dataframe[0].value["how"].iloc[1] == "3×3×3×32 + 32 = 896"


def test_a_change_is_followed_at_once(open_page):
    app = open_page("network")
    before = metric(app, "Parameters")
    app.number_input(key="network.filters1").set_value(17).run()
    assert metric(app, "Parameters") != before
    app.slider(key="network.blocks").set_value(0).run()
    assert metric(app, "Parameters") == f"{3072 * 64 + 64 + 64 * 10 + 10:,}"


def test_a_network_that_cannot_be_is_refused_with_the_reason(open_page):
    app = open_page("network")
    app.number_input(key="network.kernel").set_value(7)
    app.segmented_control(key="network.padding").set_value("valid").run()
    assert "leave nothing" in app.error[0].value
    assert not app.metric


def test_a_network_too_large_to_share_a_machine_is_refused(open_page):
    app = open_page("network")
    app.slider(key="network.blocks").set_value(0)
    app.number_input(key="network.dense").set_value(3).run()
    for i in (1, 2, 3):
        app.number_input(key=f"network.units{i}").set_value(2048)
    app.run()
    assert not app.error  # 15 million
    app.slider(key="network.blocks").set_value(1).run()
    app.number_input(key="network.filters1").set_value(512).run()
    assert "the app trains up to 20,000,000" in app.error[0].value


def test_a_network_built_here_can_be_trained_there(open_page):
    app = open_page("network")
    app.number_input(key="network.filters1").set_value(24).run()
    app.switch_page("pages/training.py").run()
    assert app.selectbox(key="training.network").options[-1] == "my network"
    assert app.selectbox(key="training.network").value == "lesson"  # offered, not chosen
    assert "my network" not in open_page("training").selectbox(key="training.network").options


def test_train_this_network_chooses_it(open_page):
    app = open_page("network")
    app.button(key="network.preset.report").click().run()
    button(app, "Train this network").click().run()
    assert app.selectbox(key="training.network").value == "report"
    app.switch_page("pages/network.py").run()
    app.number_input(key="network.filters1").set_value(24).run()
    button(app, "Train this network").click().run()
    assert app.selectbox(key="training.network").value == "my network"


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_s_network_comes_out_of_the_widgets_as_it_went_in(open_page, preset):
    app = open_page("network")
    app.button(key=f"network.preset.{preset}").click().run()
    assert app.session_state["network.built"] == PRESETS[preset].network


def test_the_parts_of_fast_training_can_be_switched_on(open_page):
    app = open_page("network")
    app.toggle(key="network.whitening").set_value(True)
    app.selectbox(key="network.order").set_value("pool_norm_activation")
    app.segmented_control(key="network.head").set_value("max")
    app.segmented_control(key="network.start").set_value("identity").run()
    built = app.session_state["network.built"]
    assert (built.whitening, built.block_order, built.head, built.initialization) == (
        True,
        "pool_norm_activation",
        "max",
        "identity",
    )


# training


def test_training_with_nothing_there_yet_says_what_to_do(open_page):
    app = open_page("training")
    assert not app.exception
    assert "Press **Start training**" in texts(app)
    assert not button(app, "Start training").disabled


def test_start_asks_for_what_the_widgets_say(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.selectbox(key="training.network").set_value("report").run()
    button(app, "Start training").click().run()
    assert asked[-1] == PRESETS["report"]
    app.segmented_control(key="training.limit").set_value("seconds").run()
    app.number_input(key="training.seconds").set_value(30)
    app.number_input(key="training.seed").set_value(7).run()
    button(app, "Start training").click().run()
    recipe = asked[-1].training
    assert (recipe.seconds, recipe.epochs, recipe.seed, recipe.optimizer) == (30, None, 7, "adamax")


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_is_started_as_it_is(open_page, monkeypatch, preset):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.selectbox(key="training.network").set_value(preset).run()
    button(app, "Start training").click().run()
    assert asked == [replace(PRESETS[preset], data_set=asked[0].data_set)]


def test_the_advanced_settings_reach_the_run(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    numbers = {"rate": 0.24, "bias_rate": 56.0, "head_rate": 0.011, "smoothing": 0.08, "averaging": 0.99, "cutout": 8}
    for name, value in numbers.items():
        app.number_input(key=f"training.{name}").set_value(value)
    app.selectbox(key="training.optimizer").set_value("muon")
    app.selectbox(key="training.schedule").set_value("linear")
    app.selectbox(key="training.views").set_value(6)
    app.selectbox(key="training.precision").set_value("float32")
    app.toggle(key="training.alternating").set_value(True).run()
    button(app, "Start training").click().run()
    recipe = asked[0].training
    rates = [recipe.learning_rate, recipe.bias_rate, recipe.head_rate]
    assert [*rates, recipe.label_smoothing, recipe.averaging, recipe.cutout] == list(numbers.values())
    assert (recipe.optimizer, recipe.schedule, recipe.test_views) == ("muon", "linear", 6)
    assert (recipe.precision, recipe.alternating_flip) == ("float32", True)


def test_flips_alternate_only_where_there_are_flips(open_page):
    app = open_page("training")
    assert not app.toggle(key="training.alternating").disabled
    app.toggle(key="training.flip").set_value(False).run()
    assert app.toggle(key="training.alternating").disabled


def test_a_setting_changed_with_the_click_on_start_counts(open_page, monkeypatch):
    """The browser may send both at once, before the page was drawn with the new setting."""
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.number_input(key="training.seconds").set_value(7)
    button(app, "Start training").click().run()
    assert asked[0].training.seconds == 7


def test_a_network_of_one_s_own_is_called_that(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda *arguments: asked.append(arguments) or runs.create(*arguments))
    app = open_page("network")
    app.number_input(key="network.filters1").set_value(24).run()
    app.switch_page("pages/training.py").run()
    app.selectbox(key="training.network").set_value("my network").run()
    button(app, "Start training").click().run()
    ((config, title),) = asked
    assert (config.preset, config.network.blocks[0].filters, title) == ("custom", 24, "my network, CIFAR-10")


def test_a_refused_start_is_one_sentence(open_page, monkeypatch):
    def refuse(*_):
        raise runs.RunError("Another run is being trained.")

    monkeypatch.setattr(runs, "start", refuse)
    app = open_page("training")
    button(app, "Start training").click().run()
    assert [error.value for error in app.error] == ["Another run is being trained."]
    assert not app.run().error


def test_a_finished_run_shows_its_figures_and_what_can_be_done(open_page, finished_run):
    app = open_page("training")
    assert not app.exception
    assert metric(app, "Test accuracy, at the end") == "55.00%"
    assert metric(app, "Epochs") == "2"
    assert len(app.get("plotly_chart")) == 3
    assert {"Replay 1×", "Replay 10×", "Replay 60×", "Save", "Delete it"} <= set(labels_of_buttons(app))
    assert "Resume" not in labels_of_buttons(app)
    assert app.dataframe[0].value["run"].tolist() == ["A finished run"]


def test_while_a_run_trains_everybody_sees_it_and_nobody_can_start_another(open_page, finished_run):
    with runs.open_record(finished_run) as record:
        record.event("started", is_resumed=True)
        for app in (open_page("training"), open_page("training")):
            assert button(app, "Start training").disabled
            assert "is being trained; one run at a time" in texts(app)
            assert "Delete it" not in labels_of_buttons(app)
        assert "Look at it" not in labels_of_buttons(app)
        button(app, "Stop training").click().run()
        assert finished_run.stop_is_requested()
        assert button(app, "Stop training").disabled


def test_who_watches_another_run_finds_the_way_to_the_one_that_trains(open_page, finished_run, tiny_config):
    other = write_finished_run(tiny_config, title="Another")
    with runs.open_record(finished_run) as record:
        record.event("started", is_resumed=True)
        app = open_page("training")
        app.session_state["training.run"] = other.id
        app.run()
        assert not button(app, "Look at it").disabled
        button(app, "Look at it").click().run()
        assert "Look at it" not in labels_of_buttons(app)
        assert app.session_state["training.run"] == finished_run.id


def test_the_result_from_before_a_run_was_resumed_is_not_shown_as_its_result_now(open_page, finished_run):
    write_event_line(finished_run, event="stopped", reason="stopped on request", test_accuracy=0.55, test_n=60)
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
    assert "Resume" in labels_of_buttons(app)


def test_an_interrupted_run_can_be_resumed(open_page, finished_run):
    write_event_line(finished_run, event="started")
    app = open_page("training")
    assert finished_run.state() == RunState.INTERRUPTED
    assert "Resume it" in app.warning[0].value


def test_renaming_and_deleting(open_page, finished_run):
    app = open_page("training")
    app.text_input(key=f"training.title.{finished_run.id}").set_value("Better")
    button(app, "Save").click().run()
    assert finished_run.title == "Better"
    button(app, "Delete it").click().run()
    assert not finished_run.path.exists()
    assert "Press **Start training**" in texts(app)


def test_a_replay_shows_the_run_as_it_stood_and_ends_by_itself(open_page, finished_run):
    app = open_page("training")
    button(app, "Replay 1×").click().run()
    assert metric(app, "Epochs") == "0"
    assert "Images a second" not in [m.label for m in app.metric]  # no batch yet
    assert "Test accuracy, at the end" not in [m.label for m in app.metric]
    app.session_state["training.replay"] = {"speed": 1, "from": 6.5, "since": time.time()}
    app.run()
    assert metric(app, "Epochs") == "1"
    app.session_state["training.replay"] = {"speed": 60, "from": 0.0, "since": time.time() - 10}
    app.run()
    assert metric(app, "Epochs") == "2"
    assert "End replay" not in labels_of_buttons(app)


def test_a_replay_stays_with_its_run_when_another_is_started(open_page, finished_run, tiny_config):
    app = open_page("training")
    button(app, "Replay 1×").click().run()
    other = runs.create(tiny_config, "The other")
    with runs.open_record(other) as record:
        record.event("started")
        app.run()
        assert "A finished run" in [s.value for s in app.subheader]
        button(app, "End replay").click().run()
        assert not app.exception


def test_another_speed_at_the_end_of_a_replay_begins_again(open_page, finished_run):
    app = open_page("training")
    button(app, "Replay 1×").click().run()
    app.session_state["training.replay"] = {"speed": 60, "from": 0.0, "since": time.time() - 10}
    button(app, "Replay 10×").click().run()
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
    button(app, "Replay 1×").click().run()
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


# evaluation


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
    assert f"of {scores.n:,} test pictures are right" in texts(app)
    report = app.table[0].value["the report (2020)"]
    assert (report["train accuracy"], report["test accuracy"], report["training time"]) == ("92%", "86.33%", "600 s")


def test_a_click_on_a_cell_shows_its_pictures(open_page, finished_run):
    labels, probabilities = finished_run.predictions()
    matrix = evaluation.confusion_matrix(labels, probabilities.argmax(axis=1))
    actual, predicted = np.argwhere((matrix > 0) & ~np.eye(10, dtype=bool))[-1]
    names = cache.data.class_names("cifar10")
    app = open_page("evaluation")
    app.session_state["evaluation.matrix"] = {
        "selection": {"cell": [{"actual": names[actual], "predicted": names[predicted]}]}
    }
    app.run()
    assert f"{names[actual]}, taken for {names[predicted]}" in [s.value for s in app.subheader]
    shown = next(json.loads(c.proto.json) for c in app.get("bidi_component") if "taken for" in c.proto.json)
    assert len(shown["captions"]) == matrix[actual, predicted]


def test_a_click_does_not_outlive_its_data_set(open_page, finished_run):
    """Streamlit keeps a chart's pick when another run is chosen."""
    app = open_page("evaluation")
    app.session_state["evaluation.matrix"] = {"selection": {"cell": [{"actual": "circle", "predicted": "ring"}]}}
    app.run()
    assert not app.exception
    assert any(", taken for " in s.value for s in app.subheader)


def test_pictures_that_are_not_those_of_the_run_are_not_shown(open_page, finished_run):
    labels, probabilities = finished_run.predictions()
    with runs.open_record(finished_run) as record:
        record.predictions(labels[::-1], probabilities)
    app = open_page("evaluation")
    assert "tested on other pictures" in app.warning[0].value
    assert not app.get("bidi_component")


def test_damaged_pictures_are_one_sentence_and_the_numbers_are_there(open_page, finished_run, tiny_data_dir):
    (tiny_data_dir / "test_images.npy").write_bytes(b"torn")
    app = open_page("evaluation")
    assert not app.exception
    assert "cannot be read" in app.error[0].value
    assert metric(app, "Test accuracy")


def test_without_the_pictures_the_numbers_are_there(finished_run):
    app = AppTest.from_file("../streamlit_app.py", default_timeout=60).run()
    app.switch_page("pages/evaluation.py").run()
    assert not app.exception
    assert metric(app, "Test accuracy")
    assert "Get CIFAR-10" in labels_of_buttons(app)
    assert not app.get("bidi_component")


def test_damaged_predictions_are_one_sentence(open_page, finished_run):
    (finished_run.path / "predictions.npz").write_bytes(b"torn")
    app = open_page("evaluation")
    assert not app.exception
    assert "cannot be read" in app.error[0].value


def test_a_repetition_of_the_report_says_how_far_its_figure_moves(open_page, tiny_config):
    recipe = replace(tiny_config.training, validate_on="test")
    run = write_finished_run(replace(tiny_config, preset="report", training=recipe))
    low, high = (f"{getattr(run.history()['val_accuracy'], name)():.1%}" for name in ("min", "max"))
    assert low != high
    assert f"in the last 2 epochs this run's test accuracy moved between {low} and {high}" in texts(
        open_page("evaluation")
    )


def test_the_accuracy_over_views_is_shown_where_it_was_measured(open_page, finished_run):
    app = open_page("evaluation")
    assert "views of each picture" not in texts(app)
    assert "Test accuracy, 6 views" not in [m.label for m in open_page("training").metric]
    *_, last = finished_run.events()
    more = {"test_views": 6, "test_accuracy_over_views": 0.4567}
    write_event_line(finished_run, **(last | more))
    app = open_page("evaluation")
    assert "Averaged over 6 views of each picture, mirrored and moved by a pixel: 45.67%" in texts(app)
    assert metric(open_page("training"), "Test accuracy, 6 views") == "45.67%"
