"""Titles are plain text on one line: no markup, nothing invisible, nothing that turns the line around."""

import unicodedata

LENGTH = 60  # characters at most
_MARKDOWN = "[]<>`$*|#"  # what Markdown would make a link, a picture or a formula of
# Controls, direction marks and zero-width characters, private and unassigned ones, lone halves of a pair.
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Co", "Cn", "Cs"}
# Blank although they count as letters, marks or symbols.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"


def clean(text: str) -> str:
    """The title that may be shown; empty if there was nothing to see in it."""
    return " ".join("".join(map(_shown, text)).split())[:LENGTH].strip()


def _shown(character: str) -> str:
    if character.isspace() or character in _MARKDOWN:
        return " "
    is_invisible = unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _BLANK
    return "" if is_invisible else character
