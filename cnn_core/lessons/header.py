"""The header of a text file: lines of `name: value` between two lines of three hyphens, and below them the text.

    ---
    title: From an image to a matrix
    goal: A class sees how a network learns,
      and where it errs.
    ---
    The text, in Markdown.

A line that begins with a space goes on with the value above it. Every value is a text; what it means decides who reads.
"""

_FENCE = "---"


def read(text: str) -> tuple[dict[str, str], str]:
    """The values by their names, as written, and the text below, without blank lines around it; no values where the
    text does not begin with a header. Raises ValueError that names the line where the header is no such thing."""
    lines = text.removeprefix("\ufeff").strip().splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        return {}, "\n".join(lines)
    fences = [number for number, line in enumerate(lines) if line.rstrip() == _FENCE]
    if len(fences) < 2:
        raise ValueError("The header has no end: a line of three hyphens.")
    values: dict[str, str] = {}
    name = ""
    for number, line in enumerate(lines[1 : fences[1]], start=2):
        if not line.strip():
            continue
        if line[0].isspace() and name:
            values[name] = f"{values[name]} {line.strip()}".strip()
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not name or not colon:
            raise ValueError(f"Line {number} of the header should be “name: value”, not {line!r}.")
        if name in values:
            raise ValueError(f"Line {number} of the header says {name!r} a second time.")
        values[name] = value
    return values, "\n".join(lines[fences[1] + 1 :]).strip()
