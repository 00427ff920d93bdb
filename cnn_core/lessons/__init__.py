"""Lessons as text: read, checked, written, and carried in a link.

    ---
    title: Convolution
    goal: Pupils can work out one sum of a convolution.
    ask: Who chooses the nine numbers?
    believed: Engineers choose the kernels.
    ---

    ## One sum
    ---
    page: convolution?convolution.step=One sum
    minutes: 5
    locked: kernel, part
    bank: engineers-choose
    note: Let them calculate on paper first.
    ---
    **Look at the window.** What is the next sum?

The lesson has a header, and each step a heading, a header and its task. `locked` and `hidden` name groups of controls
(`GROUPS`). `bank` names a question of the question bank; `question`, `options`, `right`, `hint` and `why` write one
out, its options with ` | ` between them. A lesson takes as many minutes as its steps.
"""

from cnn_core.lessons.lesson import GROUPS, LONGEST_TEXT, PAGES, Asked, Lesson, LessonError, Step
from cnn_core.lessons.link import pack, unpack
from cnn_core.lessons.reading import read
from cnn_core.lessons.shipped import shipped
from cnn_core.lessons.writing import write

__all__ = [
    "GROUPS",
    "LONGEST_TEXT",
    "PAGES",
    "Asked",
    "Lesson",
    "LessonError",
    "Step",
    "pack",
    "read",
    "shipped",
    "unpack",
    "write",
]
