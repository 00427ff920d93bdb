"""The command `explain`: what in an image adds to a class's logit, or takes from it, in numbers and as a picture."""

import argparse
import json
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnn_core import data, images, runs
from cnn_core.commands import UsageError, require_network
from cnn_core.explanation import evidence, gradients, maps, occlusion
from cnn_core.inference import BackwardPass, Network
from cnn_core.plotting import maps as figures

METHODS = ("evidence", "gradients", "occlusion")
_SQUARE = 8  # pixels of the gray square
_SIDE = 512  # pixels of the picture


@dataclass(frozen=True)
class _Explanation:
    """A map, and what it adds up to."""

    map: np.ndarray  # float (h, w)
    sum: float | None  # None where the values do not add up to anything
    rest: float | None  # what is not in the map
    law: str
    drawn: np.ndarray | None = None  # the map as it lies on the image, where its cells are not shares of the image


def explain(options: argparse.Namespace) -> int:
    """Say what in an image adds to the logit of a class, or to its lead over another. The law says what it adds up to.

    evidence: the cells of the last maps; gradients: integrated gradients, every pixel; occlusion: what a gray square of
    8 by 8 pixels takes away at each of its places.
    """
    if options.output and options.output.suffix.lower() != ".png":
        raise UsageError(f"--output writes a PNG; name a file that ends in .png, not {options.output.name!r}.")
    run = runs.find_run(options.run)
    names = data.learned(run.config).class_names
    label, against = _label("--class", options.label, names), None
    if options.against is not None:
        against = _label("--against", options.against, names)
        if against == label:
            raise UsageError(f"--against needs another class than {names[label]}.")
    photo = images.open_image(options.image.read_bytes())
    image = images.to_network_input(photo, images.whole(photo) if options.whole else None)
    require_network(run)
    passes = Network.open(run.network_file(), run.anatomy()).backward_pass()
    logits = passes.logits(image[np.newaxis])[0].astype(float)
    if not np.isfinite(logits).all():
        raise runs.RunError(maps.NOT_NUMBERS)
    weights = np.zeros(len(names))
    weights[label] = 1
    if against is not None:
        weights[against] = -1
    found = _METHODS[options.method](passes, image, weights, run)
    if not np.isfinite(found.map).all():
        raise runs.RunError(maps.NOT_NUMBERS)
    if options.output:
        drawn = found.map if found.drawn is None else found.drawn
        picture = figures.over_image(image, drawn, figures.limit_of([found.map]), _SIDE)
        Image.fromarray(picture).save(options.output)
    _tell(options, run, names, logits, weights, found)
    return 0


def _label(option: str, name: str, names: tuple[str, ...]) -> int:
    lowered = [each.lower() for each in names]
    if name.lower() not in lowered:
        raise UsageError(f"{option} needs a class of this run, one of {', '.join(names)}; it is {name!r}.")
    return names.index(name) if name in names else lowered.index(name.lower())


def _evidence(passes: BackwardPass, image: np.ndarray, weights: np.ndarray, run: runs.Run) -> _Explanation:
    law = evidence.law_of(run.config.network)
    parts = [int(label) for label in np.argsort(-weights)[[0, -1]] if weights[label]]
    found = evidence.of_classes(passes.explain, image, parts, law=law)
    of = found[0] - found[1] if len(found) == 2 else found[0]
    return _Explanation(of.map, of.sum, of.rest, of.law)


def _gradients(passes: BackwardPass, image: np.ndarray, weights: np.ndarray, run: runs.Run) -> _Explanation:
    gray = np.full(image.shape, images.PADDING, float)
    found = gradients.integrated_gradients(passes.explain, image, weights, gray)
    law = (
        f"The pixels add up to the logit (or its lead) of the image less that of an even gray one, the rest; here "
        f"within {found.error:.2%}, after {found.steps} steps."
    )
    return _Explanation(found.map, found.sum, found.baseline_logit, law)


def _occlusion(passes: BackwardPass, image: np.ndarray, weights: np.ndarray, run: runs.Run) -> _Explanation:
    covered = occlusion.cover(passes.logits, image, _SQUARE, occlusion.STRIDES[_SQUARE], images.PADDING)
    law = (
        f"Each value is how much the logit (or its lead) falls when a gray square of {_SQUARE} by {_SQUARE} pixels "
        f"lies there; the square moves by {covered.stride}. The values do not add up to the logit."
    )
    drops = (covered.uncovered - covered.outputs) @ weights
    return _Explanation(drops, None, None, law, covered.placed(drops))


_METHODS = dict(zip(METHODS, (_evidence, _gradients, _occlusion), strict=True))


def _tell(
    options: argparse.Namespace,
    run: runs.Run,
    names: tuple[str, ...],
    logits: np.ndarray,
    weights: np.ndarray,
    found: _Explanation,
) -> None:
    """One line of JSON; else the sum written out, a small map in numbers, and what the map promises."""
    label, total = names[int(weights.argmax())], float(logits @ weights)
    against = names[int(weights.argmin())] if weights.min() < 0 else None
    if options.json:
        asked = {"run": run.id, "image": str(options.image), "class": label, "against": against}
        numbers = {"logits": dict(zip(names, logits.tolist(), strict=True)), "map": found.map.tolist()}
        sums = {"sum": found.sum, "rest": found.rest, "difference": total if against else None}
        print(json.dumps(asked | {"method": options.method, "law": found.law} | numbers | sums))
        return
    of = f"logit of {label} less that of {against}" if against else f"logit of {label}"
    summed = "" if found.sum is None else f" = map {found.sum:.3f} + rest {found.rest:.3f}"
    print(f"{of}: {total:.3f}{summed}")
    if not found.map.any():
        print(maps.ALL_ZERO)
    elif max(found.map.shape) <= 9:
        for row in found.map:
            print(" ".join(f"{value:8.3f}" for value in row))
    print(found.law)
    if options.output:
        print(f"the map over the image: {options.output}")
