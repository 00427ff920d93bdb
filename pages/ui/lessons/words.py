"""The words of a lesson: it may come from a stranger's link, so its text is shown as text, but for lists and bold."""

from cnn_core.lessons import Lesson
from pages.ui.text import plain


def formatted(text: str) -> str:
    """Markdown with the text's paragraphs, its list items and its bold words, and nothing else of what it says."""
    return "\n\n".join("\n".join(map(_line, _joined(part))) for part in text.split("\n\n"))


def on_one_line(text: str) -> str:
    return " ".join(_bold(part) for part in text.split("\n\n"))


def for_the_teacher(lesson: Lesson) -> str:
    """What to know before the lesson."""
    said = {"What to ask": lesson.ask, "What pupils believe wrongly": lesson.believed}
    return "\n\n".join(f"**{title}**: {formatted(words)}" for title, words in said.items() if words)


def _joined(paragraph: str) -> list[str]:
    """The lines of a list, or all of the paragraph as one line."""
    lines: list[str] = []
    for line in paragraph.splitlines():
        if line.startswith("- ") or not lines:
            lines.append(line)
        else:
            lines[-1] += f" {line.strip()}"
    return lines


def _line(line: str) -> str:
    return f"- {_bold(line[2:])}" if line.startswith("- ") else _bold(line)


def _bold(text: str) -> str:
    parts = text.split("**")
    if len(parts) % 2 == 0 or not all(part.strip() for part in parts[1::2]):
        return plain(text)
    return "".join(f"**{plain(part)}**" if number % 2 else _spaced(part) for number, part in enumerate(parts)).strip()


def _spaced(part: str) -> str:
    """`plain` takes the spaces around it away."""
    before, after = part[:1].isspace(), part[-1:].isspace()
    return f"{' ' * before}{plain(part)}{' ' * after}"
