"""`complete` writes what an older run lacks, and says in a sentence why it cannot."""

import io
from dataclasses import replace

import numpy as np
import pytest
from networks import trained_like

from cnn_core import locks, runs
from cnn_core.__main__ import main
from cnn_core.completion import Completed, complete
from cnn_core.explanation.changes import CHANGES
from cnn_core.inference import Classifier, ClassifierError, Network
from cnn_core.runs import Run, RunError, files

ALL = ("its backward pass", "what wakes its filters", "how sure it may be, and what it finds alike")


@pytest.fixture(scope="module")
def exported():
    """Two networks of `tiny_config`'s form: their files, and what looks inside the first."""
    from small_training import CONFIG

    from cnn_core.training import export_model

    return [export_model(trained_like(CONFIG.network, seed)) for seed in (0, 1)]


@pytest.fixture
def older_run(finished_run, exported):
    """As the first weeks left it: both forms of the network, nothing that looks inside."""
    keras_file, litert_file, _ = exported[0]
    finished_run.keras_path.write_bytes(keras_file)
    finished_run.classifier_path.write_bytes(litert_file)
    return finished_run


def test_it_writes_what_the_worker_would_have_written(older_run, exported, tiny_data):
    assert not older_run.has_anatomy()
    assert older_run.filter_facts() is None
    with pytest.raises(RunError, match=r"It has none\. `python -m cnn_core complete` writes it\.$"):
        older_run.anatomy()
    events = (older_run.path / files.EVENTS).read_bytes()
    assert complete(older_run) == Completed(ALL)
    anatomy, theirs = older_run.anatomy(), exported[0][2]
    assert (anatomy.forward, anatomy.checksum) == (theirs.forward, theirs.checksum)
    images, weights = tiny_data.split("test").images(slice(0, 5)), np.ones((5, 10))
    opened = [Network.open(older_run.classifier_path.read_bytes(), each) for each in (anatomy, theirs)]
    for ours, worker_s in zip(*(network.backward_pass().explain(images, weights) for network in opened), strict=True):
        np.testing.assert_allclose(ours, worker_s, atol=1e-6)
    facts = older_run.filter_facts()
    assert facts.n == 60
    assert [len(shares) for shares in facts.awake.values()] == [4, 8]
    assert (older_run.path / files.EVENTS).read_bytes() == events
    assert older_run.damage() is None
    assert complete(older_run) == Completed(), "nothing is left to do"


def test_without_the_data_set_it_writes_the_anatomy_all_the_same(older_run, capsys):
    done = complete(older_run)
    assert done.written == ALL[:1]
    assert done.still_lacks.startswith("The rest needs the images of its data set. CIFAR-10 is not on this machine")
    assert older_run.has_anatomy()
    assert main(["complete", older_run.id]) == 1
    assert "CIFAR-10 is not on this machine" in capsys.readouterr().err


READERS = {
    files.ANATOMY: Run.anatomy,
    files.FILTERS: Run.filter_facts,
    files.CALIBRATION: Run.calibration,
    files.DOUBT: Run.doubt,
    files.NEIGHBOURS: Run.neighbours,
    files.MAP: Run.projection,
}


@pytest.mark.parametrize("name", READERS)
def test_what_is_damaged_or_missing_is_told_and_written_anew(name, older_run, tiny_data):
    complete(older_run)
    file, read = older_run.path / name, READERS[name]
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"no arrays"):
        file.write_bytes(damaged)
        with pytest.raises(RunError, match=rf"{name} is damaged\. `python -m cnn_core complete` writes it\.$"):
            read(older_run)
    file.unlink()
    written = ALL[min([*READERS].index(name), 2)]
    assert complete(older_run) == Completed((written,))
    assert read(older_run)


def test_the_anatomy_of_another_training_is_no_anatomy(older_run, exported, tiny_data):
    complete(older_run)
    older_run.keras_path.write_bytes(exported[1][0])
    older_run.classifier_path.write_bytes(exported[1][1])
    with pytest.raises(ClassifierError, match="do not fit"):
        Network.open(older_run.classifier_path.read_bytes(), older_run.anatomy())
    assert complete(older_run).written == ALL[:1]


@pytest.mark.parametrize("content", [b"", b"no network", None])
def test_a_damaged_network_is_a_sentence(content, older_run, exported, tiny_data, capsys):
    older_run.keras_path.write_bytes(exported[0][0][:9000] if content is None else content)
    assert main(["complete", older_run.id]) == 1
    answer = capsys.readouterr().err.splitlines()[-1]
    assert answer.endswith(
        "cannot be completed: model.keras is damaged, or of another network. Delete the run or repeat it."
    )
    assert not older_run.has_anatomy()


def test_a_network_of_another_form_is_a_sentence(older_run, tiny_data, tiny_config):
    from cnn_core.training import export_model

    other = replace(tiny_config.network, kernel_size=5)
    older_run.keras_path.write_bytes(export_model(trained_like(other))[0])
    with pytest.raises(RunError, match="is damaged, or of another network"):
        complete(older_run)


def test_two_files_of_two_trainings_are_a_sentence(older_run, exported, tiny_data):
    older_run.classifier_path.write_bytes(exported[1][1])
    with pytest.raises(RunError, match="cannot be completed: its two files are of different networks"):
        complete(older_run)
    older_run.classifier_path.write_bytes(b"no network")
    with pytest.raises(RunError, match=r"cannot be completed: model\.tflite is damaged\. Delete the run"):
        complete(older_run)


def test_a_run_that_somebody_trains_is_left_alone(older_run, tiny_data, monkeypatch):
    monkeypatch.setattr(runs.additions.presence, "PATIENCE", 0.05)
    with locks.hold(older_run.path / files.WORKER_LOCK, 1.0), pytest.raises(RunError, match="is being trained"):
        complete(older_run)
    assert not older_run.has_anatomy()


def test_a_run_that_is_being_completed_is_not_deleted(older_run, monkeypatch):
    monkeypatch.setattr(runs.additions.presence, "PATIENCE", 0.05)
    with runs.open_additions(older_run), pytest.raises(RunError, match="or completed; delete it when that is over"):
        runs.delete(older_run)
    assert older_run.exists()


def test_a_run_that_was_resumed_has_nothing_to_complete(older_run, tiny_data):
    """Its files are those of the course before; a test ends the present one."""
    complete(older_run)
    with runs.open_record(older_run) as record:
        record.started(seconds=1.0, is_resumed=True)
    assert (older_run.has_anatomy(), older_run.filter_facts(), older_run.robustness()) == (False, None, None)
    with pytest.raises(RunError, match="has no network that could be completed"):
        complete(older_run)


def test_settings_that_cannot_be_read_are_the_reason(older_run, tiny_data):
    (older_run.path / files.CONFIG).write_bytes(b"{}")
    with pytest.raises(RunError, match=r"config\.json is damaged"):
        complete(older_run)


def test_without_a_name_it_completes_all_that_have_a_network(older_run, tiny_data, tiny_config, capsys):
    untrained = runs.create(tiny_config, "Only begun")
    assert main(["complete"]) == 0
    assert capsys.readouterr().out == f"{older_run.id}: wrote {' and '.join(ALL)}\n"
    assert main(["complete"]) == 0
    assert capsys.readouterr().out == f"{older_run.id}: lacks nothing\n"
    for name, sentence in ((untrained.id, "has no network that could be completed"), ("", "There is no run called ''")):
        assert main(["complete", name]) == 1
        assert sentence in capsys.readouterr().err


def test_a_completed_run_takes_it_along(older_run, tiny_data):
    complete(older_run)
    archive = io.BytesIO()
    runs.write_zip(older_run, archive)
    assert all(name.encode() in archive.getvalue() for name in (files.ANATOMY, files.FILTERS))


def test_how_it_stands_changed_images_is_measured_when_asked(older_run, tiny_data, capsys):
    complete(older_run)
    assert older_run.robustness() is None
    assert main(["complete", older_run.id, "--changes"]) == 0
    assert capsys.readouterr().out == f"{older_run.id}: wrote how it stands changed images\n"
    found = older_run.robustness()
    images, labels = tiny_data.split("test").images(), tiny_data.split("test").labels
    predict = Classifier(older_run.classifier_path).predict
    moved = CHANGES["down"].apply(images, 4)
    at = found["down"].strengths.tolist().index(4)
    assert found["down"].n == 60
    assert found["down"].right[at] == (predict(moved).argmax(1) == labels).sum()
    assert found["down"].changed[at] == (predict(moved).argmax(1) != predict(images).argmax(1)).sum()
    assert complete(older_run, with_changes=True) == Completed(), "nothing is left to do"
    (older_run.path / files.ROBUSTNESS).write_bytes(b"no arrays")
    with pytest.raises(RunError, match="complete --changes` writes it"):
        older_run.robustness()
    assert complete(older_run, with_changes=True) == Completed(("how it stands changed images",))
