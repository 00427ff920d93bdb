"""What a lesson is: steps, each with the page that it opens, a task, and what cannot be changed there meanwhile."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

LONGEST_TEXT = 40_000  # characters of a whole lesson
PAGES = (
    "home", "dataset", "own_data", "convolution", "network", "training", "evaluation", "inside", "prediction",
    "classroom", "games",
)  # fmt: skip
GROUPS = {  # of controls that a step can lock or hide, and what is in each
    "data set": "CIFAR-10 or Shapes-10",
    "split": "training, validation or test images, and of which class",
    "image": "which image: its number, the galleries, other images",
    "picture": "where an image comes from: an example, a drawing, a test image",
    "photo": "giving a photo, and the camera",
    "kernel": "the kernel's numbers, its name, size and turns",
    "geometry": "sizes, stride, padding and dilation",
    "activation": "bias, activation and pooling",
    "network": "what a network is built of",
    "recipe": "how a network is trained",
    "actions": "starting, stopping, renaming and deleting runs",
    "run": "which run is looked at, and with which it is compared",
    "experiment": "what is tried on a network inside: the square, the change, filters switched off",
    "part": "the steps and parts of a page",
    "answers": "the switch that shows the answers",
}


class LessonError(ValueError):
    """Why a text is no lesson: where, what was expected, what came, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is written out in a step: 2 to 10 answers, of which one is right."""

    text: str
    options: tuple[str, ...]
    right: str
    hint: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    address: the page and its state, as in the browser behind the host: `convolution?convolution.step=Slide`.
    task: Markdown of which paragraphs, lists and bold words are shown.
    question: written out, or the name of one in the question bank.
    """

    title: str
    address: str
    minutes: int
    task: str
    locked: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    question: Asked | str | None = None
    note: str = ""

    @property
    def page(self) -> str:
        """The page's name, one of `PAGES`."""
        return self.address.partition("?")[0]

    @property
    def state(self) -> dict[str, str]:
        """What stands in the page's address, decoded."""
        return dict(parse_qsl(self.address.partition("?")[2]))


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson.

    goal: what pupils can do after it. ask: what the teacher may ask. believed: what pupils believe wrongly.
    """

    title: str
    goal: str
    steps: tuple[Step, ...]
    ask: str = ""
    believed: str = ""

    @property
    def file_name(self) -> str:
        """The title in letters that the name of a file may have."""
        return re.sub("[^a-z0-9]+", "-", self.title.lower()).strip("-") or "lesson"

    @property
    def minutes(self) -> int:
        return sum(step.minutes for step in self.steps)
