"""The report's results table: a column for the report as it was printed, one for any run of this project.

And what loss and mean squared error are worth in it: label smoothing raises both, and calibration takes that back.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cnn_core import sureness
from cnn_core.architecture import totals
from cnn_core.cifar10_facts import duplicates, label_errors
from cnn_core.config import NetworkConfig
from cnn_core.evaluation import scores
from cnn_core.evaluation.mistakes import accuracy_apart
from cnn_core.presets import PRESETS
from cnn_core.runs import Run

_FORMATS = {
    "convolution layers": "{}",
    "pooling layers": "{}",
    "dense layers": "{}",
    "parameters": "{:,}",
    "epochs": "{}",
    "training accuracy": "{:.1%}",
    "test accuracy": "{:.2%}",
    "test loss": "{:.4f}",
    "test loss, calibrated": "{:.4f}",
    "test MSE": "{:.4f}",
    "test MSE, calibrated": "{:.4f}",
    "training time": "{:,.0f} s",
    "hardware": "{}",
}

_REPORT_TITLE = "the report (2020)"

# Section IV.C of the report. It prints the training accuracy without decimals.
_REPORT = {
    "epochs": 20,
    "training accuracy": "92%",
    "test accuracy": 0.8633,
    "test loss": 0.4653,
    "test MSE": 0.0205,
    "test loss, calibrated": None,
    "test MSE, calibrated": None,
    "training time": 600,
    "hardware": "a TPU",
}


def results_table(run: Run) -> pd.DataFrame:
    """The run beside the report: a column each, a row a figure, as text; a dash for a figure that is not there yet.

    The training accuracy is the mean over the last epoch, which a time limit may cut short, taken while the weights
    were changing; the other figures are of the whole test split.
    """
    scores, result, worker = run.scores(), run.result(), run.worker()
    calibrated = _calibrated(run)
    figures = {
        "epochs": f"{round(run.passes(), 1):g}",
        "training accuracy": scores.accuracy if scores and not run.has_diverged() else None,
        "test accuracy": result.test_accuracy if result else None,
        "test loss": result.test_loss if result else None,
        "test MSE": result.test_mse if result else None,
        "test loss, calibrated": calibrated.scores.loss if calibrated else None,
        "test MSE, calibrated": calibrated.scores.mse if calibrated else None,
        "training time": result.seconds if result else None,
        "hardware": f"{worker.cores} cores, {worker.cpu}" if worker else None,
    }
    columns = {
        run.title if run.title != _REPORT_TITLE else run.id: _as_text(_layers(run.config.network) | figures),
        _REPORT_TITLE: _as_text(_layers(PRESETS["report"].network) | _REPORT),
    }
    return pd.DataFrame(columns, index=list(_FORMATS))


def about_smoothing(run: Run) -> str | None:
    """What label smoothing does to loss and mean squared error, with the run's own numbers; None without smoothing."""
    share = run.config.training.label_smoothing
    if not share:
        return None
    effect = (
        f"This network was trained with label smoothing {share:g}: it should never give a label more than "
        f"{1 - 0.9 * share:.0%}, so it is less sure than it could be, and loss and MSE are higher"
    )
    result, found = run.result(), _calibrated(run)
    if not (result and found):
        return f"{effect}. They cannot be read beside those of a network without it."
    return (
        f"{effect}: calibrated, the loss is {found.scores.loss:.4f} "
        f"instead of {result.test_loss:.4f} and the MSE {found.scores.mse:.4f} instead of {result.test_mse:.4f}, at "
        f"the same accuracy (n = {found.n:,}). Beside a network without label smoothing read the calibrated ones."
    )


def sureness_table(recorded: Iterable[Run]) -> str:
    """How sure runs are before and after calibration, in Markdown. Each row is about the same test images."""
    lines = [
        "| run | test images | accuracy | temperature | mean confidence | calibration error, points | loss | MSE |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in recorded:
        sure, predictions = sureness.of_run(run), run.predictions()
        before, after = sureness.promise(*sure.unseen(predictions)), sure.promise(predictions)
        if after is None:
            raise ValueError(f"{run.id} has no temperature: {sure.lacks}")
        told = [
            f"`{run.id}`",
            f"{after.n:,}",
            f"{after.scores.accuracy:.2%}",
            f"{sure.calibration.temperature:.3f}",
            f"{before.confidence:.1%} → {after.confidence:.1%}",
            f"{100 * before.error:.1f} → {100 * after.error:.1f}",
            f"{before.scores.loss:.4f} → {after.scores.loss:.4f}",
            f"{before.scores.mse:.4f} → {after.scores.mse:.4f}",
        ]
        lines.append(f"| {' | '.join(told)} |")
    return "\n".join(lines)


def twins_table(recorded: Iterable[Run]) -> str:
    """How runs do on CIFAR-10's test images with a twin in training, and with a doubted label, in Markdown."""
    lines = [
        "| run | test accuracy | right on the twins | without the twins | not the label |",
        "|---|---|---|---|---|",
    ]
    twins, doubted = (np.array([*known]) for known in (duplicates().twins, label_errors().by_image))
    for run in recorded:
        predictions = run.predictions()
        apart = accuracy_apart(*predictions, twins)
        accuracy = scores(*predictions).accuracy
        others = int((predictions.probabilities[doubted].argmax(axis=1) != predictions.labels[doubted]).sum())
        lines.append(f"| `{run.id}` | {accuracy:.2%} | {apart.of_chosen:.1%} | {apart.of_rest:.2%} | {others} of 54 |")
    return "\n".join(lines)


def _calibrated(run: Run) -> sureness.Promise | None:
    """What holds of its test after calibration; None of a run without a result or a temperature."""
    sure = sureness.of_run(run)
    return sure.promise(run.predictions()) if sure.calibration and run.result() and not run.has_diverged() else None


def _layers(network: NetworkConfig) -> dict[str, int]:
    layers = totals(network)
    return {
        "convolution layers": layers.convolutions,
        "pooling layers": layers.poolings,
        "dense layers": layers.dense,
        "parameters": layers.parameters,
    }


def _as_text(figures: dict[str, object]) -> dict[str, str]:
    return {name: _text(value, _FORMATS[name]) for name, value in figures.items()}


def _text(value: object, form: str) -> str:
    if value is None:
        return "–"
    return value if isinstance(value, str) else form.format(value)
