"""The columns of a network before one image: which maps are shown, and of which part of the image each value knows.

Worked out from the configuration alone. A test holds the reach against the gradients of the network itself.
"""

from dataclasses import dataclass

from cnn_core.architecture import Layer, layers, map_of
from cnn_core.config import IMAGE_SHAPE, NetworkConfig


@dataclass(frozen=True, slots=True)
class Reach:
    """Which rows of the image the values of a map depend on: `field` of them, from `first + step * row` on.

    Columns are like rows. At the border the square sticks out of the image: there is padding.
    """

    field: int
    step: int
    first: int

    def square(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Top, left, bottom and right, from 0 and without the last, of what lies on the image."""
        tops = [self.first + self.step * at for at in (row, column)]
        ends = [min(top + self.field, side) for top, side in zip(tops, IMAGE_SHAPE[:2], strict=True)]
        return max(tops[0], 0), max(tops[1], 0), ends[0], ends[1]


@dataclass(frozen=True, slots=True)
class Column:
    """A convolution and what the network does to its sums before the next: one column of maps."""

    convolution: Layer
    source: Layer  # whose maps it reads
    behind: tuple[Layer, ...]  # from the convolution to the maps that are shown, these included
    pooling: Layer | None  # what shrinks the maps that are shown before the next column reads them
    reach: Reach  # of the maps that are shown
    before: int  # rows of padding above the maps that it reads
    ratio: int  # how many rows of the maps of the column before, or of the image, one row of `source` stands for

    @property
    def name(self) -> str:
        return self.convolution.name

    @property
    def maps(self) -> Layer:
        """The layer whose maps are shown."""
        return self.behind[-1] if self.behind else self.convolution

    @property
    def kernel_size(self) -> int:
        return self.convolution.settings["kernel_size"]


def columns(network: NetworkConfig) -> list[Column]:
    """One for each convolution, in order; empty without any."""
    every = layers(network)
    reaches = _reaches(every)
    names = [layer.name for layer in every]
    found: list[Column] = []
    for place, layer in enumerate(every):
        if layer.kind != "Conv2D":
            continue
        last = names.index(map_of(network, layer.name))
        source = every[place - 1]
        ahead = [other for other in every[last + 1 : last + 3] if len(other.output_shape) == 3]
        shown_before = reaches[found[-1].maps.name].step if found else 1
        found.append(
            Column(
                layer,
                source,
                tuple(every[place + 1 : last + 1]),
                ahead[0] if ahead and _is_pooling(ahead[0]) else None,
                reaches[names[last]],
                _padding(layer),
                reaches[source.name].step // shown_before,
            )
        )
    return found


def _reaches(every: list[Layer]) -> dict[str, Reach]:
    """The reach of every layer of maps, by its name."""
    found, at = {}, Reach(1, 1, 0)
    for layer in every:
        if len(layer.output_shape) != 3:
            break
        if layer.kind == "Conv2D":
            wider = (layer.settings["kernel_size"] - 1) * at.step
            at = Reach(at.field + wider, at.step, at.first - _padding(layer) * at.step)
        elif _is_pooling(layer):
            at = Reach(at.field + at.step, 2 * at.step, at.first)
        found[layer.name] = at
    return found


def _padding(convolution: Layer) -> int:
    """The rows of zeros above its maps; Keras puts the larger half of an odd number below."""
    settings = convolution.settings
    return (settings["kernel_size"] - 1) // 2 if settings["padding"] == "same" else 0


def _is_pooling(layer: Layer) -> bool:
    return layer.kind in ("MaxPooling2D", "AveragePooling2D")
