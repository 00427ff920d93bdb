"""A run as a report: what is missing or damaged is said in its place, and the rest is there."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from cnn_core import data
from cnn_core.architecture import layers, totals
from cnn_core.lab_report import on_the_test
from cnn_core.lab_report.records import (
    Block,
    Chart,
    Code,
    Facts,
    Line,
    Report,
    Section,
    Table,
    Text,
)
from cnn_core.lab_report.settings import about_settings
from cnn_core.progress import Result
from cnn_core.runs import Run, RunError
from cnn_core.runs.description import versions

_ROWS = 20  # of the table of epochs
_REPEAT = (
    "Save this as `settings.json`. `python -m cnn_core train --config settings.json` trains such a network again; with "
    "the same machine and versions, and a limit in epochs, it is the same bit for bit."
)


def of_run(run: Run, made: str) -> Report:
    """`made`: the day, as it is written. Never raises because of the run's files."""
    parts: dict[str, Callable[[Run], list[Block]]] = {
        "Result": _result,
        "Curves": _curves,
        "Confusion matrix": on_the_test.matrix,
        "How sure, and how often right": on_the_test.sureness,
        "Examples": on_the_test.examples,
        "Settings": _settings,
        "Network": _network,
        "Versions": _versions,
        "To repeat it": lambda run: [Text(_REPEAT), Code(run.config.to_json())],
    }
    lead = _or_sentence(lambda: f"A network trained on {data.learned(run.config).title}. {_state(run)}")
    return Report(run.title, f"Lab report of a run, made on {made}", lead, _sections(run, parts))


def in_short(run: Run) -> Section:
    """A run as a part of another report."""
    parts = (_result, _curves, on_the_test.matrix, on_the_test.examples, _short_settings)
    blocks = [block for part in parts for block in _blocks(run, part)]
    return Section(f"The run: {run.title}", [Text(_or_sentence(lambda: _state(run))), *blocks])


def _sections(run: Run, parts: dict[str, Callable[[Run], list[Block]]]) -> list[Section]:
    """A sentence that says the same of many parts stands in the first alone."""
    found, told = [], set()
    for title, part in parts.items():
        blocks = _blocks(run, part)
        if not (len(blocks) == 1 and isinstance(blocks[0], Text) and blocks[0] in told):
            found.append(Section(title, blocks))
        told.update(block for block in blocks if isinstance(block, Text))
    return found


def _blocks(run: Run, part: Callable[[Run], list[Block]]) -> list[Block]:
    try:
        return part(run)
    except RunError as error:
        return [_typed(str(error))]


def _typed(text: str) -> Text:
    """A sentence in which a title may stand: as text, not as Markdown."""
    return Text("".join(f"\\{letter}" if letter in "\\`*" else letter for letter in text))


def _or_sentence(tell: Callable[[], str]) -> str:
    try:
        return tell()
    except RunError as error:
        return str(error)


def _state(run: Run) -> str:
    if run.has_diverged():
        return "It diverged: its loss became infinite, so it has no figures."
    if early := run.finished_early():
        return f"It was {early}: its learning rate fell to zero within the last seconds."
    reason = run.reason()
    return f"It is {run.state().value}{f': {reason}' if reason else ''}."


def _result(run: Run) -> list[Block]:
    result, worker = run.result(), run.worker()
    rows = [("State", "diverged" if run.has_diverged() else run.finished_early() or run.state().value)]
    rows += _test_figures(run, result) if result else []
    rows += [("Epochs trained", f"{round(run.passes(), 1):g}"), ("Training time", f"{run.seconds():,.1f} s")]
    rows += [("Machine", f"{worker.cores} cores, {worker.cpu}")] if worker else []
    rows += [("Created", f"{created[:16].replace('T', ' ')} UTC")] if (created := run.created) else []
    blocks: list[Block] = [Facts(rows)]
    if not result and not run.has_diverged():
        blocks.append(Text("It has not been tested, so there is no figure of the test split."))
    if damage := run.damage():
        blocks.append(_typed(damage))
    return blocks


def _test_figures(run: Run, result: Result) -> list[tuple[str, str]]:
    on = f"test split, n\u00a0=\u00a0{result.test_n:,}"
    rows = [
        ("Test accuracy", f"{result.test_accuracy:.2%} ({on})"),
        ("Test loss", f"{result.test_loss:.4f} ({on})"),
        ("Test MSE", f"{result.test_mse:.4f} ({on})"),
    ]
    if result.test_views and result.test_accuracy_over_views is not None:
        rows.append((f"Accuracy over {result.test_views} views", f"{result.test_accuracy_over_views:.2%} ({on})"))
    return rows


def _curves(run: Run) -> list[Block]:
    history, training = run.history(), run.config.training
    if history.empty:
        return [Text("No epoch was finished, so there are no curves.")]
    watched = "test" if training.validate_on == "test" else "validation"
    shown = watched if watched == "test" else "val"
    sizes, passes = data.learned(run.config).sizes, history["passes"].tolist()
    images = sizes[training.train_on]
    n = {"training": min(training.training_images or images, images), watched: sizes[shown]}
    charts = []
    for title, column in (("Accuracy", "accuracy"), ("Loss", "loss")):
        lines = [
            Line("training", passes, history[column].tolist(), is_dashed=True),
            Line(watched, passes, history[f"val_{column}"].tolist()),
        ]
        charts.append(Chart(title, lines, "epochs (times through the training images)", is_share=column == "accuracy"))
    said = (
        f"Training: means over an epoch of {n['training']:,} images, while the weights change, with augmentation and "
        f"dropout. {watched.capitalize()}: the network at the end of the epoch, n = {n[watched]:,}."
    )
    return [*charts, Text(said), _epochs(history, watched)]


def _epochs(history: pd.DataFrame, watched: str) -> Table:
    places = np.unique(np.linspace(0, len(history) - 1, min(_ROWS, len(history))).round().astype(int))
    rows = [
        (
            f"{row.epoch:.0f}", f"{row.loss:.4f}", f"{row.accuracy:.1%}", f"{row.val_loss:.4f}",
            f"{row.val_accuracy:.1%}", f"{row.learning_rate:.3g}", f"{row.seconds:,.0f}",
        )
        for row in history.iloc[places].itertuples()
    ]  # fmt: skip
    header = ("epoch", "training loss", "training accuracy", f"{watched} loss", f"{watched} accuracy", "learning rate",
              "seconds")  # fmt: skip
    return Table(header, rows)


def _settings(run: Run) -> list[Block]:
    return [Facts(about_settings(run.config))]


def _short_settings(run: Run) -> list[Block]:
    training = run.config.training
    facts = [("Data set", data.learned(run.config).title)]
    if run.config.reuse:
        facts.append(("Kernels kept from", run.config.reuse))
    else:
        facts += [("Optimizer", training.optimizer), ("Learning rate", f"{training.learning_rate:g}")]
    facts.append(("Seed", str(training.seed)))
    facts.append(("Parameters", f"{totals(run.config.network).parameters:,}"))
    return [Text("**Trained with**"), Facts(facts), *_versions(run)]


def _network(run: Run) -> list[Block]:
    network = run.config.network
    total = totals(network)
    rows = [
        (layer.name, layer.kind, "\u00a0×\u00a0".join(map(str, layer.output_shape)), f"{layer.parameters:,}",
         layer.arithmetic, f"{layer.receptive_field}\u00a0×\u00a0{layer.receptive_field}")
        for layer in layers(network)
    ]  # fmt: skip
    said = f"{total.parameters:,} parameters, {total.trainable:,} of them trainable; {total.multiply_adds:,} products "
    header = ("layer", "kind", "output shape", "parameters", "how many", "receptive field")
    return [Text(f"{said}for one image."), Table(header, rows)]


def _versions(run: Run) -> list[Block]:
    return [Facts([(name, version) for name, version in run.versions.items()])] if run.versions else [
        Text("The run does not say with which versions it was trained.")
    ]  # fmt: skip


def versions_here() -> Section:
    """Of the libraries on this machine."""
    return Section("Versions of this app", [Facts(list(versions().items()))])
