"""Who is told what happens in a training, and who says when it is to stop or to finish."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from cnn_core.progress import Epoch, Look, Measuring, Progress, Sample, TrainingState


@dataclass(frozen=True, slots=True)
class Listeners:
    """The functions that are called with what happens, and those that say when to stop, and when to finish."""

    on_tuned: Callable[[Mapping[str, str]], None]
    on_batch: Callable[[Progress], None]
    on_sample: Callable[[Sample], None] | None
    on_look: Callable[[Look], None]
    on_measuring: Callable[[Measuring], None]
    on_epoch: Callable[[Epoch], None]
    on_finish: Callable[[TrainingState], None]
    should_stop: Callable[[], bool]
    should_finish: Callable[[], bool]


def print_batch(progress: Progress) -> None:
    if progress.batch % 100 == 0 or progress.batch == progress.batches:
        print(
            f"epoch {progress.epoch}  {progress.batch}/{progress.batches}  accuracy {progress.accuracy:.4f}", end="\r"
        )


def print_epoch(epoch: Epoch) -> None:
    print("  ".join(f"{name} {value:.4g}" for name, value in asdict(epoch.scores).items()))
