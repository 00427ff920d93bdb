"""Locks: whether a process holds one can be seen without disturbing any."""

from concurrent.futures import ThreadPoolExecutor

import filelock
import pytest

from cnn_core import locks


def test_a_lock_is_held_for_the_block_and_free_after(tmp_path):
    lock_file = tmp_path / "lock"
    assert not locks.is_held(lock_file)
    with locks.hold(lock_file, patience=0):
        assert locks.is_held(lock_file)
        with pytest.raises(locks.Taken), locks.hold(lock_file, patience=0):
            pass
    assert not locks.is_held(lock_file)


def test_it_is_the_lock_that_filelock_takes(tmp_path):
    """The data sets' preparation uses that library."""
    with filelock.FileLock(tmp_path / "lock"):
        assert locks.is_held(tmp_path / "lock")
    with locks.hold(tmp_path / "other", patience=0), pytest.raises(filelock.Timeout):
        filelock.FileLock(tmp_path / "other").acquire(timeout=0)


def test_many_who_look_at_a_free_lock_all_find_it_free(tmp_path):
    (tmp_path / "lock").touch()
    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(locks.is_held, [tmp_path / "lock"] * 400))


def test_looking_creates_nothing_and_holding_makes_no_folder(tmp_path):
    """A folder that was deleted must not come back because somebody asked for its lock."""
    gone = tmp_path / "gone" / "lock"
    assert not locks.is_held(gone)
    assert not locks.is_held(tmp_path / "lock")
    with pytest.raises(FileNotFoundError), locks.hold(gone, patience=0):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "."])
def test_what_no_lock_can_be_is_held_by_nobody(tmp_path, name):
    assert not locks.is_held(tmp_path / name)
