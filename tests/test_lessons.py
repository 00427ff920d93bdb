"""Lessons as text: what is read, what is refused and how, and what comes back from a link."""

import base64
import hashlib
import zlib
from pathlib import Path

import pytest

from cnn_core import lessons
from cnn_core.lessons import Asked, LessonError
from cnn_core.lessons.link import LONGEST

FOLDER = Path(__file__).parents[1] / "assets" / "lessons"

TEXT = """---
title: Two sums
goal: Pupils can add up nine products, which is a goal that takes more than one line of the file that says so,
  and so it goes on.
ask: What: comes next?
---

## One sum
---
page: convolution?convolution.step=One sum&convolution.kernel=1 0 -1
minutes: 5
locked: kernel, part
hidden: answers
question: What is 1 + 1?
options: 1 | 2 | 3
right: 2
hint: Count.
why: It is.
note: Nobody knows this at once.
---
**Look** at the window.

- first
- second

## The other
---
page: home
minutes: 3
bank: 01-maps
---
---
"""


def changed(old, new):
    assert old in TEXT
    return TEXT.replace(old, new, 1)


def packed(text):
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")


class TestReading:
    def test_a_lesson_is_what_its_text_says(self):
        lesson = lessons.read(TEXT)
        first, second = lesson.steps
        assert (lesson.title, lesson.ask, lesson.believed) == ("Two sums", "What: comes next?", "")
        assert lesson.goal.endswith("says so, and so it goes on.")
        assert lesson.minutes == 8
        assert first.page == "convolution"
        assert first.state == {"convolution.step": "One sum", "convolution.kernel": "1 0 -1"}
        assert first.locked == ("kernel", "part")
        assert first.hidden == ("answers",)
        assert first.question == Asked("What is 1 + 1?", ("1", "2", "3"), "2", "Count.", "It is.")
        assert first.task == "**Look** at the window.\n\n- first\n- second"
        assert (second.question, second.state, second.task) == ("01-maps", {}, "---")

    def test_a_lesson_is_written_to_the_same_text(self):
        assert lessons.write(lessons.read(TEXT)) == TEXT

    def test_an_address_may_be_copied_whole(self):
        text = changed("page: home", "page: https://cnn.school.org/lab/dataset?dataset.seed=7&k=1 / 2")
        assert lessons.read(text).steps[1].address == "dataset?dataset.seed=7&k=1 / 2"

    @pytest.mark.parametrize(
        ("old", "new", "line", "said"),
        [
            ("title: Two sums\n", "", 1, "The lesson needs it"),
            ("ask: What", "asks: What", 5, "Did you mean “ask”?"),
            ("ask: What", "minutes: 3\nask: What", 5, "Each step says its own minutes"),
            ("---\n\n## One sum", "---\nWelcome!\n\n## One sum", 7, "'Welcome!'"),
            ("---\ntitle", "title", 1, "Begin with title and goal"),
            ("page: convolution?", "page: convolutions?", 10, "Did you mean “convolution”?"),
            ("page: home", "page: home?teacher=abc", 28, "Delete “teacher”"),
            ("page: home\n", "", 27, "“The other” needs it"),
            ("minutes: 5", "minutes: five", 11, "Write a number such as 5"),
            ("minutes: 5", "minutes: 0", 11, "whole minutes from 1 to 120"),
            ("minutes: 5", "minutes: ٥", 11, "whole minutes"),
            ("locked: kernel, part", "locked: kernl", 12, "Did you mean “kernel”?"),
            ("hidden: answers", "hidden: everything", 13, "Choose from: data set"),
            ("options: 1 | 2 | 3", "options: 2", 15, "2 to 10 different answers"),
            ("right: 2", "right: 4", 16, "one of the answers 1 | 2 | 3"),
            ("bank: 01-maps", "bank: 01-maps\nwhy: so", 31, "Delete one of the two"),
            ("hint: Count.", "hint: Count.\nhint: Add.", 18, "a second time"),
            ("minutes: 3", "minutes", 29, "name: value"),
            ("\n---\n---\n", "\n---\n", 26, "Say what to do"),
            ("**Look**", "x" * 601, 8, "1 to 600 characters"),
        ],
    )
    def test_what_is_refused_is_said_with_its_line(self, old, new, line, said):
        with pytest.raises(LessonError) as refused:
            lessons.read(changed(old, new))
        assert f"ine {line}" in str(refused.value)
        assert said in str(refused.value)

    def test_a_lesson_has_steps_and_is_no_book(self):
        with pytest.raises(LessonError, match="1 to 20 steps"):
            lessons.read(TEXT[: TEXT.index("## One")])
        with pytest.raises(LessonError, match="1 to 20 steps"):
            lessons.read(TEXT + TEXT[TEXT.index("## The") :] * 19)
        with pytest.raises(LessonError, match="at most 40,000 characters"):
            lessons.read(TEXT + "x" * 40_000)


class TestLink:
    def test_a_lesson_comes_back_from_its_link(self):
        lesson = lessons.read(TEXT)
        link = lessons.pack(lesson)
        assert lessons.unpack(link) == lesson
        assert set(link) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    def test_a_lesson_that_no_link_holds_is_refused(self):
        notes = [hashlib.shake_128(bytes([n])).hexdigest(900) for n in range(20)]
        steps = "".join(f"\n## S\n---\npage: home\nminutes: 1\nnote: {note}\n---\nDo\n" for note in notes)
        lesson = lessons.read(f"---\ntitle: Long\ngoal: Long\n---\n{steps}")
        with pytest.raises(LessonError, match="hand it on as a file"):
            lessons.pack(lesson)

    @pytest.mark.parametrize(
        "link",
        [
            "",
            "abc",
            "no base64!",
            "ä" * 40,
            packed(TEXT)[:-9],
            packed(TEXT) + "AAAA",
            packed("x" * 10_000_000),
            "A" * (LONGEST + 1),
            base64.urlsafe_b64encode(zlib.compress(b"\xff\xfe")).decode(),
            packed("no lesson at all"),
        ],
    )
    def test_what_is_no_lesson_is_one_sentence(self, link):
        with pytest.raises(LessonError) as refused:
            lessons.unpack(link)
        assert len(str(refused.value)) < 300


class TestShipped:
    def test_five_ship_and_are_as_long_as_they_say(self):
        minutes = {name: lesson.minutes for name, lesson in lessons.shipped().items()}
        assert minutes == {
            "image-to-matrix": 45,
            "convolution": 20,
            "why-networks-err": 30,
            "how-sure-is-sure": 20,
            "your-own-data": 45,
        }

    def test_each_says_what_to_ask_what_pupils_believe_and_fits_into_a_link(self):
        for lesson in lessons.shipped().values():
            assert all((lesson.goal, lesson.ask, lesson.believed))
            assert any(step.question for step in lesson.steps)
            assert lessons.unpack(lessons.pack(lesson)) == lesson

    def test_their_files_are_written_as_the_app_writes_them(self):
        for name, lesson in lessons.shipped().items():
            assert (FOLDER / f"{name}.md").read_text(encoding="utf-8") == lessons.write(lesson), name
