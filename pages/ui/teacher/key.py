"""The teacher's key itself: where it comes from, and what stands for it everywhere else. No other room sees it.

It is in the environment, to which Streamlit adds its secrets when the server starts: where both name it, the secrets
decide. It is read at each question: a key that is changed in the secrets of a running server locks whoever knows the
old one; where there were no secrets, a new file counts within a second. Secrets that are there and cannot be read lock
the server for everybody: whoever wrote them wanted a key.
"""

import hashlib
import hmac
import logging
import os
import secrets
import time
import unicodedata

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

NAME = "CNN_TEACHER_KEY"
SHORT = 8  # characters; fewer can be guessed
LONGEST = 500  # characters; what is longer is not the key, without a look at it
_NOBODYS = secrets.token_urlsafe()
_SALT = secrets.token_bytes()  # what a session keeps says nothing of the key, in this process or another
_log = logging.getLogger(__name__)
_said = set()  # what the log has been told
_NONE_FOR = 1.0  # seconds: where there are no secrets Streamlit looks for files each time, a quarter of a server's work
_without: tuple[object, float] = (None, 0.0)  # Streamlit's secrets when there were none, and until when that counts


def current() -> bytes | None:
    """What a session keeps that has given the right key, 32 bytes; None if there is no key."""
    try:
        text = _bare(setting(NAME))
    except (OSError, ValueError):
        warn_once(f"Streamlit's secrets cannot be read: nobody is the teacher until they can, or {NAME} is set.")
        text = _NOBODYS
    if not text:
        return None
    if len(text) < SHORT:
        warn_once(f"{NAME} is short: with fewer than {SHORT} characters it can be guessed.")
    return _stand_in(text)


def try_(text: str) -> bytes | None:
    """What a session keeps, if this is the key. How long it takes says nothing about the key."""
    right = current()
    if right is None or len(text) > LONGEST:
        return None
    return right if hmac.compare_digest(_stand_in(_bare(text)), right) else None


def setting(name: str) -> str:
    """What the environment, or else Streamlit's secrets, say of it; "" if neither does.

    Raises OSError or ValueError if there are secrets that cannot be read.
    """
    global _without
    if name in os.environ:
        return os.environ[name]
    if _without[0] is st.secrets and time.monotonic() < _without[1]:
        return ""
    try:
        return str(st.secrets.get(name, ""))
    except StreamlitSecretNotFoundError as error:
        if error.error_id == "no-secrets-found":
            _without = st.secrets, time.monotonic() + _NONE_FOR
            return ""
        raise


def _bare(text: str) -> str:
    """Without the line break that a file ends with, and in one of the ways in which Unicode writes the same letters."""
    return unicodedata.normalize("NFC", text.strip())


def _stand_in(text: str) -> bytes:
    """As long for every text. A lone surrogate is a byte of an environment that is no UTF-8; nobody types it."""
    return hmac.digest(_SALT, text.encode("utf-8", "surrogatepass"), hashlib.sha256)


def warn_once(sentence: str) -> None:
    """Say it in the server's log, unless it has been said."""
    if sentence not in _said:
        _said.add(sentence)
        _log.warning(sentence)
