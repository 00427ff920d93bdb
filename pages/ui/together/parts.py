"""The parts of the class page, as its teacher sees it."""

from collections.abc import Callable
from dataclasses import dataclass

from pages.ui.lessons import show_desk
from pages.ui.own_data.collecting import show_collect
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
    "collect": Part("Collect", show_collect),
    "lesson": Part("Lesson", show_desk),
}
