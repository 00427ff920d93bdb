"""Text that somebody typed, for the places where Streamlit reads Markdown: nearly all but data frames and options."""

import re

_LIST = re.compile(r"^(\d+)(?=[.)](?!\S))")
_MARKDOWN = re.compile(r"[#$&*+\[\\\]^_`{|}]")
# Streamlit makes links, icons and arrows of the finished text, where a backslash no longer helps. They need their signs
# in one piece; a directive that says nothing makes a piece of its own of each: http, :, //example.com.
_READ_LATE = re.compile(r"[:@<>=~]|(?<=www)\.|(?<!\w)-", re.IGNORECASE)


def plain(text: str) -> str:
    """The text as it was typed, on one line: no link, no markup, no icon and no formula.

    Not for a badge: Streamlit puts its text into a directive and shows what protects it there.
    """
    escaped = _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
    return _READ_LATE.sub(r":color[\\\g<0>]", _LIST.sub(r"\1\\", escaped))
