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


def read(text: str, *, first: int = 1) -> tuple[dict[str, str], str]:
    """The values by their names, as written, and the text below, without blank lines around it; no values where the
    text does not begin with a header. Raises ValueError that names the line where the header is no such thing.

    first: the number of the text's first line in its file, where it is a part of one.
    """
    text = text.removeprefix("\ufeff")
    first += text[: len(text) - len(text.lstrip())].count("\n")
    lines = text.strip().splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        return {}, "\n".join(lines)
    fences = [number for number, line in enumerate(lines) if line.rstrip() == _FENCE]
    if len(fences) < 2:
        raise ValueError(f"The header that begins in line {first} has no end: write a line of three hyphens there.")
    values: dict[str, str] = {}
    name = ""
    for number, line in enumerate(lines[1 : fences[1]], first + 1):
        if not line.strip():
            continue
        if line[0].isspace() and name:
            values[name] = f"{values[name]} {line.strip()}".strip()
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not name or not colon:
            raise ValueError(
                f"Line {number} should be “name: value”, but it is {line!r}. Write the name, a colon and the value."
            )
        if name in values:
            raise ValueError(f"Line {number} says {name!r} a second time. Delete one of the two.")
        values[name] = value
    return values, "\n".join(lines[fences[1] + 1 :]).strip()
