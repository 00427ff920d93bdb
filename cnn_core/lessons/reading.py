"""A text as a lesson, checked: what is refused is said with its line, what was expected, what came and what to do."""

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

from cnn_core.lessons import header
from cnn_core.lessons.lesson import GROUPS, LONGEST_TEXT, PAGES, Asked, Lesson, LessonError, Step
from cnn_core.lessons.writing import OR

MOST_STEPS, MOST_MINUTES = 20, 120
_OF_LESSON = ("title", "goal", "ask", "believed")
_OF_QUESTION = ("question", "options", "right", "hint", "why")
_OF_STEP = ("page", "minutes", "locked", "hidden", "bank", *_OF_QUESTION, "note")
_NOT_OF_A_STEP = ("class", "lesson", "lesson.step", "present", "teacher")  # in an address, what belongs to a visit
_LONGEST = {"title": 80, "page": 1_000, "task": 600, "question": 300, "options": 600, "note": 2_000}
_USUALLY = 1_000  # characters of any other value
_HEADING = re.compile(r"^##\s+(\S.*)$")
_HOST = re.compile(r"^https?://[^?]*/(?=[^/?]*(?:\?|$))")  # an address that was copied whole


@dataclass(frozen=True, slots=True)
class _Part:
    """The lesson's header, or a step: its values, the text below, and the lines of the file that it came from."""

    name: str  # in a sentence
    first: int  # number of its first line in the file
    lines: list[str]
    values: dict[str, str]
    body: str

    def line(self, name: str) -> int:
        """The number of the line of this value; of the part's beginning where there is none."""
        found = (n for n, line in enumerate(self.lines, self.first) if line.partition(":")[0].strip() == name)
        return next(found, self.first)


def read(text: str) -> Lesson:
    """The lesson that the text describes. Raises LessonError."""
    if len(text) > LONGEST_TEXT:
        raise LessonError(f"A lesson has at most {LONGEST_TEXT:,} characters, this text {len(text):,}. Shorten it.")
    lines = text.removeprefix("\ufeff").splitlines()
    heads = [number for number, line in enumerate(lines) if _HEADING.match(line)]
    about = _part("The lesson", 1, lines[: heads[0] if heads else None], _OF_LESSON)
    if not about.values:
        _refuse(1, "the lesson's header between two lines of three hyphens", about.body, "Begin with title and goal.")
    if about.body:
        fences = [number for number, line in enumerate(about.lines, 1) if line.rstrip() == "---"]
        line = next(n for n, line in enumerate(about.lines[fences[1] :], fences[1] + 1) if line.strip())
        _refuse(line, "the first step, “## Title”", about.body, "Put this text into a step.")
    title, goal = (_needed(about, name) for name in ("title", "goal"))
    if not 1 <= len(heads) <= MOST_STEPS:
        _refuse(len(lines) or 1, f"1 to {MOST_STEPS} steps, each from a line “## Title” on", str(len(heads)), "Add or "
                "join steps.")  # fmt: skip
    steps = tuple(_step(lines, head, end) for head, end in zip(heads, [*heads[1:], None], strict=True))
    return Lesson(title, goal, steps, _value(about, "ask"), _value(about, "believed"))


def _part(name: str, first: int, lines: list[str], known: Collection[str]) -> _Part:
    """`first`: the number of the first of these lines in the file."""
    try:
        values, body = header.read("\n".join(lines), first=first)
    except ValueError as error:
        raise LessonError(str(error)) from error
    part = _Part(name, first, lines, values, body)
    for unknown in values.keys() - set(known):
        hint = "Each step says its own minutes." if unknown == "minutes" else _meant(unknown, known)
        _refuse(part.line(unknown), f"one of {', '.join(known)}", unknown, hint)
    return part


def _step(lines: list[str], head: int, end: int | None) -> Step:
    title = _HEADING.match(lines[head])[1].strip()
    part = _part(f"The step “{title}”", head + 2, lines[head + 1 : end], _OF_STEP)
    if len(title) > _LONGEST["title"]:
        _refuse(head + 1, f"a title of at most {_LONGEST['title']} characters", title, "Shorten it.")
    if not part.values:
        _refuse(head + 2, "the step's header between two lines of three hyphens", part.body, "Write page and minutes.")
    if not 0 < len(part.body) <= _LONGEST["task"]:
        came = f"{len(part.body)} characters"
        _refuse(head + 1, f"a task of 1 to {_LONGEST['task']} characters below the header", came, "Say what to do.")
    groups = {name: _groups(part, name) for name in ("locked", "hidden")}
    return Step(title, _address(part), _minutes(part), part.body, **groups, question=_question(part),
                note=_value(part, "note"))  # fmt: skip


def _address(part: _Part) -> str:
    address = _HOST.sub("", _needed(part, "page")).removeprefix("/")
    line, page = part.line("page"), address.partition("?")[0]
    if page not in PAGES:
        _refuse(line, f"a page, {', '.join(PAGES[:-1])} or {PAGES[-1]}", page, _meant(page, PAGES))
    step = Step("", address, 1, "")
    if wrong := [name for name in _NOT_OF_A_STEP if name in step.state]:
        _refuse(line, "a page with its own state", wrong[0], f"Delete “{wrong[0]}” from the address.")
    return address


def _minutes(part: _Part) -> int:
    came = _needed(part, "minutes")
    if not (came.isascii() and came.isdigit() and len(came) < 4 and 1 <= int(came) <= MOST_MINUTES):
        _refuse(part.line("minutes"), f"whole minutes from 1 to {MOST_MINUTES}", came, "Write a number such as 5.")
    return int(came)


def _groups(part: _Part, name: str) -> tuple[str, ...]:
    groups = tuple(filter(None, (group.strip() for group in part.values.get(name, "").split(","))))
    for group in groups:
        if group not in GROUPS:
            _refuse(part.line(name), "groups of controls with commas between them", group, _meant(group, GROUPS))
    return groups


def _question(part: _Part) -> Asked | str | None:
    """Of the bank, by its name; or written out; or none."""
    given = [name for name in _OF_QUESTION if name in part.values]
    bank = _value(part, "bank")
    if bank and given:
        line = part.line(given[0])
        _refuse(line, "one question, by its name (bank) or written out", "both", "Delete one of the two.")
    if bank or not given:
        return bank or None
    text = _needed(part, "question")
    options = tuple(filter(None, (option.strip() for option in _needed(part, "options").split(OR.strip()))))
    if not 2 <= len(options) <= 10 or len(set(options)) < len(options):
        expected = f"2 to 10 different answers with “{OR}” between them"
        _refuse(part.line("options"), expected, OR.join(options), "Add one, or delete one.")
    right = _needed(part, "right")
    if right not in options:
        _refuse(part.line("right"), f"one of the answers {OR.join(options)}", right, "Copy the right one.")
    return Asked(text, options, right, _value(part, "hint"), _value(part, "why"))


def _value(part: _Part, name: str) -> str:
    value, most = " ".join(part.values.get(name, "").split()), _LONGEST.get(name, _USUALLY)
    if len(value) > most:
        _refuse(part.line(name), f"at most {most:,} characters after “{name}:”", f"{len(value):,}", "Shorten it.")
    return value


def _needed(part: _Part, name: str) -> str:
    if value := _value(part, name):
        return value
    return _refuse(part.line(name), f"“{name}: …”", "nothing", f"{part.name} needs it: add that line.")


def _refuse(line: int, expected: str, came: str, do: str) -> str:
    """`came` may be a whole text: its beginning is enough."""
    came = " ".join(came.split()) or "nothing"
    came = came if len(came) <= 60 else f"{came[:59]}…"
    raise LessonError(f"Line {line}: expected {expected}; there is {came if came == 'nothing' else repr(came)}. {do}")


def _meant(came: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(came[:60], known, 1)
    return f"Did you mean “{near[0]}”?" if near else f"Choose from: {', '.join(known)}."
