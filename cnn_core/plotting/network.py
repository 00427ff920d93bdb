"""A network drawn: the way of a picture through it, and where its parameters are."""

from collections.abc import Sequence
from math import log2

import pandas as pd
import plotly.graph_objects as go

from cnn_core.architecture import Layer
from cnn_core.plotting import style

_COLORS = {"Conv2D": style.BLUE, "Dense": style.ORANGE, "BatchNormalization": style.GRAY}
_NAMES = {"Conv2D": "convolution", "Dense": "fully connected", "BatchNormalization": "batch normalization"}


def parameter_bars(table: pd.DataFrame) -> go.Figure:
    """One bar for each layer of `architecture.table` that has parameters, in the order of the network."""
    learned = table[table["parameters"] > 0]
    total = learned["parameters"].sum()
    of_kinds = [
        style.bars(
            of_kind["parameters"],
            of_kind["layer"],
            [_count_and_share(count, total) for count in of_kind["parameters"]],
            name=_NAMES[kind],
            marker={"color": _COLORS[kind]},
            hovertemplate="%{y}: %{x:,} parameters<extra></extra>",
        )
        for kind, of_kind in learned.groupby("kind", sort=False)
    ]
    return style.figure(
        *of_kinds,
        height=max(180, 90 + 26 * len(learned)),
        barmode="overlay",
        xaxis={"title": {"text": "parameters"}, "range": [0, 1.6 * learned["parameters"].max()]},
        yaxis={
            "categoryorder": "array",
            "categoryarray": list(learned["layer"]),
            "autorange": "reversed",
            "showgrid": False,
        },
    )


def _count_and_share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.0%})" if count / total >= 0.005 else f"{count:,}"


def pipeline(layers: Sequence[Layer]) -> go.Figure:
    """The way of a picture: its feature maps after every block, as high as they are large and as wide as they are many.

    layers: as from `architecture.layers`. What has no height and width any more is a bar, one value thick.
    """
    stages = [layer for layer in layers if _ends_a_stage(layer)]
    widths = [0.25 + 0.09 * log2(layer.output_shape[-1]) if _is_map(layer) else 0.16 for layer in stages]
    heights = [layer.output_shape[0] / 32 if _is_map(layer) else _bar_height(layer.output_shape[0]) for layer in stages]
    drawn = style.figure(height=260, margin={"l": 0, "r": 0, "t": 8, "b": 8}, showlegend=False)
    for place, (layer, width, height) in enumerate(zip(stages, widths, heights, strict=True)):
        drawn.add_shape(
            type="rect",
            x0=place - width / 2,
            x1=place + width / 2,
            y0=-height / 2,
            y1=height / 2,
            line={"width": 0},
            fillcolor=style.BLUE if _is_map(layer) else style.ORANGE,
            opacity=0.85,
        )
        name = _stage_name(layer, are_many=len(stages) > 7)
        text = f"<b>{name}</b><br>{'×'.join(map(str, layer.output_shape[:2]))}"
        text += f"<br>×{layer.output_shape[2]}" if _is_map(layer) else ""
        font = {"size": 13, "color": style.LABEL}
        drawn.add_annotation(x=place, y=-0.55, yanchor="top", text=text, showarrow=False, font=font)
    drawn.update_xaxes(visible=False, range=[-0.6, len(stages) - 0.4])
    drawn.update_yaxes(visible=False, range=[-0.95, 0.52])
    return drawn


def _ends_a_stage(layer: Layer) -> bool:
    """The picture itself, the last layer of a block, and each row of numbers."""
    if layer.kind in ("Rescaling", "Flatten", "Softmax"):
        return True
    return layer.name.endswith("_pool") or (layer.kind == "Dense" and layer.name != "logits")


def _is_map(layer: Layer) -> bool:
    return len(layer.output_shape) == 3


def _bar_height(values: int) -> float:
    return 0.15 + 0.075 * log2(values)


def _stage_name(layer: Layer, *, are_many: bool) -> str:
    """What stands under a stage; a block is a number alone where a phone has no room for more."""
    names = {"Rescaling": "picture", "Flatten": "flat", "Softmax": "classes", "Dense": "dense"}
    number = layer.name.removesuffix("_pool").removeprefix("block")
    return names.get(layer.kind) or (number if are_many else f"block {number}")
