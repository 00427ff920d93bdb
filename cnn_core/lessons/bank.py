"""The question bank: what pupils believe wrongly of convolutional networks, a text file for each.

    ---
    title: How many maps come out
    belief: what pupils believe
    see: inside?inside.part=The+network
    where: Inside, The network
    hint: what is explained between two tries, and does not give the answer away
    why: two or three sentences that are said with the answer
    ---
    The question.

    - [ ] a wrong answer
    - [x] the right one

`see` names a page of the app and its state, as a link's address does; `where` says the same in words. Question, hint
and why are Markdown, the answers plain text.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from cnn_core.classroom import Mark, Question
from cnn_core.lessons import header

FOLDER = Path(__file__).parents[2] / "assets" / "questions"
_ANSWER = re.compile(r"- \[([ xX])\] (.+)")
_NAMES = ("title", "belief", "see", "where", "hint", "why")


@dataclass(frozen=True, slots=True)
class Entry:
    """A question of the bank, and what a teacher knows of it."""

    title: str
    belief: str
    page: str  # the name of the app's page, `inside`, where one can see it
    state: dict[str, str]  # of that page: the values in its address
    where: str
    question: Question


def read_bank(folder: Path = FOLDER) -> tuple[dict[str, Entry], list[str]]:
    """All entries by the names of their files, in the order of these; and a sentence for each file that is none."""
    entries, complaints = {}, []
    for path in sorted(folder.glob("*.md")):
        try:
            entries[path.stem] = read_entry(path.read_text(encoding="utf-8"), topic=f"bank.{path.stem}")
        except (OSError, ValueError) as error:
            complaints.append(f"{path.name} is no question: {error}")
    return entries, complaints


def read_entry(text: str, topic: str = "") -> Entry:
    """An entry from the text of its file. Raises ValueError that says what is missing."""
    values, body = header.read(text)
    if missing := [name for name in _NAMES if not values.get(name)]:
        raise ValueError(f"Its header has no {missing[0]!r}.")
    page, _, state = values["see"].partition("?")
    asked, answers, right = _parts(body)
    if len(right) != 1:
        raise ValueError(f"One answer should be marked as right, [x], not {len(right)}.")
    why = f"{values['why']} See it under *{values['where']}*."
    question = Question(asked, answers, (Mark("right", right[0]),), values["hint"], why, topic)
    return Entry(values["title"], values["belief"], page, dict(parse_qsl(state)), values["where"], question)


def _parts(body: str) -> tuple[str, tuple[str, ...], list[str]]:
    """The question on one line, its answers, and those that are marked."""
    lines = [line.strip() for line in body.splitlines() if line.strip()]
    found = [(line, _ANSWER.fullmatch(line)) for line in lines]
    answers = [(match[2].strip(), match[1] != " ") for _, match in found if match]
    asked = " ".join(line for line, match in found if not match)
    if not asked:
        raise ValueError("It asks nothing.")
    return asked, tuple(answer for answer, _ in answers), [answer for answer, is_right in answers if is_right]
