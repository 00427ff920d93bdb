"""The training page as the app runs it: empty, filled, failing, and with a run that goes away while it is drawn."""

import math
import shutil
from dataclasses import asdict, replace

import pandas as pd
import pytest
from app import figures, labels, player, text, with_label
from handmade import batch_fields, epoch_fields, write_event_line, write_finished_run

from cnn_core import runs
from cnn_core.presets import PRESETS, reusing
from cnn_core.progress import STUDY, EpochScores, Measuring, Progress, Sample
from cnn_core.runs import Run, RunState

pytestmark = pytest.mark.usefixtures("tiny_data_dir")

WATCH = "Watch the run that is being trained"
FIGURES = ("test accuracy", "trained for", "epochs", "validation accuracy", "training accuracy")


def test_training_with_nothing_there_yet_says_what_to_do(open_page):
    app = open_page("training")
    assert not app.exception
    assert "Press **Start training**" in text(app)
    assert not with_label(app.button, "Start training").disabled


def test_start_asks_for_what_the_widgets_say(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title, **_: asked.append(config) or runs.create(config, title))
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
    monkeypatch.setattr(runs, "start", lambda config, title, **_: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.selectbox(key="training.network").set_value(preset).run()
    with_label(app.button, "Start training").click().run()
    assert asked == [replace(PRESETS[preset], data_set=asked[0].data_set)]


def test_the_advanced_settings_reach_the_run(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title, **_: asked.append(config) or runs.create(config, title))
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
    monkeypatch.setattr(runs, "start", lambda config, title, **_: asked.append(config) or runs.create(config, title))
    app = open_page("training")
    app.number_input(key="training.seconds").set_value(7)
    with_label(app.button, "Start training").click().run()
    assert asked[0].training.seconds == 7


def test_a_network_of_one_s_own_is_called_that(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(runs, "start", lambda *arguments, **_: asked.append(arguments) or runs.create(*arguments))
    app = open_page("network")
    app.number_input(key="network.filters1").set_value(24).run()
    app.switch_page("pages/training.py").run()
    app.selectbox(key="training.network").set_value("my network").run()
    with_label(app.button, "Start training").click().run()
    ((config, title),) = asked
    assert (config.preset, config.network.blocks[0].filters, title) == ("custom", 24, "my network, CIFAR-10")


def test_a_refused_start_is_one_sentence(open_page, monkeypatch):
    def refuse(*_, **__):
        raise runs.RunError("Another run is being trained.")

    monkeypatch.setattr(runs, "start", refuse)
    app = open_page("training")
    with_label(app.button, "Start training").click().run()
    assert [error.value for error in app.error] == ["Another run is being trained."]
    assert not app.run().error


@pytest.fixture
def begun_run(tiny_config):
    """A run in its first epoch, without any figure of a whole one; and its worker's record."""
    run = runs.create(tiny_config, "Under way")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        yield run, record


def bar(app):
    """The text of the progress bar, and its position."""
    (element,) = app.get("progress")
    return element.proto.text, element.proto.value


def test_a_finished_run_shows_its_figures_and_what_can_be_done(open_page, finished_run):
    app = open_page("training")
    assert not app.exception
    assert figures(app) == {
        "Epochs": "2",
        "Training accuracy": "50.0%",
        "Validation accuracy": "40.0%",
        "Final test accuracy": "55.00%",
        "Time": "12 s",
    }
    assert {"Replay", "Save", "Delete it"} <= set(labels(app.button))
    assert "Resume" not in labels(app.button)
    assert app.dataframe[0].value["run"].tolist() == ["A finished run"]


def test_while_a_run_trains_everybody_sees_it_and_nobody_can_start_another(open_page, finished_run):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        for app in (open_page("training"), open_page("training")):
            assert with_label(app.button, "Start training").disabled
            assert "is being trained for 2 epochs; one run at a time" in app.expander[0].label
            assert "Delete it" not in labels(app.button)
        assert WATCH not in labels(app.button)
        with_label(app.button, "Stop training").click().run()
        assert finished_run.stop_is_requested()
        assert with_label(app.button, "Stop training").disabled


def test_who_watches_another_run_finds_the_way_to_the_one_that_trains(open_page, finished_run, tiny_config):
    other = write_finished_run(tiny_config, title="Another")
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        app = open_page("training")
        app.session_state["training.run"] = other.id
        app.run()
        with_label(app.button, WATCH).click().run()
        assert WATCH not in labels(app.button)
        assert [h.value for h in app.header][:1] == ["A finished run"]


def test_a_starting_run_is_neither_resumable_nor_deletable(open_page, finished_run, monkeypatch):
    monkeypatch.setattr(Run, "state", lambda run: RunState.STARTING)
    app = open_page("training")
    assert "starting" in text(app)
    assert "Starting: TensorFlow loads" in bar(app)[0] or "Epoch" in bar(app)[0]
    assert not {"Resume", "Delete it", "Save", "Replay"} & set(labels(app.button))
    assert with_label(app.button, "Stop training").disabled


def test_before_the_first_epoch_ends_the_figures_are_those_on_the_way(open_page, begun_run):
    _, record = begun_run
    app = open_page("training")
    assert bar(app) == ("Starting: TensorFlow loads, and the first batch is prepared …", 0)
    assert ":blue-badge[:material/hourglass_top: starting]" in text(app)
    assert (figures(app)["Training accuracy"], figures(app)["Validation accuracy"]) == ("–", "–")
    record.batch(Progress(**batch_fields(1)))
    record.sample(Sample(0.5, 5.1, 500, 2.0, 0.36, 0.08))
    app = open_page("training")
    assert bar(app)[0].startswith("Epoch 1 of 2: batch 4 of 8. About")
    shown = figures(app)
    assert (shown["Epochs"], shown["Training accuracy"], shown["Validation accuracy"]) == ("0.5", "20.0%", "–")
    assert shown["Validation sample"] == "36.0%", "its label says that it is of a sample"
    assert "On a sample of 500 validation images accuracy was 36.0%" in player(app)["tracks"]["curves"]["alt"]


def test_a_resumed_run_is_starting_again_until_its_first_batch(open_page, finished_run):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        app = open_page("training")
        assert bar(app) == ("Starting: TensorFlow loads, and the first batch is prepared …", 75)
        assert ":blue-badge[:material/hourglass_top: starting]" in text(app)
        record.batch(Progress(**(batch_fields(3) | {"seconds": 13.0, "fraction": 0.5})))
        app = open_page("training")
        assert bar(app)[0].startswith("Epoch 3 of 2: batch 4 of 8. About")
        assert ":blue-badge[:material/directions_run: training]" in text(app)


def test_a_presenter_sees_the_run_under_way_and_no_form(open_page, begun_run):
    assert any("is being trained" in expander.label for expander in open_page("training").expander)
    assert labels(open_page("training", present="1").expander) == ["The same in code"]


def test_a_run_stopped_in_its_second_epoch_says_how_far_it_came(open_page, finished_run):
    result = asdict(finished_run.result())
    write_event_line(finished_run, event="started", seconds=6.0)
    write_event_line(finished_run, event="batch", **(batch_fields(2) | {"batch": 2, "seconds": 7.0}))
    cut_short = epoch_fields(2) | {"passes": 1.25, "seconds": 7.5}
    write_event_line(finished_run, event="epoch", **cut_short)
    write_event_line(finished_run, event="stopped", reason="stopped on request", **result)
    app = open_page("training")
    assert figures(app)["Epochs"] == "1.2"
    assert figures(app)["Test accuracy when stopped"] == "55.00%"
    assert "Training ended early: stopped on request. It can be resumed." in text(app)
    assert "in 1.2 epochs" in player(app)["tracks"]["curves"]["alt"]


def test_the_bar_moves_while_a_whole_split_is_measured(open_page, begun_run):
    _, record = begun_run
    record.batch(Progress(**batch_fields(1)))
    record.measuring(Measuring("validation", 1000, 5000))
    measuring = "Epoch 1 of 2: measuring on the validation split, 1,000 of 5,000 predictions …"
    assert bar(open_page("training"))[0] == measuring, "no time left: it would stand still, and then jump"
    record.epoch(EpochScores(**epoch_fields(1)))
    record.testing()
    assert bar(open_page("training")) == ("Training is over: saving the network …", 0)
    record.event("measuring", split="test", done=3000, total=10_000)
    app = open_page("training")
    assert bar(app) == ("Training is over: measuring on the test split, 3,000 of 10,000 predictions …", 30)
    assert "testing" in text(app)
    assert "Resume" not in labels(app.button)
    assert "Skip the test" in labels(app.button), "the training is over: nobody can stop it"
    record.event("measuring", split="test", done=10_000, total=10_000)
    assert bar(open_page("training")) == ("Training is over: saving the network …", 100)
    record.event("measuring", split=STUDY, done=6_000, total=24_000)
    measuring = "Training is over: measuring how sure it may be, 6,000 of 24,000 predictions …"
    assert bar(open_page("training")) == (measuring, 25)
    record.event("measuring", split=STUDY, done=24_000, total=24_000)
    assert bar(open_page("training")) == ("Training is over: laying test images on a map …", 100)


def test_stopping_says_what_it_waits_for(open_page, begun_run):
    run, record = begun_run
    record.batch(Progress(**batch_fields(1)))
    runs.request_stop(run)
    assert bar(open_page("training"))[0] == "Stopping: finishing this batch …"
    record.testing()
    record.measuring(Measuring("test", 3000, 10_000))
    assert bar(open_page("training"))[0] == "Stopping: measuring on the test split, 3,000 of 10,000 predictions …"


def test_time_left_moves_between_two_events(open_page, begun_run, monkeypatch):
    _, record = begun_run
    record.batch(Progress(**(batch_fields(1) | {"fraction": 0.2, "seconds": 10.0})))
    for age, left in ((0.0, "40 s"), (15.0, "25 s"), (60.0, "0 s")):
        monkeypatch.setattr(Run, "last_event_age", lambda run, age=age: age)
        monkeypatch.setattr(Run, "silence", lambda run: 1.0)
        app = open_page("training")
        assert f"About {left} left" in bar(app)[0]
        assert "no sign of life" not in text(app)


@pytest.mark.parametrize("is_stopping", [False, True])
def test_a_training_process_that_hangs_is_told_of_and_can_be_stopped_again(
    open_page, begun_run, is_stopping, monkeypatch
):
    run, record = begun_run
    record.batch(Progress(**batch_fields(1)))
    if is_stopping:
        runs.request_stop(run)
    for silence in (runs.SILENT - 1, 34.0):
        monkeypatch.setattr(Run, "silence", lambda run, silence=silence: silence)
        app = open_page("training")
        assert ("has given no sign of life for 34 s." in text(app)) == (silence == 34)
        assert ("left" in bar(app)[0]) == (silence != 34 and not is_stopping)
        stop = next(button for button in app.button if button.label == "Stop training")
        assert stop.disabled == (is_stopping and silence != 34)
    assert ("It is being ended" in text(app)) == is_stopping


def test_a_run_that_was_ended_for_its_silence_says_so(open_page, finished_run):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
        runs.request_stop(finished_run)
    app = open_page("training")
    assert "did not answer Stop and was ended. Resumed, it continues after" in text(app)
    assert "Resume" in labels(app.button)


def test_the_result_from_before_a_run_was_resumed_is_not_shown_as_its_result_now(open_page, finished_run):
    write_event_line(finished_run, event="stopped", reason="stopped on request", **asdict(finished_run.result()))
    assert "Test accuracy when stopped" in figures(open_page("training"))
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        app = open_page("training")
        assert not [label for label in figures(app) if label.startswith(("Test", "Final"))]
        (row,) = app.dataframe[0].value.to_dict("records")
        assert row["state"] == "starting"
        assert pd.isna([row[name] for name in FIGURES]).all()


@pytest.mark.parametrize(
    ("event", "words"),
    [("failed", "Training failed: out of memory"), ("stopped", "Training ended early: out of memory")],
)
def test_a_run_that_ended_badly_says_why_and_can_be_resumed(open_page, finished_run, event, words):
    write_event_line(finished_run, event=event, reason="out of memory")
    app = open_page("training")
    assert words in text(app)
    assert "Resume" in labels(app.button)


def test_a_run_killed_for_memory_says_so_and_what_to_lower(open_page, finished_run, monkeypatch):
    write_event_line(finished_run, event="started", seconds=12.0)
    assert "stopped unexpectedly. Resumed, it continues" in text(open_page("training"))
    monkeypatch.setattr(Run, "was_killed", lambda run: True)
    said = text(open_page("training"))
    assert "memory ran out" in said
    assert "smaller batch size or fewer filters" in said
    assert "stopped unexpectedly" not in said


def test_a_diverged_run_shows_no_figure_and_is_nobody_s_default(open_page, finished_run, tiny_config):
    diverged = runs.create(tiny_config, "Too fast")
    with runs.open_record(diverged) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.epoch(EpochScores(**(epoch_fields(1) | {"loss": math.nan, "val_loss": math.nan})))
        record.event("finished", **(asdict(finished_run.result()) | {"test_loss": math.nan, "test_mse": math.nan}))
    app = open_page("training")
    assert [h.value for h in app.header][:1] == ["A finished run"]  # although the other is newer
    app.session_state["training.run"] = diverged.id
    app.run()
    assert [h.value for h in app.header][:1] == ["Too fast"]
    assert "diverged" in app.error[0].value
    assert f"lower learning rate; it was {tiny_config.training.learning_rate:g}" in app.error[0].value
    assert not player(app)
    assert not {"Resume", "Replay"} & set(labels(app.button))
    assert "Delete it" in labels(app.button)
    table = app.dataframe[0].value.set_index("run")
    assert table.loc["Too fast", "state"] == "diverged"
    assert table.loc["Too fast", ["test accuracy", "validation accuracy", "training accuracy"]].isna().all()


def test_a_class_that_watches_a_training_diverge_is_told_so(open_page, finished_run, tiny_config):
    run = runs.create(tiny_config, "Too fast")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        app = open_page("training")
        assert [h.value for h in app.header][:1] == ["Too fast"]
        record.failed("The loss is no longer a number.", has_diverged=True)
    app.run()
    assert [h.value for h in app.header][:1] == ["Too fast"]
    assert "diverged" in app.error[0].value


def test_a_run_that_cannot_be_read_costs_a_sentence_and_can_be_deleted(open_page, finished_run, tiny_config):
    damaged = write_finished_run(tiny_config, title="Torn")
    (damaged.path / "config.json").write_bytes(b"[" * 200_000)
    app = open_page("training")
    assert [h.value for h in app.header][:1] == ["A finished run"]
    assert app.dataframe[0].value.set_index("run").loc["Torn", "state"] == "damaged"
    app.session_state["training.run"] = damaged.id
    app.run()
    assert not app.exception
    assert "not a run that this program can read" in app.error[0].value
    assert "Resume" not in labels(app.button)
    with_label(app.button, "Delete it").click().run()
    assert not damaged.path.exists()


def test_slight_damage_costs_a_sentence_beside_the_figures(open_page, finished_run):
    (finished_run.path / "title").write_bytes("Löwe".encode("latin-1"))
    app = open_page("training")
    assert not app.exception
    assert "cannot be read" in text(app)
    assert figures(app)["Final test accuracy"] == "55.00%"


QUESTIONS = [
    "config", "title", "created", "state", "is_stopping", "has_diverged", "was_killed", "reason", "damage", "progress",
    "measuring", "passes", "seconds", "result", "history", "batches", "samples", "scores", "is_tested",
]  # fmt: skip


def delete_when_asked(monkeypatch, question, run):
    """Another visitor deletes the run while the page asks this of it."""
    answer = getattr(Run, question)
    is_property = isinstance(answer, property)

    def asked(self, *arguments, **named):
        if self.id == run.id:
            shutil.rmtree(run.path, ignore_errors=True)
        return answer.fget(self) if is_property else answer(self, *arguments, **named)

    monkeypatch.setattr(Run, question, property(asked) if is_property else asked)


@pytest.mark.parametrize(("question", "is_alone"), [(name, n % 2 == 0) for n, name in enumerate(QUESTIONS)])
def test_a_run_deleted_while_the_page_is_drawn_costs_a_sentence(
    open_page, finished_run, tiny_config, monkeypatch, question, is_alone
):
    if not is_alone:
        write_finished_run(tiny_config, title="Another")
    app = open_page("training")
    app.session_state["training.run"] = finished_run.id
    app.run()
    delete_when_asked(monkeypatch, question, finished_run)
    app.run()
    assert not app.exception
    monkeypatch.undo()


def test_titles_are_plain_text(open_page, finished_run, tiny_config):
    """What a browser makes of it is tested in e2e."""
    (finished_run.path / "title").write_text("http://x.org a@x.org :smile: ~~x~~")
    written = r"http:color[\:]//x.org a:color[\@]x.org :color[\:]smile:color[\:]"
    app = open_page("training")
    assert app.header[0].value.startswith(written)
    assert any(f"Delete **{written}" in m.value for m in app.markdown)
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.0, is_resumed=True)
        assert open_page("training").expander[0].label.startswith(f"**{written}")


def test_before_a_start_the_form_is_open_and_a_run_below_is_said_to_be_another(open_page, finished_run):
    app = open_page("training")
    assert (app.expander[0].label, app.expander[0].proto.expanded) == ("Choose what to train", True)
    assert "an earlier run on this machine" in text(app)
    shutil.move(finished_run.path, runs.files.recorded_dir() / finished_run.id)
    assert "a run that came with the app" in text(open_page("training"))


def test_the_form_is_one_line_while_there_is_something_to_watch_and_after_it_has_ended(open_page, tiny_config):
    run = runs.create(tiny_config, "Under way")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        app = open_page("training")
        assert app.expander[0].label == "**Under way** is being trained for 2 epochs; one run at a time."
        assert not app.expander[0].proto.expanded
        record.failed("out of memory")
    app.run()
    assert (app.expander[0].label, app.expander[0].proto.expanded) == ("Train another network", False)
    assert "Until you start one" not in text(app)


def test_a_run_that_keeps_kernels_says_how_it_learns_and_what_a_resume_does(open_page):
    run = runs.create(reusing(), "Reused")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.measuring(Measuring("training", 300, 460))
        said = "Reading images: 300 of 460 …"
        assert bar(open_page("training"))[0] == said
        for epoch in (1, 2, 4):
            told = epoch_fields(2) | {"epoch": epoch, "passes": float(epoch), "seconds": float(epoch)}
            record.epoch(EpochScores(**told))
        assert bar(open_page("training"))[0] == "The last layer is fitted …"
        record.stopped("stopped on request", 4.0, None)
    app = open_page("training")
    assert not app.exception
    assert "from what the network of *minute-8-epochs* finds in each image" in text(app)
    assert "dropout and augmentation on" not in text(app)
    assert "begins again" in with_label(app.button, "Resume").help
    notes = next(track["note"] for track in player(app)["tracks"]["figures"] if track["label"] == "Epochs")
    assert "256" not in notes, "it ends when it has settled"
