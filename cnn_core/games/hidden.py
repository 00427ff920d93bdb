"""The kernels that are hidden: five levels, and in each another kernel for every round."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnn_core.convolution import KERNELS, luma, negate, place, sum_sentence, write

_ALIKE = (
    [[1, 1, 1]] * 3,
    [[0, 0, 0], [1, 1, 1], [0, 0, 0]],
    [[0, 1, 0]] * 3,
    np.eye(3),
    np.fliplr(np.eye(3)),
    [[0, 1, 0], [1, 1, 1], [0, 1, 0]],
)
_EDGES = ([[1, 0, -1]] * 3, [[1, 1, 0], [1, 0, -1], [0, -1, -1]])  # and their turns
_KNOWN = ("sobel_x", "sharpen", "laplacian", "outline", "emboss")
_FEWEST = 7  # numbers of a random kernel that are not 0


@dataclass(frozen=True, slots=True)
class Level:
    title: str
    about: str  # what is known of the hidden numbers, as a sentence
    make: Callable[[np.random.Generator], np.ndarray]  # float64 (3, 3)


def _alike(rng: np.random.Generator) -> np.ndarray:
    return np.array(_ALIKE[rng.integers(len(_ALIKE))], float)


def _edge(rng: np.random.Generator) -> np.ndarray:
    return np.rot90(np.array(_EDGES[rng.integers(len(_EDGES))], float), rng.integers(4))


def _known(rng: np.random.Generator) -> np.ndarray:
    kernel = np.rot90(KERNELS[_KNOWN[rng.integers(len(_KNOWN))]].weights(), rng.integers(4))
    return negate(kernel) if rng.integers(2) else kernel


def _whole(rng: np.random.Generator) -> np.ndarray:
    return _until_full(lambda: rng.integers(-2, 3, (3, 3)).astype(float))


def _decimal(rng: np.random.Generator) -> np.ndarray:
    return _until_full(lambda: rng.integers(-10, 11, (3, 3)) / 10)


def _until_full(make: Callable[[], np.ndarray]) -> np.ndarray:
    kernel = make()
    while np.count_nonzero(kernel) < _FEWEST:
        kernel = make()
    return kernel


LEVELS: dict[str, Level] = {
    "blur": Level("1 Blur", "Each of the nine numbers is 0 or 1.", _alike),
    "edge": Level("2 Edge", "Each of the nine numbers is −1, 0 or 1, and they sum to 0.", _edge),
    "known": Level("3 Well known", "A kernel of the lab, perhaps turned, or with all signs changed.", _known),
    "whole": Level("4 Whole numbers", "Nine whole numbers from −2 to 2, drawn at random.", _whole),
    "decimal": Level("5 Decimals", "Nine numbers from −1 to 1 with one decimal, drawn at random.", _decimal),
}


def hide(level: str, number: int) -> np.ndarray:
    """The kernel of this level in round `number`, float64 (3, 3): always the same."""
    return LEVELS[level].make(np.random.default_rng([list(LEVELS).index(level), number]))


def hints(kernel: np.ndarray) -> list[str]:
    """What can be told of it, one sentence after the other; together they leave six numbers open."""
    zeros = int((kernel == 0).sum())
    row, column = np.unravel_index(np.abs(kernel).argmax(), kernel.shape)
    sign = "positive" if kernel[row, column] > 0 else "negative"
    is_alone = (np.abs(kernel) == np.abs(kernel).max()).sum() == 1
    is_what = "is the largest" if is_alone else "is one of the largest"
    return [
        sum_sentence(kernel),
        f"{zeros or 'None'} of the nine numbers {'is' if zeros in (0, 1) else 'are'} 0. The number in "
        f"{place(row, column)} {is_what}, whatever the sign; it is {sign}.",
        f"The middle row is {', '.join(map(write, kernel[1]))}.",
    ]


def clearest(images: np.ndarray) -> tuple[int, np.ndarray]:
    """Of images uint8 (n, 32, 32, 3) the one on which a kernel shows best: its place, and it in gray.

    Gray is float64 (32, 32), 0 to 1.

    That is the one whose nine shifted copies, which a kernel adds up, differ most from each other.
    """
    gray = luma(images) / 255
    place = int(np.argmin([_condition(image) for image in gray]))
    return place, gray[place]


def _condition(image: np.ndarray) -> float:
    patches = np.lib.stride_tricks.sliding_window_view(image, (3, 3)).reshape(-1, 9)
    values = np.linalg.eigvalsh(patches.T @ patches)  # ascending
    return float(values[-1] / max(values[0], 1e-12)) if values[-1] else np.inf  # all black: it shows no kernel
