"""Curves as an SVG that stands in the page: axes, numbers that can be read on paper, and a name at each line's end."""

import math
from collections.abc import Sequence

from cnn_core.lab_report.markup import Markup, element
from cnn_core.lab_report.records import Chart, Line

_WIDTH, _HEIGHT = 640, 250  # of the drawing
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 130, 12, 40  # of the margins: numbers, names, nothing, numbers
_COLOURS = ("#1f5fa8", "#b4530a")
_FEW = 25  # points, each of which gets a dot
_APART = 16  # between the names of two lines
_Points = list[tuple[float, float]]


def draw(chart: Chart) -> Markup:
    """A chart without a point is a sentence."""
    curves = [_points(line) for line in chart.lines]
    everything = [point for curve in curves for point in curve]
    if not everything:
        return element("p", f"{chart.title}: there is no number to draw.")
    across = _scale(0.0, max(x for x, _ in everything), whole=True)
    lowest = 0.0 if chart.is_share else min(0.0, *(y for _, y in everything))
    up = _scale(lowest, 1.0 if chart.is_share else max(y for _, y in everything))
    place = _Place(across[-1], up[0], up[-1])
    said = f"{chart.title}. " + " ".join(
        f"{_said(line, curve)}." for line, curve in zip(chart.lines, curves, strict=True)
    )
    return element(
        "svg", element("title", said), *_axes(chart, across, up, place), *_drawn(chart.lines, curves, place),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=said, class_="chart",
    )  # fmt: skip


class _Place:
    """Where a number lies in the drawing."""

    def __init__(self, last: float, low: float, high: float) -> None:
        self._last, self._low, self._high = last, low, high

    def x(self, value: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * value / self._last, 1)

    def y(self, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return round(_HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * share, 1)


def _points(line: Line) -> _Points:
    pairs = ((float(x), float(y)) for x, y in zip(line.x, line.y, strict=True))
    return [(x, y) for x, y in pairs if math.isfinite(x) and math.isfinite(y)]


def _scale(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Round numbers from `low` or below to `high` or above, at most seven; `whole`: whole ones, if there are enough."""
    span = max(high - low, 1e-9)
    tens = 10.0 ** math.floor(math.log10(span))
    steps = (factor * size for size in (tens / 10, tens, 10 * tens) for factor in (1, 2, 5))
    step = next(step for step in steps if span / step <= 6 and (not whole or step >= 1 or span < 1))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, max(last, first + 1) + 1)]


def _axes(chart: Chart, across: Sequence[float], up: Sequence[float], place: _Place) -> list[Markup]:
    left, right = place.x(0), place.x(across[-1])
    drawn = []
    for value in up:
        y = place.y(value)
        drawn.append(_line(left, y, right, y, "#d0d0d0"))
        drawn.append(_text(left - 6, y + 4, f"{value:.0%}" if chart.is_share else f"{value:g}", "end"))
    bottom = place.y(up[0])
    for value in across:
        drawn.append(_line(place.x(value), bottom, place.x(value), bottom + 4, "#444"))
        drawn.append(_text(place.x(value), bottom + 17, f"{value:g}", "middle"))
    drawn.append(_line(left, bottom, right, bottom, "#444"))
    return [*drawn, _text((left + right) / 2, _HEIGHT - 6, chart.x_name, "middle")]


def _drawn(lines: Sequence[Line], curves: Sequence[_Points], place: _Place) -> list[Markup]:
    drawn, taken = [], []
    for number, (line, curve) in enumerate(zip(lines, curves, strict=True)):
        if not curve:
            continue
        colour = _COLOURS[number % len(_COLOURS)]
        points = [(place.x(x), place.y(y)) for x, y in curve]
        dashes = "6 4" if line.is_dashed else None
        written = " ".join(f"{x:g},{y:g}" for x, y in points)
        style = {"fill": "none", "stroke": colour, "stroke_width": 2, "stroke_dasharray": dashes}
        drawn.append(element("polyline", points=written, **style))
        if len(points) <= _FEW:
            drawn += [element("circle", cx=x, cy=y, r=2.5, fill=colour) for x, y in points]
        end = points[-1][1] + 4
        while any(abs(end - other) < _APART for other in taken):
            end += 1 if end < _HEIGHT / 2 else -1
        taken.append(end)
        drawn.append(_text(points[-1][0] + 7, end, line.name, "start", colour))
    return drawn


def _said(line: Line, curve: _Points) -> str:
    return f"{line.name}: {curve[0][1]:.3g} first, {curve[-1][1]:.3g} last" if curve else f"{line.name}: no number"


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=colour)


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#222") -> Markup:
    return element("text", text, x=round(x, 1), y=round(y, 1), text_anchor=anchor, fill=colour)
