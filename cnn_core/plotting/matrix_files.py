"""A matrix as files: an SVG of what is looked at, which a browser also turns into a PNG, and a CSV of the counts."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cnn_core.plotting import style
from cnn_core.plotting.matrix import Cells

_CELL, _GAP = (52, 34), 2  # pixels: width and height of a cell, and between two
_LEFT, _TOP, _EDGE = 120, 150, 16  # of the first cell; around all
_LINE, _SMALL, _LEADING = 15, 13, 18  # of type, and from a line of the sentence to the next
_PAPER, _INK = "#f3f5f9", "#0f1621"  # the light theme's
_STRONGEST = {True: (style.BLUE, 0.75), False: (style.ORANGE, 0.9)}  # as in matrix.css: the text keeps 4.5 to 1


def matrix_csv(counts: np.ndarray, class_names: Sequence[str], order: Sequence[int]) -> str:
    """Counts (classes, classes) with the names of the classes, those of the images in the first column."""
    names = [class_names[place] for place in order]
    table = pd.DataFrame(counts[np.ix_(order, order)], index=pd.Index(names, name="image is"), columns=names)
    return table.to_csv(lineterminator="\n")


def matrix_svg(shown: Cells, class_names: Sequence[str], title: str, sentence: str) -> str:
    """The drawing with its margins, its title above and its sentence below, for paper and slides: light, no script."""
    names = [class_names[place] for place in shown.order]
    right, bottom = _place(len(names), len(names))
    width, foot = right + _CELL[0] + 2 * _EDGE, bottom + _CELL[1]
    lines = _lines(sentence, width - 2 * _EDGE)
    height = round(foot + len(lines) * _LEADING + _EDGE)
    drawing = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "width": str(width),
            "height": str(height),
            "viewBox": f"0 0 {width} {height}",
            "font-family": "'Source Sans 3', 'Source Sans Pro', system-ui, sans-serif",
            "fill": _INK,
            "role": "img",
        },
    )
    ET.SubElement(drawing, "title").text = title
    ET.SubElement(drawing, "desc").text = sentence
    ET.SubElement(drawing, "rect", {"width": "100%", "height": "100%", "fill": "#ffffff"})
    _write(drawing, title, _EDGE, 2 * _EDGE, size=_LINE + 3, anchor="start", weight="600")
    _draw_cells(drawing, shown)
    _draw_names(drawing, names, shown.margins.names)
    _draw_margins(drawing, shown)
    for number, line in enumerate(lines, start=1):
        _write(drawing, line, _EDGE, foot + number * _LEADING, size=_SMALL, anchor="start")
    return ET.tostring(drawing, encoding="unicode")


def _place(row: int, column: int) -> tuple[int, int]:
    """The upper left corner of a cell."""
    return _LEFT + column * (_CELL[0] + _GAP), _TOP + row * (_CELL[1] + _GAP)


def _draw_cells(drawing: ET.Element, shown: Cells) -> None:
    for row, texts in enumerate(shown.written):
        for column, text in enumerate(texts):
            x, y = _place(row, column)
            hue, strongest = _STRONGEST[shown.is_good[row][column]]
            fill = _mixed(hue, strongest * shown.shades[row][column])
            box = {"x": x, "y": y, "width": _CELL[0], "height": _CELL[1], "rx": 3}
            ET.SubElement(drawing, "rect", {name: str(value) for name, value in box.items()} | {"fill": fill})
            _write(drawing, text, *_middle(row, column))


def _draw_names(drawing: ET.Element, names: Sequence[str], margins: tuple[str, str]) -> None:
    middle = _LEFT + len(names) * (_CELL[0] + _GAP) / 2
    _write(drawing, "the network said", middle, _TOP - 84, size=_SMALL, weight="600")
    _write(drawing, "the image is", _LEFT - 8, _TOP - 8, size=_SMALL, weight="600", anchor="end")
    for place, name in enumerate([*names, margins[0]]):
        x, y = _middle(-1, place)[0], _TOP - 8
        _write(drawing, name, x, y, anchor="start", turned=f"rotate(-40 {x} {y})")
    for place, name in enumerate([*names, margins[1]]):
        _write(drawing, name, _LEFT - 8, _middle(place, 0)[1], anchor="end")


def _draw_margins(drawing: ET.Element, shown: Cells) -> None:
    classes = len(shown.order)
    for place, (recall, precision) in enumerate(zip(shown.margins.recall, shown.margins.precision, strict=True)):
        _write(drawing, recall, *_middle(place, classes), size=_SMALL)
        _write(drawing, precision, *_middle(classes, place), size=_SMALL)
    _write(drawing, shown.margins.accuracy, *_middle(classes, classes), size=_SMALL, weight="700")


def _middle(row: int, column: int) -> tuple[float, float]:
    """Where the base line of a cell's text has its middle."""
    x, y = _place(row, column)
    return x + _CELL[0] / 2, y + _CELL[1] / 2 + 0.35 * _LINE


def _write(
    drawing: ET.Element,
    text: str,
    x: float,
    y: float,
    *,
    size: int = _LINE,
    anchor: str = "middle",
    weight: str = "400",
    turned: str = "",
) -> None:
    look = {"x": f"{x:g}", "y": f"{y:g}", "font-size": str(size), "text-anchor": anchor, "font-weight": weight}
    ET.SubElement(drawing, "text", look | ({"transform": turned} if turned else {})).text = text


def _lines(sentence: str, width: float) -> list[str]:
    """The sentence in lines of about this width in pixels; SVG breaks none by itself."""
    lines = [""]
    for word in sentence.split():
        if len(lines[-1]) + len(word) > width / (0.5 * _SMALL):
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _mixed(hue: str, share: float) -> str:
    """A share, 0 to 1, of the hue in the paper's colour, as #rrggbb."""
    pairs = ((int(hue[i : i + 2], 16), int(_PAPER[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * strong + (1 - share) * pale):02x}" for strong, pale in pairs)
