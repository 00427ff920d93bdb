"""The header of a text file, and the question bank that is written with it."""

import pytest

from cnn_core.lessons import header


class TestHeader:
    def test_values_and_the_text_below_are_read_as_they_are_written(self):
        text = "---\ntitle: A: b\n\ngoal: one\n  and two\nempty:\n---\n\nText\n\n---\n\nmore\n"
        values, body = header.read(text)
        assert values == {"title": "A: b", "goal": "one and two", "empty": ""}
        assert body == "Text\n\n---\n\nmore"

    def test_a_text_may_have_no_header_and_other_line_ends(self):
        assert header.read("# Only text\n---\n") == ({}, "# Only text\n---")
        assert header.read("\ufeff---\r\nminutes: 20\r\n---\r\nText\r\n") == ({"minutes": "20"}, "Text")

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("---\ntitle: endless", "no end"),
            ("---\ntitle\n---", "Line 2"),
            ("---\na: 1\n: 2\n---", "Line 3"),
            ("---\na: 1\na: 2\n---", "second time"),
        ],
    )
    def test_what_is_no_header_is_said_with_its_place(self, text, complaint):
        with pytest.raises(ValueError, match=complaint):
            header.read(text)
