"""To be written."""

from pages.ui.inside.subject import Subject


def show(on: Subject) -> None:
    """To be written."""
