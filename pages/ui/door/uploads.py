"""Files that come over HTTP: the camera's pictures, and what a file uploader sends."""

import streamlit as st
from starlette.formparsers import MultiPartParser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from streamlit import runtime

from pages.ui.door.room import Room

ROUTE = "/_stcore/upload_file/"
_MOST_FILES = 20  # of one session; an empty one takes memory too


def most_bytes() -> int:
    """Of one file; Streamlit counts the megabytes of this option so."""
    return st.get_option("server.maxUploadSize") * 2**20


def keep_in_memory() -> None:
    """Let no part of an upload reach the disk: Starlette writes what is longer than a megabyte to a temporary file."""
    MultiPartParser.spool_max_size = most_bytes() + 2**20


def size(asked: dict[str, str]) -> int:
    """How many bytes are announced; the most that are taken, where nothing sensible is."""
    length = asked.get("content-length", "")
    return min(int(length), most_bytes()) if length.isdecimal() and len(length) < 20 else most_bytes()


def stored() -> int:
    """Bytes of all files that visitors have uploaded and not removed."""
    return sum(len(file.data) for files in list(_files().values()) for file in list(files.values()))


def refusal(method: str, path: str, asked: dict[str, str], room: Room) -> ASGIApp | None:
    """Why a file is not taken; None if Streamlit is to decide, which asks for the session and its token."""
    if method == "DELETE":
        return None
    session, _, file = path.removeprefix(ROUTE).partition("/")
    files = _files().get(session, {})
    if len(files) >= _MOST_FILES and file not in files:
        return PlainTextResponse(f"You have {_MOST_FILES} files here. Remove one first.", 413)
    if not room.has_space(size(asked)):
        return PlainTextResponse("This server holds as many files as it can. Try again in some minutes.", 503)
    return None


def _files() -> dict:
    """By session its files, by their ids."""
    return runtime.get_instance().uploaded_file_mgr.file_storage if runtime.exists() else {}
