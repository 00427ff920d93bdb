"""The command line as a program would use it."""

import errno
import json
import math
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from handmade import give_temperature
from PIL import Image

from cnn_core import commands, data, evaluation, images, inference, runs
from cnn_core.__main__ import main
from cnn_core.console import ProgressLine
from cnn_core.progress import Epoch, EpochScores, Measuring, Progress, Result, TrainingState


@pytest.fixture
def photo(tmp_path):
    file = tmp_path / "photo.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 40, 3), np.uint8)).save(file)
    return file


def last_json(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_help_names_every_command(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["--help"])
    assert exit_.value.code == 0
    text = capsys.readouterr().out
    for command in ("data", "train", "evaluate", "compare", "predict", "explain", "runs", "export"):
        assert command in text


def test_evaluate_prints_the_figures_and_the_matrix(finished_run, capsys):
    assert main(["evaluate", finished_run.id, "--json"]) == 0
    printed = last_json(capsys)
    assert printed["n"] == 60
    assert {"accuracy", "loss", "mse"} <= printed.keys()
    assert np.trace(printed["confusion_matrix"]) == round(printed["accuracy"] * 60)
    assert main(["evaluate", finished_run.id]) == 0
    assert "airplane" in capsys.readouterr().out


HOW_SURE = ("temperature", "ece_calibrated", "ece_calibrated_n", "mean_confidence_calibrated", "loss_calibrated")


def test_evaluate_says_how_sure_a_run_was_and_may_be(finished_run, capsys):
    give_temperature(finished_run, 0.5, split="test", n=20)
    assert main(["evaluate", finished_run.id, "--json"]) == 0
    printed = last_json(capsys)
    labels, raw = finished_run.predictions()
    after = evaluation.calibrated(raw, 0.5)[20:]
    assert printed["mean_confidence"] == pytest.approx(raw.max(axis=1).mean())
    assert printed["ece"] == pytest.approx(evaluation.reliability(labels, raw).error)
    assert printed["loss"] == pytest.approx(evaluation.scores(labels, raw).loss), "the network's, as trained"
    assert (printed["temperature"], printed["ece_calibrated_n"]) == (0.5, 40)
    assert printed["ece_calibrated"] == pytest.approx(evaluation.reliability(labels[20:], after).error)
    assert printed["mean_confidence_calibrated"] == pytest.approx(after.max(axis=1).mean())
    assert printed["loss_calibrated"] == pytest.approx(evaluation.scores(labels[20:], after).loss)
    assert main(["evaluate", finished_run.id]) == 0
    said = capsys.readouterr()
    assert "calibrated at temperature 0.500, fitted on the first 20 test images" in said.out
    assert "(40 test images)" in said.out
    assert not said.err


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_evaluate_of_a_run_without_a_temperature_names_the_command(finished_run, capsys, options):
    assert main(["evaluate", finished_run.id, *options]) == 0
    said = capsys.readouterr()
    assert f"`python -m cnn_core complete {finished_run.id}`" in said.err
    if options:
        printed = json.loads(said.out)
        assert [printed[name] for name in HOW_SURE] == [None] * len(HOW_SURE)
        assert printed["ece"] > 0
    else:
        assert "calibrated at" not in said.out


def test_predict_calibrates_and_shows_the_raw_outputs_on_request(finished_run, network_file, photo, capsys):
    finished_run.classifier_path.write_bytes(network_file)
    give_temperature(finished_run, 0.4)
    predict = ["predict", str(photo), "--run", finished_run.id]
    pixels = images.to_network_input(images.open_image(photo.read_bytes()))
    expected = inference.Classifier(finished_run.classifier_path).predict(pixels[np.newaxis])[0]
    names = data.about("cifar10").class_names
    assert main([*predict, "--json"]) == 0
    printed = last_json(capsys)
    assert printed["temperature"] == 0.4
    np.testing.assert_allclose([printed["raw"][name] for name in names], expected, atol=1e-6)
    calibrated = evaluation.calibrated(expected, 0.4)
    np.testing.assert_allclose([printed["probabilities"][name] for name in names], calibrated, atol=1e-6)
    assert list(printed["raw"]) == list(printed["probabilities"]), "in the same order"
    for options, shares in (([], calibrated), (["--raw"], expected)):
        assert main([*predict, *options]) == 0
        said = capsys.readouterr()
        assert said.out.split()[:2] == [names[shares.argmax()], f"{shares.max():.2%}"]
        assert ("calibrated at temperature 0.400, fitted on 20 validation images" in said.out) == (not options)
        assert not said.err


def test_predict_of_a_run_without_a_temperature_answers_all_the_same(finished_run, network_file, photo, capsys):
    finished_run.classifier_path.write_bytes(network_file)
    finished_run.keras_path.touch()
    assert main(["predict", str(photo), "--run", finished_run.id, "--json"]) == 0
    said = capsys.readouterr()
    printed = json.loads(said.out)
    assert printed["probabilities"] == printed["raw"]
    assert printed["temperature"] is None
    assert "raw softmax outputs" in said.err


@pytest.mark.parametrize("arguments", [["evaluate"], ["evaluate", "--json"], ["predict", "PHOTO", "--run"], ["export"]])
def test_a_diverged_run_has_no_answers_but_a_sentence(finished_run, photo, arguments, capsys):
    with runs.open_record(finished_run) as record:
        record.finished(replace(finished_run.result(), test_loss=math.nan))
    named = [str(photo) if argument == "PHOTO" else argument for argument in arguments]
    assert main([*named, finished_run.id]) == 1
    assert_one_sentence(capsys, "diverged")


@pytest.mark.parametrize("arguments", [["evaluate", "--json"], ["predict", "PHOTO", "--run"], ["export"]])
def test_a_resumed_run_does_not_answer_with_its_old_course(finished_run, photo, arguments, capsys):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)
    named = [str(photo) if argument == "PHOTO" else argument for argument in arguments]
    assert main([*named, finished_run.id]) == 1
    assert_one_sentence(capsys, "let it finish")


def test_runs_lists_what_is_there(finished_run, capsys):
    assert main(["runs", "--json"]) == 0
    (row,) = last_json(capsys)
    assert (row["run"], row["state"], row["epochs"], row["test_accuracy"]) == (finished_run.id, "finished", 2, 0.55)
    assert main(["runs"]) == 0
    assert finished_run.id in capsys.readouterr().out


def test_a_damaged_run_costs_a_sentence_in_the_list(finished_run, tiny_config, capsys):
    damaged = runs.create(tiny_config, "Damaged")
    (damaged.path / runs.files.CONFIG).write_text("[" * 100_000)
    assert main(["runs"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert damaged.damage() in lines[damaged.id]
    assert " damaged " in lines[damaged.id]
    assert lines[finished_run.id].split()[-2:] == ["2", "0.5500"]
    assert main(["runs", "--json"]) == 0
    assert {row["run"]: row["state"] for row in last_json(capsys)} == {
        damaged.id: "damaged",
        finished_run.id: "finished",
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["evaluate", "nonsense"], "no run called 'nonsense'"),
        (["export", "nonsense"], "no run called 'nonsense'"),
        (["data", "--from", "/nowhere"], "no file or folder nowhere"),
        (["train", "--config", "/nowhere.json"], "No such file or directory: /nowhere.json"),
        (["train", "--resume", "nonsense"], "no run called 'nonsense'"),
        (["predict", "/nowhere.png", "--run", "nonsense"], "nonsense"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(arguments, sentence, capsys):
    assert main(arguments) == 1
    assert_one_sentence(capsys, sentence)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["train", "--epochs", "0"], "Epochs must be a whole number from 1 to 1,000"),
        (["train", "--seconds", "nan"], "Seconds must be"),
        (["train", "--learning-rate", "100"], "Learning rate (learning_rate) must be"),
        (["train", "--title", "***"], "--title needs"),
        (["train", "--title", ""], "--title needs"),
        (["train", "--title", "\udce9\u202e"], "--title needs"),
        (["train", "--resume", "nonsense", "--epochs", "40"], "the run's own settings"),
        (["train", "--resume", "nonsense", "--title", "New"], "the run's own settings"),
    ],
)
def test_settings_that_cannot_be_used_are_exit_code_2_and_leave_nothing(arguments, sentence, capsys):
    assert main(arguments) == 2
    assert_one_sentence(capsys, sentence)
    assert not runs.runs_dir().exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_config_is_read_as_any_editor_saves_it(tmp_path, tiny_data, tiny_config, encoding, trained):
    file = tmp_path / "settings.json"
    file.write_text(tiny_config.to_json(), encoding=encoding)
    assert main(["train", "--config", str(file)]) == 0
    assert trained.pop().config == tiny_config


def test_the_config_of_a_run_starts_another_like_it(tiny_data, finished_run, trained):
    assert main(["train", "--config", str(finished_run.path / runs.files.CONFIG), "--seed", "7"]) == 0
    (run,) = trained
    assert run != finished_run
    assert run.config.network == finished_run.config.network
    assert run.config.training == replace(finished_run.config.training, seed=7)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe{", "not valid JSON"),
        (b"not JSON", "not valid JSON"),
        (b"[]", "settings in braces"),
        (b'{"experiment": 1}', "settings in braces"),
        (b'{"schema_version": 99}', "schema version 99"),
    ],
)
def test_a_config_that_is_none_is_one_sentence_and_exit_code_2(tmp_path, content, sentence, capsys):
    file = tmp_path / "settings.json"
    file.write_bytes(content)
    assert main(["train", "--config", str(file)]) == 2
    assert_one_sentence(capsys, sentence)
    assert not runs.runs_dir().exists()


@pytest.fixture
def trained(monkeypatch):
    """The runs that would have been trained."""
    runs_of_work = []
    monkeypatch.setattr("cnn_core.worker.work", lambda run, **_: runs_of_work.append(run) or 0)
    return runs_of_work


def assert_one_sentence(capsys, sentence):
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert not captured.out


def test_a_image_that_is_none_is_one_sentence(finished_run, tmp_path, capsys):
    text = tmp_path / "photo.jpg"
    text.write_text("not a picture")
    assert main(["predict", str(text), "--run", finished_run.id]) == 1
    captured = capsys.readouterr()
    assert "this file is text" in captured.err
    assert not captured.out


def test_without_a_run_to_ask_it_says_so(photo, capsys, monkeypatch):
    monkeypatch.setattr(runs, "list_runs", list)
    assert main(["predict", str(photo)]) == 1
    assert "name it with --run" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["train", "--preset", "nonsense"], ["train", "--seconds", "soon"]],
)
def test_wrong_arguments_are_exit_code_2_and_leave_nothing(arguments, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert "usage:" in capsys.readouterr().err
    assert not runs.runs_dir().exists()


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tiny_data, monkeypatch, capsys):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert main(["train"]) == 1
    assert_one_sentence(capsys, "disk of this machine is full")
    assert not runs.list_runs(with_unreadable=True)
    assert not [path for path in runs.runs_dir().rglob("*") if path.is_dir() or path.suffix == ".tmp"]


def test_a_disk_that_is_full_before_the_first_event_is_the_same_sentence(tiny_data, monkeypatch, capsys):
    def full(record, event, **fields):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(runs.Record, "event", full)
    assert main(["train"]) == 1
    assert capsys.readouterr().err.splitlines()[-1].startswith("train: The disk of this machine is full.")


def test_while_one_trains_another_is_refused_with_75(finished_run, tiny_data, capsys):
    with runs.open_record(finished_run) as record:
        record.started(seconds=0.0, is_resumed=False)
        assert main(["train", "--preset", "linear", "--epochs", "1"]) == runs.BUSY_EXIT_CODE
    assert "'A finished run' is being trained" in capsys.readouterr().err
    assert [run.id for run in runs.list_runs()] == [finished_run.id]


def test_a_finished_or_recorded_run_is_not_trained_again(finished_run, tmp_path, capsys):
    assert main(["train", "--resume", finished_run.id]) == 1
    assert "only a stopped, interrupted or failed run can be resumed" in capsys.readouterr().err
    (tmp_path / "recorded").mkdir()
    recorded = finished_run.path.rename(tmp_path / "recorded" / "report")
    before = sorted(recorded.iterdir())
    assert main(["train", "--resume", "report"]) == 1
    assert "came with the project" in capsys.readouterr().err
    assert sorted(recorded.iterdir()) == before


def test_a_run_stopped_in_the_app_says_so_and_how_it_did(tiny_data, monkeypatch, capsys):
    def work(run, **_):
        with runs.open_record(run) as record:
            record.stopped("stopped on request", 9.0, Result(1.2, 0.5, 0.06, 60, 9.0))
        return 0

    monkeypatch.setattr("cnn_core.worker.work", work)
    assert main(["train"]) == 0
    said = capsys.readouterr().out
    assert "test accuracy 0.5000 on 60 images" in said
    assert "stopped; continue with: python -m cnn_core train --resume" in said


def test_what_a_console_has_no_sign_for_does_not_end_the_program(finished_run):
    command = [sys.executable, "-m", "cnn_core", "evaluate", finished_run.id]
    runs.rename(finished_run, "Größe █")
    printed = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=True)
    assert b"Gr??e ?: 60 test images" in printed.stdout


def test_it_works_in_any_folder(tiny_config, photo):
    """The whole project is found by its own place; named files are looked for in the caller's folder."""
    run = runs.create(tiny_config)
    program = [sys.executable, Path(commands.__file__).parent]

    def say(*arguments):
        return subprocess.run([*program, *arguments], cwd=photo.parent, capture_output=True, text=True, check=False)

    listed = say("runs", "--json")
    assert json.loads(listed.stdout)[0]["run"] == run.id
    assert f"Begin with: python {program[1]} train" in " ".join(say("--help").stdout.split())
    assert "has no network yet" in say("predict", photo.name, "--run", f"runs/{run.id}").stderr
    assert "No such file or directory: other.png" in say("predict", "other.png", "--run", run.id).stderr


@pytest.mark.parametrize("arguments", [["runs"], ["evaluate", "--json"], ["--help"]])
def test_a_reader_that_leaves_early_is_no_failure(finished_run, arguments):
    if "evaluate" in arguments:
        arguments = [*arguments, finished_run.id]
    command = [sys.executable, "-m", "cnn_core", *arguments]
    with closed_pipe() as pipe:
        finished = subprocess.run(command, stdout=pipe, stderr=subprocess.PIPE, check=False)
    lacks = b"This run has no temperature yet"  # `evaluate` says so
    assert finished.returncode == 0
    assert all(line.startswith(lacks) for line in finished.stderr.splitlines())


def closed_pipe():
    """A file to write to that nobody reads, as after `| head`."""
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "w")


class TestProgressLine:
    EPOCH = Epoch(
        scores=EpochScores(1, 1.0, 2.0, 0.3, 0.08, 1.9, 0.4, 0.07, 1e-3, 12.0),
        kernels=np.zeros((3, 3, 3, 4)), probabilities=np.zeros((2, 10)), state=TrainingState(),
    )  # fmt: skip
    BATCH = Progress(1, 4, 8, 0.25, 10.0, 100.0, 2.1, 0.2, 0.08)

    @pytest.fixture
    def terminal(self, monkeypatch):
        """Calling it makes stderr a terminal of 60 characters; pytest puts a stderr of its own before each test."""

        def begin():
            monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
            monkeypatch.setenv("COLUMNS", "60")

        return begin

    def test_it_writes_over_itself_within_the_terminal(self, terminal, capsys):
        terminal()
        with ProgressLine() as line:
            line.batch(self.BATCH)
            line.batch(self.BATCH)
        first, second = capsys.readouterr().err.removeprefix("\r").rstrip("\n").split("\r")
        assert first == second
        assert first.startswith("█████···············  epoch 1, batch 4 of 8")
        assert len(first) == 59

    def test_an_epoch_and_news_stand_on_lines_of_their_own(self, terminal, capsys):
        terminal()
        with ProgressLine() as line:
            line.batch(self.BATCH)
            line.epoch(self.EPOCH)
            shown = capsys.readouterr()
            line.data("Checking", 1, 4)
            line.data("Trying again", 0, 0)
        assert shown.out.startswith("epoch   1  loss 2.0000  accuracy 0.3000")
        assert shown.err.endswith("\r" + " " * 59 + "\r")
        assert capsys.readouterr().err.endswith("\rTrying again\n")

    def test_it_moves_on_while_a_split_is_measured(self, terminal, capsys):
        terminal()
        with ProgressLine() as line:
            line.measuring(Measuring("validation", 1000, 5000))
        shown = capsys.readouterr().err.strip()
        assert shown == "████················  measuring on the validation split, 1,0"[:59]

    def test_an_error_begins_on_a_new_line(self, terminal, capsys):
        terminal()
        with suppress(OSError), ProgressLine() as line:
            line.batch(self.BATCH)
            raise OSError
        assert capsys.readouterr().err.endswith("\n")

    def test_without_a_terminal_there_is_no_line(self, capsys):
        with ProgressLine() as line:
            line.batch(self.BATCH)
        assert capsys.readouterr().err == ""

    def test_a_training_outlives_the_reader_of_its_epochs(self, monkeypatch):
        with closed_pipe() as pipe:
            monkeypatch.setattr(sys, "stdout", pipe)
            with ProgressLine() as line:
                line.epoch(self.EPOCH)
                line.epoch(self.EPOCH)


@pytest.mark.slow
def test_predict_cuts_the_middle_or_pads_the_whole_photo(photo, capsys):
    run = runs.Run(Path(__file__).parents[1] / "assets" / "runs" / "minute")
    network = inference.Classifier(run.classifier_path)
    image = images.open_image(photo.read_bytes())
    for options, crop in (([], None), (["--whole"], images.whole(image))):
        assert main(["predict", str(photo), "--run", str(run.path), "--json", *options]) == 0
        expected = network.predict(images.to_network_input(image, crop)[np.newaxis])[0]
        found = last_json(capsys)["raw"]
        np.testing.assert_allclose([found[name] for name in data.about("cifar10").class_names], expected, atol=1e-6)


def test_train_evaluate_predict_export(tiny_data, photo, tmp_path, capsys):
    arguments = ["--preset", "lesson", "--epochs", "1", "--batch-size", "64", "--seed", "3", "--title", "By hand"]
    assert main(["train", *arguments, "--json"]) == 0
    trained = last_json(capsys)
    run = runs.find_run(trained["run"])
    assert run.title == "By hand"
    assert (run.config.training.epochs, run.config.training.seconds, run.config.training.seed) == (1, None, 3)

    assert main(["evaluate", run.id, "--json"]) == 0
    assert last_json(capsys)["accuracy"] == pytest.approx(trained["test_accuracy"])

    assert main(["predict", str(photo), "--run", run.id, "--json"]) == 0
    probabilities = last_json(capsys)["probabilities"]
    assert set(probabilities) == set(data.about("cifar10").class_names)
    assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert list(probabilities.values()) == sorted(probabilities.values(), reverse=True)

    assert main(["export", run.id, "--to", str(tmp_path / "export")]) == 0
    written = {path.name for path in (tmp_path / "export").iterdir()}
    assert written == {"model.keras", "model.tflite", "saved_model"}
    assert_saved_model_agrees(tmp_path / "export" / "saved_model", run, tiny_data)


def assert_saved_model_agrees(folder, run, tiny_data):
    import tensorflow as tf

    served = tf.saved_model.load(str(folder)).signatures["serving_default"]
    images = tiny_data.split("test").images()
    (outputs,) = served(tf.constant(images)).values()
    np.testing.assert_allclose(outputs.numpy(), run.predictions().probabilities, atol=1e-5)


def test_resume_trains_the_run_itself(tiny_data, finished_run, trained):
    with runs.open_record(finished_run) as record:
        record.started(seconds=12.5, is_resumed=True)  # and no end: it was interrupted
    assert main(["train", "--resume", finished_run.id]) == 0
    assert trained == [finished_run]


@pytest.mark.slow
def test_ctrl_c_stops_resumably(tiny_data):
    command = [sys.executable, "-m", "cnn_core", "train", "--preset", "lesson", "--epochs", "400"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        for line in process.stdout:
            if line.lstrip().startswith("epoch"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
    assert process.returncode == 0
    (run,) = runs.list_runs()
    assert f"--resume {run.id}" in rest
    assert run.state() == "stopped"
    assert run.checkpoint() is not None
