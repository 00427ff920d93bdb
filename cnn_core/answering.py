"""The commands `evaluate` and `predict`: what a run's network answers, and how sure it may be of it."""

import argparse
import json
import sys
from dataclasses import asdict

import numpy as np

from cnn_core import data, evaluation, images, inference, runs, sureness
from cnn_core.commands import require_network
from cnn_core.sureness import Promise, Sureness


def evaluate(options: argparse.Namespace) -> int:
    """Show how a run did on the test split: accuracy, loss, mean squared error, how sure, and the confusion matrix.

    Loss and mean squared error are those of the network as it was trained. The calibration error compares how sure it
    is with how often it is right, in 15 bins of equal width; after calibration it is measured on the test images that
    the temperature was not fitted on.
    """
    run = runs.find_run(options.run)
    predictions = run.predictions()
    labels, probabilities = predictions
    sure = sureness.of_run(run)
    before = sureness.promise(*predictions)
    after = sure.promise(predictions)
    predicted = probabilities.argmax(axis=1)
    matrix = evaluation.confusion_matrix(labels, predicted, probabilities.shape[1])
    class_names = data.learned(run.config).class_names
    _say_what_it_lacks(sure)
    if options.json:
        figures = runs.for_json(asdict(before.scores) | _how_sure(sure, before, after))
        print(json.dumps({"run": run.id, **figures, "classes": class_names, "confusion_matrix": matrix.tolist()}))
        return 0
    print(f"{run.title}: {before.n:,} test images, accuracy {before.scores.accuracy:.4f}, ", end="")
    print(f"loss {before.scores.loss:.4f}, MSE {before.scores.mse:.4f}")
    print(f"how sure: {before.confidence:.1%} on average, calibration error {before.error:.1%} of raw softmax outputs")
    if after:
        print(f"calibrated at temperature {sure.calibration.temperature:.3f}, fitted on {sure.fitted_on}: ", end="")
        print(f"{after.confidence:.1%} on average, calibration error {after.error:.1%}, ", end="")
        print(f"loss {after.scores.loss:.4f} ({after.n:,} test images)")
    print("\n" + evaluation.per_class(labels, predicted, class_names).round(3).to_string(), "\n")
    print("confusion matrix, actual class in rows, predicted class in columns:")
    for name, row in zip(class_names, matrix, strict=True):
        print(f"{name:>10}", *(f"{count:4d}" for count in row))
    return 0


def _how_sure(sure: Sureness, before: Promise, after: Promise | None) -> dict[str, float | int | None]:
    """null: the run has no temperature."""
    return {
        "mean_confidence": before.confidence,
        "ece": before.error,
        "temperature": sure.calibration.temperature if sure.calibration else None,
        "mean_confidence_calibrated": after.confidence if after else None,
        "ece_calibrated": after.error if after else None,
        "ece_calibrated_n": after.n if after else None,
        "loss_calibrated": after.scores.loss if after else None,
        "mse_calibrated": after.scores.mse if after else None,
    }


def predict(options: argparse.Namespace) -> int:
    """Classify an image: the probabilities, highest first.

    They are calibrated with the run's temperature, so that of the answers given with 80% about 80 of 100 are right.
    That holds for images like the test images. `--raw` shows the softmax outputs as the network gives them; `--json`
    always has both.
    """
    recorded = (run for run in runs.list_runs() if run.is_recorded)
    run = runs.find_run(options.run) if options.run else next(recorded, None)
    if run is None:
        raise runs.RunError("This copy of the project has no recorded run; train a network and name it with --run.")
    photo = images.open_image(options.image.read_bytes())
    pixels = images.to_network_input(photo, images.whole(photo) if options.whole else None)
    require_network(run)
    raw = inference.Classifier(run.classifier_path).predict(pixels[np.newaxis])[0]
    sure, class_names = sureness.of_run(run), data.learned(run.config).class_names
    if not options.raw:
        _say_what_it_lacks(sure)
    named = {"probabilities": _ordered(sure.of(raw), class_names), "raw": _ordered(raw, class_names)}
    temperature = sure.calibration.temperature if sure.calibration else None
    if options.json:
        print(json.dumps({"run": run.id, "image": str(options.image), **named, "temperature": temperature}))
        return 0
    for name, probability in named["raw" if options.raw else "probabilities"].items():
        print(f"{name:>12} {probability:7.2%} {'█' * round(40 * probability)}")
    if sure.calibration and not options.raw:
        print(f"calibrated at temperature {temperature:.3f}, fitted on {sure.fitted_on}")
    return 0


def _ordered(probabilities: np.ndarray, class_names: tuple[str, ...]) -> dict[str, float]:
    """By the name of the class, the largest first."""
    named = dict(zip(class_names, map(float, probabilities), strict=True))
    return dict(sorted(named.items(), key=lambda item: -item[1]))


def _say_what_it_lacks(sure: Sureness) -> None:
    if sure.lacks:
        print(sure.lacks, file=sys.stderr)
