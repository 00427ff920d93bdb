"""Claim: some of CIFAR-10's test images have a twin among its training images. Prints one JSON line.

    python -m benchmarks.duplicates                 counts them
    python -m benchmarks.duplicates --write         and writes assets/facts/duplicates.json, which the app reads
    python -m benchmarks.duplicates --sheet FOLDER  and draws the pairs on both sides of the threshold, to be looked at

A recorded network proposes: of the official 50,000 training images the `--candidates` nearest to each test image, by
the features that its last layer reads. Pixels decide: two images are twins if one follows, but for a small rest, from
the other by a move of up to three pixels, a mirror, another contrast or brightness, and a little more or less around
it. Another network finds the same twins if it proposes them. The threshold was set by looking at the sheets.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

import numpy as np
from PIL import Image

from benchmarks.conditions import conditions, report
from cnn_core import architecture, data, evaluation, runs
from cnn_core.config import IMAGE_SHAPE
from cnn_core.facts import FOLDER

LIKENESS = 0.93  # at least, of twins: two of the 60 pairs just above are none; below, more and more are none
MOVES = 3  # pixels at most, each way
_CUTS = ((1, 0), (0, 1), (2, 0), (0, 2))  # pixels at the edges of either, before it is enlarged again
_WORTH_A_SECOND_LOOK = 0.35  # likeness at the sizes they have
_GRAIN, _AREA = 0.7, 3.5  # pixels, standard deviations of a blur
_COARSE = 0.5  # likeness of 8x8 fields below which nobody looks closer
_SHEET = 60  # pairs of a contact sheet
_PIECE = 5_000  # images whose features make one file: what is done need not be done again
_PUBLISHED = {
    "images": 286,
    "source": "B. Barz and J. Denzler, Do We Train on Test Data? Purging CIFAR of Near-Duplicates, 2020 "
    "(ciFAIR; arXiv 1902.00423)",
}


class Twins(NamedTuple):
    """For each test image its most similar candidate."""

    training: np.ndarray  # int64 (N,): its place among the official 50,000
    likeness: np.ndarray  # float64 (N,)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", default="minute-8-epochs", help="the recorded network that proposes")
    parser.add_argument("--candidates", type=int, default=20)
    parser.add_argument("--features", type=Path, default=Path(gettempdir(), "duplicates"), help="where they are kept")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    before = conditions()
    cifar10 = data.load("cifar10")
    test, training = cifar10.split("test"), cifar10.split("train+val")
    found = find_twins(test, training, propose(options, test, training))
    pairs = [(int(place), int(found.training[place])) for place in np.flatnonzero(found.likeness >= LIKENESS)]
    if options.sheet:
        draw_sheets(options.sheet, test, training, found)
    if options.write:
        write(options, pairs)
    several = {str(bound): int((found.likeness >= bound).sum()) for bound in (0.97, 0.95, 0.93, 0.91, 0.89, 0.87)}
    same_label = float(np.mean([test.labels[one] == training.labels[other] for one, other in pairs]))
    report(
        twins=len(pairs), n=len(test), searched=len(training), run=options.run, candidates=options.candidates,
        likeness=LIKENESS, twins_at=several, same_label=same_label, published=_PUBLISHED["images"], **before,
    )  # fmt: skip


def propose(options: argparse.Namespace, test: data.Split, training: data.Split) -> np.ndarray:
    """Places int (N, candidates) of the training images that the network finds most like each test image."""
    options.features.mkdir(parents=True, exist_ok=True)
    of_test = np.concatenate([*features(options, test)])
    return evaluation.nearest(of_test, features(options, training), options.candidates).numbers


def features(options: argparse.Namespace, split: data.Split) -> Iterator[np.ndarray]:
    """What the network's last layer reads of these images, float32, a piece at a time; kept in files."""
    read = None
    for start in range(0, len(split), _PIECE):
        file = options.features / f"{options.run}-{split.name}-{start}.npy"
        if not file.exists():
            read = read or reader(options.run)
            np.save(file, read(split.images(slice(start, start + _PIECE))))
        yield np.load(file)


def reader(name: str) -> Callable[[np.ndarray], np.ndarray]:
    """A function from images uint8 (N, 32, 32, 3) to their features."""
    import keras

    run = runs.find_run(name)
    model = keras.models.load_model(run.keras_path, compile=False)
    values = model.get_layer(architecture.features(run.config.network).name).output
    if len(values.shape) == 4:
        values = keras.ops.mean(values, axis=(1, 2))
    network = keras.Model(model.input, values)
    return lambda images: network.predict(images, batch_size=250, verbose=0)


def find_twins(test: data.Split, training: data.Split, proposed: np.ndarray) -> Twins:
    """The best candidate of each test image by its pixels."""
    best, likenesses = np.zeros(len(test), np.int64), np.zeros(len(test))
    for place in range(len(test)):
        image, others = test.images(place)[0], training.images(proposed[place])
        near = np.flatnonzero(_coarsely(image, others) > _COARSE)
        if len(near):
            likeness = likenesses_of(image, others[near])
            best[place], likenesses[place] = proposed[place, near[likeness.argmax()]], likeness.max()
    return Twins(best, likenesses)


def _coarsely(image: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The correlation of 8x8 fields, without a move: spares nine tenths of the work."""

    def fields(images: np.ndarray) -> np.ndarray:
        means = images.reshape(-1, 8, 4, 8, 4, 3).mean(axis=(2, 4)).reshape(len(images), -1)
        return evaluation.directions(means - means.mean(axis=1, keepdims=True))

    toward = fields(image[np.newaxis])[0]
    return np.maximum(fields(others) @ toward, fields(others[:, :, ::-1]) @ toward)


def likenesses_of(image: np.ndarray, others: np.ndarray) -> np.ndarray:
    """How well each of the others can be made into the image: float64 (n,), at most 1.

    The correlation of the middle of the image with the other, mirrored or not, at its best place and size. A
    correlation knows no contrast. Brightness and large areas, alike on half of all pictures of the sea, are taken out
    before; so is the finest grain, which a change of size destroys.

    Args:
        image: uint8 (32, 32, 3).
        others: uint8 (n, 32, 32, 3).
    """
    best = _likenesses_at(image, others, 0, 0)
    for cuts in _CUTS:
        near = np.flatnonzero(best > _WORTH_A_SECOND_LOOK)
        if len(near):
            best[near] = np.maximum(best[near], _likenesses_at(image, others[near], *cuts))
    return best


def _likenesses_at(image: np.ndarray, others: np.ndarray, cut: int, cut_others: int) -> np.ndarray:
    """The same at these sizes."""
    middle = _details(image[np.newaxis], cut)[0, MOVES:-MOVES, MOVES:-MOVES]
    theirs = _details(others, cut_others)
    return np.maximum(_best_place(middle, theirs), _best_place(middle, theirs[:, :, ::-1]))


def _details(images: np.ndarray, cut: int) -> np.ndarray:
    """What is neither grain nor large area, float64, after `cut` pixels at each edge were cut away and it was enlarged.

    Row by row and column by column, each of these is one 32x32 matrix.
    """
    fine, coarse = (_blur(sigma) @ _enlarge(cut) for sigma in (_GRAIN, _AREA))
    planes = np.moveaxis(images.astype(float), -1, 1)
    return np.moveaxis(fine @ planes @ fine.T - coarse @ planes @ coarse.T, 1, -1)


@cache
def _blur(sigma: float) -> np.ndarray:
    places = np.arange(IMAGE_SHAPE[0])
    weights = np.exp(-((places[:, None] - places) ** 2) / (2 * sigma**2))
    return weights / weights.sum(axis=1, keepdims=True)


@cache
def _enlarge(cut: int) -> np.ndarray:
    """Linear interpolation."""
    side = IMAGE_SHAPE[0]
    places = np.arange(side)
    sources = cut + (places + 0.5) * (side - 2 * cut) / side - 0.5
    return np.maximum(1 - np.abs(sources[:, None] - places), 0)


def _best_place(middle: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The largest correlation of the middle (m, m, 3) with a window of each of the others (n, 32, 32, 3)."""
    middle = middle - middle.mean()
    axes, side = (1, 2), others.shape[1]
    spectrum = np.fft.rfft2(middle / max(np.linalg.norm(middle), 1e-9), (side, side), (0, 1))
    places = 2 * MOVES + 1
    products = np.fft.irfft2(np.fft.rfft2(others, axes=axes) * spectrum.conj(), (side, side), axes).sum(axis=-1)
    sums, squares = (_windows(values.sum(axis=-1), len(middle)) for values in (others, others**2))
    lengths = np.sqrt(np.maximum(squares - sums**2 / middle.size, 0))
    return (products[:, :places, :places] / np.maximum(lengths, 1e-9)).max(axis=axes)


def _windows(values: np.ndarray, size: int) -> np.ndarray:
    """The sum of each window of this size in values (n, h, w)."""
    totals = np.pad(values, ((0, 0), (1, 0), (1, 0))).cumsum(axis=1).cumsum(axis=2)
    return totals[:, size:, size:] - totals[:, :-size, size:] - totals[:, size:, :-size] + totals[:, :-size, :-size]


def write(options: argparse.Namespace, pairs: list[tuple[int, int]]) -> None:
    """The facts file: places, no pictures."""
    facts = {
        "about": "Test images of CIFAR-10 with a near-duplicate among its official 50,000 training images, proposed by "
        "the features of a recorded network and confirmed by pixels: [place in the test set, place in the training "
        "set], both from 0 in official order.",
        "command": "python -m benchmarks.duplicates --write",
        "run": options.run,
        "candidates": options.candidates,
        "likeness": LIKENESS,
        "published": _PUBLISHED,
        "pairs": pairs,
    }
    text = json.dumps(facts, indent=2)
    head, _, _ = text.partition('"pairs": [\n')
    lines = ", ".join(str(list(pair)) for pair in pairs)
    (FOLDER / "duplicates.json").write_text(f'{head}"pairs": [{lines}]\n}}\n', encoding="utf-8")


def draw_sheets(folder: Path, test: data.Split, training: data.Split, found: Twins) -> None:
    """Pairs around the threshold, the most similar first: each test image with its candidate to the right."""
    folder.mkdir(parents=True, exist_ok=True)
    order = np.argsort(-found.likeness)
    for start in range(0, 8 * _SHEET, _SHEET):
        shown = order[start : start + _SHEET]
        pairs = np.concatenate([test.images(shown), training.images(found.training[shown])], axis=2)
        spaced = np.pad(pairs, ((0, 0), (0, 6), (0, 6), (0, 0)), constant_values=255)
        image = Image.fromarray(np.vstack([np.hstack(spaced[row : row + 10]) for row in range(0, _SHEET, 10)]))
        high, low = found.likeness[shown[[0, -1]]]
        image.resize((2 * image.width, 2 * image.height), 0).save(folder / f"{start:03}-{high:.3f}-{low:.3f}.png")


if __name__ == "__main__":
    main()
