"""What the training page says of a run's curves, and the button that fills the form with one change."""

import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from app import labels, player, text, with_label
from handmade import batch_fields, epoch_fields, write_finished_run

from cnn_core import runs
from cnn_core.config import ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.presets import PRESETS
from cnn_core.progress import EpochScores, Progress
from pages.ui import diagnosed
from pages.ui.evaluation import figures

RECORDED = Path(__file__).parents[1] / "assets" / "runs"

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.fixture
def asked(monkeypatch):
    """What was asked to be trained; nothing is."""
    configs = []
    monkeypatch.setattr(runs, "start", lambda config, title, **_: configs.append(config) or runs.create(config, title))
    return configs


def proposal(app):
    return with_label(app.button, "Set up:")


def settings(config):
    return config.data_set, config.network, config.training


def record(name):
    """A recorded run among those of the page."""
    shutil.copytree(RECORDED / name, runs.files.recorded_dir() / name)
    return runs.Run(runs.files.recorded_dir() / name)


def test_a_finished_run_s_curves_are_put_into_words_that_are_also_their_text_alternative(open_page, finished_run):
    app = open_page("training")
    said = (
        "From epoch 1 to 2 training loss still fell from 1.500 to 1.000, and validation loss from 1.700 to 1.300, at a "
        "learning rate of 0.003."
    )
    assert f"**Stopped too early.** {said}" in text(app)
    assert "**To try next:** Try it for twice as long." in text(app)
    described = "Validation accuracy went from 20.0% to 40.0% in 2 epochs"
    assert described in text(app)
    alt = player(app)["tracks"]["curves"]["alt"]
    assert alt.startswith(f"Stopped too early. {said} {described}")


def test_the_words_stay_while_presenting_and_in_a_replay(open_page, finished_run):
    app = open_page("training", present="1")
    assert "**Stopped too early.**" in text(app)
    assert "Validation accuracy went from" in text(app)
    assert "is measured while the network learns" not in text(app)
    with_label(app.button, "Replay").click().run()
    assert "**Stopped too early.**" in text(app)
    assert proposal(app).label == "Set up: 4 epochs"


def test_the_button_fills_the_form_with_the_run_s_own_settings_and_one_change(open_page, finished_run, asked):
    """Here a network without a preset; a setting of the visitor's is not mixed in. It starts nothing."""
    app = open_page("training")
    app.number_input(key="training.seed").set_value(7).run()
    app.session_state["training.run"] = finished_run.id  # chosen by hand: the form is closed
    app.run()
    assert not app.expander[0].proto.expanded
    proposal(app).click().run()
    assert not app.exception
    assert not asked
    assert app.expander[0].proto.expanded
    assert "As **A finished run**, but for one change: **4 epochs**." in text(app)
    with_label(app.button, "Start training").click().run()
    run = finished_run.config
    assert settings(asked[0]) == settings(replace(run, training=replace(run.training, epochs=4)))
    assert "but for one change" not in text(app)
    assert not app.expander[0].proto.expanded


def test_a_run_that_was_stopped_before_its_end_can_be_set_up_as_it_was(open_page, tiny_config, asked):
    config = replace(tiny_config, training=replace(tiny_config.training, epochs=10))
    write_finished_run(config)
    app = open_page("training")
    assert "It was stopped before its end: resume it, or train it again." in text(app)
    proposal(app).click().run()
    assert "As **A finished run**." in text(app)
    with_label(app.button, "Start training").click().run()
    assert settings(asked[0]) == settings(config)


def test_the_sentence_beside_start_goes_when_the_form_says_something_else(open_page, finished_run):
    app = open_page("training")
    proposal(app).click().run()
    app.number_input(key="training.batch_size").set_value(64).run()
    assert "but for one change" not in text(app)
    app.number_input(key="training.batch_size").set_value(32).run()
    assert "but for one change" in text(app)


def test_what_has_no_widget_is_the_run_s_too(open_page, asked):
    """The report's run watches the test split; its network is a preset's."""
    run = record("report")
    app = open_page("training")
    assert "**Over-fitting since epoch 15.**" in text(app)
    app.selectbox(key="training.network").set_value("minute").run()
    proposal(app).click().run()
    assert app.selectbox(key="training.network").value == "report"
    with_label(app.button, "Start training").click().run()
    assert settings(asked[0]) == settings(
        replace(run.config, training=replace(PRESETS["report"].training, flip=True, shift=2))
    )
    app.selectbox(key="training.network").set_value("lesson").run()
    with_label(app.button, "Start training").click().run()
    assert settings(asked[1])[1:] == settings(PRESETS["lesson"])[1:], "another network brings its own recipe"


def test_the_data_set_is_the_run_s(open_page, asked):
    run = record("lesson")
    app = open_page("training", data_set="CIFAR-10")
    proposal(app).click().run()
    assert "As **One minute on Shapes-10**, but for one change: **1,000 training images**." in text(app)
    with_label(app.button, "Start training").click().run()
    assert settings(asked[0]) == settings(
        replace(run.config, training=replace(run.config.training, training_images=1000))
    )


def test_a_changed_network_is_the_visitor_s_own_on_the_network_page_too(open_page, asked):
    config = ExperimentConfig(
        network=NetworkConfig(batch_norm=False), training=TrainingConfig(learning_rate=2e-3, epochs=2)
    )
    run = runs.create(config, "Stuck")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        for epoch in (1, 2):
            fields = {"loss": 2.31, "val_loss": 2.303, "accuracy": 0.1, "val_accuracy": 0.1}
            record.epoch(EpochScores(**(epoch_fields(epoch) | fields)))
        record.failed("out of memory")
    app = open_page("training")
    assert "**Still guessing.**" in text(app)
    proposal(app).click().run()
    assert app.selectbox(key="training.network").value == "my network"
    app.switch_page("pages/network.py").run()
    app.switch_page("pages/training.py").run()
    with_label(app.button, "Start training").click().run()
    assert asked[0].network == replace(config.network, batch_norm=True)
    assert asked[0].training == config.training


def test_a_diverged_run_has_the_way_out_beside_the_message(open_page, tiny_config, asked):
    run = runs.create(tiny_config, "Too fast")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.epoch(EpochScores(**epoch_fields(1)))
        record.epoch(EpochScores(**(epoch_fields(2) | {"loss": math.nan, "val_loss": math.nan})))
        record.failed("The loss is no longer a number.", has_diverged=True)
    app = open_page("training")
    app.session_state["training.run"] = run.id
    app.run()
    assert "Training loss was 1.500 in epoch 1; after that it was no number." in text(app)
    proposal(app).click().run()
    with_label(app.button, "Start training").click().run()
    assert asked[0].training == replace(tiny_config.training, learning_rate=1e-3)


def test_from_another_page_the_button_leads_to_the_filled_form(open_page, monkeypatch, asked):
    """As where the curves of two runs are compared."""
    run = record("lesson")
    monkeypatch.setattr(figures, "show_beside_report", lambda run: diagnosed.show_elsewhere(run, "A"))
    app = open_page("evaluation", run="lesson")
    assert "**A: healthy.** From epoch 1 to 5 training loss went from 1.203 to 0.043" in text(app)
    proposal(app).click().run()
    assert not app.exception
    assert app.title[0].value == "Training"
    assert "As **One minute on Shapes-10**, but for one change: **1,000 training images**." in text(app)
    app.switch_page("pages/training.py").run()  # AppTest does not notice by itself that the app has done so
    with_label(app.button, "Start training").click().run()
    assert asked[0].data_set == run.config.data_set
    assert asked[0].training == replace(run.config.training, training_images=1000)


def test_while_a_run_trains_it_is_judged_from_two_epochs_on_and_nothing_is_set_up(open_page, tiny_config):
    run = runs.create(tiny_config, "Under way")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.batch(Progress(**batch_fields(1)))
        record.epoch(EpochScores(**epoch_fields(1)))
        assert "So far" not in text(open_page("training"))
        record.epoch(EpochScores(**epoch_fields(2)))
        app = open_page("training")
        assert "**So far: healthy.** From epoch 1 to 2 training loss went from 1.500 to 1.000" in text(app)
        assert "Let it go on." in text(app)
        assert not [label for label in labels(app.button) if label.startswith("Set up")]
        record.testing()
        app = open_page("training")
        assert "So far" not in text(app), "while it is tested the training is over"
        assert "Let it go on." not in text(app)
        assert not [label for label in labels(app.button) if label.startswith("Set up")]


def test_a_run_without_an_epoch_has_no_diagnosis(open_page, tiny_config):
    run = runs.create(tiny_config, "Nothing yet")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        record.failed("out of memory")
    app = open_page("training")
    assert not app.exception
    assert "No epoch has ended yet." in text(app)
    assert "To try next" not in text(app)


def test_a_class_that_a_run_never_names_is_read_from_its_last_snapshot(open_page, tiny_config):
    run = write_finished_run(tiny_config)
    answers = np.resize([0, 1, 2, 4, 5, 6, 7, 8, 9], 540)
    with runs.open_record(run) as record:
        record.snapshot(2, np.zeros((3, 3, 3, 4)), np.eye(10)[answers])
    said = text(open_page("training"))
    assert "**Never says cat.** Of 540 validation images none got the answer cat after epoch 2" in said
    for file in (run.path / runs.files.SNAPSHOTS).iterdir():
        file.write_bytes(b"damaged")
    app = open_page("training")
    assert not app.exception
    assert "**Stopped too early.**" in text(app)
