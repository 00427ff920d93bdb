"""The kernels of a network inside the bytes of its LiteRT files: read them, put others in their place.

A network is its bytes: with other numbers at known places it is another network, of the same speed. So a filter is
switched off, a layer scrambled, a kernel of one's own put in; and the backward graph is stored without the kernels.
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

import numpy as np

Content = bytes | memoryview
Kernels = Mapping[str, np.ndarray]  # float32 (height, width, in, out), or (in, out) of a dense layer, by its name


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file keeps a kernel: its axes in another order, its rows and columns perhaps from the last to the first."""

    axes: tuple[int, ...]
    is_turned: bool = False

    def arrange(self, kernel: np.ndarray) -> np.ndarray:
        """The kernel as the file has it."""
        kernel = kernel[::-1, ::-1] if self.is_turned else kernel
        return np.ascontiguousarray(kernel.transpose(self.axes))

    def restore(self, numbers: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The kernel of this shape from the file's `numbers` (n,)."""
        kernel = numbers.reshape([shape[axis] for axis in self.axes]).transpose(np.argsort(self.axes))
        return np.ascontiguousarray(kernel[::-1, ::-1] if self.is_turned else kernel)


LAYOUTS = {  # by the number of axes, and by name
    4: {"forward": Layout((3, 0, 1, 2)), "backward": Layout((2, 0, 1, 3), is_turned=True)},
    2: {"forward": Layout((1, 0)), "backward": Layout((0, 1))},
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file keeps the kernel of one layer."""

    layer: str
    shape: tuple[int, ...]  # of the kernel, as Keras has it
    layout: str
    offset: int  # bytes from the beginning of the file

    @property
    def bytes(self) -> slice:
        return slice(self.offset, self.offset + 4 * int(np.prod(self.shape)))

    def arranged(self) -> Layout:
        return LAYOUTS[len(self.shape)][self.layout]


class StoredKernels(Mapping[str, np.ndarray]):
    """Kernels at places of files, each read when it is asked for: together they may be large."""

    def __init__(self, places: Iterable[tuple[Content, Place]]) -> None:
        self._places = {place.layer: (content, place) for content, place in places}

    def __getitem__(self, layer: str) -> np.ndarray:
        return _read(*self._places[layer])

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _read(content: Content, place: Place) -> np.ndarray:
    numbers = np.frombuffer(content, "<f4", int(np.prod(place.shape)), place.offset)
    return place.arranged().restore(numbers, place.shape)


def put_kernels(content: Content, places: Iterable[Place], kernels: Kernels) -> bytes:
    """The file with these kernels in their places; those of layers that are not named stay as they are.

    It is written part by part: the copies of a large one would take a third of the web process's memory for a moment.
    """
    whole, changed, done = memoryview(content), io.BytesIO(), 0
    for place in sorted(places, key=attrgetter("offset")):
        if place.layer in kernels:
            kernel = place.arranged().arrange(kernels[place.layer]).astype("<f4", copy=False)
            if kernel.nbytes != place.bytes.stop - place.bytes.start or place.offset < done:
                raise ValueError(f"the kernel of {place.layer} does not fit into its place")
            changed.write(whole[done : place.offset])
            changed.write(kernel.data)
            done = place.bytes.stop
    changed.write(whole[done:])
    return changed.getvalue()  # without a copy
