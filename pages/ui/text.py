"""Text that somebody typed, for places where Streamlit reads Markdown."""

import re

# Signs that Streamlit acts on even behind a backslash: it makes links, icons and arrows of the finished text, piece by
# piece. A directive that says nothing puts the sign into a piece of its own: http, :, //example, ., com.
_ACTS_LATE = re.compile(r"[:@.<>=~]|(?<!\w)-")
_MARKDOWN = re.compile(r"[!\"#$%&'*+/;?\[\\\]^_`{|}]")


def plain(text: str) -> str:
    """The text as it was typed, on one line: no link, no markup, no icon, no formula, wherever Markdown is read."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
    return _ACTS_LATE.sub(r":color[\\\g<0>]", escaped)
