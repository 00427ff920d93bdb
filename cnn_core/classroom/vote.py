"""One question to a class: open, perhaps explained and open once more, then revealed."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Literal

from cnn_core.classroom.question import Question

Stage = Literal["open", "explained", "revealed"]


@dataclass(frozen=True, slots=True)
class Vote:
    """How it stands; every change makes a new one.

    `number` tells it apart from the class's other votes, so that a late choice counts for no other question.
    `ballots` has, for each try, what each pupil chose, by the pupil's ticket. In the stage `explained` the hint is
    shown and the second try is open.
    """

    question: Question
    stage: Stage = "open"
    ballots: tuple[dict[str, str], ...] = field(default_factory=lambda: ({},))
    number: int = 0

    @property
    def tries(self) -> int:
        """How many there have been with this one, 1 or 2."""
        return len(self.ballots)

    @property
    def is_open(self) -> bool:
        return self.stage != "revealed"

    def cast(self, ticket: str, option: str) -> "Vote":
        """With this pupil's choice, which takes the place of an earlier one of this try; as it is if that is refused:
        the vote is over, or the option is none."""
        if not self.is_open or option not in self.question.options:
            return self
        return replace(self, ballots=(*self.ballots[:-1], {**self.ballots[-1], ticket: option}))

    def without(self, ticket: str) -> "Vote":
        """Without all that this pupil chose; as it is if it is over."""
        if not self.is_open:
            return self
        rest = ({other: option for other, option in ballot.items() if other != ticket} for ballot in self.ballots)
        return replace(self, ballots=tuple(rest))

    def explain(self) -> "Vote":
        """Show the hint, and let everybody try once more."""
        if self.stage != "open":
            return self
        return replace(self, stage="explained", ballots=(*self.ballots, {}))

    def reveal(self, question: Question | None = None) -> "Vote":
        """End it; `question` is the same one with the answer, where that has only now become known."""
        return replace(self, stage="revealed", question=question or self.question)

    def choice(self, ticket: str) -> str | None:
        """What this pupil chose last; None before the first choice of this try."""
        return self.ballots[-1].get(ticket)

    def counts(self, try_: int = -1) -> dict[str, int]:
        """How many chose each option in this try, 0 or 1; -1 is the last one."""
        chosen = Counter(self.ballots[try_].values())
        return {option: chosen[option] for option in self.question.options}
