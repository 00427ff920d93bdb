"""What if, drawn: the probabilities over a change of every strength, accuracy over the same range, before and after."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from cnn_core.explanation.changes import CHANGES, first_flips
from cnn_core.explanation.robustness import Curve
from cnn_core.plotting import style


def probability_lines(
    name: str, probabilities: np.ndarray, class_names: Sequence[str], label: int | None = None
) -> dict[str, Any]:
    """The lines of a change and what stands beside them, as the dial in the browser gets them.

    Named are the answer to the image as it is, its label if known, and the classes to which the answer flips.

    Args:
        name: of the change. probabilities: (S, classes), one row for each of its strengths, finite.
    """
    change = CHANGES[name]
    answers = probabilities.argmax(1).tolist()
    neutral = change.strengths.index(change.neutral)
    flips = [{"at": place, "class": answers[place]} for place in first_flips(answers, neutral)]
    kinds = {flip["class"]: "other" for flip in flips}
    if label is not None:
        kinds[label] = "label"
    kinds[answers[neutral]] = "answer"
    quiet = [number for number in range(len(class_names)) if number not in kinds]
    last = len(change.strengths) - 1
    ticks = sorted({0, neutral, last, *((0 + neutral) // 2, (neutral + last) // 2)})
    return {
        "said": [change.says(strength) for strength in change.strengths],
        "probabilities": np.round(probabilities, 4).tolist(),
        "names": list(class_names),
        "lines": [{"class": number, "kind": kinds.get(number, "")} for number in (*quiet, *kinds)],
        "answer": answers[neutral],
        "neutral": neutral,
        "flips": flips,
        "ticks": [[place, f"{change.strengths[place]:g}".replace("-", "−")] for place in ticks],
        "axis": change.axis,
        "alt": describe_flips(name, probabilities, class_names),
    }


def describe_flips(name: str, probabilities: np.ndarray, class_names: Sequence[str]) -> str:
    """What it says of the image as it is, and where that flips."""
    change = CHANGES[name]
    answers = probabilities.argmax(1)
    neutral = change.strengths.index(change.neutral)
    usual = class_names[answers[neutral]]
    share = f"{probabilities[neutral, answers[neutral]]:.0%}"
    flips = [
        f"{change.says(change.strengths[place])}: {class_names[answers[place]]}."
        for place in first_flips(answers.tolist(), neutral)
    ]
    return " ".join(
        [
            f"For the image as it is the network says {usual}, softmax {share}.",
            *(flips or ["The answer stays the same over the whole range."]),
        ]
    )


def accuracy_over(name: str, measured: Curve, classes: int) -> go.Figure:
    """The share of the images, of so many classes, that are recognised at each strength of a change."""
    shares = measured.right / measured.n
    line = go.Scatter(
        x=measured.strengths,
        y=shares,
        mode="lines+markers+text",
        text=[f"{share:.0%}" for share in shares],
        textposition="top center",
        textfont={"size": style.TEXT, "color": style.LABEL},
        line={"color": style.BLUE, "width": 3},
        marker={"size": 8},
        cliponaxis=False,
        hovertemplate="%{x}: %{y:.1%}<extra></extra>",
    )
    figure = style.figure(
        line,
        height=250,
        showlegend=False,
        margin={"t": 24},
        xaxis={"title": {"text": CHANGES[name].axis}, "tickvals": measured.strengths},
        yaxis={"range": [0, 1.08], "tickformat": ".0%", "tickvals": [0, 0.5, 1]},
    )
    label = {"annotation_text": "guessing", "annotation_position": "bottom right"}
    font = {"size": style.TEXT, "color": style.LABEL}
    figure.add_hline(y=1 / classes, line=style.CHANCE_LINE, **label, annotation_font=font)
    return figure


def describe_accuracy(name: str, measured: Curve) -> str:
    """The accuracy as it is, and the worst on either side."""
    change = CHANGES[name]
    at = int(np.argmin(np.abs(measured.strengths - change.neutral)))
    worst = int(measured.right.argmin())
    before, after = (measured.right[place] / measured.n for place in (at, worst))
    if measured.right[worst] == measured.right[at]:
        return f"Of {measured.n:,} test images {before:.1%} are recognised, at every strength measured."
    return (
        f"Of {measured.n:,} test images {before:.1%} are recognised as they are. "
        f"{change.says(float(measured.strengths[worst]))}: {after:.1%}."
    )
