"""What a report is made of. Texts are Markdown of which paragraphs, lists, bold, italics and code are kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """Characters as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names, and what is said of each; plain text."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """Plain text; the first column names its row."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: as many x as y, floats; what is no finite number is left out."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """Curves over the same axis. `is_share`: 0 to 1, written as percent."""

    title: str
    lines: Sequence[Line]
    x_name: str
    is_share: bool = False


@dataclass(frozen=True, slots=True)
class Confusions:
    """A confusion matrix, integers (classes, classes), the actual class on its rows."""

    counts: np.ndarray
    class_names: Sequence[str]


@dataclass(frozen=True, slots=True)
class Example:
    """An image and what was said of it.

    image: uint8 (32, 32, 3); None where it must not be spread, or is not here.
    """

    title: str
    lines: Sequence[str]
    image: np.ndarray | None = None


@dataclass(frozen=True, slots=True)
class Examples:
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True)
class Answered:
    """What somebody answered, or did in a game.

    said: plain text, one for each try; none if the question is still open. right: None while it is not known, and for
    what has no right answer. topic: the question's name. step: the lesson and its step, by title, in which it was
    answered; empty outside of one.
    """

    question: str
    said: Sequence[str] = ()
    right: str | None = None
    why: str = ""
    options: Sequence[str] = ()
    what: str = "Answer"  # that was given; "Result" of a game
    topic: str = ""
    step: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Answers:
    answers: Sequence[Answered]


Block = Text | Code | Facts | Table | Chart | Confusions | Examples | Answers


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Report:
    """title and lead: plain text. about: a line below the title, what it is and when it was made."""

    title: str
    about: str
    lead: str
    sections: Sequence[Section]
