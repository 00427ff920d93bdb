"""A file that is made on a click is there for ten seconds, however many visitors' pages are drawn meanwhile."""

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from pages.ui import downloads


@pytest.fixture
def clock(monkeypatch):
    """The time, in a list, to be moved on."""
    now = [100.0]
    monkeypatch.setattr(downloads.time, "monotonic", lambda: now[0])
    return now


def test_a_file_made_on_a_click_outlives_the_pages_of_a_class_and_goes_after_ten_seconds(clock):
    """With Streamlit's own manager and storage of files, as the server has them."""
    storage = MemoryMediaFileStorage("/media")
    files = MediaFileManager(storage)
    placeholder = files.add_deferred(lambda: b"a zip", "application/zip", "1.0", "run.zip")
    name = files.execute_deferred(placeholder).rpartition("/")[2]
    for _ in range(30):  # thirty visitors' scripts end
        files.remove_orphaned_files()
    assert storage.get_file(name).content == b"a zip"
    clock[0] += downloads.SECONDS
    for _ in range(2):
        files.remove_orphaned_files()
    with pytest.raises(MediaFileStorageError):
        storage.get_file(name)
