"""What the class plays: sorting pictures against the network, and finding a hidden kernel."""

from collections.abc import Callable
from dataclasses import dataclass

from pages.ui.games import kernel, network


@dataclass(frozen=True)
class Part:
    """One game; its text is under its key in assets/pages/games.md."""

    title: str
    show: Callable[[], None]


PARTS = {"network": Part("Beat the network", network.show), "kernel": Part("Find the kernel", kernel.show)}
