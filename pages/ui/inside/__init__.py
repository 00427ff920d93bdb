"""The page that looks inside a network and asks it why: its parts, each a function of one image and one run."""

from collections.abc import Callable
from dataclasses import dataclass

from pages.ui.inside import change, columns, cover, surgery, truth, why
from pages.ui.inside.subject import Subject


@dataclass(frozen=True)
class Part:
    """One part of the page; its text is under its key in assets/pages/inside.md."""

    title: str
    show: Callable[[Subject], None]


PARTS = {
    "network": Part("The network", columns.show),
    "why": Part("Why this class", why.show),
    "cover": Part("Cover it", cover.show),
    "truth": Part("Is the map true?", truth.show),
    "change": Part("What if", change.show),
    "surgery": Part("Surgery", surgery.show),
}
