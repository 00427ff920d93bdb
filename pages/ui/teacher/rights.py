"""What the visitor of this session may do. Each answer is the server's own; nothing that a browser sends changes it."""

import hmac
import uuid

import streamlit as st

from cnn_core.config import TrainingConfig
from pages.ui.run_words import duration
from pages.ui.teacher import key
from pages.ui.teacher.links import Links
from pages.ui.teacher.tries import Refusal, Tries

PUPILS = "CNN_PUPILS_TRAIN"
_GIVEN, _OWN, _SESSION = "teacher.given", "teacher.own_runs", "teacher.session"
_EVERYBODY = float("inf")

# Not in Streamlit's caches: any visitor's browser may ask to clear those.
tries = Tries()
links = Links()


class KeyNeeded(Exception):
    """An action that is the teacher's; the message is one sentence for the visitor."""


def is_asked_for() -> bool:
    """Whether there is a key."""
    return key.current() is not None


def may_act() -> bool:
    """Whether this session may do what is the teacher's: it has given the key, or none is set."""
    right = key.current()
    return right is None or hmac.compare_digest(st.session_state.get(_GIVEN, b""), right)


def require() -> None:
    """Raise KeyNeeded unless `may_act()`; every action of the teacher's begins with it."""
    if not may_act():
        raise KeyNeeded("Only the teacher can do that here. Enter the teacher's key first.")


def longest_training() -> float:
    """The seconds for which this visitor may train: infinite for the teacher; 0 where pupils only watch."""
    return _EVERYBODY if may_act() else _pupils_seconds()


def require_training(training: TrainingConfig) -> None:
    """Raise KeyNeeded unless this visitor may start so long a training."""
    most = longest_training()
    if not most:
        require()
    if (training.seconds or _EVERYBODY) > most:
        longest = duration(most)
        raise KeyNeeded(f"Only the teacher may train for longer than {longest} here: stop after {longest} or less.")


def own(run_id: str) -> None:
    """Note that this session has started the run."""
    st.session_state[_OWN] = {*st.session_state.get(_OWN, ()), run_id}


def may_change(run_id: str) -> bool:
    """Whether this visitor may stop and delete the run: the teacher may, and a pupil who started it."""
    return may_act() or (_pupils_seconds() > 0 and run_id in st.session_state.get(_OWN, ()))


def require_change(run_id: str) -> None:
    """Raise KeyNeeded unless `may_change(run_id)`."""
    if not may_change(run_id):
        require()


def unlock(text: str) -> Refusal | bool:
    """Try this text as the key; True if it is, and from then on this session may act."""
    if refusal := _ask():
        return refusal
    return _give(key.try_(text))


def unlock_by(token: str) -> Refusal | bool:
    """Try this text as a link's token. A right one needs no try, since none can be guessed: it works at any time."""
    if _give(links.use(token)):
        return True
    return _ask() or False


def make_token() -> str:
    """A token that unlocks one session."""
    require()
    return links.make(key.current() or b"")


def lock() -> None:
    st.session_state.pop(_GIVEN, None)


def _give(right: bytes | None) -> bool:
    if right is None or right != key.current():  # the key was changed since the link was made
        return False
    st.session_state[_GIVEN] = right
    return True


def _ask() -> Refusal | None:
    session = st.session_state.setdefault(_SESSION, uuid.uuid4().hex)
    return tries.ask(session, st.context.ip_address)


def _pupils_seconds() -> float:
    """0 where they only watch: without the setting, and where it says nothing that can be meant."""
    try:
        seconds = float(key.setting(PUPILS) or 0)
    except (OSError, ValueError):
        seconds = -1.0
    if seconds == 0 or 1 <= seconds < _EVERYBODY:  # NaN fails every comparison
        return seconds
    key.warn_once(f"{PUPILS} is no number of seconds: pupils only watch.")
    return 0.0
