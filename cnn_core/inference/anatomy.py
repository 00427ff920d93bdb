"""What is stored beside a network's LiteRT file so that one can look inside: its backward pass, its biases.

The backward graph has every kernel twice, as the forward pass needs it and as the backward pass does. It is stored
without them, since the forward file has them: a hundredth of the size.
"""

import json
import zlib
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from cnn_core.inference.weights import Content, Place, StoredKernels, put_kernels

_LARGEST = 256_000_000  # bytes of a graph


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A network's backward graph without the kernels that its forward file has, and where these belong."""

    graph: Content  # with zeros in place of the kernels that `forward` names
    forward: tuple[Place, ...]  # in the forward file
    backward: tuple[Place, ...]  # in the graph
    biases: dict[str, np.ndarray]  # float32 (n,), of each convolution and dense layer that has them
    checksum: int  # of the forward file

    def belongs_to(self, forward_file: Content) -> bool:
        """Whether this is the file that it was made for."""
        ends = [place.bytes.stop for place in self.forward]
        return zlib.crc32(forward_file) == self.checksum and max(ends, default=0) <= len(forward_file)

    def own_kernels(self) -> dict[str, tuple[bytes, Place]]:
        """The few kernels that the forward file has in another form, as with batch-norm in them, by layer."""
        elsewhere = {place.layer for place in self.forward}
        own = (place for place in self.backward if place.layer not in elsewhere)
        return {place.layer: (bytes(self.graph[place.bytes]), replace(place, offset=0)) for place in own}

    def whole_graph(self, forward_file: Content) -> bytes:
        """The backward graph with all its kernels. Raises ValueError if it does not belong to this file."""
        if not self.belongs_to(forward_file):
            raise ValueError("the file is another network's")
        return put_kernels(self.graph, self.backward, StoredKernels((forward_file, place) for place in self.forward))

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays."""
        biases = {f"bias.{layer}": values for layer, values in self.biases.items()}
        places = json.dumps({"forward": [*map(asdict, self.forward)], "backward": [*map(asdict, self.backward)]})
        graph = np.frombuffer(self.graph, np.uint8)
        return {"graph": graph, "places": np.array(places), "checksum": np.array(self.checksum), **biases}

    @classmethod
    def from_arrays(
        cls, graph: np.ndarray, places: np.ndarray, checksum: np.ndarray, **biases: np.ndarray
    ) -> "Anatomy":
        """Raises ValueError, KeyError or TypeError if these cannot be what `to_arrays` made."""
        if graph.dtype != np.uint8 or graph.ndim != 1 or graph.size > _LARGEST:
            raise ValueError("the graph is not a list of bytes")
        read = json.loads(str(places))
        found = {kind: tuple(_place(fields) for fields in read[kind]) for kind in ("forward", "backward")}
        if any(place.bytes.stop > graph.size for place in found["backward"]):
            raise ValueError("a kernel's place is outside the graph")
        by_layer = {name.removeprefix("bias."): numbers for name, numbers in biases.items()}
        return cls(graph.data, **found, biases=by_layer, checksum=int(checksum))


def _place(fields: dict[str, Any]) -> Place:
    shape = tuple(map(int, fields["shape"]))
    place = Place(str(fields["layer"]), shape, str(fields["layout"]), int(fields["offset"]))
    if place.offset < 0 or len(shape) not in (2, 4) or min(shape) < 1:
        raise ValueError("a kernel has an odd place")
    place.arranged()
    return place
