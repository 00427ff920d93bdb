"""The command `data` for data sets of one's own, as a program or a person would use it."""

import builtins
import io
import zipfile
from dataclasses import replace

import pytest
from own_sets import filled, noise, png, shelf

from cnn_core import commands, data, runs
from cnn_core.__main__ import main
from cnn_core.data import own
from cnn_core.presets import PRESETS, REUSED


@pytest.fixture
def folder(tmp_path):
    """Two classes of six images each, and a file that is none."""
    found = tmp_path / "photos"
    for number, name in enumerate(("cat", "dog")):
        (found / name).mkdir(parents=True)
        for place, image in enumerate(noise(6, number)):
            (found / name / f"{place}.png").write_bytes(png(image))
    (found / "cat" / "notes.txt").write_text("x")
    return found


def said(capsys, *arguments, code=0):
    assert main(["data", *map(str, arguments)]) == code
    found = capsys.readouterr()
    return (found.err if code else found.out).splitlines()


def test_a_folder_is_brought_in_listed_renamed_packed_brought_in_again_and_removed(folder, tmp_path, capsys):
    assert said(capsys, "--from", folder, "--name", "Our pets") == [
        "our-pets: Our pets, 12 images (cat 6, dog 6)",
        "1 file passed over: no image in a class's folder.",
    ]
    said(capsys, "--rename", "our-pets", "--name", "Pets")
    assert said(capsys, "--list") == ["our-pets: Pets, 12 images (cat 6, dog 6)"]
    file = tmp_path / "packed.zip"
    said(capsys, "--export", "our-pets", "--to", file)
    assert zipfile.is_zipfile(file)
    assert said(capsys, "--from", file, "--name", "Copy") == ["copy: Copy, 12 images (cat 6, dog 6)"]
    assert own.latest("copy").split("@")[1] == own.latest("our-pets").split("@")[1]
    said(capsys, "--delete", "our-pets", "--yes")
    assert shelf() == ["copy"]


def test_what_a_set_lacks_is_said_when_it_comes_and_when_it_is_listed(folder, capsys):
    (folder / "cat" / "0.png").unlink()
    (folder / "cat" / "1.png").unlink()
    assert "Each class needs at least 5 images: cat has 4." in said(capsys, "--from", folder, "--name", "Pets")
    assert "    Each class needs at least 5 images: cat has 4." in said(capsys, "--list")


@pytest.mark.parametrize(("answer", "is_removed"), [("y", True), ("YES", True), ("", False), ("n", False)])
def test_a_set_is_removed_after_a_question_that_says_which_runs_have_learned_it(
    answer, is_removed, finished_run, monkeypatch, capsys
):
    filled()
    learned = runs.create(replace(data.on(finished_run.config, own.latest("pets")), preset="lesson"), "Our first")
    asked = []
    monkeypatch.setattr(builtins, "input", lambda question: asked.append(question) or answer)
    assert main(["data", "--delete", "pets"]) == (0 if is_removed else 1)
    assert "Learned by Our first." in capsys.readouterr().out
    assert "Remove 'Pets' with its 30 images for good?" in asked[0]
    assert shelf() == ([] if is_removed else ["pets"])
    assert learned.config.own.class_names == ("cat", "dog")


def test_a_damaged_set_can_be_removed(capsys):
    filled()
    (data.data_dir() / "own" / "pets" / "set.sqlite").write_bytes(b"garbage")
    assert "damaged" in said(capsys, "--list")[1]
    said(capsys, "--delete", "pets", "--yes")
    assert shelf() == []


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--from", "/nowhere/photos", "--name", "x"], 1, "There is no folder and no zip called 'photos'."),
        (["--name", "x"], 2, "--name names what --from brings in"),
        (["--rename", "pets"], 2, "--rename NAME needs the new title"),
        (["--yes"], 2, "--yes answers the question of --delete"),
        (["--to", "x.zip"], 2, "--to says where --export writes"),
        (["--delete", "petz", "--yes"], 1, "There is no data set 'petz'"),
        (["--export", "petz"], 1, "There is no data set 'petz'"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(arguments, code, sentence, capsys):
    (line,) = said(capsys, *arguments, code=code)
    assert sentence in line


def test_nobody_is_asked_where_nobody_is(monkeypatch, capsys):
    filled()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "add --yes" in said(capsys, "--delete", "pets", code=2)[-1]
    assert shelf() == ["pets"]


def test_a_training_takes_the_present_state_of_a_set(monkeypatch, capsys):
    filled()
    trained = []
    monkeypatch.setattr("cnn_core.worker.work", lambda run, **listeners: trained.append(run.config) or 0)
    monkeypatch.setattr(commands, "_print_outcome", lambda run, program: None)
    assert main(["train", "--data-set", "pets", "--epochs", "1"]) == 0
    (config,) = trained
    assert config.data_set == own.latest("pets")
    assert config.own.class_names == ("cat", "dog")
    assert config.network.classes == 2
    assert main(["train", "--data-set", config.data_set, "--epochs", "1"]) == 0
    assert trained[1] == config
    capsys.readouterr()
    assert main(["train", "--data-set", "petz"]) == 1
    assert "There is no data set 'petz'" in capsys.readouterr().err


def test_few_images_get_a_recipe_for_few_unless_a_file_says_which(monkeypatch, tmp_path):
    filled()
    asked = []
    monkeypatch.setattr("cnn_core.worker.work", lambda run, **listeners: asked.append(run.config) or 0)
    monkeypatch.setattr(commands, "_print_outcome", lambda run, program: None)
    settings = tmp_path / "config.json"
    settings.write_text(data.on(PRESETS["minute"], own.latest("pets")).to_json())
    for arguments in (["--preset", "minute"], ["--preset", "reuse"], ["--config", str(settings)]):
        assert main(["train", "--data-set", "pets", *arguments, "--seed", "3"]) == 0
    few, reused, as_it_was = (config.training for config in asked)
    assert few.seconds is None
    assert few.batch_size < PRESETS["minute"].training.batch_size
    assert (asked[1].reuse, reused.seed) == (REUSED, 3)
    assert as_it_was == replace(PRESETS["minute"].training, seed=3)
