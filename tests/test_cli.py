"""The command line as a program would use it."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cnn_core import data, runs
from cnn_core.__main__ import main
from cnn_core.progress import Result


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
    for command in ("data", "train", "evaluate", "predict", "runs", "export"):
        assert command in text


def test_evaluate_prints_the_figures_and_the_matrix(finished_run, capsys):
    assert main(["evaluate", finished_run.id, "--json"]) == 0
    printed = last_json(capsys)
    assert printed["n"] == 60
    assert {"accuracy", "loss", "mse"} <= printed.keys()
    assert np.trace(printed["confusion_matrix"]) == round(printed["accuracy"] * 60)
    assert main(["evaluate", finished_run.id]) == 0
    assert "airplane" in capsys.readouterr().out


def test_a_diverged_run_is_not_evaluated(finished_run, capsys):
    with runs.open_record(finished_run) as record:
        record.finished(replace(finished_run.result(), test_loss=np.nan))
    assert main(["evaluate", finished_run.id, "--json"]) == 1
    assert "diverged" in capsys.readouterr().err


def test_runs_lists_what_is_there(finished_run, capsys):
    assert main(["runs", "--json"]) == 0
    (row,) = last_json(capsys)
    assert (row["run"], row["state"], row["epochs"], row["test accuracy"]) == (finished_run.id, "finished", 2, 0.55)
    assert main(["runs"]) == 0
    assert finished_run.id in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["evaluate", "nonsense"], "no run called 'nonsense'"),
        (["export", "nonsense"], "no run called 'nonsense'"),
        (["data", "--from", "/nowhere"], "nothing at /nowhere"),
        (["train", "--epochs", "0"], "epochs must be between"),
        (["train", "--config", "/nowhere.json"], "nowhere.json"),
        (["train", "--resume", "nonsense"], "no run called 'nonsense'"),
        (["train", "--resume", "nonsense", "--epochs", "40"], "the run's own settings"),
        (["predict", "/nowhere.png", "--run", "nonsense"], "nonsense"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_exit_code_1(arguments, sentence, capsys):
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert "Traceback" not in captured.err
    assert not captured.out


def test_a_picture_that_is_none_is_one_sentence(finished_run, tmp_path, capsys):
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


def test_wrong_arguments_are_exit_code_2(capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["train", "--preset", "nonsense"])
    assert exit_.value.code == 2


def test_while_one_trains_another_is_refused_with_75(finished_run, tiny_data, capsys):
    with runs.open_record(finished_run) as record:
        record.event("started")
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
            record.stopped("stopped on request", 9.0, Result(1.0, 0.5, 0.05, 60, 9.0))
        return 0

    monkeypatch.setattr("cnn_core.worker.work", work)
    assert main(["train"]) == 0
    said = capsys.readouterr().out
    assert "test accuracy 0.5000 on 60 images" in said
    assert "stopped; go on with" in said


def test_what_a_console_has_no_sign_for_does_not_end_the_program(finished_run):
    command = [sys.executable, "-m", "cnn_core", "evaluate", finished_run.id]
    runs.rename(finished_run, "Größe █")
    printed = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"}, check=True)
    assert b"Gr??e ?: 60 test images" in printed.stdout


@pytest.mark.slow
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
    assert set(probabilities) == set(data.class_names("cifar10"))
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


@pytest.mark.slow
def test_ctrl_c_stops_resumably_and_resume_goes_on(tiny_data):
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
