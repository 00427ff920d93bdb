"""How a window walks over an image: output size, what is left over, which pixels are read and how often.

Only sizes, no pixel values. The two axes are independent, so an `Axis` holds all the rules and a `Geometry` is two
axes. Every sentence here is written from its numbers.
"""

from dataclasses import dataclass

import numpy as np

Padding = str | int  # "valid", "same", "full", or that many zeros on every side
PADDINGS = ("valid", "same", "full")


class GeometryError(ValueError):
    """A window that does not fit; the message says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: `size` pixels, `before` and `after` zeros around them, and a window of `kernel` taps."""

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    def __post_init__(self) -> None:
        for name in ("size", "kernel", "stride", "dilation"):
            if getattr(self, name) < 1:
                raise GeometryError(f"{name} must be at least 1; it is {getattr(self, name)}.")
        if min(self.before, self.after) < 0:
            raise GeometryError(f"Padding cannot be negative; it is {self.before} before and {self.after} after.")
        if self.span > self.padded:
            raise GeometryError(
                f"The window spans {self.span} pixels and the padded image has {self.padded}; use a smaller kernel or "
                "dilation, or more padding."
            )

    @property
    def span(self) -> int:
        """From the window's first pixel to its last, gaps of the dilation included."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def padded(self) -> int:
        return self.before + self.size + self.after

    @property
    def room(self) -> int:
        """How many pixels the window can move."""
        return self.padded - self.span

    @property
    def outputs(self) -> int:
        return self.room // self.stride + 1

    @property
    def remainder(self) -> int:
        """Pixels of room that the last stride does not fill: what the floor in the formula drops."""
        return self.room % self.stride

    def positions(self, output: int) -> range:
        """The pixels that make output number `output`; below 0 or from `size` on they are padding."""
        start = output * self.stride - self.before
        return range(start, start + self.span, self.dilation)

    def coverage(self) -> np.ndarray:
        """How many outputs read each pixel: int (size,)."""
        counts = np.zeros(self.padded, int)
        for tap in range(self.kernel):
            first = tap * self.dilation
            counts[first : first + self.outputs * self.stride : self.stride] += 1
        return counts[self.before : self.before + self.size]

    @property
    def never_read(self) -> int:
        return int((self.coverage() == 0).sum())

    def formula(self) -> str:
        """The output size with the numbers put in, as LaTeX."""
        padding = rf"2\cdot{self.before}" if self.before == self.after else f"({self.before}+{self.after})"
        room = rf"{self.size} + {padding} - {self.dilation}\cdot({self.kernel}-1) - 1"
        ratio = f"{self.room / self.stride:.4g}"
        return (
            rf"\begin{{aligned}}&\left\lfloor\frac{{{room}}}{{{self.stride}}}\right\rfloor + 1\\"
            rf"&= \lfloor {ratio} \rfloor + 1 = {self.outputs}\end{{aligned}}"
        )


FORMULA = r"\left\lfloor\frac{n + 2p - d\,(k-1) - 1}{s}\right\rfloor + 1"


@dataclass(frozen=True, slots=True)
class Geometry:
    """A window on an image: the rows' axis and the columns' axis."""

    rows: Axis
    columns: Axis

    @property
    def output_shape(self) -> tuple[int, int]:
        return self.rows.outputs, self.columns.outputs

    def coverage(self) -> np.ndarray:
        """How many outputs read each pixel: int (H, W). 0: never read."""
        return np.outer(self.rows.coverage(), self.columns.coverage())

    def leftover(self) -> str:
        """What the floor drops and which pixels are never read, in one or two sentences."""
        return f"{_room_sentence(self.rows, self.columns)} {_reading_sentence(self)}"

    def corner(self) -> str:
        """How often a corner and the centre are read, in one sentence."""
        counts = self.coverage()
        height, width = counts.shape
        corner, centre = counts[0, 0], counts[height // 2, width // 2]
        return f"The top left pixel is read {_times(corner)}, the centre pixel {_times(centre)}."


def geometry(
    image_shape: tuple[int, int],
    kernel_shape: tuple[int, int],
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
) -> Geometry:
    """The walk of a kernel over an image. Raises GeometryError if the kernel does not fit."""
    rows, columns = (
        _axis(size, kernel, stride, padding, dilation) for size, kernel in zip(image_shape, kernel_shape, strict=True)
    )
    return Geometry(rows, columns)


def largest_dilation(size: int, kernel: int, padding: Padding, *, limit: int) -> int:
    """The largest dilation up to `limit` with which the kernel still fits; at least 1."""
    for dilation in range(limit, 1, -1):
        try:
            _axis(size, kernel, 1, padding, dilation)
        except GeometryError:
            continue
        return dilation
    return 1


def dense_weights(side: int, channels: int, units: int) -> int:
    """Weights of a dense layer on a flattened image: each unit has one for every number of the image."""
    return side * side * channels * units


def convolution_weights(kernel: int, channels: int, filters: int) -> int:
    """Weights of a convolution layer: they do not depend on the size of the image."""
    return kernel * kernel * channels * filters


def _axis(size: int, kernel: int, stride: int, padding: Padding, dilation: int) -> Axis:
    span = dilation * (kernel - 1) + 1
    if padding == "valid":
        before = after = 0
    elif padding == "full":  # every overlap, down to a single pixel
        before = after = span - 1
    elif padding == "same":  # ceil(size / stride) outputs; Keras puts the odd zero at the end
        total = max((-(-size // stride) - 1) * stride + span - size, 0)
        before, after = total // 2, total - total // 2
    elif isinstance(padding, int):
        before = after = padding
    else:
        raise GeometryError(f"padding must be one of {', '.join(PADDINGS)} or a number; it is {padding!r}.")
    return Axis(size, kernel, stride, dilation, before, after)


def _room_sentence(rows: Axis, columns: Axis) -> str:
    parts = [_room(rows)]
    if columns != rows:
        parts = [f"Down: {parts[0]}", f"Across: {_room(columns)}"]
    return " ".join(parts)


def _room(axis: Axis) -> str:
    if not axis.room:
        return "The window is as large as the image and cannot move."
    strides = axis.outputs - 1
    used = "all of them" if not axis.remainder else f"{strides * axis.stride} of them; {axis.remainder} left over"
    return (
        f"The window can move {axis.padded} − {axis.span} = {_count(axis.room, 'pixel')}; "
        f"{_count(strides, 'stride')} of {axis.stride} {'uses' if strides == 1 else 'use'} {used}."
    )


def _reading_sentence(geometry: Geometry) -> str:
    rows, columns = geometry.rows.never_read, geometry.columns.never_read
    missed = [_count(number, noun) for number, noun in ((rows, "row"), (columns, "column")) if number]
    if missed:
        return f"{' and '.join(missed)} {'is' if rows + columns == 1 else 'are'} never read."
    if geometry.rows.remainder or geometry.columns.remainder:
        return "What is left over is padding: every pixel of the image is read."
    return "Every pixel is read."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(int(number), f"{number} times")
