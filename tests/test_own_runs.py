"""A run on a data set of one's own has as many classes as that: trained, exported, looked into, measured, told."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import snippets
from own_runs import CLASSES, bring, config_on, make_state, train, write_run
from PIL import Image
from test_backward import assert_close, by_tape, noise

from cnn_core import (
    comparing,
    completion,
    data,
    differences,
    evaluation,
    importing,
    inference,
    lab_report,
    runs,
    training,
)
from cnn_core.__main__ import main
from cnn_core.code import image, script
from cnn_core.config import ConfigError, OwnData
from cnn_core.data import own
from cnn_core.runs import files
from cnn_core.training.loop import splits


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Trained on two classes and on three, once for all tests."""
    found = {}
    for classes in (2, 3):
        with pytest.MonkeyPatch.context() as patch:
            found[classes] = train(tmp_path_factory.mktemp("own"), patch, classes)
    return found


@pytest.fixture(params=[2, 3])
def run(request, trained, tmp_path, monkeypatch):
    return bring(trained[request.param], tmp_path / "here", monkeypatch)


@pytest.fixture
def state():
    return make_state()


def test_a_trained_run_answers_with_a_share_for_each_class(run):
    known = data.load(run.config.data_set)
    classes, test = len(known.class_names), known.split("test")
    assert run.state() == runs.RunState.FINISHED
    labels, probabilities = run.predictions()
    assert probabilities.shape == (len(test), classes) == (2 * classes, classes)
    np.testing.assert_array_equal(labels, test.labels)
    assert run.snapshot(2).probabilities.shape == (len(known.split("val")), classes)
    assert run.looks()[-1].labels == tuple(known.split("val").labels)
    network = inference.Classifier(run.classifier_path)
    np.testing.assert_allclose(network.predict(test.images()), probabilities, atol=1e-4)
    assert main(["evaluate", run.id]) == 0


def test_its_backward_pass_is_the_tape_s(run):
    model = training.load_model(run.keras_path)
    classes = run.config.network.classes
    images, weights = noise(2), np.random.default_rng(1).normal(size=(2, classes)).astype(np.float32)
    passes = inference.Network.open(run.network_file(), run.anatomy()).backward_pass()
    assert_close(passes.explain(images, weights), by_tape(model, images, weights))
    asked = np.array([classes - 1, 0])
    assert_close(passes.explain(images, asked), by_tape(model, images, np.eye(classes, dtype=np.float32)[asked]))
    with pytest.raises(ValueError, match=rf"weights \(N, {classes}\); they are .* \(2, 10\)"):
        passes.explain(images, np.ones((2, 10)))


def test_what_is_found_out_of_a_few_images_is_whole(run):
    """Six test images and nine for validation, or four and two: a temperature, a map, neighbours, energies."""
    known, n = data.load(run.config.data_set), len(run.predictions().labels)
    calibration = run.calibration()
    assert (calibration.split, calibration.n) == ("val", len(known.split("val")))
    assert run.projection().spread.shape == (n, 2)
    assert run.neighbours().numbers.shape == (n, min(5, len(known.split("train"))))
    assert run.neighbours().searched == len(known.split("train"))
    assert run.doubt().strange.keys() == {"shapes10", "noise", "smooth"}
    assert run.filter_facts().n == n
    assert completion.complete(run) == completion.Completed()


def test_a_zip_brings_it_to_a_server_without_its_images(trained, tmp_path, monkeypatch):
    run = bring(trained[3], tmp_path / "here", monkeypatch)
    packed = io.BytesIO()
    runs.write_zip(run, packed)
    for name in ("CNN_DATA_DIR", "CNN_RUNS_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere" / name))
    brought_in = importing.bring_in(packed.getvalue())
    assert "Pets" in brought_in.notes[0]
    assert "is not on this machine" in brought_in.notes[0]
    there = brought_in.run
    assert there.config == run.config
    np.testing.assert_array_equal(there.predictions().probabilities, run.predictions().probabilities)
    assert data.learned(there.config).class_names == data.learned(run.config).class_names
    assert completion.complete(there) == completion.Completed()
    assert main(["evaluate", there.id]) == 0


def test_a_class_that_validation_lacks_stops_nothing(state, monkeypatch):
    """Samples, looks and figures are of the classes that are there."""
    config = config_on(state)
    whole = data.load(state)
    val = whole.split("val")
    kept = np.flatnonzero(val.labels != 1)
    few = replace(val, rows=val.rows[kept], labels=val.labels[kept])
    seen = []
    outcome = training.train(
        config, replace(whole, splits={**whole.splits, "val": few}), on_batch=lambda _: None,
        on_epoch=lambda _: None, on_sample=seen.append, on_look=seen.append,
    )  # fmt: skip
    assert outcome.history[-1].val_loss > 0
    assert 1 not in seen[-1].labels
    assert splits(config, whole)[1].labels.tolist().count(1)


def test_the_script_of_a_run_trains_its_network_from_the_state_s_files(trained, tmp_path, monkeypatch):
    run = bring(trained[3], tmp_path / "here", monkeypatch)
    config = replace(run.config, training=replace(run.config.training, label_smoothing=0.1, precision="float32"))
    wanted = ["model.get_weights()", "probabilities", "val_labels", "averaged.shape"]
    plan = {
        "script": (script.program(config, 2, run.title), wanted, {}),
        "image": ("\n".join(image.of_data_set(config.data_set, "test", 4)), ["image", "label"], {}),
    }
    found = snippets.run(data.data_dir(), plan)
    weights, probabilities, val_labels, averaged = found["script"]
    known = data.load(config.data_set)
    np.testing.assert_array_equal(found["image"][0], known.split("test").images(4)[0])
    assert found["image"][1] == known.split("test").labels[4]
    outcome = training.train(config, known, on_batch=lambda _: None, on_epoch=lambda _: None)
    for ours, theirs in zip(outcome.model.get_weights(), weights, strict=True):
        assert np.linalg.norm(theirs - ours) < 0.03 * np.linalg.norm(ours) + 1e-3
    expected, _ = training.measure(outcome.model, known.split("test").images(), known.split("test").labels, 1, 1.0)
    np.testing.assert_allclose(probabilities, expected, atol=1e-2)
    np.testing.assert_array_equal(val_labels, known.split("val").labels)
    assert averaged == (6, 3)


def test_the_command_line_trains_on_a_set_by_its_name_and_asks_its_network(state, tmp_path, capsys):
    settings = tmp_path / "settings.json"
    settings.write_text(replace(config_on(state), own=None, data_set="shapes10", network=_ten(state)).to_json())
    name = state.partition("@")[0]
    assert main(["train", "--config", str(settings), "--data-set", name, "--epochs", "1", "--json"]) == 0
    run = runs.find_run(json.loads(capsys.readouterr().out.splitlines()[-1])["run"])
    assert run.config.data_set == state
    assert run.config.network.classes == 3
    photo = tmp_path / "photo.png"
    Image.fromarray(np.zeros((40, 40, 3), np.uint8)).save(photo)
    assert main(["predict", str(photo), "--run", run.id, "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["probabilities"]) == 3
    assert main(["explain", str(photo), "--run", run.id, "--class", "none of these", "--against", "cat"]) == 0
    assert "logit of none of these less that of cat" in capsys.readouterr().out
    assert main(["runs"]) == 0
    assert state in capsys.readouterr().out
    assert main(["train", "--data-set", "nobody", "--epochs", "1"]) == 1
    assert "There is no data set 'nobody'" in capsys.readouterr().err


def _ten(state):
    return replace(config_on(state).network, classes=10)


def test_two_states_of_a_set_are_two_data_sets(state):
    of_first = write_run(state)
    name = state.partition("@")[0]
    own.add(name, own.find(name).classes[0].id, np.full((4, 32, 32, 3), 9, np.uint8), "later")
    of_second = write_run(own.latest(name))
    found = differences.differences(of_first.config, of_second.config)
    assert [each.setting for each in found] == ["Data set"]
    assert state.partition("@")[2] in found[0].a
    with pytest.raises(runs.RunError, match="was tested on Pets"):
        comparing.compare(of_first, of_second)
    assert comparing.spread(of_first, of_second, [of_first, of_second]) is None


def test_the_lab_report_shows_the_run_s_own_images_and_does_without(state):
    run = write_run(state)
    whole = lab_report.write(lab_report.of_run(run, "today"))
    assert whole.count("data:image/") >= 1
    assert "Dog" in whole
    own.remove(state.partition("@")[0])
    assert "Dog" in lab_report.write(lab_report.of_run(run, "today"))


def test_arrays_of_another_number_of_classes_are_damage(state):
    run = write_run(state)
    labels, probabilities = run.predictions()
    np.savez(run.path / files.PREDICTIONS, labels=labels, probabilities=np.full((len(labels), 10), 0.1, np.float32))
    with pytest.raises(runs.RunError, match=r"predictions\.npz is damaged"):
        run.predictions()
    np.savez(run.path / files.PREDICTIONS, labels=np.full(len(labels), 3), probabilities=probabilities)
    with pytest.raises(runs.RunError, match="damaged"):
        run.predictions()


def test_what_guessing_scores_is_that_of_its_classes(state):
    run = write_run(state)
    found = evaluation.diagnose(run.history()[:1], run.config)
    assert "guessing scores 33% and ln 3 = 1.099" in found.sentence
    two = replace(run.config, own=OwnData("Two", ("a", "b"), 10, 4, 4), network=replace(run.config.network, classes=2))
    assert "50% and ln 2 = 0.693" in evaluation.diagnose(run.history()[:1], two).sentence


@pytest.mark.parametrize(
    ("accuracy", "val_accuracy", "kind"), [(0.54, 0.75, "guessing"), (0.99, 0.75, ""), (0.54, 0.95, "")]
)
def test_few_images_are_guessed_by_luck(accuracy, val_accuracy, kind, state):
    """Of two classes, 0.54 of 400 training images or 0.75 of 10 for validation is within two deviations of chance."""
    config = config_on(state)
    data_set = OwnData("Two", ("a", "b"), 400, 10, 10)
    config = replace(config, own=data_set, network=replace(config.network, classes=2))
    history = write_run(state).history()
    history[["accuracy", "val_accuracy"]] = accuracy, val_accuracy
    assert (evaluation.diagnose(history, config).kind == "guessing") == bool(kind)


def test_names_that_nobody_could_read_are_refused_and_none_becomes_a_link():
    with pytest.raises(ConfigError, match="1 to 30 visible characters"):
        OwnData("Pets", ("a\u202e", "b"), 1, 1, 1)
    with pytest.raises(ConfigError, match="same name"):
        OwnData("Pets", ("a", "a"), 1, 1, 1)
    shown = data.About.of_own("x@12345678", OwnData("[a](https://b)", ("$x$", ":red[c]"), 1, 1, 1))
    for text in (shown.title, *shown.class_names):
        assert not set("[]:$") & set(text)
    assert CLASSES[1] not in shown.class_names
