"""A lesson as text; `reading.read` makes the same lesson of it again."""

import textwrap
from collections.abc import Mapping

from cnn_core.lessons.lesson import Asked, Lesson, Step

OR = " | "  # between the options of a question
_WIDTH = 110


def write(lesson: Lesson) -> str:
    about = {"title": lesson.title, "goal": lesson.goal, "ask": lesson.ask, "believed": lesson.believed}
    return "\n".join([_header(about), *map(_step, lesson.steps)])


def _step(step: Step) -> str:
    values = {"page": step.address, "minutes": str(step.minutes)}
    values |= {"locked": ", ".join(step.locked), "hidden": ", ".join(step.hidden)}
    values |= _question(step.question)
    return f"## {step.title}\n{_header(values | {'note': step.note})}{step.task}\n"


def _question(question: Asked | str | None) -> dict[str, str]:
    if question is None:
        return {}
    if isinstance(question, str):
        return {"bank": question}
    options = OR.join(question.options)
    values = {"question": question.text, "options": options, "right": question.right}
    return values | {"hint": question.hint, "why": question.why}


def _header(values: Mapping[str, str]) -> str:
    lines = [_line(f"{name}: {value}") for name, value in values.items() if value]
    return "\n".join(["---", *lines, "---", ""])


def _line(text: str) -> str:
    return textwrap.fill(text, _WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
