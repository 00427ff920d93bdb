"""The visitor's camera, and pictures from their device: shrunk to 32x32 in the browser, so that no photo travels.

Two modes. "burst": who holds the button takes five pictures a second, 60 at most, which arrive when it is let go; where
the browser gives no camera (it does on https and on localhost only) a button takes photos through the phone's camera
app. "live": one picture after another while the camera is on, the next only after the server has answered.

    shot = camera(key="prediction.live", mode="live")     in a fragment: each picture runs it again
    if shot is not None:
        answer(shot.frames[0])                            # (32, 32, 3) uint8

`files` is the same for pictures that lie on the device, many at once or a folder. What a browser sent is kept there
until it was taken, and sent again after a lost connection; here each counts once. Nothing of it is to be trusted:
anybody can send anything, so that sizes are checked before anything is decoded.
"""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import streamlit as st

from cnn_core import limits
from cnn_core.config import IMAGE_SHAPE
from pages.ui.components import component

MOST = 60  # pictures in one message: 12 seconds of a held button
KINDS = ("burst", "photo", "file", "unopened")
_BYTES, _FRAME = 3072, 4096  # of a picture, and its characters in base64
_LARGEST = 8e6  # bytes of a file that the browser cannot open
_LONGEST_INTO = 100  # characters


_SHARED = ("opened.js", "camera/frames.js")
_mount_camera, _mount_files = (component(name, folder="camera", shared=_SHARED) for name in ("camera", "files"))


@dataclass(frozen=True, eq=False)
class Shot:
    """What arrived in one message.

    kind: "burst" of a held button; "photo" by the phone's camera app; "file"; or "unopened": a file that the browser
    could not open, whose bytes are in `content` and which has no frames.
    into: what the caller's `into` was when the button was pressed, which may be another by now; anybody can send any.
    """

    number: int  # the browser's: no two of a session are alike
    kind: str
    into: str = ""
    frames: np.ndarray = field(default_factory=lambda: np.empty((0, *IMAGE_SHAPE), np.uint8))  # (n, 32, 32, 3) uint8
    content: bytes = b""


def camera(
    *,
    key: str,
    mode: Literal["burst", "live"] = "burst",
    into: str = "",
    label: str = "Hold to take pictures",
    refused: str = "",
    pause: float = 0.2,
) -> Shot | None:
    """Show the camera with its button.

    "burst": what arrived just now, once, and None in every other run. "live": the latest picture, as a shot with one
    frame, in every run until the camera is turned off; call it in a fragment.
    into: what the pictures are for. label: of the button. refused: why no more can be taken; it disables the button.
    pause: seconds between an answer and the next live picture.
    """
    if mode == "live" and key not in st.session_state:
        _forget(key)  # the visitor was elsewhere: it is mounted anew, and off
    data = {"mode": mode, "into": into, "label": label, "refused": refused, "most": MOST, "pause": 1000 * pause}
    _show(_mount_camera, key, data, on_off_change=partial(_forget, key))
    if mode == "live":
        shot = st.session_state.get(f"{key}.shot")
        return shot if shot and len(shot.frames) else None
    return arrived(key)


def files(
    *,
    key: str,
    into: str = "",
    label: str = "Choose pictures",
    room: int = MOST,
    refused: str = "",
) -> Shot | None:
    """A button for pictures, one for a folder, and a place to drop them; what arrived just now, once.

    room: how many there may be; the browser sends no more. The others are as for `camera`.
    """
    largest = min(_LARGEST, limits.current().upload)
    data = {"into": into, "label": label, "room": room, "refused": refused, "most": MOST, "largest": largest}
    _show(_mount_files, key, data)
    return arrived(key)


def arrived(key: str) -> Shot | None:
    """What the camera or the files of this key sent just now, once: for a page that saves it before it draws them."""
    return st.session_state.pop(f"{key}.shot", None)


def _show(mount: Any, key: str, data: dict[str, Any], **callbacks: Any) -> None:
    """`taken` tells the browser which of its messages has arrived, and that it may send the next."""
    data["taken"] = st.session_state.get(f"{key}.taken", 0)
    mount(key=key, data=data, on_shot_change=partial(_receive, key), **callbacks)


def _receive(key: str) -> None:
    """Runs before the page does. Nonsense is dropped, and what comes twice; the browser hears that it has arrived."""
    sent = st.session_state.get(key)
    value = sent.get("shot") if sent else None
    number = _number(value)
    if number and number != st.session_state.get(f"{key}.taken"):
        st.session_state[f"{key}.shot"] = read(value)
        st.session_state[f"{key}.taken"] = number  # last: what is interrupted between the two is sent again


def _forget(key: str) -> None:
    """The live camera was turned off."""
    st.session_state.pop(f"{key}.shot", None)


def read(value: Any) -> Shot | None:
    """The browser's message; None for nonsense. Nothing is decoded that is longer than what it should hold."""
    number = _number(value)
    if not number:
        return None
    kind, into, sent = (value.get(name) for name in ("kind", "into", "frames"))
    if kind not in KINDS or not isinstance(into, str) or len(into) > _LONGEST_INTO or not isinstance(sent, str):
        return None
    count, is_file = value.get("count"), kind == "unopened"
    if not is_file and (type(count) is not int or not 1 <= count <= MOST):
        return None
    most = min(_LARGEST, limits.current().upload) * 4 / 3 + 4 if is_file else count * _FRAME + _FRAME
    if not 0 < len(sent) <= most:
        return None
    try:
        content = base64.b64decode(sent, validate=True)
        if is_file:
            return Shot(number, kind, into, content=content)
        return Shot(number, kind, into, _frames(content, count, value.get("isPacked") is True))
    except (ValueError, zlib.error):
        return None


def _frames(content: bytes, count: int, is_packed: bool) -> np.ndarray:
    """The pictures, uint8 (count, 32, 32, 3). Raises ValueError or zlib.error if it is not so many."""
    if not is_packed:
        return np.frombuffer(content, np.uint8).reshape(count, *IMAGE_SHAPE)
    differences = zlib.decompressobj().decompress(content, count * _BYTES + 1)  # one more tells that there is more
    return np.frombuffer(differences, np.uint8).reshape(count, -1, 3).cumsum(1, np.uint8).reshape(count, *IMAGE_SHAPE)


def _number(value: Any) -> int | None:
    number = value.get("number") if isinstance(value, Mapping) else None
    return number if type(number) is int and 0 < number < 2**53 else None
