"""The only caches of the app. What is cached here is shared by all visitors and must not be changed by any."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from weakref import WeakValueDictionary

import numpy as np
import streamlit as st

from cnn_core import data, memory
from cnn_core.classroom import Classrooms
from cnn_core.config import NetworkConfig
from cnn_core.convolution.answer import Head, read_head
from cnn_core.convolution.learned import Filters, read_filters
from cnn_core.explanation.robustness import Robustness
from cnn_core.inference import BackwardPass, Classifier, Network
from cnn_core.runs import Run

Found = TypeVar("Found")

# Bytes of the files of all networks that are open: LiteRT keeps a second copy of the weights, in another order, so they
# take twice that. The champion takes 55 MB of it; the other recorded runs together 49.
_ROOM = 56_000_000
_opening, _rearranging = threading.Lock(), threading.Lock()
_in_use: WeakValueDictionary[tuple, object] = WeakValueDictionary()


def data_set(name: str) -> data.DataSet:
    """The named data set; its images stay on disk, memory-mapped. Raises DataError like `data.load`."""
    if not data.is_ready(name):
        _data_set.clear(name)  # it was open, and somebody has removed it
    opened = _data_set(name)
    opened.forget()
    return opened


@st.cache_resource(
    show_spinner="Opening the data set. Drawing Shapes-10 the first time takes half a minute, on a small server two …"
)
def _data_set(name: str) -> data.DataSet:
    return data.load(name)


def forget_images() -> None:
    """Keep nothing in memory of the images of data sets: somebody wanted one of them to be gone."""
    for kept in (_data_set, watched_images, sheet, drawn_live, epoch_film, varied):
        kept.clear()


def classifier(path: str, mtime: float) -> Classifier:
    """The exported network at `path`; `mtime`, the file's own, makes a rewritten file a new entry."""
    _make_room(_classifier, path, mtime, files=1)
    return _classifier(path, mtime)


@st.cache_resource(max_entries=32, show_spinner="Opening the network …")
def network(path: str, mtime: float, _run: Run) -> Network:
    """The network of the run at `path`, to look inside; `mtime` is that of its LiteRT file."""
    with _opening:
        return Network.of_files(_run.network_file, _run.anatomy)


def passes(path: str, mtime: float, network: Network) -> BackwardPass:
    """The passes of the network at `path`: what looks at its kernels alone does without them."""
    _make_room(_passes, path, mtime, files=2)
    return _passes(path, mtime, network)


@st.cache_resource(show_spinner="Opening the network …")
def _classifier(path: str, mtime: float) -> Classifier:
    return _open(Classifier, path, mtime, lambda: Classifier(Path(path)))


@st.cache_resource(show_spinner="Opening the network …")
def _passes(path: str, mtime: float, _network: Network) -> BackwardPass:
    opened = _open(BackwardPass, path, mtime, _network.backward_pass)
    memory.give_back_small_blocks()  # of the networks that were closed, and of the opening
    return opened


def _open(kind: type[Found], path: str, mtime: float, open_it: Callable[[], Found]) -> Found:
    """One at a time. What was closed while a visitor still uses it is the same again, not a second one."""
    with _opening:
        if (found := _in_use.get((kind, path, mtime))) is None:
            found = _in_use[kind, path, mtime] = open_it()
    return found


@st.cache_resource(show_spinner=False)
def _opened() -> dict[tuple, int]:
    """The bytes of what is open, by its cache and key there; what was asked last is the last."""
    return {}


def _make_room(kept_in: Callable, path: str, mtime: float, *, files: int) -> None:
    """Close what was not asked for longest, until this network and the others fit.

    `files`: how often its bytes are read: once for the classifier, twice for the graph of both passes.
    """
    size = files * Path(path).stat().st_size
    with _rearranging:
        opened = _opened()
        opened.pop((kept_in, path, mtime), None)
        opened[kept_in, path, mtime] = size
        others = [key for key in opened if key[1:] != (path, mtime)]
        while sum(opened.values()) > _ROOM and others:
            _close(others.pop(0))


def _close(key: tuple) -> None:
    kept_in, *where = key
    if _opened().pop(key, None):
        kept_in.clear(*where)


@contextmanager
def changing(path: str, mtime: float) -> Iterator[None]:
    """Where the network at `path` is opened with other kernels for a moment: one at a time.

    Its own passes are closed before, since there is no room for both: the champion's take 64 MB.
    """
    with _rearranging:
        _close((_passes, path, mtime))
    with _opening:
        yield


@st.cache_resource(max_entries=64, show_spinner="Asking the network …")
def explained(path: str, mtime: float, image: np.ndarray, what: tuple, _ask: Callable[[], Found]) -> Found:
    """What the network at `path` says of this image when it is asked for `what`."""
    return _ask()


@st.cache_resource(max_entries=32, show_spinner=False)
def first_filters(path: str, mtime: float, _network: Classifier, _config: NetworkConfig) -> Filters:
    """The filters of the first layer of the network at `path`; finding them takes a tenth of a second."""
    return read_filters(_network.feature_maps, _config)


@st.cache_resource(max_entries=32, show_spinner=False)
def head(path: str, mtime: float, _network: Classifier, _config: NetworkConfig) -> Head | None:
    """The last layer of the network at `path`; finding it takes two predictions."""
    return read_head(_network, _config)


def network_file(run: Run) -> tuple[str, float]:
    """What caches know a run's network by: its file and when it was written. Another visitor may have deleted it."""
    path = run.classifier_path
    try:
        return str(path), path.stat().st_mtime
    except OSError:
        return str(path), 0.0


@st.cache_resource(max_entries=16, show_spinner=False)
def watched_images(
    name: str, split: str, positions: tuple[int, ...], labels: tuple[int, ...], _draw: Callable[[], str | None]
) -> str | None:
    """The images at these positions of a data set that is ready, as a data URL: drawn once for all who watch them."""
    return _draw()


@st.cache_resource(max_entries=2, show_spinner="Drawing the images …")
def sheet(data_set: str, n: int, _draw: Callable[[], bytes]) -> bytes:
    """The first n test images of a data set that is ready, on one picture: half a megabyte."""
    return _draw()


@st.cache_data(max_entries=32, show_spinner=False)
def nearby(path: str, mtime: float, layout: str, _count: Callable[[], float]) -> float:
    """The share of an image's nearest on a run's map that have its class."""
    return _count()


@st.cache_resource(max_entries=32, show_spinner=False)
def read(path: str, moment: float, what: str, _read: Callable[[], Found | None]) -> Found:
    """What a file of the run at `path` said at this moment: one copy for all sessions. LookupError if there is none."""
    if (found := _read()) is None:
        raise LookupError(what)  # no answer is kept that may change without an event
    return found


@st.cache_resource(max_entries=32, show_spinner=False)
def drawn(kind: str, what: object, _draw: Callable[[], Found]) -> Found:
    """A figure of this kind that many visitors see: Plotly takes 10 ms and more to build one."""
    return _draw()


@st.cache_resource(max_entries=8, show_spinner=False)
def drawn_live(
    path: str, moment: float, state: str, has_images: bool, is_presented: bool, _draw: Callable[[], Found]
) -> Found:
    """The curves and pictures of the run at `path` as its log has them at this moment: drawn once for a whole class."""
    return _draw()


@st.cache_resource(show_spinner=False)
def watchers() -> dict[str, float]:
    """When each visitor's view of a run was last renewed, on the monotonic clock; the one thing here that changes."""
    return {}


@st.cache_data(max_entries=64, show_spinner=False)
def varied(
    path: str, mtime: float, image_id: str, change: str, _vary: Callable[[], tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """An image under every strength of a change, and the probabilities that the network at `path` gives it."""
    return _vary()


@st.cache_data(max_entries=2000, show_spinner=False)
def answers(path: str, mtime: float, what: str, piece: int, _answer: Callable[[], np.ndarray]) -> np.ndarray:
    """The answers to one piece of the test images, changed as `what` says, or by a network changed so."""
    return _answer()


@st.cache_resource(max_entries=4, show_spinner=False)
def strange_images(kind: str) -> np.ndarray:
    """The 500 images of a kind that a network has never been taught; drawing shapes takes a second."""
    return data.strange_images(kind)


@st.cache_data(max_entries=16, show_spinner=False)
def robustness(path: str, mtime: float, _run: Run) -> Robustness | None:
    """What was measured of the run whose network is at `path`; `mtime` is that of the file with it."""
    return _run.robustness()


@st.cache_resource(max_entries=16, show_spinner=False)
def epoch_film(path: str, mtime: float, has_images: bool, _make: Callable[[], Found]) -> Found:
    """The film of the run at `path`, epoch by epoch; `mtime` is that of its log, and changes with each epoch."""
    return _make()


@st.cache_resource(show_spinner=False)
def classrooms() -> Classrooms:
    """The classes that take part; they change, and lock themselves."""
    return Classrooms()
