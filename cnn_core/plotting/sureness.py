"""How sure a network says it is beside how often it is right, and what it gets right if it may be silent."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from cnn_core.evaluation import Coverage, Reliability, of_hundred
from cnn_core.plotting import style

_POINTS = 300  # of a curve: more than a screen shows
_CLOSE = 0.01  # a mean that is a point off is neither timid nor too sure


def reliability_bins(found: Reliability) -> list[dict[str, Any]]:
    """The bars of a reliability diagram, as the browser draws them: each with what it says for a screen reader."""
    return [
        {
            "count": int(count),
            "share": round(float(count / found.counts.max()), 4),
            "said": round(float(said), 4),
            "right": round(float(right), 4),
            "label": describe_bin(found, place),
        }
        for place, (count, said, right) in enumerate(zip(found.counts, found.confidence, found.accuracy, strict=True))
    ]


def describe_bin(found: Reliability, place: int) -> str:
    """A bin's images, what is said of them, and what holds."""
    count = int(found.counts[place])
    if not count:
        return f"{name_bin(found, place)}: no image"
    return (
        f"{name_bin(found, place)}: {count:,} image{'' if count == 1 else 's'}, {found.confidence[place]:.1%} on "
        f"average, right in {of_hundred(found.accuracy[place])} of 100"
    )


def name_bin(found: Reliability, place: int) -> str:
    """The percentages of a bin, without those that its borders fall on: 60 to 67% sure."""
    low, high = 100 * found.edges[place : place + 2]
    return f"{low:.0f} to {high:.0f}% sure"


def describe_reliability(raw: Reliability, after: Reliability | None) -> str:
    """The mean confidence, the accuracy and the expected calibration error, before the calibration and after it."""
    n = int(raw.counts.sum())
    says, right = (float(np.average(each, weights=raw.counts)) for each in (raw.confidence, raw.accuracy))
    verdict = (
        "too timid" if right - says > _CLOSE else "too sure" if says - right > _CLOSE else "about right on average"
    )
    before = (
        f"**As trained** it says {says:.1%} on average and is right in {right:.1%} of {n:,} test images: "
        f"**{verdict}** (ECE {100 * raw.error:.1f} points)."
    )
    if after is None:
        return before
    calm = float(np.average(after.confidence, weights=after.counts))
    return f"{before} **Calibrated** it says {calm:.1%} (ECE {100 * after.error:.1f})."


def coverage_curve(found: Coverage, threshold: float) -> go.Figure:
    """The accuracy over the share that is answered, and where this threshold stands."""
    places = np.unique(np.linspace(0, len(found.answered) - 1, _POINTS).round().astype(int))
    line = go.Scatter(
        x=found.share[places],
        y=found.accuracy[places],
        mode="lines",
        line={"color": style.BLUE, "width": 3},
        hovertemplate="answers %{x:.0%}: right in %{y:.1%}<extra></extra>",
    )
    answered, right = found.at(threshold)
    traces = [line]
    if answered:
        x, y = answered / found.answered[-1], right / answered
        point = {"color": style.ORANGE, "size": 14}
        traces.append(go.Scatter(x=[x], y=[y], mode="markers", marker=point, cliponaxis=False, hoverinfo="skip"))
    lowest = float(found.accuracy[found.share >= 0.05].min(initial=1.0))
    return style.figure(
        *traces,
        height=240,
        showlegend=False,
        margin={"t": 12, "r": 16},
        xaxis={"title": {"text": "answered"}, "range": [0, 1.005], "tickformat": ".0%", "dtick": 0.2},
        yaxis={
            "title": {"text": "of these right"},
            "range": [lowest - 0.1 * (1 - lowest) - 0.002, 1 + 0.05 * (1 - lowest) + 0.001],
            "tickformat": ".0%" if lowest < 0.95 else ".1%",
            "nticks": 5,
        },
    )


def describe_coverage(found: Coverage, threshold: float) -> str:
    """What it answers if it must be so sure, what of that is right, and what it would have got wrong of the rest."""
    n, right_of_all = int(found.answered[-1]), int(found.right[-1])
    answered, right = found.at(threshold)
    if not answered:
        return f"It is never so sure: it answers none of the {n:,} test images."
    left, wrong = n - answered, (n - answered) - (right_of_all - right)
    share, good = of_hundred(answered / n), of_hundred(right / answered)
    said = f"It answers **{share} of 100** test images and is right in **{good} of 100** of those."
    if not left:
        return f"{said} It leaves none of the {n:,} to people."
    return f"{said} It leaves {left:,} of {n:,} to people; {wrong:,} of these it would have got wrong."
