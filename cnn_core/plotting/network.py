"""Where the parameters of a network are."""

import pandas as pd
import plotly.graph_objects as go

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
        height=90 + 26 * len(learned),
        barmode="overlay",
        xaxis={"title": {"text": "parameters"}, "range": [0, 1.3 * learned["parameters"].max()]},
        yaxis={
            "categoryorder": "array",
            "categoryarray": list(learned["layer"]),
            "autorange": "reversed",
            "showgrid": False,
        },
    )


def _count_and_share(count: int, total: int) -> str:
    return f"{count:,} ({count / total:.0%})" if count / total >= 0.005 else f"{count:,}"
