"""The player: what happened over time, as curves, figures and pictures that move together, played in the browser.

Python sends the whole film once; play, pause, scrub and speed ask nothing of the server. The same tracks show what
happens now: live, without a transport, at the last moment. How a track is written: player.js.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent
# One module, in this order; nothing to build.
TRACKS = ("figures", "chart", "curves", "pictures", "kernels", "sentence", "matrix", "ribbon", "descent")
SCRIPTS = ("player.js", *(f"{name}.js" for name in TRACKS))
STYLES = ("player.css", *(f"{name}.css" for name in TRACKS if name != "chart"))
_PACES = (1, 3, 10, 30, 100, 300, 1000)  # seconds of training a second
_LONGEST, _SHORTEST = 40.0, 2.0  # seconds that a replay lasts at its first speed, and at any


def _joined(names: Sequence[str]) -> str:
    return "\n".join((_HERE / name).read_text(encoding="utf-8") for name in names)


_mount = st.components.v2.component("player", html=_joined(["player.html"]), css=_joined(STYLES), js=_joined(SCRIPTS))


def live(tracks: Mapping[str, Any], *, key: str, moment: float = 0.0) -> None:
    """Show how things stand now. tracks: by name, each with the data that its file describes, for this one moment.

    moment: what is drawn up to it; as in `film`.
    """
    _mount(key=key, data={"film": "", "live": True, "moments": [moment], "tracks": dict(tracks)})


def film(
    tracks: Mapping[str, Any],
    moments: Sequence[float],
    places: Sequence[str],
    *,
    key: str,
    label: str,
    speeds: Sequence[tuple[float, str]] | None = None,
    plays: bool = True,
    above: bool = False,
) -> None:
    """Show what happened, with a transport.

    tracks: by name, in the order in which they stand; each with the data that its file describes.
    moments: when something is new, ascending; the film's clock runs along these numbers, mostly seconds.
    places: where the film is at each moment, in words. label: what is played, for people who cannot see it.
    speeds: how far the clock runs in a second, and what that is called; the first is the one at the start. None: as
    fits a training of so many seconds. plays: at once, except for people who want no motion. above: whether the
    transport stands above the tracks.
    """
    first, offered = paces(moments[-1] - moments[0]) if speeds is None else (speeds[0][0], list(speeds))
    transport = {
        "places": list(places),
        "label": label,
        "speeds": offered,
        "speed": first,
        "plays": plays,
        "above": above,
    }
    data = {"film": label, "live": False, "moments": list(moments), "tracks": dict(tracks), **transport}
    _mount(key=key, data=data)


def paces(seconds: float) -> tuple[int, list[tuple[int, str]]]:
    """The speeds for a replay of so many seconds, as (number, text), after the one to start with."""
    useful = [pace for pace in _PACES if pace == 1 or seconds / pace >= _SHORTEST]
    first = next((pace for pace in useful if seconds / pace <= _LONGEST), useful[-1])
    return first, [(pace, f"{pace:,}×") for pace in useful]
