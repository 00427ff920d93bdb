"""The values in the fields of a network and of a recipe are used as typed, or refused in a sentence."""

from dataclasses import fields

import pytest
from app import labels, metric, text

from cnn_core import memory, runs
from cnn_core.config import NetworkConfig, TrainingConfig
from cnn_core.facts import ablation
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.mark.parametrize("page", ["training", "network"])
def test_no_field_has_limits_that_the_browser_would_keep_silently(open_page, page):
    """Streamlit keeps the last number inside of a field's limits, and shows the one that was typed in red."""
    app = open_page(page)
    if page == "training":
        app.segmented_control(key="training.limit").set_value("epochs").run()
    fields = [field for field in app.number_input if field.key.startswith(f"{page}.")]
    assert len(fields) >= 7
    for field in fields:
        assert field.proto.min <= -(2**53 - 1), field.key
        assert field.proto.max >= 2**53 - 1, field.key


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("batch_size", 100_000, "Batch size (batch_size) must be a whole number from 1 to 2,048; it is 100000."),
        ("batch_size", 0, "Batch size (batch_size) must be a whole number from 1 to 2,048; it is 0."),
        (
            "training_images",
            5,
            "Training images (training_images) must be a whole number from 10 to 50,000, or empty; it is 5.",
        ),
        ("learning_rate", 100.0, "Learning rate (learning_rate) must be a number from 0.000001 to 10; it is 100.0."),
        ("seconds", 0, "Seconds must be a number from 1 to 86,400, or empty; it is 0."),
        ("seed", -1, "Seed must be a whole number from 0 to 2,147,483,647; it is -1."),
        ("shift", 9, "Shift must be a whole number from 0 to 8; it is 9."),
        ("cutout", 17, "Cutout must be a whole number from 0 to 16; it is 17."),
        ("ema_momentum", 1.0, "Weight averaging (ema_momentum) must be a number from 0 to 0.9999; it is 1.0."),
    ],
)
def test_a_recipe_that_cannot_be_is_refused_and_not_started(open_page, field, value, sentence):
    app = open_page("training")
    app.number_input(key=f"training.{field}").set_value(value).run()
    assert not app.exception
    assert [error.value for error in app.error] == [sentence]
    assert "Start training" not in labels(app.button)
    app.number_input(key=f"training.{field}").set_value({"training_images": None}.get(field, 8)).run()
    if field not in ("ema_momentum", "learning_rate"):
        assert not app.error


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("filters2", 513, "Block 2: Filters must be a whole number from 1 to 512; it is 513."),
        ("filters1", 0, "Block 1: Filters must be a whole number from 1 to 512; it is 0."),
        ("convolutions3", 5, "Block 3: Convolutions must be a whole number from 1 to 4; it is 5."),
        ("kernel_size", 9, "Kernel size (kernel_size) must be a whole number from 1 to 7; it is 9."),
        ("units1", 5000, "Units 1 (dense_units) must be a whole number from 1 to 2,048; it is 5000."),
        (
            "batch_norm_momentum",
            1.0,
            "Batch-norm momentum (batch_norm_momentum) must be a number from 0 to 0.999; it is 1.0.",
        ),
    ],
)
def test_a_network_that_cannot_be_is_refused_by_the_field_s_name(open_page, field, value, sentence):
    app = open_page("network")
    app.number_input(key=f"network.{field}").set_value(value).run()
    assert not app.exception
    assert [error.value for error in app.error] == [sentence]
    assert not app.metric


def test_a_sentence_calls_a_setting_what_its_field_is_called(open_page):
    named = 0
    for page, settings in (("training", TrainingConfig), ("network", NetworkConfig)):
        app = open_page(page)
        names = {field.name for field in fields(settings)} - {"blocks"}
        for widgets in (app.number_input, app.selectbox, app.toggle, app.segmented_control):
            for widget in widgets:
                room, _, name = (widget.key or "").partition(".")
                if room == page and name in names:
                    assert widget.label == settings.label(name)
                    named += 1
    assert named >= 25


def test_what_does_not_fit_into_memory_is_not_startable(open_page, monkeypatch):
    app = open_page("training")
    assert "Start training" in labels(app.button)
    monkeypatch.setattr(memory, "available", lambda: 8e8)
    app.run()
    assert "Any training takes at least" in text(app)
    assert "Start training" not in labels(app.button)
    with pytest.raises(memory.ConfigError, match="of memory"):
        runs.start(PRESETS["lesson"])
    assert not runs.list_runs()


def test_the_network_page_says_how_much_memory_training_takes(open_page, monkeypatch):
    app = open_page("network")
    needed = memory.in_words(memory.estimate(PRESETS["lesson"]))
    assert f"Training this network with batches of 128 takes about {needed} of memory." in text(app)
    monkeypatch.setattr(memory, "available", lambda: 8e8)
    app.run()
    assert "this machine has 800 MB for it" in app.warning[0].value
    assert metric(app, "Parameters")


def test_help_texts_say_what_was_measured(open_page):
    def help_of(kind, key):
        return getattr(app, kind)(key=f"training.{key}").help

    app = open_page("training")
    points = ablation().points("constant")
    assert f"With a constant learning rate, one epoch of `minute` ends {abs(points)} points lower." in help_of(
        "selectbox", "schedule"
    )
    assert ablation().effect("ema_95") in help_of("number_input", "ema_momentum")
