"""The energies of images of a network's own kind and of strange ones, with the line that is drawn between them."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from cnn_core.evaluation import of_hundred, passing
from cnn_core.plotting import style

_BINS = 40
_TAIL = 0.01  # of the images at either end: one far away would squeeze all others
_COLORS = (style.ORANGE, style.VIOLET, style.GREEN)


def energy_histogram(own: np.ndarray, strange: Mapping[str, np.ndarray], threshold: float) -> go.Figure:
    """How often each energy occurs, for the run's own test images and for each strange kind, which has its words."""
    every = [own, *strange.values()]
    low = min(threshold, *(float(np.quantile(each, _TAIL)) for each in every))
    high = max(threshold, *(float(np.quantile(each, 1 - _TAIL)) for each in every))
    edges = np.linspace(low, max(high, low + 1e-3), _BINS + 1)
    traces = [
        _outline(own, edges, "test images", style.BLUE, fill="tozeroy"),
        *(_outline(each, edges, name, color) for (name, each), color in zip(strange.items(), _COLORS, strict=False)),
    ]
    highest = max(float(trace.y.max()) for trace in traces)
    figure = style.figure(
        *traces,
        height=225,
        margin={"t": 30},
        xaxis={"title": {"text": "energy: how much the network has to go on"}, "range": [edges[0], edges[-1]]},
        yaxis={"title": {"text": "images"}, "tickformat": ".0%", "range": [0, 1.25 * highest], "nticks": 4},
    )
    label = {"annotation_text": "passes →", "annotation_position": "top right"}
    line = {"color": style.GRAY, "width": 2, "dash": "dash"}
    figure.add_vline(x=threshold, line=line, **label, annotation_font={"size": style.TEXT, "color": style.LABEL})
    return figure


def _outline(energies: np.ndarray, edges: np.ndarray, name: str, color: str, **settings: str) -> go.Scatter:
    """The shares of these images in each bin, those beyond its ends in the last ones."""
    counts, _ = np.histogram(np.clip(energies, edges[0], edges[-1]), edges)
    return go.Scatter(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts / len(energies),
        name=name,
        mode="lines",
        line={"color": color, "width": 2.5, "shape": "hvh"},
        hovertemplate=f"{name}: %{{y:.1%}}<extra></extra>",
        **settings,
    )


def describe_doubt(
    own: np.ndarray,
    strange: Mapping[str, np.ndarray],
    threshold: float,
    accepted: int,
    *,
    drawn_by: str = "validation images",
    counted: str = "test images",
) -> str:
    """What the line refuses of the run's own kind, and what of each strange kind passes all the same.

    accepted: how many of 100 of `drawn_by` it lets pass, which are the images that chose it; own: of `counted`.
    """
    refused = of_hundred(1 - passing(own, threshold))
    drawn = f"The line lets {accepted} of 100 {drawn_by} pass."
    said = f"{drawn} Of {len(own):,} {counted} it refuses **{refused} of 100**."
    if not strange:
        return said
    sizes = {len(each) for each in strange.values()}
    n = f", of {sizes.pop():,} images each" if len(sizes) == 1 else ""
    passes = [f"{name} **{of_hundred(passing(each, threshold))} of 100**" for name, each in strange.items()]
    return f"{said} What slips through{n}: {_listed(passes)}."


def _listed(parts: Sequence[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
