"""A run's zip is brought in elsewhere: the same run, with a network that was rebuilt from its weights."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from networks import SPECIAL, random_networks, trained_like
from waiting import wait_for
from zips import NAME, exported, honest_run, leftovers, packed, weights_file

from cnn_core import architecture, data, evaluation, importing, locks, rebuilding, runs
from cnn_core.__main__ import main
from cnn_core.importing import bring_in
from cnn_core.inference import Classifier, Network
from cnn_core.inference.keras_file import ANSWERS, questions, read_weights
from cnn_core.runs import RunError, files
from cnn_core.runs.arrays import write_arrays
from cnn_core.runs.npz import read_npz

ROOT = Path(__file__).parents[1]
NETWORKS = SPECIAL | random_networks(6, seed=1)


@pytest.fixture
def quickly(monkeypatch):
    """Without TensorFlow: what is rebuilt is two files with nothing in them."""

    def rebuild(run):
        for path in (run.keras_path, run.classifier_path):
            path.touch()
        return "Rebuilt."

    monkeypatch.setattr(importing, "_rebuild", rebuild)


@pytest.fixture(scope="module")
def small_network():
    """A network of `tiny_config`'s form: its files and its backward pass."""
    from small_training import CONFIG

    from cnn_core.training import export_model

    return export_model(trained_like(CONFIG.network))


@pytest.fixture
def trained(tiny_config, tiny_data, small_network):
    """A run with a network, and the predictions of that network for the test images."""
    run = honest_run(tiny_config)
    keras_file, litert_file, anatomy = small_network
    run.keras_path.write_bytes(keras_file)
    run.classifier_path.write_bytes(litert_file)
    with runs.open_additions(run) as additions:
        additions.anatomy(anatomy)
        additions.robustness({}, litert_file)
    test = tiny_data.split("test")
    return predicting(run, test.labels, Classifier(run.classifier_path).predict(test.images()))


def predicting(run, labels, probabilities):
    """The run with these predictions, and a log that says the same of them."""
    accuracy = evaluation.scores(labels, probabilities).accuracy
    (run.path / files.PREDICTIONS).write_bytes(write_arrays({"labels": labels, "probabilities": probabilities}))
    log = run.path / files.EVENTS
    *course, last = log.read_text().splitlines()
    log.write_text("\n".join([*course, json.dumps(json.loads(last) | {"test_accuracy": accuracy})]) + "\n")
    return run


@pytest.mark.slow
def test_a_run_comes_back_elsewhere_with_the_same_predictions_and_the_same_answers(
    trained, tiny_data, tmp_path, monkeypatch, capsys
):
    images = tiny_data.split("test").images()
    before, answers = trained.predictions(), Classifier(trained.classifier_path).predict(images)
    file = tmp_path / "run.zip"
    file.write_bytes(packed(exported(trained), trained.id))
    monkeypatch.setenv("CNN_RUNS_DIR", str(tmp_path / "elsewhere"))
    assert main(["import", str(file)]) == 0
    (run,) = runs.list_runs()
    told = capsys.readouterr().out
    assert told.splitlines() == [
        f"run {trained.id}: A finished run, in {run.path}",
        "The predictions of the first 60 test images are its network's.",
    ]
    for mine, theirs in zip(run.predictions(), before, strict=True):
        assert mine.dtype == theirs.dtype
        np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_allclose(Classifier(run.classifier_path).predict(images), answers, atol=1e-5)
    kernels = [Network.open(each.network_file(), each.anatomy()).kernels() for each in (run, trained)]
    for name, kernel in kernels[0].items():
        np.testing.assert_array_equal(kernel, kernels[1][name])
    assert run.robustness() == {}, "what was measured on its network is known to be of the rebuilt one"
    assert run.history().equals(trained.history())
    assert (run.is_imported, run.damage(), run.state()) == (True, None, "finished")
    assert exported(run).keys() == exported(trained).keys()
    weights = [read_npz(exported(each)[files.WEIGHTS], 1e7)["logits.kernel"] for each in (run, trained)]
    np.testing.assert_array_equal(*weights)
    assert not (run.path / files.WEIGHTS).exists()
    assert leftovers() == [run.id]


@pytest.mark.slow
@pytest.mark.parametrize("factor", [2, 1e38])
def test_weights_and_answers_of_two_networks_are_refused(trained, factor):
    """In this process, which has loaded TensorFlow. With the second, its answers are no numbers."""
    parcel = runs.open_parcel(packed(exported(trained)))
    weights = parcel.weights()
    weights["logits.kernel"] = weights["logits.kernel"] * np.float32(factor)
    with (
        runs.receive(parcel, weights) as arrived,
        pytest.raises(RunError, match="its network does not answer as the zip says"),
    ):
        rebuilding.rebuild(arrived)


def test_predictions_that_are_not_the_network_s_are_refused(trained):
    labels, probabilities = trained.predictions()
    classifier = Classifier(trained.classifier_path)
    assert rebuilding._compare_predictions(trained, classifier) == (
        "The predictions of the first 60 test images are its network's."
    )
    predicting(trained, labels, np.roll(probabilities, 1, axis=1))
    with pytest.raises(RunError, match="Its predictions are not those of its network"):
        rebuilding._compare_predictions(trained, classifier)
    predicting(trained, np.roll(labels, 1), probabilities)
    with pytest.raises(RunError, match="not of the test images that CIFAR-10 has here"):
        rebuilding._compare_predictions(trained, classifier)


def test_the_weights_in_a_zip_are_keras_own(trained, small_network, tmp_path):
    import keras

    (tmp_path / "network.keras").write_bytes(small_network[0])
    theirs = keras.saving.load_model(tmp_path / "network.keras")
    expected = {
        f"{layer.name}.{weight.name}": np.asarray(weight) for layer in theirs.layers for weight in layer.weights
    }
    found = runs.open_parcel(packed(exported(trained))).weights()
    np.testing.assert_array_equal(found.pop(ANSWERS), Classifier(trained.classifier_path).predict(questions()))
    names = [name for name in expected if "seed_generator" not in name]  # of dropout
    assert found.keys() == {*names} == architecture.variables(trained.config.network).keys()
    for name in names:
        np.testing.assert_array_equal(found[name], expected[name])


@pytest.mark.parametrize("kind", NETWORKS)
def test_every_kind_of_network_is_the_same_when_it_is_built_from_what_its_file_says(kind, tmp_path):
    from cnn_core.training import from_weights

    network = NETWORKS[kind]
    model = trained_like(network)
    model.save(tmp_path / "network.keras")
    weights = read_weights(tmp_path / "network.keras")
    assert {name: array.shape for name, array in weights.items()} == architecture.variables(network)
    rebuilt = from_weights(network, weights)
    for one, other in zip(rebuilt.layers, model.layers, strict=True):
        for mine, theirs in zip(one.weights, other.weights, strict=True):
            if "seed" not in mine.name:  # of dropout, which only training uses
                np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))


def test_a_zip_of_a_run_whose_network_cannot_be_read_has_no_weights(trained):
    trained.keras_path.write_bytes(trained.keras_path.read_bytes()[:9000])
    assert files.WEIGHTS not in exported(trained)


def test_a_run_without_weights_comes_without_its_network_and_says_so(content, capsys):
    brought_in = bring_in(packed(content))
    run = brought_in.run
    assert (run.id, run.title, run.state()) == (NAME, "A finished run", "finished")
    assert run.is_tested()
    assert not run.has_network()
    assert "It came without its network" in brought_in.notes[0]
    assert main(["runs"]) == 0
    assert "It was brought in from a zip." in capsys.readouterr().out


def test_an_id_that_is_taken_gets_a_number_and_no_run_is_covered(content):
    recorded = files.recorded_dir() / "lesson"
    recorded.mkdir(parents=True)
    (recorded / files.CONFIG).write_bytes(content[files.CONFIG])
    first, second, third = (bring_in(packed(content)).run for _ in range(3))
    assert [run.id for run in (first, second, third)] == [NAME, f"{NAME}-2", f"{NAME}-3"]
    brought_in = bring_in(packed(content, "lesson"))
    assert brought_in.run.id == "lesson-2"
    assert brought_in.notes[-1] == "There is a run called lesson here, so this one is called lesson-2."


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("a run (1)", "a-run-1"),
        ("läufe", "l-ufe"),
        ("x" * 200, "x" * 80),
        ("\u202e*", "run"),
        (".deleted-1", "deleted-1"),
    ],
)
def test_an_id_is_made_of_plain_letters(content, folder, name):
    assert bring_in(packed(content, folder)).run.id == name


def test_what_is_written_of_it_is_cleaned(content):
    log = b'{"event": "nonsense"}\n\xff\xfe\n' + content[files.EVENTS]
    log += b'{"event": "measuring", "split": "test", "done": 1, "total": 2}\n' + b"x" * 300_000 + b"\n"
    about = json.loads(content[files.CONFIG]) | {"created": "9999-01-01T00:00:00+00:00", "note": "/home/somebody"}
    worker = {"pid": 17, "started": 0, "cpu": "\x1b[31m red", "cores": 2, "home": "/home/somebody"}
    changed = {
        files.EVENTS: log,
        files.CONFIG: json.dumps(about).encode(),
        files.TITLE: "\u202e[click](http://evil)".encode(),
        files.WORKER: json.dumps(worker).encode(),
        "worker.log": b"Traceback",
        "STOP": b"",
        "checkpoint.npz": b"PK",
    }
    run = bring_in(packed(content | changed)).run
    assert run.title == "click (http://evil)"
    assert run.worker().cpu.isprintable()
    assert run.created < "9000"
    assert run.damage() is None
    assert run.measuring() is None
    texts = [(run.path / name).read_bytes() for name in (files.CONFIG, files.WORKER, files.EVENTS)]
    assert not any(word in text for text in texts for word in (b"somebody", b"nonsense", b"measuring"))
    assert not {path.name for path in run.path.iterdir()} & {"worker.log", "STOP", "checkpoint.npz"}


@pytest.mark.usefixtures("quickly")
def test_arrays_that_cannot_be_read_are_left_out_and_named(content, tiny_config):
    weights = {files.WEIGHTS: weights_file(tiny_config.network)}
    damaged = dict.fromkeys(
        [files.DOUBT, files.MAP, files.FILTERS, files.ROBUSTNESS, f"{files.SNAPSHOTS}/epoch-001.npz"]
    )
    brought_in = bring_in(packed(content | weights | dict.fromkeys(damaged, b"PK no arrays")))
    assert brought_in.notes == (
        "Rebuilt.",
        "What could not be read was left out: what wakes its filters, its energies, its map, what was measured on "
        "changed images, the snapshot of epoch 1.",
    )
    assert brought_in.run.snapshot_epochs() == [2]
    assert brought_in.run.doubt() is None


def test_a_run_that_was_not_tested_comes_with_its_curves_alone(content):
    log = content[files.EVENTS].splitlines(keepends=True)
    run = bring_in(packed(content | {files.EVENTS: b"".join(log[:3])})).run
    assert run.state() == "interrupted"
    assert len(run.history()) == 1
    assert {path.name for path in run.path.iterdir()} == {
        "config.json", "events.jsonl", "imported", "snapshots", "title", "worker.json",
    }  # fmt: skip


def test_an_imported_run_is_renamed_and_deleted_but_not_resumed(content):
    log = content[files.EVENTS].splitlines(keepends=True)
    run = bring_in(packed(content | {files.EVENTS: b"".join(log[:3])})).run
    with pytest.raises(RunError, match="was brought in without its checkpoint and cannot be resumed; train it again"):
        runs.resume(run)
    runs.rename(run, "Mine")
    assert run.title == "Mine"
    runs.delete(run)
    assert leftovers() == []


def test_two_at_once_are_one_and_a_sentence(content, monkeypatch):
    monkeypatch.setattr(runs.presence, "PATIENCE", 0.05)
    parcel = runs.open_parcel(packed(content))
    with runs.receive(parcel, None) as arrived:
        with pytest.raises(RunError, match="Another run is being brought in"):
            bring_in(packed(content))
        runs.delete(honest_run(parcel.config))
        assert arrived.path.exists(), "what is under way is not swept"
        assert runs.list_runs(with_unreadable=True) == []
        with pytest.raises(RunError, match="no run called"):
            runs.find_run(arrived.path.name)
    assert leftovers() == []


KILLED = """
import sys
from pathlib import Path
from cnn_core import importing

importing.bring_in(Path(sys.argv[1]).read_bytes())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it looks for the process in /proc")
def test_what_a_killed_process_left_is_swept_and_its_helper_ends(content, tiny_config, tmp_path):
    """It is killed while its helper rebuilds the network, as by kill -9 or when memory runs out."""
    file = tmp_path / "run.zip"
    file.write_bytes(packed(content | {files.WEIGHTS: weights_file(tiny_config.network)}))
    process = subprocess.Popen([sys.executable, "-c", KILLED, file], cwd=ROOT)
    wait_for(lambda: helpers(runs.runs_dir()))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (leftover,) = leftovers()
    assert leftover.startswith(files.ARRIVING)
    assert runs.list_runs(with_unreadable=True) == []
    wait_for(lambda: not helpers(runs.runs_dir()))
    run = bring_in(packed(content)).run
    assert leftovers() == [run.id]


def test_a_training_and_a_deletion_sweep_too(tiny_config):
    run = honest_run(tiny_config)
    leftover = run.path.with_name(f"{files.ARRIVING}1")
    (leftover / files.SNAPSHOTS).mkdir(parents=True)
    with runs.open_record(run):
        assert not leftover.exists()
    leftover.mkdir()
    runs.delete(run)
    assert leftovers() == []


def helpers(folder):
    """The processes that rebuild a network in this folder of runs."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:  # it has just ended
            continue
        if b"cnn_core.rebuilding" in words and os.fsencode(folder) in words:
            found.append(path)
    return found


def test_without_its_data_set_the_run_says_that_nothing_was_compared(tiny_config):
    run = honest_run(tiny_config)
    assert not data.is_ready("cifar10")
    assert rebuilding._compare_predictions(run, None).endswith("not checked: CIFAR-10 is not on this machine.")


def test_a_folder_of_runs_that_cannot_be_written_to_is_a_sentence(content, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied", "/srv/runs")

    monkeypatch.setattr(locks, "hold", refuse)
    with pytest.raises(RunError, match="cannot be written to: this machine's disk or folder is read-only"):
        bring_in(packed(content))


def test_where_few_runs_are_stored_the_oldest_makes_room_and_what_came_last_is_not_the_oldest(
    content, quickly, tiny_config, monkeypatch
):
    monkeypatch.setenv("CNN_MAX_RUNS", "2")
    here = [runs.create(tiny_config, name) for name in ("First", "Second")]
    assert "To make room, First had to go." in bring_in(packed(content)).notes
    assert [run.exists() for run in here] == [False, True]
    assert [run.title for run in runs.outlook(1.0).going] == ["Second"], "whenever the other was trained elsewhere"
    for run in runs.list_runs():
        runs.keep(run, True)
    with pytest.raises(RunError, match="are kept"):
        bring_in(packed(content))
    assert len(runs.list_runs()) == 2
    assert len(leftovers()) == 2
