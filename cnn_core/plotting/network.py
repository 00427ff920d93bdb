"""A network drawn: what an image becomes on its way through it, and where its parameters are."""

from collections.abc import Sequence
from math import log2

import pandas as pd
import plotly.graph_objects as go

from cnn_core.architecture import Layer
from cnn_core.plotting import style

_COLORS = {"Conv2D": style.BLUE, "Dense": style.ORANGE, "BatchNormalization": style.GRAY}
_IN_ONE_ROW = 7  # names that a phone's width holds
_NAMES_SIZE = 13  # pixels
_NAMES = {"Conv2D": "convolution", "Dense": "dense layer", "BatchNormalization": "batch-norm"}


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


def describe_parameters(table: pd.DataFrame) -> str:
    """The layer with most parameters, and its share of all."""
    counts = table["parameters"]
    most = table.loc[counts.idxmax()]
    share = most["parameters"] / counts.sum()
    return f"Of {counts.sum():,} parameters most are in {most['layer']}: {most['parameters']:,}, {share:.0%}."


def _count_and_share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.0%})" if count / total >= 0.005 else f"{count:,}"


def pipeline(layers: Sequence[Layer], scale: float = 1.0) -> go.Figure:
    """The feature maps after every block: as high as they are large, and wider the more there are.

    layers: as from `architecture.layers`. A layer without height and width is a bar, one value thick. Where there are
    many, every second name stands above, so that all fit on a phone. scale: of the height and the type.
    """
    stages = [(name, layer) for layer in layers if (name := _stage(layer))]
    are_many = len(stages) > _IN_ONE_ROW
    font = {"size": round(_NAMES_SIZE * scale), "color": style.LABEL}
    shapes, names = [], []
    for place, (name, layer) in enumerate(stages):
        width, height = _size(layer)
        shapes.append(
            {
                "type": "rect",
                "x0": place - width / 2,
                "x1": place + width / 2,
                "y0": -height / 2,
                "y1": height / 2,
                "line": {"width": 0},
                "fillcolor": style.BLUE if _is_map(layer) else style.ORANGE,
                "opacity": 0.85,
            }
        )
        at = {"y": 0.55, "yanchor": "bottom"} if are_many and place % 2 else {"y": -0.55, "yanchor": "top"}
        text = f"<b>{name}</b><br>{_shape(layer)}"
        names.append({"x": place, "text": text, "showarrow": False, "font": font, **at})
    return style.figure(
        height=round(300 * scale),
        margin={"l": 0, "r": 0, "t": 8, "b": 8},
        showlegend=False,
        shapes=shapes,
        annotations=names,
        xaxis={"visible": False, "range": [-0.6, len(stages) - 0.4]},
        yaxis={"visible": False, "range": [-0.95, 0.95] if are_many else [-0.87, 0.52]},
    )


def describe_pipeline(layers: Sequence[Layer]) -> str:
    """What an image becomes, stage by stage, in numbers."""
    image, *others = [layer.output_shape for layer in layers if _stage(layer)]
    maps = [f"{count:,} of {height} × {width}" for height, width, count in (s for s in others if len(s) == 3)]
    rows = [f"{shape[0]:,}" for shape in others if len(shape) == 1]
    through = f"maps, {', then '.join(maps)}; and these " if maps else ""
    return f"{' × '.join(map(str, image))} numbers become {through}rows of numbers: {', then '.join(rows)}."


def _shape(layer: Layer) -> str:
    """What comes out of a layer, as its label says it: "32×32" and below it "×16", or a number of values."""
    if not _is_map(layer):
        return f"{layer.output_shape[0]:,}"
    height, width, maps = layer.output_shape
    return f"{height}×{width}<br>×{maps}"


def _stage(layer: Layer) -> str | None:
    """The name of a layer in the drawing: the image itself, the block that it ends, or the row of numbers."""
    names = {
        "Rescaling": "image",
        "Flatten": "flatten",
        "GlobalMaxPooling2D": "largest",
        "GlobalAveragePooling2D": "average",
        "Concatenate": "all blocks",
        "Softmax": "classes",
    }
    if layer.name == "whiten":
        return "whiten"
    if layer.name.endswith("_pool") and layer.name.startswith("block"):
        return f"block {layer.name.removesuffix('_pool').removeprefix('block')}"
    if layer.kind.startswith("Global") and layer.reads:  # one of many, which are put in a row
        return None
    if layer.kind == "Dense" and layer.name != "logits":
        return "dense"
    return names.get(layer.kind)


def _is_map(layer: Layer) -> bool:
    return len(layer.output_shape) == 3


def _size(layer: Layer) -> tuple[float, float]:
    """Width and height, where two neighbours are 1 apart and 1 is as high as the image."""
    if _is_map(layer):
        return 0.2 + 0.07 * log2(layer.output_shape[-1]), layer.output_shape[0] / 32  # 0.83 for 512 maps
    return 0.16, 0.15 + 0.075 * log2(layer.output_shape[0])
