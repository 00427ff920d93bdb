"""The part "Epoch by epoch" of the evaluation page as the app runs it: filled, empty, and with something missing."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from app import metric, player, text
from handmade import epoch_fields, write_finished_run

from cnn_core import facts, runs
from cnn_core.config import NetworkConfig
from cnn_core.progress import EpochScores
from cnn_core.runs import Run
from pages.ui.evaluation.epoch_film import MOST_MOMENTS

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.fixture
def open_epochs(open_page):
    def open_(**query):
        app = open_page("evaluation", **{"evaluation.part": "Epoch by epoch"}, **query)
        assert not app.exception
        return app

    return open_


def shown(app):
    """What the player was given."""
    return player(app)["tracks"]


def write_untested_run(config, epochs=3):
    """As an interrupted worker leaves it; later epochs answer more like the labels of the tiny data set."""
    run = runs.create(config, "An interrupted run")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        for epoch in range(1, epochs + 1):
            answers = np.where(np.arange(20) < 20 * epoch / epochs, np.arange(20) % 10, 0)
            record.epoch(EpochScores(**(epoch_fields(1) | {"epoch": epoch})))
            record.snapshot(epoch, np.full((3, 3, 3, 4), epoch / 10), np.eye(10)[answers])
    return run


def test_the_film_is_that_of_the_snapshots(open_epochs, finished_run, tiny_data):
    app = open_epochs()
    tracks, labels = shown(app), tiny_data.split("val").labels
    assert list(tracks) == ["sentence", "matrix", "kernels", "ribbon"]
    right = (finished_run.snapshot(1).probabilities.argmax(axis=1) == labels).mean()
    assert tracks["sentence"][0].startswith(f"Epoch 1 of 2: {right:.1%} of the first 20 validation images right; ")
    assert player(app)["moments"] == [1, 2]
    assert not player(app)["plays"]
    assert tracks["ribbon"]["sprite"].startswith("data:image/png")
    assert len(tracks["ribbon"]["labels"]) == 20, "there are no more"
    assert metric(app, "Test accuracy")


def test_without_the_images_the_labels_are_known_all_the_same(open_epochs, finished_run, tiny_data_dir):
    shutil.rmtree(tiny_data_dir)
    tracks = shown(open_epochs())
    right = (finished_run.snapshot(2).probabilities.argmax(axis=1) == facts.cifar10_validation_labels()[:20]).mean()
    assert f"{right:.1%} of the first 20 validation images right" in tracks["sentence"][-1]
    assert tracks["ribbon"]["sprite"] is None
    assert "not on this machine" in tracks["ribbon"]["note"]


def test_a_run_that_validates_on_test_images_says_so(open_epochs, tiny_config, tiny_data_dir):
    run = write_finished_run(replace(tiny_config, training=replace(tiny_config.training, validate_on="test")))
    labels = run.predictions().labels[:20]
    right = (run.snapshot(2).probabilities.argmax(axis=1) == labels).mean()
    expected = f"Epoch 2 of 2: {right:.1%} of the first 20 test images right; "
    assert shown(open_epochs())["sentence"][-1].startswith(expected)
    shutil.rmtree(tiny_data_dir)
    assert shown(open_epochs())["sentence"][-1].startswith(expected), "its predictions have the labels"


def test_a_run_without_snapshots_is_a_sentence(open_epochs, finished_run):
    shutil.rmtree(finished_run.path / "snapshots")
    app = open_epochs()
    assert player(app) is None
    assert "no snapshots" in app.info[0].value


def test_without_a_run_it_says_what_to_do(open_epochs):
    assert "Train a network first" in open_epochs().info[0].value


def test_a_damaged_snapshot_is_named_and_the_others_are_shown(open_epochs, tiny_config):
    run = write_untested_run(tiny_config)
    (run.path / "snapshots" / "epoch-002.npz").write_bytes(b"torn")
    app = open_epochs()
    assert [warning.value for warning in app.warning] == [
        "The snapshot of epoch 2 is damaged, so this epoch is left out."
    ]
    assert player(app)["moments"] == [1, 3]


def test_snapshots_that_do_not_belong_together_are_left_out(open_epochs, tiny_config):
    run = write_untested_run(tiny_config)
    with runs.open_record(run) as record:
        record.snapshot(1, np.zeros((5, 5, 3, 4)), np.eye(10))
        record.snapshot(2, np.zeros((3, 3, 3, 4)), np.eye(10))
    app = open_epochs()
    assert "epochs 1 and 2 are damaged" in app.warning[0].value
    assert player(app)["moments"] == [3]


def test_snapshots_that_are_all_damaged_are_a_sentence(open_epochs, finished_run):
    for file in (finished_run.path / "snapshots").iterdir():
        file.write_bytes(b"torn")
    app = open_epochs()
    assert "epochs 1 and 2 are damaged" in app.warning[0].value
    assert player(app) is None


def test_an_interrupted_run_shows_the_epochs_that_are_over(open_epochs, tiny_config):
    write_untested_run(tiny_config)
    app = open_epochs()
    assert "no test result" in text(app)
    assert not app.metric
    assert [sentence.split(" of the")[0] for sentence in shown(app)["sentence"]] == [
        "Epoch 1 of 3: 40.0%", "Epoch 2 of 3: 70.0%", "Epoch 3 of 3: 100.0%",
    ]  # fmt: skip


def test_another_part_shows_a_tested_run_in_place_of_an_untested_one(open_epochs, tiny_config, finished_run):
    run = write_untested_run(tiny_config)
    app = open_epochs(run=run.id)
    assert player(app)["moments"] == [1, 2, 3]
    app.button_group(key="evaluation.part").set_value("matrix").run()
    assert not app.exception
    assert "**An interrupted run** has no test result" in text(app)
    assert metric(app, "Test accuracy")


def test_a_network_without_convolution_has_no_kernels(open_epochs, tiny_config):
    run = write_finished_run(replace(tiny_config, network=NetworkConfig(blocks=(), dense_units=())))
    with runs.open_record(run) as record:
        for epoch in (1, 2):
            record.snapshot(epoch, np.zeros(0), np.eye(10)[np.arange(20) % 10])
    app = open_epochs()
    assert "kernels" not in shown(app)
    assert "no convolution" in text(app)


def test_labels_that_nobody_knows_are_a_sentence_and_the_kernels_are_shown(open_epochs, finished_run):
    with runs.open_record(finished_run) as record:
        for epoch in (1, 2):
            record.snapshot(epoch, np.ones((3, 3, 3, 4)), np.eye(10)[np.arange(25) % 10])  # more than there are
    app = open_epochs()
    assert list(shown(app)) == ["kernels"]
    assert "so there is no matrix" in text(app)


def test_one_epoch_is_a_film_of_one_moment(open_epochs, tiny_config):
    write_untested_run(tiny_config, epochs=1)
    app = open_epochs()
    assert player(app)["moments"] == [1]
    assert shown(app)["ribbon"]["groups"] == [{"title": "The first images", "size": 20}]


def test_hundreds_of_epochs_are_thinned_and_the_page_says_so(open_epochs, tiny_config):
    write_untested_run(tiny_config, epochs=130)
    app = open_epochs()
    moments = player(app)["moments"]
    assert (len(moments), moments[0], moments[-1]) == (MOST_MOMENTS, 1, 130)
    assert f"Of 130 epochs {MOST_MOMENTS} are shown" in text(app)
    assert player(app)["speed"] == 10, "in at most 20 seconds"


@pytest.mark.parametrize("question", ["config", "is_tested", "snapshot_epochs", "snapshot", "last_event_time"])
def test_a_run_that_is_deleted_while_the_film_is_made_costs_a_sentence(open_page, tiny_config, monkeypatch, question):
    run = write_untested_run(tiny_config)
    answer = getattr(Run, question)

    def asked(self, *arguments):
        shutil.rmtree(run.path, ignore_errors=True)
        return answer.fget(self) if isinstance(answer, property) else answer(self, *arguments)

    monkeypatch.setattr(Run, question, property(asked) if isinstance(answer, property) else asked)
    app = open_page("evaluation", **{"evaluation.part": "Epoch by epoch"})
    assert not app.exception
    assert app.error or app.info
    assert player(app) is None or question == "last_event_time"
