"""Typed text where Streamlit reads Markdown: every special character is behind a backslash, or in a piece of its own.

What a browser makes of it is tested in tests/e2e/test_titles.py.
"""

import re

import pytest

from pages.ui.text import plain

ALONE = r":color[\%s]"


def read(markdown):
    """The text as a reader of Markdown shows it: pieces unwrapped, backslashes gone."""
    return re.sub(r"\\(.)", r"\1", re.sub(r":color\[(\\.)\]", r"\1", markdown))


@pytest.mark.parametrize(
    "title",
    [
        "lesson, Shapes-10",
        "http://example.com/a?b=c&d",
        "www.example.com",
        "me@example.com",
        ":smile: :red[red] $x^2$ ~~gone~~ :material/home:",
        "**bold** _u_ `code` [l](x) <b>h</b> &amp; a -> b -- c",
        "1. list",
        "12) list",
        "# head",
        r"back\slash \* :color[\:]",
    ],
)
def test_the_text_is_shown_as_it_was_typed(title):
    assert read(plain(title)) == title


def test_ordinary_titles_are_left_alone():
    for title in ("lesson, Shapes-10", "variant of minute, CIFAR-10", "0.5 s (2 cores), 86.33%"):
        assert plain(title) == title


@pytest.mark.parametrize("sign", ":@~<>=")
def test_a_sign_that_acts_on_the_finished_text_stands_alone(sign):
    assert plain(f"a{sign}b") == f"a{ALONE % sign}b"


@pytest.mark.parametrize("sign", "#$&*+[]^_`{|}\\")
def test_a_sign_of_markdown_is_behind_a_backslash(sign):
    assert plain(f"a{sign}b") == f"a\\{sign}b"


def test_a_bare_address_is_torn_before_it_can_become_a_link():
    assert plain("see WWW.example.org") == f"see WWW{ALONE % '.'}example.org"
    assert "http:" not in plain("http://example.org").replace(":color", "")
    assert plain("1. a") == r"1\. a"
    assert plain("a -> b") == f"a {ALONE % '-'}{ALONE % '>'} b"


def test_it_is_one_line():
    assert plain("a\n\n    b\tc ") == "a b c"
