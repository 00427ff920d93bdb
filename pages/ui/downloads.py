"""A file that is made when a visitor asks for it, and that stays long enough to be fetched.

Streamlit 1.67 deletes such a file once the scripts of any two visitors have ended: beside a class that watches a
training, within a quarter of a second, often before the browser has asked for it. Here it stays for ten seconds.
"""

import time
from collections.abc import Callable

import streamlit as st
from streamlit.runtime import media_file_manager

SECONDS = 10  # from making a file until it may go; the browser asks for it at once


class _Fetchable(media_file_manager.MediaFileMetadata):
    """What Streamlit notes of a file; it asks this of each file to download that no page shows, before it goes."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self._made = time.monotonic()

    def mark_for_delete(self) -> None:
        if time.monotonic() - self._made >= SECONDS:
            super().mark_for_delete()


media_file_manager.MediaFileMetadata = _Fetchable


def offer(label: str, make: Callable[[], bytes], file_name: str, **options: object) -> None:
    """A button that makes the file when it is pressed; the page is not drawn anew."""
    st.download_button(label, make, file_name, on_click="ignore", **options)
