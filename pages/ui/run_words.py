"""A run in words: its state as a badge, its recipe, its line in a menu, times as people say them."""

from dataclasses import replace
from typing import NamedTuple

from cnn_core import data
from cnn_core.config import ExperimentConfig
from cnn_core.presets import PRESETS
from cnn_core.runs import Run, RunError, RunState


class Badge(NamedTuple):
    label: str
    icon: str
    color: str


BADGES = {
    RunState.STARTING: Badge("starting", ":material/hourglass_top:", "blue"),
    RunState.RUNNING: Badge("training", ":material/directions_run:", "blue"),
    RunState.TESTING: Badge("testing", ":material/fact_check:", "blue"),
    RunState.FINISHED: Badge("finished", ":material/check_circle:", "green"),
    RunState.STOPPED: Badge("stopped", ":material/stop_circle:", "orange"),
    RunState.FAILED: Badge("failed", ":material/error:", "red"),
    RunState.INTERRUPTED: Badge("interrupted", ":material/power_off:", "orange"),
}
IMPORTED = Badge("imported", ":material/upload_file:", "gray")
REPLAY = Badge("replay", ":material/replay:", "violet")
EARLY = Badge("finished early", ":material/flag:", "green")
DIVERGED = Badge("diverged", ":material/trending_up:", "red")


def badge(run: Run) -> Badge:
    """How the run stands; "starting" also while its worker is there and TensorFlow still loads."""
    state = run.state()
    if run.has_diverged():
        return DIVERGED
    if run.finished_early():
        return EARLY
    return BADGES[RunState.STARTING if run.is_loading() else state]


def menu_line(run: Run) -> str:
    """Title, data set and result, as far as the title does not say them; and whether it was brought in."""
    title, result = run.title, run.result()
    try:
        data_set = data.learned(run.config).title
    except RunError:  # another visitor deletes it at this moment
        return title
    parts = [title, *([data_set] if data_set not in title else [])]
    parts += [f"{result.test_accuracy:.1%}"] if result else []
    return " · ".join([*parts, *([IMPORTED.label] if run.is_imported else [])])


def training_images(config: ExperimentConfig) -> int:
    """How many images an epoch has."""
    images = data.learned(config).sizes[config.training.train_on]
    return min(config.training.training_images or images, images)


def learned_on(config: ExperimentConfig) -> str:
    """Its data set in short, and of an own one which state."""
    _, _, state = config.data_set.partition("@")
    return data.learned(config).title + (f", state {state}" if state else "")


def network(config: ExperimentConfig) -> str:
    """The preset whose network it is, or what it is made of."""
    if config.reuse:
        return f"kernels of {config.reuse}, a new last layer"
    classes = config.network.classes  # the data set's, whatever the preset's are
    for name, preset in PRESETS.items():
        if replace(preset.network, classes=classes) == config.network:
            return name
    filters = ", ".join(str(block.filters) for block in config.network.blocks)
    return f"own: blocks of {filters} filters" if filters else "own: no convolution"


def recipe(config: ExperimentConfig) -> str:
    """How the weights move."""
    training = config.training
    if config.reuse:
        return f"Logistic regression, seed {training.seed}"
    name = {"sgd": "SGD"}.get(training.optimizer, training.optimizer.capitalize())
    return f"{name} at {training.learning_rate:g}, {training.batch_size} images a batch, seed {training.seed}"


def limit(run: Run) -> str:
    """How long it is to be trained, to be added to a sentence; nothing if its settings cannot be read."""
    try:
        training = run.config.training
    except RunError:
        return ""
    if not training.epochs:
        return f" for {duration(training.seconds)}"
    most = f", at most {duration(training.seconds)}" if training.seconds else ""
    return f" for {training.epochs} epoch{'' if training.epochs == 1 else 's'}{most}"


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    if minutes and not rest:
        return f"{minutes} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
