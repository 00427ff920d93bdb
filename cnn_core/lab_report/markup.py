"""HTML that is balanced and escaped by the way it is made: whatever is no `Markup` is text."""

import html
import re


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


_VOID = ("meta", "img", "br")
# A backslash takes a character its meaning; then code, bold, italics.
_INLINE = re.compile(
    r"\\(?P<plain>[!-/:-@\[-`{-~])|`(?P<code>[^`]+)`|\*\*(?P<bold>.+?)\*\*|\*(?P<italic>[^*\s][^*]*)\*"
)
_TAGS = {"code": "code", "bold": "strong", "italic": "em"}


def element(name: str, /, *content: str, **attributes: object) -> Markup:
    """An element; `class_` and `http_equiv` stand for names that Python cannot write. None leaves an attribute out."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = join(*content)
    return Markup(f"<{name}{written}>" if name in _VOID else f"<{name}{written}>{inside}</{name}>")


def join(*content: str) -> Markup:
    return Markup("".join(part if isinstance(part, Markup) else html.escape(part) for part in content))


def prose(text: str) -> Markup:
    """Markdown of which paragraphs, lists, bold, italics and code are kept; all else of it is text."""
    return join(*(_paragraph(part.strip().splitlines()) for part in re.split(r"\n\s*\n", text) if part.strip()))


def inline(text: str) -> Markup:
    """The same of one line."""
    parts, end = [], 0
    for match in _INLINE.finditer(text):
        parts.append(text[end : match.start()])
        kind = match.lastgroup
        inside = match[kind] if kind in ("plain", "code") else inline(match[kind])
        parts.append(inside if kind == "plain" else element(_TAGS[kind], inside))
        end = match.end()
    return join(*parts, text[end:])


def _paragraph(lines: list[str]) -> Markup:
    """A list where each line begins one or goes on with it, else a paragraph."""
    if not lines[0].startswith("- "):
        at = next((number for number, line in enumerate(lines) if line.startswith("- ")), len(lines))
        rest = _paragraph(lines[at:]) if lines[at:] else Markup()
        return join(element("p", inline(" ".join(line.strip() for line in lines[:at]))), rest)
    items: list[str] = []
    for line in lines:
        if line.startswith("- "):
            items.append(line[2:])
        else:
            items[-1] += f" {line.strip()}"
    return element("ul", *(element("li", inline(item)) for item in items))
