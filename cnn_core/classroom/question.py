"""What a class can be asked."""

from dataclasses import dataclass

MOST_OPTIONS = 10
LONGEST = 300  # characters that somebody may type as a question, hint or reason
LONGEST_OPTION = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose answer an option is, besides the class's: `right`, `the label` or `the network`, say."""

    whose: str
    option: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with 2 to 10 answers to choose from.

    text, hint and why are Markdown: what somebody has typed is escaped (pages.ui.text.plain) before it comes here. An
    option is plain text, which is escaped where it is shown.
    marks: the answers that are revealed beside the class's; none while nobody knows it, and for an opinion. The first
    decides who is right.
    hint: what is explained between two tries; it does not give the answer away.
    why: what is said once the answer is known.
    topic: what it is about, as pages know it; of a question whose answer comes later, all that the answer depends on.
    """

    text: str
    options: tuple[str, ...]
    marks: tuple[Mark, ...] = ()
    hint: str = ""
    why: str = ""
    topic: str = ""

    def __post_init__(self) -> None:
        if not 2 <= len(self.options) <= MOST_OPTIONS or len(set(self.options)) < len(self.options):
            raise ValueError(f"A question needs 2 to {MOST_OPTIONS} different answers, not {list(self.options)}.")
        if strange := [mark.option for mark in self.marks if mark.option not in self.options]:
            raise ValueError(f"{strange[0]!r} is none of the answers {list(self.options)}.")

    @property
    def right(self) -> str | None:
        return self.marks[0].option if self.marks else None
