"""Text that anybody may have written, made fit to be shown: on one line, with nothing invisible in it."""

import unicodedata

# Controls, direction marks and zero-width characters, private and unassigned ones, lone halves of a pair.
_INVISIBLE_CATEGORIES = {"Cc", "Cf", "Co", "Cn", "Cs"}
# Blank although they count as letters, marks or symbols.
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"


def plain(text: str) -> str:
    """The text on one line, without invisible characters, so that any file's text may be shown."""
    shown = (" " if character.isspace() else "" if _is_invisible(character) else character for character in text)
    return " ".join("".join(shown).split())


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _BLANK
