"""What is known of a data set without its images."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cnn_core.config import OwnData

# What Markdown would take for an icon, a formula or a link, and what looks the same and is none.
_LOOKS_ALIKE = str.maketrans("[]<>`$*|#\\:@", "［］＜＞ˋ＄∗❘＃∖꞉＠")


@dataclass(frozen=True, slots=True)
class About:
    """A data set's name and title, its classes in the order of their labels, and how many images each split has.

    What people have typed is safe to be shown here, in Markdown too: a class called `[this](https://...)` is no link.
    """

    name: str
    title: str
    class_names: tuple[str, ...]
    sizes: Mapping[str, int]  # of "train", "val", "train+val" and "test"
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # classes that belong together, of all or none

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", _harmless(self.title))
        object.__setattr__(self, "class_names", tuple(map(_harmless, self.class_names)))

    @classmethod
    def of_own(cls, name: str, own: OwnData) -> "About":
        sizes = {"train": own.train, "val": own.val, "train+val": own.train + own.val, "test": own.test}
        return cls(name, own.title, own.class_names, sizes)


def _harmless(text: str) -> str:
    return re.sub(r"(?i)(?<=www)\.", "\u2024", text.translate(_LOOKS_ALIKE))
