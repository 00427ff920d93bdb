"""The report's results table: one row for the report as it was printed, one for any run of this project."""

import pandas as pd

from cnn_core.architecture import totals
from cnn_core.config import NetworkConfig
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
    "test MSE": "{:.4f}",
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
    "training time": 600,
    "hardware": "a TPU",
}


def results_table(run: Run) -> pd.DataFrame:
    """The run beside the report: a column each, a row a figure, as text; a dash for a figure that is not there yet.

    The training accuracy is the mean over the last epoch, which a time limit may cut short, taken while the weights
    were changing; the other figures are of the whole test split.
    """
    scores, result, worker = run.scores(), run.result(), run.worker()
    figures = {
        "epochs": f"{round(run.passes(), 1):g}",
        "training accuracy": scores.accuracy if scores and not run.has_diverged() else None,
        "test accuracy": result.test_accuracy if result else None,
        "test loss": result.test_loss if result else None,
        "test MSE": result.test_mse if result else None,
        "training time": result.seconds if result else None,
        "hardware": f"{worker.cores} cores, {worker.cpu}" if worker else None,
    }
    columns = {
        run.title if run.title != _REPORT_TITLE else run.id: _as_text(_layers(run.config.network) | figures),
        _REPORT_TITLE: _as_text(_layers(PRESETS["report"].network) | _REPORT),
    }
    return pd.DataFrame(columns, index=list(_FORMATS))


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
