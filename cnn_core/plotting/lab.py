"""The convolution lab's results as images, and its figures: coverage, numbers in a grid, activation curves."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cnn_core.convolution import DISPLAY_MODES
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.plotting import style

MOST_NUMBERS = 16  # cells a side up to which a grid shows its numbers
_LINE = (128, 128, 128, 255)  # between the maps of a mosaic


def strongest(values: np.ndarray) -> float:
    """The size of a value from which on it gets the full colour.

    Of a map of more than a hundred values it is the 99th percentile of their sizes, so that one strong edge does not
    make all others white; of a smaller one, or where that percentile is 0, the largest. The stage in the browser has
    the same rule.
    """
    sizes = np.sort(np.abs(values), axis=None)
    last = sizes.size - 1
    return float(sizes[int(np.ceil(0.99 * last)) if sizes.size > 100 else last] or sizes[last])


def result_images(maps: Sequence[np.ndarray], mode: str, contrast: float = 1.0) -> list[np.ndarray]:
    """Results of a convolution as images, uint8 (h, w, 3), or (h, w, 4) with the opacity for "signed".

    Args:
        maps: float (h, w), one for a gray image or three for red, green and blue.
        mode: "signed": one image a map, orange below 0, transparent at 0, blue above; else one of
            convolution.DISPLAY_MODES, all maps in one image, "absolute" and "relu" with the strongest value white.
        contrast: how much sooner than at the strongest value the full colour, or white, is reached; not for "clipped".
    """
    limit = max(map(strongest, maps)) / contrast
    if mode == "signed":
        return [signed_image(values, limit) for values in maps]
    shown = np.stack([DISPLAY_MODES[mode](values) for values in maps], -1)
    brightest = 255.0 if mode == "clipped" else max(strongest(shown) / contrast, 1e-9)
    gray = np.rint(255 * np.minimum(shown / brightest, 1)).astype(np.uint8)
    return [np.broadcast_to(gray, (*gray.shape[:2], 3))]


def signed_image(values: np.ndarray, limit: float) -> np.ndarray:
    """float (h, w) on the diverging scale of the whole app, -limit to limit: red, green, blue and opacity (h, w, 4).

    It is uint8. A 0 is transparent: white on a light page, and no glaring square on a dark one.
    """
    share = np.clip(np.abs(values) / (limit or 1), 0, 1)[..., None]
    orange, blue = (np.array(list(bytes.fromhex(color[1:]))) for color in (style.ORANGE, style.BLUE))
    hue = np.where(values[..., None] < 0, orange, blue)
    return np.concatenate([hue, np.rint(255 * share)], -1).astype(np.uint8)


def mosaic(maps: np.ndarray, side: int) -> np.ndarray:
    """Maps float (h, w, N) in reading order as one image uint8 (height, about `side`, 4), all on one signed scale."""
    height, width, count = maps.shape
    columns = int(np.ceil(np.sqrt(count * 1.5)))
    tile = max(side // columns - 1, 1)
    scale = max(tile // max(height, width), 1)
    image = np.full((-(-count // columns) * (height * scale + 1), columns * (width * scale + 1), 4), _LINE, np.uint8)
    colors = signed_image(maps, strongest(maps))
    for number in range(count):
        row, column = number // columns * (height * scale + 1), number % columns * (width * scale + 1)
        shown = colors[:, :, number].repeat(scale, 0).repeat(scale, 1)
        image[row : row + height * scale, column : column + width * scale] = shown
    return image


def strip(values: np.ndarray, side: int, height: int) -> np.ndarray:
    """Numbers (n,) as a row of colours on the signed scale: uint8 (height, about `side`, 4).

    Where there are more numbers than pixels, each pixel has the strongest of its numbers.
    """
    groups = np.array_split(values, min(len(values), side))
    kept = np.array([group[np.abs(group).argmax()] for group in groups])
    return signed_image(np.tile(kept.repeat(max(side // len(kept), 1)), (height, 1)), strongest(values))


def number_grid(values: np.ndarray, scale: float = 1.0) -> go.Figure:
    """A gray image (h, w) as its numbers, each on its own brightness."""
    return _grid(values, "gray", text=values, label="value", scale=scale)


def coverage_map(counts: np.ndarray, scale: float = 1.0) -> go.Figure:
    """How many outputs read each pixel: integer (h, w). A pixel that none reads is orange and crossed out."""
    text = np.where(counts == 0, "×", counts.astype(str))
    colors = [[0, style.ORANGE], [1e-6, style.PAPER], [1, style.BLUE]]
    return _grid(counts, colors, text=text, label="read by", scale=scale)


def _grid(values: np.ndarray, colors: str | list, *, text: np.ndarray, label: str, scale: float) -> go.Figure:
    small = max(values.shape) <= MOST_NUMBERS
    heatmap = go.Heatmap(
        z=values,
        x=np.arange(1, values.shape[1] + 1),
        y=np.arange(1, values.shape[0] + 1),
        text=text if small else None,
        texttemplate="%{text}" if small else None,
        zmin=0,
        zmax=max(int(values.max()), 1),
        colorscale=colors,
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate=f"row %{{y}}, column %{{x}}: {label} %{{z}}<extra></extra>",
    )
    drawn = style.figure(heatmap, height=round(380 * scale))
    drawn.update_traces(textfont_size=scale * (style.TEXT if max(values.shape) > 8 else 22))
    drawn.update_xaxes(visible=False, constrain="domain")
    drawn.update_yaxes(visible=False, autorange="reversed", scaleanchor="x", constrain="domain")
    return drawn.update_layout(margin={"l": 0, "r": 0, "t": 0, "b": 0})


def activation_curves(name: str, x: float) -> go.Figure:
    """One activation in full colour among the others, and the point at x."""
    points = np.linspace(-5, 5, 201)
    drawn = style.figure(height=340)
    for other in sorted(ACTIVATIONS, key=name.__eq__):  # the chosen one last, on top
        chosen = other == name
        line = {"color": style.BLUE if chosen else style.GRAY, "width": 4 if chosen else 1}
        values = ACTIVATIONS[other](points)
        drawn.add_scatter(x=points, y=values, name=ACTIVATIONS[other].title, line=line, showlegend=False)
    y = float(ACTIVATIONS[name](x))
    marker = {"color": style.ORANGE, "size": 14}
    drawn.add_scatter(x=[x], y=[y], marker=marker, mode="markers", showlegend=False, name=f"g({x:g}) = {y:.3g}")
    drawn.update_xaxes(title_text="z", zeroline=True, zerolinecolor=style.GRAY)
    return drawn.update_yaxes(title_text="g(z)", range=[-2, 5.2], zeroline=True, zerolinecolor=style.GRAY)


def weight_growth(sides: Sequence[int], dense: Sequence[int], convolution: Sequence[int], side: int) -> go.Figure:
    """Weights against the side of the image, for a dense and for a convolution layer; `side` is marked."""
    drawn = style.figure(height=320)
    for name, counts, color in (("dense", dense, style.ORANGE), ("convolution", convolution, style.BLUE)):
        drawn.add_scatter(x=list(sides), y=list(counts), name=name, line={"color": color, "width": 3})
    drawn.add_vline(x=side, line=style.CHANCE_LINE)
    drawn.update_xaxes(title_text="side of the image in pixels")
    return drawn.update_yaxes(title_text="weights", tickformat=",")
