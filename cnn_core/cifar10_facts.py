"""What is known of CIFAR-10's test images: doubted labels, how people vote, twins. Read from assets/facts.

Images are named by their place in the test split, which is the official order, from 0.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cnn_core.facts import FOLDER

_NUMBERS = ("none", "one", "two", "three", "four", "five")


@dataclass(frozen=True, slots=True)
class LabelError:
    """A label that fewer than three of five people confirmed, when they were shown it and another."""

    label: int
    other: int  # the class that was proposed instead
    kept: int  # how many of the five chose the label
    changed: int  # the other class
    neither: int
    both: int

    def sentence(self, class_names: Sequence[str]) -> str:
        """How they voted: "Of five people who were asked, four see a dog, one sees a cat (its label)."."""
        label, other = class_names[self.label], class_names[self.other]
        votes = [
            (self.changed, _with_article(other)),
            (self.kept, f"{_with_article(label)} (its label)"),
            (self.both, "both"),
            (self.neither, "neither"),
        ]
        if (count := max(votes)[0]) == len(_NUMBERS) - 1:
            return f"All five people who were asked see {dict(votes)[count]}."
        told = [f"{_NUMBERS[count]} {'sees' if count == 1 else 'see'} {what}" for count, what in votes if count]
        return f"Of five people who were asked, {', '.join(told)}."


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """The labels of CIFAR-10's test set that people did not confirm."""

    source: str
    file: str  # its address
    licence: str
    candidates: int  # images that people were shown
    by_image: dict[int, LabelError]


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Test images with a twin among the 50,000 official training images."""

    command: str
    likeness: float  # of two images' pixels, at least
    published: int  # how many others found
    source: str  # who they are
    twins: dict[int, int]  # by test image, the place in the official training set


@dataclass(frozen=True, slots=True)
class People:
    """How people classify CIFAR-10's test images, as shares."""

    source: str
    one_vote: float  # how often one person agrees with the label
    majority: float  # and how often most of about fifty do
    hardest: dict[str, float]  # classes, and how often one person agrees there
    confusions: tuple[tuple[str, str, float], ...]  # actual class, answer, share


@cache
def label_errors() -> LabelErrors:
    read = _read("label-errors")
    errors = {row[0]: LabelError(*row[1:]) for row in read["rows"]}
    return LabelErrors(read["source"], read["file"], read["licence"], read["candidates"], errors)


@cache
def duplicates() -> Duplicates:
    read = _read("duplicates")
    published = read["published"]
    return Duplicates(
        read["command"], read["likeness"], published["images"], published["source"], dict(map(tuple, read["pairs"]))
    )


@cache
def people() -> People:
    read = _read("people")
    confusions = tuple(map(tuple, read["confusions"]))
    return People(read["source"], read["one_vote"], read["majority"], read["hardest"], confusions)


def _read(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
