"""Results that were measured once and are shown in several places: read from assets/facts, where each is stored once.

docs/results.md and the app's help texts use it (`tests/test_facts.py` compares that page with it).
"""

import json
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "assets" / "facts"


@dataclass(frozen=True, slots=True)
class Variant:
    """The preset `minute` with one part removed or added. Accuracies are shares of the validation images."""

    part: str  # its name here
    text: str  # what was changed, as docs/results.md says it
    accuracy: float
    accuracy_6_views: float


@dataclass(frozen=True, slots=True)
class Ablation:
    """What each part of `minute` contributes, after a training this long."""

    n: int  # validation images
    epochs: int
    seeds: tuple[int, ...]
    points_of_2_views: float  # percentage points that the average over two views adds to the whole recipe
    variants: dict[str, Variant]  # by part; "whole" is the recipe itself

    def points(self, part: str) -> Decimal:
        """How many percentage points this change adds; negative if it takes some away."""
        return _points(self.variants[part].accuracy - self.variants["whole"].accuracy)

    def points_of_6_views(self) -> Decimal:
        whole = self.variants["whole"]
        return _points(whole.accuracy_6_views - whole.accuracy)

    def effect(self, part: str) -> str:
        """What this change does, in words: "2.0 points lower"."""
        points = self.points(part)
        return f"{abs(points)} points {'lower' if points < 0 else 'higher'}"

    def sentence(self, change: str, part: str) -> str:
        """The same as a sentence for a help text; `change` names the part in the text's words."""
        length = "one epoch" if self.epochs == 1 else f"{self.epochs} epochs"
        return f"{change}, {length} of `minute` ends {self.effect(part)}."

    def table(self) -> str:
        """The table of docs/results.md, in Markdown."""
        lines = ["| | accuracy | points | over 6 views | points |", "|---|---|---|---|---|"]
        whole = self.variants["whole"]
        for variant in self.variants.values():
            points = ["", ""]
            if variant is not whole:
                over_6 = _points(variant.accuracy_6_views - whole.accuracy_6_views)
                points = [_signed(self.points(variant.part)), _signed(over_6)]
            cells = (variant.text, f"{variant.accuracy:.2%}", points[0], f"{variant.accuracy_6_views:.2%}", points[1])
            lines.append("".join(f"| {cell} " if cell else "| " for cell in cells) + "|")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Seeds:
    """Test accuracies of one preset trained from several seeds, shares of n images."""

    preset: str
    data_set: str
    epochs: int | None  # where it was trained for other than the preset's time
    n: int
    accuracies: tuple[float, ...]

    @property
    def widest(self) -> float:
        """The largest difference between two seeds."""
        return max(self.accuracies) - min(self.accuracies)

    def text(self) -> str:
        """As docs/results.md says it."""
        written = ", ".join(f"{100 * accuracy:.1f}" for accuracy in self.accuracies)
        return f"mean of {len(self.accuracies)} seeds ({written}"


@cache
def seeds() -> tuple[Seeds, ...]:
    """What another seed changed, where that was measured."""
    return tuple(Seeds(**row | {"accuracies": tuple(row["accuracies"])}) for row in _read("seeds")["rows"])


@cache
def ablation() -> Ablation:
    read = _read("ablation")
    variants = {row["part"]: Variant(**row) for row in read["rows"]}
    return Ablation(read["n"], read["epochs"], tuple(read["seeds"]), read["points_of_2_views"], variants)


@cache
def why_not_the_report() -> str:
    """What was tried to explain the report's accuracy, and that none of it does: one paragraph."""
    read = _read("report")
    report, last, parts = read["report"], read["last_epochs_of_ours"], read["in_eight_parts"]
    large, small = read["batch_256_after_6_epochs"], read["batch_32_after_6_epochs"]
    return (
        f"Nothing that was tried explains the report's {report['accuracy']:.2%}. Two repetitions of its recipe ended "
        f"at {read['keras']['accuracy']:.2%} (plain Keras) and {read['ours']['accuracy']:.2%} (this project). Its "
        f"learning rate never falls, so the weights never settle: in the last {last['epochs']} epochs of ours the test "
        f"accuracy moved between {last['lowest']:.1%} and {last['highest']:.1%}. But even the best of them is "
        f"{_points(report['accuracy'] - last['highest'])} points short. On the report's TPU each of eight cores "
        f"normalized its own 4 images of a batch of 32. A repetition that does the same, from the same start, ended at "
        f"{parts['accuracy']:.2%}, with {parts['train_accuracy']:.1%} of the training images right; with whole "
        f"batches it was {read['ours']['train_accuracy']:.1%}. So it learns more slowly and ends no higher. A batch of "
        f"256, 32 on each core, is not the reason either: after 6 epochs {large['accuracy']:.1%} of the test images "
        f"were right, and {small['accuracy']:.1%} with batches of 32."
    )


@cache
def cifar10_validation_labels() -> np.ndarray:
    """The labels of the first 2,000 validation images of CIFAR-10, int64 (2000,): known without the images."""
    labels = np.array([int(digit) for digit in "".join(_read("validation_labels")["labels"])])
    labels.setflags(write=False)
    return labels


def _read(name: str) -> dict:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _points(difference: float) -> Decimal:
    """A difference of shares in percentage points, to one digit; halves go up, away from 0."""
    return (100 * Decimal(f"{difference:.4f}")).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _signed(points: Decimal) -> str:
    return f"{'−' if points < 0 else '+'}{abs(points)}"
