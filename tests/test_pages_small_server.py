"""The training page on a small server: it offers what may be started, and says what becomes of the runs."""

from dataclasses import replace

import pytest
from app import labels, open_app, text, with_label
from handmade import begin_and_stop, write_finished_run

from cnn_core import memory, places, processor, runs
from cnn_core.presets import PRESETS
from pages.ui import server
from pages.ui.frame import PAGES

pytestmark = pytest.mark.usefixtures("tiny_data_dir")

START = "Start training"


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setenv("CNN_SERVER", "small")
    monkeypatch.setattr(memory, "available", lambda: 2.4e9)
    monkeypatch.setattr(processor, "has_bfloat16", lambda: False)


@pytest.fixture
def started(monkeypatch):
    """The configs whose start was asked for: runs without a worker."""
    asked = []

    def launch(run, seconds=None):
        asked.append(run.config)
        begin_and_stop(run)

    monkeypatch.setattr(runs.control, "launch", launch)
    return asked


def choose(app, preset):
    return app.selectbox(key="training.network").set_value(preset).run()


def test_a_laptop_says_nothing_of_limits(open_page):
    app = open_page("training")
    assert app.number_input(key="training.seconds").label == "Seconds"
    assert "stored" not in text(app)
    assert "restart" not in text(app)


@pytest.mark.parametrize("preset", ["lesson", "report", "linear", "minute", "best"])
def test_a_preset_that_fits_is_started_as_it_is_within_the_server_s_time(small, open_page, started, preset):
    app = choose(open_page("training"), preset)
    recipe = PRESETS[preset].training
    assert not app.error
    assert ("Training ends after 10 min at the latest." in text(app)) == (recipe.epochs is not None)
    with_label(app.button, START).click().run()
    assert not app.exception
    assert [config.training for config in started] == [replace(recipe, seconds=recipe.seconds or 600.0)]
    assert "variant" not in " ".join(header.value for header in app.header)


def test_one_that_is_too_large_says_why_and_what_to_choose(small, open_page):
    app = choose(open_page("training"), "champion")
    (said,) = app.error
    assert "takes about 2.7 GB of memory; this server allows 1.6 GB for it." in said.value
    assert said.value.endswith("Or choose `report`, `lesson`, `minute`, `best` or `linear`.")
    assert START not in labels(app.button)


def test_the_form_says_what_is_the_most_and_refuses_more_in_a_sentence(small, open_page):
    app = open_page("training")
    seconds = app.number_input(key="training.seconds")
    assert seconds.label == "Seconds, up to 600"
    app = seconds.set_value(601).run()
    assert [error.value for error in app.error] == [
        "This server trains for at most 600 seconds, not 601. Choose 600 or fewer."
    ]
    assert START not in labels(app.button)
    app.segmented_control(key="training.limit").set_value("epochs").run()
    epochs = app.number_input(key="training.epochs")
    assert (epochs.label, app.error.len) == ("Epochs, up to 60", 0)
    assert "at most 60 epochs, not 61" in epochs.set_value(61).run().error[0].value


def test_a_preset_that_is_meant_for_longer_gets_what_there_is(small, open_page, started, monkeypatch):
    monkeypatch.setenv("CNN_MAX_SECONDS", "90")
    monkeypatch.setenv("CNN_MAX_EPOCHS", "4")
    app = choose(open_page("training"), "best")
    assert app.number_input(key="training.seconds").value == 90
    assert "`best` is meant for 10 min; here it gets at most 1 min 30 s." in text(app)
    with_label(app.button, START).click().run()
    assert started[0].training == replace(PRESETS["best"].training, seconds=90.0)
    app = choose(open_page("training"), "report")
    assert app.number_input(key="training.epochs").value == 4
    assert "`report` is meant for 20 epochs; here it gets at most 4." in text(app)
    assert not app.error


def test_where_tensorflow_does_not_fit_training_says_so_and_offers_nothing(small, open_page, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 7e8)
    for preset in ("lesson", "champion"):
        app = choose(open_page("training"), preset)
        (said,) = (info for info in app.info if "memory" in info.value)
        assert not app.error
        assert said.value.startswith("Any training takes at least 930 MB of memory")
        assert "choose" not in said.value
        assert START not in labels(app.button)


def test_a_start_says_beforehand_what_it_deletes_and_afterwards_what_it_deleted(
    small, open_page, started, tiny_config, monkeypatch
):
    monkeypatch.setenv("CNN_MAX_RUNS", "2")
    write_finished_run(tiny_config, n=10, title="Oldest")
    app = open_page("training")
    assert "1 of 2 runs stored. When there is no more room, the oldest that nobody kept is deleted." in text(app)
    write_finished_run(tiny_config, n=10, title="Newest")
    app.run()  # the visitor watches the newest
    assert "2 of 2 runs stored: a start deletes **Oldest**, the oldest that nobody kept." in text(app)
    app.session_state["training.run"] = next(run.id for run in runs.list_runs() if run.title == "Oldest")
    app.run()  # even the one that is going to be deleted
    with_label(app.button, START).click().run()
    assert not app.exception
    assert [warning.value for warning in app.warning][:1] == [
        "To make room, **Oldest** was deleted: it was the oldest run that nobody kept."
    ]
    assert next(header.value for header in app.header) == "lesson, CIFAR-10"
    assert "To make room" not in text(app.run())


def test_keep_is_a_button_that_says_whether_the_run_is_kept(small, open_page, finished_run, monkeypatch):
    monkeypatch.setenv("CNN_MAX_RUNS", "1")
    app = open_page("training")
    app = with_label(app.button, "Keep").click().run()
    assert finished_run.is_kept()
    assert "Keep" not in labels(app.button)
    assert app.dataframe[0].value["state"].tolist() == ["finished, kept"]
    assert "All runs that this server may store (1) are kept." in text(app)
    app = with_label(app.button, "Kept").click().run()
    assert not finished_run.is_kept()
    assert "Kept" not in labels(app.button)
    assert "a start deletes **A finished run**" in text(app)
    monkeypatch.setenv("CNN_SERVER", "laptop")
    monkeypatch.delenv("CNN_MAX_RUNS")
    assert "Keep" not in labels(open_page("training").button), "on a laptop no run has to be kept"


def test_a_run_kept_by_a_second_click_after_somebody_deleted_it_is_a_sentence(small, open_page, finished_run):
    app = open_page("training")
    button = with_label(app.button, "Keep")
    runs.delete(finished_run)
    button.click().run()
    assert not app.exception
    assert "somebody has deleted it" in app.error[0].value


def test_a_folder_that_cannot_be_written_is_a_sentence_and_the_page_works(open_page, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNN_RUNS_DIR", str(tmp_path / "file" / "runs"))
    app = open_page("training")
    with_label(app.button, START).click().run()
    assert not app.exception
    assert "so no run can be started" in app.error[0].value


@pytest.mark.parametrize("page", [entry.file.removesuffix(".py") for entry in PAGES])
def test_no_page_breaks_where_no_data_set_can_be_drawn(fresh_caches, finished_run, monkeypatch, tmp_path, page):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNN_DATA_DIR", str(tmp_path / "file" / "data"))
    app = open_app(page)
    assert not app.exception
    if page in ("dataset", "training"):
        assert "set CNN_DATA_DIR to another folder" in app.error[0].value


def test_where_runs_do_not_last_the_page_says_so(open_page, finished_run, monkeypatch):
    monkeypatch.setattr(places, "is_lasting", lambda: False)
    assert "may be gone when this server restarts: download what you want to keep" in text(open_page("training"))


def test_a_proposal_by_epochs_is_one_by_epochs_on_a_small_server_too(small, open_page, tiny_config):
    """The seconds that the server adds are no part of what is proposed."""
    run = write_finished_run(tiny_config)
    assert run.config.training.seconds == 600
    app = open_page("training")
    with_label(app.button, "Set up").click().run()
    assert not app.exception
    assert app.segmented_control(key="training.limit").value == "epochs"
    assert "As **A finished run**" in text(app)


def test_the_log_says_once_what_limits_the_server_and_where_things_are(small, caplog, monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_MAX_RUNS", "many")
    monkeypatch.delenv("CNN_RUNS_DIR")
    monkeypatch.setattr(places, "found", lambda name: tmp_path / "cache" / name)
    server.announce.cache_clear()
    server.announce()
    server.announce()
    server.announce.cache_clear()
    assert caplog.messages == [
        "This server has the limits of a small one: CNN_SERVER says so. CNN_SERVER=laptop lifts them.",
        "CNN_MAX_RUNS must be a number of at least 1, and is 'many'; it is passed over.",
        f"Nothing can be written beside the program, so runs are kept in {tmp_path / 'cache' / 'runs'}.",
        "What is trained here may be gone when the server restarts.",
    ]
