"""Where data sets and runs are kept: where something can be written, and what is said where nothing can."""

import os
import sys

import pytest

from cnn_core import data, places, runs
from cnn_core.config import ExperimentConfig


@pytest.fixture
def closed(tmp_path):
    """A folder into which nobody can write, root neither: it is in the place of a file."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "folder"


def test_a_named_folder_is_the_place_whatever_else_there_is(tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_RUNS_DIR", str(tmp_path / "mine"))
    assert runs.runs_dir() == tmp_path / "mine"
    monkeypatch.setenv("CNN_DATA_DIR", "relative")
    assert data.data_dir() == tmp_path.cwd() / "relative"


def test_without_a_name_the_place_is_beside_the_program_if_it_can_be_written(tmp_path, closed):
    there = tmp_path / "program" / "runs"
    assert places.first_writable(there, tmp_path / "cache") == there
    assert places.first_writable(closed, tmp_path / "cache", tmp_path / "temporary") == tmp_path / "cache"
    assert places.first_writable(closed, closed / "too", tmp_path / "temporary") == tmp_path / "temporary"
    assert places.first_writable(closed, closed / "too") == closed
    assert not (tmp_path / "cache").exists(), "looking makes no folder"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_another_user_is_not_written(tmp_path):
    tmp_path.chmod(0o500)
    assert not places.is_writable(tmp_path)
    assert not places.is_writable(tmp_path / "new")


@pytest.mark.parametrize("name", ["data", "runs"])
def test_a_named_folder_that_cannot_be_written_is_a_sentence(closed, name, monkeypatch):
    assert places.trouble(name) is None
    variable = places.VARIABLES[name]
    monkeypatch.setenv(variable, str(closed))
    sentence = places.trouble(name)
    assert sentence.startswith(f"Nothing can be written to the folder that {variable} names, so no ")
    assert str(closed) not in sentence, "everybody reads it"


def test_no_run_is_made_where_nothing_can_be_written(closed, monkeypatch):
    monkeypatch.setenv("CNN_RUNS_DIR", str(closed))
    for make in (runs.create, runs.start):
        with pytest.raises(runs.RunError, match="the folder that CNN_RUNS_DIR names, so no run can be started"):
            make(ExperimentConfig())
    assert runs.list_runs() == []
    assert runs.running() is None


def test_drawing_shapes_where_nothing_can_be_written_is_a_sentence(closed, monkeypatch):
    monkeypatch.setenv("CNN_DATA_DIR", str(closed))
    with pytest.raises(data.DataError, match="set CNN_DATA_DIR to another folder"):
        data.load("shapes10")


def test_runs_last_where_somebody_put_them_and_not_on_community_cloud(tmp_path, monkeypatch):
    assert places.is_lasting(tmp_path)
    monkeypatch.delenv("CNN_RUNS_DIR")
    monkeypatch.setattr(places, "found", lambda name: tmp_path / "cache" / name)
    assert not places.is_lasting(tmp_path)
    monkeypatch.setattr(places, "found", places.beside)
    assert places.is_lasting(tmp_path)
    for folder in ("mount/src", "home/adminuser"):
        (tmp_path / folder).mkdir(parents=True)
    assert not places.is_lasting(tmp_path)
