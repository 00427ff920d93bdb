"""What wakes the filters of a network: for how many images each is awake, and which patches excite it most.

A filter is awake where its activation is above its rest, which is what the activation makes of 0: there its sum, or
what a norm before the activation leaves of it, is positive. A norm behind the activation turns and moves the scale of
the map that is shown, not the places on it, so what excites a filter is read before it. A filter that sleeps on all
images is dead.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core.architecture import Layer, layers
from cnn_core.config import NetworkConfig

IMAGES = 1_000  # the first ones of the test split, in official order
PATCHES = 9
_RESTS = {"sigmoid": 0.5}  # the other activations make 0 of 0

Maps = dict[str, np.ndarray]  # by the layer's name: float (n, h, w, filters)


@dataclass(frozen=True)
class FilterFacts:
    """Of every convolution, by its name; everything is counted from 0."""

    n: int  # images
    awake: dict[str, np.ndarray]  # float32 (filters,), 0 to 1: the share of the images that wake the filter anywhere
    # int16 (filters, 9, 3): image, row and column on the filter's map, the most exciting first; at most one an image,
    # and only where the filter is awake: -1 where there are fewer.
    patches: dict[str, np.ndarray]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays."""
        awake = {f"awake.{name}": shares for name, shares in self.awake.items()}
        return {"n": np.array(self.n)} | awake | {f"patches.{name}": places for name, places in self.patches.items()}

    @classmethod
    def from_arrays(cls, network: NetworkConfig, n: np.ndarray, **arrays: np.ndarray) -> "FilterFacts":
        """Raises ValueError or KeyError if these are not the facts of this network's filters."""
        responses = _responses(network)
        awake = {name: arrays.pop(f"awake.{name}") for name in responses}
        patches = {name: arrays.pop(f"patches.{name}") for name in responses}
        if arrays or n < 1:
            raise ValueError("these are the filters of another network")
        for name, layer in responses.items():
            _check(awake[name], patches[name], int(n), layer.output_shape)
        return cls(int(n), awake, patches)


def response_layers(network: NetworkConfig) -> list[str]:
    """The layers whose maps `filter_facts` asks for."""
    return [layer.name for layer in _responses(network).values()]


def filter_facts(
    maps_of: Callable[[np.ndarray], Maps], network: NetworkConfig, images: np.ndarray, chunk: int = 8
) -> FilterFacts:
    """The facts of all filters, on these images uint8 (N, 32, 32, 3).

    Args:
        maps_of: the maps of some images at `response_layers`, and perhaps at others too.
        chunk: how many images it is given at a time.
    """
    responses = _responses(network)
    peaks, places = {name: [] for name in responses}, {name: [] for name in responses}
    for start in range(0, len(images), chunk):
        maps = maps_of(images[start : start + chunk])
        for name, layer in responses.items():
            peak, place = _strongest(maps[layer.name])
            peaks[name].append(peak)
            places[name].append(place)
    rest = _RESTS.get(network.activation, 0.0)
    awake, patches = {}, {}
    for name, layer in responses.items():
        peak, place = np.concatenate(peaks[name]), np.concatenate(places[name])
        awake[name] = (peak > rest).mean(axis=0, dtype=np.float64).astype(np.float32)
        patches[name] = _patches(peak, place, rest, layer.output_shape[1])
    return FilterFacts(len(images), awake, patches)


def _responses(network: NetworkConfig) -> dict[str, Layer]:
    """For each convolution, by its name, the activation behind it."""
    found, convolution = {}, None
    for layer in layers(network):
        if layer.kind == "Conv2D":
            convolution = layer.name
        elif layer.kind == "Activation" and convolution and len(layer.output_shape) == 3:
            found[convolution] = layer
    return found


def _strongest(maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of maps (n, h, w, filters) each one's largest value, float32 (n, filters), and where it is, row by row."""
    values = maps.reshape(len(maps), -1, maps.shape[-1])
    places = values.argmax(axis=1)
    return np.take_along_axis(values, places[:, None], axis=1)[:, 0], places.astype(np.int32)


def _patches(peaks: np.ndarray, places: np.ndarray, rest: float, width: int) -> np.ndarray:
    """The patches int16 (filters, 9, 3) from each image's largest values and their places, both (N, filters)."""
    images = np.argsort(-peaks, axis=0, kind="stable")[:PATCHES]  # (at most 9, filters); NaN comes last
    rows, columns = np.divmod(np.take_along_axis(places, images, axis=0), width)
    found = np.stack([images, rows, columns], axis=-1).astype(np.int16)
    found[~(np.take_along_axis(peaks, images, axis=0) > rest)] = -1
    missing = np.full((PATCHES - len(found), *found.shape[1:]), -1, np.int16)
    return np.concatenate([found, missing]).swapaxes(0, 1)


def _check(awake: np.ndarray, patches: np.ndarray, n: int, shape: tuple[int, ...]) -> None:
    """Raises ValueError if these cannot be the facts of a layer with maps of this shape, on n images."""
    height, width, filters = shape
    if awake.shape != (filters,) or not ((awake >= 0) & (awake <= 1)).all():
        raise ValueError("the shares are not one of each filter, from 0 to 1")
    if patches.shape != (filters, PATCHES, 3) or not np.issubdtype(patches.dtype, np.integer):
        raise ValueError("the patches are not nine of each filter")
    is_missing = (patches == -1).all(axis=-1)
    is_there = ((patches >= 0) & (patches < (n, height, width))).all(axis=-1)
    if not (is_missing | is_there).all():
        raise ValueError("a patch lies outside its image")
