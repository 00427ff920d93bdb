"""Text that somebody typed, for the places where Streamlit reads Markdown: nearly all but data frames and options."""

import re

_LIST = re.compile(r"^(\d+)(?=[.)](?!\S))")
_MARKDOWN = re.compile(r"[#$&*+\[\\\]^_`{|}]")
# Streamlit turns the rendered text into links, icons and arrows, which a backslash does not prevent. They need their
# characters in one piece, so an empty directive around one of them breaks the piece: http, :, //example.com.
_READ_LATE = re.compile(r"[:@<>=~]|(?<=www)\.|(?<!\w)-", re.IGNORECASE)

_ICON, _DIRECTIVE = re.compile(r":material/\w+: ?"), re.compile(r":color\[(\\.)\]")


def plain(text: str) -> str:
    """The text as it was typed, on one line: no link, no markup, no icon and no formula.

    Not for a badge: Streamlit puts its text into a directive and shows what protects it there.
    """
    escaped = _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
    return _READ_LATE.sub(r":color[\\\g<0>]", _LIST.sub(r"\1\\", escaped))


def portable(markdown: str) -> str:
    """A page's Markdown for other readers than Streamlit's: without its icons and the directives of `plain`."""
    return _ICON.sub("", _DIRECTIVE.sub(r"\1", markdown))
