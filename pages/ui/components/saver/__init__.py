"""Three buttons that save a figure: as SVG, as PNG and its numbers as CSV. The browser makes the files by itself.

The PNG is drawn from the SVG, so its letters are the visitor's own fonts, in whatever script a title is.
"""

from pages.ui.components import component

_mount = component("saver")


def saver(name: str, *, svg: str, csv: str, key: str) -> None:
    """Offer the figure `svg` with its numbers `csv`; `name` is that of the files, without their ending."""
    _mount(key=key, data={"name": name, "svg": svg, "csv": csv})
