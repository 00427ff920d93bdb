"""Pictures that arrive from a browser, and the set into which they go.

Every held button is one burst, which is never divided between training and test. So are the photos that somebody takes
with the camera app into one class, one within a minute of the other: they show the same thing in the same place. A file
is taken for a picture of its own.
"""

import time
import uuid
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from cnn_core.data import DataError, own
from pages.ui.components.camera import Shot, arrived
from pages.ui.own_data import rights

CAMERA, FILES = "own_data.camera", "own_data.files"  # the keys of the components
PAUSE = 60.0  # seconds between two photos of one burst
_LAST, _PHOTOS, _COUNTS = "own_data.last", "own_data.photos", "own_data.counts"


@dataclass(frozen=True, slots=True)
class Added:
    """What this session added last, so that it can be taken back."""

    name: str
    class_id: int
    class_name: str
    groups: frozenset[str]
    images: int


def into(name: str, class_id: int) -> str:
    """What the components say of where their pictures belong."""
    return f"{name} {class_id}"


def take_what_arrived() -> None:
    """Called before anything is drawn, so that the counts are those of now."""
    for key in (CAMERA, FILES):
        if shot := arrived(key):
            name, _, number = shot.into.rpartition(" ")
            rights.attempt(partial(_add, name, number, shot), needs=partial(rights.require_add, name))


def last() -> Added | None:
    return st.session_state.get(_LAST)


def own_count(name: str, class_id: int) -> int:
    """How many pictures this session has added to the class."""
    return st.session_state.get(_COUNTS, {}).get((name, class_id), 0)


def take_back() -> None:
    """Remove what this session added last."""
    if added := last():
        rights.attempt(partial(_remove, added), needs=partial(rights.require_add, added.name))


def _add(name: str, number: str, shot: Shot) -> str | None:
    target = next((one for one in own.find(name).classes if str(one.id) == number), None)
    if target is None:
        raise DataError("This class is no longer there: somebody has removed it. Nothing was added.")
    frames = shot.frames if shot.kind != "unopened" else own.read_photo(shot.content)[np.newaxis]
    if shot.kind in ("burst", "photo"):
        groups = [uuid.uuid4().hex if shot.kind == "burst" else _group_of_photos(name, target.id)]
        added = own.add(name, target.id, frames, groups[0])
    else:
        groups = [uuid.uuid4().hex for _ in frames]
        added = _add_one_by_one(name, target.id, frames, groups)
    st.session_state[_LAST] = Added(name, target.id, target.name, frozenset(groups), added)
    _count(name, target.id, added)
    left = len(frames) - added
    return f"{target.name} is full: {left} of the {len(frames)} pictures were left out." if left else None


def _add_one_by_one(name: str, class_id: int, frames: np.ndarray, groups: list[str]) -> int:
    """Each as a burst of its own, until the class is full; how many. Raises DataError if not one could be added."""
    added = 0
    for frame, group in zip(frames, groups, strict=True):
        try:
            added += own.add(name, class_id, frame[np.newaxis], group)
        except DataError:
            if not added:
                raise
            break
    return added


def _group_of_photos(name: str, class_id: int) -> str:
    """That of the photo before, if it was taken just now and shows the same class."""
    before, group, at = st.session_state.get(_PHOTOS, (None, "", 0.0))
    now = time.monotonic()
    if before != (name, class_id) or now - at > PAUSE:
        group = uuid.uuid4().hex
    st.session_state[_PHOTOS] = (name, class_id), group, now
    return group


def _remove(added: Added) -> None:
    found = [one.id for one in own.images(added.name, added.class_id) if one.group in added.groups]
    own.delete(added.name, found[: added.images])
    st.session_state[_LAST] = None
    _count(added.name, added.class_id, -len(found))


def _count(name: str, class_id: int, more: int) -> None:
    counts = st.session_state.setdefault(_COUNTS, {})
    counts[name, class_id] = max(0, counts.get((name, class_id), 0) + more)
