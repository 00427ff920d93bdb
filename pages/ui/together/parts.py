"""The parts of the class page, as its teacher sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from pages.ui.lessons import show_desk
from pages.ui.together.asking import show_ask
from pages.ui.together.joining import show_join
from pages.ui.together.membership import Member


@dataclass(frozen=True)
class Part:
    title: str
    show: Callable[[Member], None]


PARTS = {
    "join": Part("Join", show_join),
    "ask": Part("Ask", show_ask),
    "lesson": Part("Lesson", show_desk),
}
