"""The palette and the one plotly template. Every colour reads on white and on near-black, and without red and green."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

BLUE = "#3572d8"
ORANGE = "#d9730d"
GREEN = "#0b8f6b"
VIOLET = "#a44fb0"
GRAY = "#8791a3"

TEXT = 14  # pixels: readable from the back row
# Labels: Streamlit's page replaces exactly this value by its theme's strongest text colour, light or dark; it is nearly
# black for everybody else. No one gray would read on both, and Streamlit's own for labels is pale on a beamer.
LABEL = "#000037"

PAPER = "#f7f8fb"  # zero in a heat map, in the dark theme too: its numbers stay dark on light
CHANCE_LINE = {"color": GRAY, "width": 1.5, "dash": "dash"}

_AXIS = {
    "gridcolor": "rgba(135,145,163,0.25)",
    "zeroline": False,
    "automargin": True,
    "fixedrange": True,  # a finger on the chart scrolls the page instead of zooming
}

# Transparent, and no text colours: those come from Streamlit's theme, light or dark.
CLASSROOM = go.layout.Template(
    layout={
        "colorway": [BLUE, ORANGE, GREEN, VIOLET, GRAY],
        "font": {"size": TEXT},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 40, "b": 8},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "hoverlabel": {"font": {"size": TEXT}},
        "bargap": 0.25,
    }
)


def bars(lengths: Sequence[float], names: Sequence[str], texts: Sequence[str], **settings: Any) -> go.Bar:
    """Horizontal bars, each with its number at its end; `settings` as for go.Bar."""
    look = {
        "orientation": "h",
        "textposition": "outside",
        "textfont": {"size": TEXT},
        "outsidetextfont": {"color": LABEL},
        "constraintext": "none",
        "cliponaxis": False,
    }
    return go.Bar(x=lengths, y=names, text=texts, **(look | settings))


def figure(*traces: go.Scatter | go.Bar, height: int, **layout: Any) -> go.Figure:
    """A figure in the classroom style. Adding to it later takes Plotly longer."""
    labelled = {name: _with_labels(layout.pop(name, {})) for name in ("xaxis", "yaxis")}
    legend = {"font": {"size": TEXT}} | layout.pop("legend", {})
    return go.Figure(traces, layout={"template": CLASSROOM, "height": height, "legend": legend, **labelled, **layout})


def enlarged(figure: go.Figure, scale: float) -> go.Figure:
    """The figure itself, its type and height multiplied."""
    written = {"size": round(TEXT * scale)}
    figure.update_layout(height=round(figure.layout.height * scale), legend_font=written, font=written)
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont=written, title_font=written)
    figure.update_annotations(font_size=written["size"])
    return figure.update_traces(textfont=written)


def _with_labels(axis: dict[str, Any]) -> dict[str, Any]:
    """The axis with its text style, which must be in the figure: Streamlit's theme replaces the template's."""
    label = {"size": TEXT, "color": LABEL}
    return {"tickfont": label} | axis | {"title": {"font": label} | axis.get("title", {})}
