"""The lessons that come with the app."""

from functools import cache
from pathlib import Path

from cnn_core.lessons.lesson import Lesson
from cnn_core.lessons.reading import read

_FOLDER = Path(__file__).parents[2] / "assets" / "lessons"
_ORDER = (
    "image-to-matrix",
    "convolution",
    "why-networks-err",
    "how-sure-is-sure",
    "your-own-data",
)  # as they are taught


@cache
def shipped() -> dict[str, Lesson]:
    """By the names of their files, without the ending."""
    return {name: read((_FOLDER / f"{name}.md").read_text(encoding="utf-8")) for name in _ORDER}
