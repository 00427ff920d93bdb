"""What a class can be asked of a training before anybody knows: such a question carries in its topic what its answer
depends on, and gets the answer when it is there.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cnn_core.classroom.question import Question

_BEGINS = "training"
_WITHOUT_A_HINT_OF_IT = (20, 40, 60, 80)
# Where so many points or more are missing to 100%: the points of a step, and how many of them it may gain.
_STEPS = ((50, 10, 4), (25, 5, 3), (8, 2, 3), (0, 1, 3))


@dataclass(frozen=True, slots=True)
class Foresight:
    """What is asked: how accurate a run will be after an epoch, or which class it will find hardest."""

    kind: Literal["accuracy", "hardest"]
    run_id: str
    epoch: int = 0  # from 1, of the accuracy
    edges: tuple[int, ...] = ()  # of the accuracy, in per cent, ascending: between two of them lies an answer

    @property
    def topic(self) -> str:
        return "/".join([_BEGINS, self.kind, str(self.epoch), ",".join(map(str, self.edges)), self.run_id])

    @property
    def options(self) -> tuple[str, ...]:
        between = [f"{low} to {high}%" for low, high in zip(self.edges, self.edges[1:], strict=False)]
        return (f"below {self.edges[0]}%", *between, f"{self.edges[-1]}% or more")

    def option(self, accuracy: float) -> str:
        """The answer in which this accuracy, 0-1, lies; an edge belongs to the upper one."""
        return self.options[bisect_right(self.edges, round(100 * accuracy, 6))]


def foresight_of(topic: str) -> Foresight | None:
    """What a question with this topic asks; None if that is nothing of a training."""
    begins, *parts = topic.split("/", 4)
    if begins != _BEGINS or len(parts) != 4:
        return None
    kind, epoch, edges, run_id = parts
    return Foresight(kind, run_id, int(epoch), tuple(int(edge) for edge in edges.split(",") if edge))


def ask_accuracy(run_id: str, epoch: int, reached: Sequence[float], split: str, classes: int) -> Question:
    """How accurate will it be after this epoch, from 1? `reached`: its accuracies, 0-1, on these images so far."""
    asked = Foresight("accuracy", run_id, epoch, plausible_edges(reached))
    known = f"Guessing alone is right on {1 / classes:.0%}. "
    if reached:
        known = f"After epoch {len(reached)} it was {reached[-1]:.0%}. "
    return Question(
        f"How many of the {split} images will the network recognise after epoch {epoch}?",
        asked.options,
        hint=f"{known}Epochs gain less and less, and now and then one loses.",
        topic=asked.topic,
    )


def ask_hardest(run_id: str, class_names: Sequence[str]) -> Question:
    """Which class will it recognise least often?"""
    return Question(
        "Which class will be hardest for the network: of which will it recognise the fewest test images?",
        tuple(class_names),
        hint="Which classes look most alike? And which looks different from image to image?",
        topic=Foresight("hardest", run_id).topic,
    )


def plausible_edges(reached: Sequence[float]) -> tuple[int, ...]:
    """In per cent, around the last accuracy: a little lower to clearly higher, in finer steps near 100%."""
    if not reached:
        return _WITHOUT_A_HINT_OF_IT
    last = 100 * min(max(reached[-1], 0.0), 1.0)
    step, gains = next(how for missing, *how in _STEPS if 100 - last >= missing)
    centre = step * round(last / step)
    return tuple(edge for edge in range(centre - step, centre + gains * step + 1, step) if 0 < edge < 100)
