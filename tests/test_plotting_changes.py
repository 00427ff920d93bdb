"""What is drawn of a change and of surgery, and the same in words."""

import numpy as np

from cnn_core.explanation.changes import CHANGES
from cnn_core.explanation.robustness import Curve
from cnn_core.plotting import (
    accuracy_over,
    before_and_after,
    describe_accuracy,
    describe_answer,
    describe_flips,
    describe_recalls,
    enlarged,
    probability_lines,
    recall_change,
    style,
)

NAMES = tuple("abcdefghij")


def answers(*classes, share=0.7):
    """Probabilities (S, 10) of which each row's largest belongs to its class."""
    rest = (1 - share) / 9
    return np.where(np.eye(10)[list(classes)] == 1, share, rest)


def shifted(**others):
    """The answer `c` at all seventeen shifts but these: by their pixels."""
    given = {int(pixels.replace("m", "-")): number for pixels, number in others.items()}
    return answers(*(given.get(pixels, 2) for pixels in range(-8, 9)))


class TestTheLinesOfAChange:
    def test_the_flips_are_said_with_their_strengths(self):
        said = describe_flips("across", shifted(**{"3": 9, "4": 1, "m2": 5}), NAMES)
        assert said == (
            "For the image as it is the network says c, softmax 70%. Moved 2 pixels to the left: f. "
            "Moved 3 pixels to the right: j."
        )
        assert "over the whole range" in describe_flips("across", shifted(), NAMES)

    def test_the_answer_the_label_and_the_flips_are_named_and_the_others_quiet(self):
        drawn = probability_lines("across", shifted(**{"3": 9, "m2": 5}), NAMES, label=0)
        kinds = {line["class"]: line["kind"] for line in drawn["lines"]}
        assert len(drawn["lines"]) == 10
        assert {number: kind for number, kind in kinds.items() if kind} == {
            2: "answer",
            0: "label",
            9: "other",
            5: "other",
        }
        assert [line["kind"] for line in drawn["lines"]][:6] == [""] * 6, "the quiet ones lie below"
        assert drawn["flips"] == [{"at": 6, "class": 5}, {"at": 11, "class": 9}]
        assert drawn["neutral"] == 8
        assert drawn["ticks"] == [[0, "−8"], [4, "−4"], [8, "0"], [12, "4"], [16, "8"]]

    def test_a_label_that_is_the_answer_is_drawn_once(self):
        drawn = probability_lines("across", shifted(), NAMES, label=2)
        assert [line["kind"] for line in drawn["lines"] if line["kind"]] == ["answer"]

    def test_a_range_that_begins_at_its_neutral_strength_flips_once(self):
        probabilities = answers(*([4] * 5 + [6] * 12))
        assert len(CHANGES["noise"].strengths) == 17
        drawn = probability_lines("noise", probabilities, NAMES)
        assert drawn["flips"] == [{"at": 5, "class": 6}]
        assert "With noise of 20: g." in drawn["alt"]


class TestAccuracyOverAChange:
    curve = Curve(
        np.array([-8, -1, 0, 1, 8], np.float32), np.array([10, 70, 80, 72, 30]), np.array([75, 12, 0, 9, 60]), 100,
        np.array([3]),
    )  # fmt: skip

    def test_the_line_is_the_share_that_is_right(self):
        line = accuracy_over("across", self.curve, 10).data[0]
        assert list(line.y) == [0.1, 0.7, 0.8, 0.72, 0.3]
        assert list(line.x) == [-8, -1, 0, 1, 8]

    def test_the_words_give_the_n_and_the_worst(self):
        said = describe_accuracy("across", self.curve)
        assert said == "Of 100 test images 80.0% are recognised as they are. Moved 8 pixels to the left: 10.0%."

    def test_a_change_that_harms_nothing_is_said(self):
        same = Curve(self.curve.strengths, np.full(5, 80), np.zeros(5, int), 100, np.array([], int))
        assert "at every strength measured" in describe_accuracy("across", same)


class TestSurgery:
    before, after = answers(3)[0], answers(7, share=0.5)[0]

    def test_both_answers_are_bars_on_one_scale(self):
        figure = before_and_after(self.before, self.after, NAMES, label=3)
        assert [list(bar.x) for bar in figure.data] == [self.before.tolist(), self.after.tolist()]
        assert figure.data[0].y[3] == "<b>d</b>"

    def test_each_pair_is_written_once_at_the_end_of_the_longer_bar(self):
        before, after = before_and_after(self.before, self.after, NAMES).data
        assert (before.text[3], after.text[3]) == ("70% → 6%", "")
        assert (before.text[7], after.text[7]) == ("", "3% → 50%")
        same = before_and_after(self.before, self.before, NAMES).data[1]
        assert same.text[3] == "70%"

    def test_on_a_beamer_its_type_and_height_grow_and_the_bars_stay(self):
        usual = before_and_after(self.before, self.after, NAMES)
        large = enlarged(before_and_after(self.before, self.after, NAMES), 1.5)
        assert large.layout.height == 1.5 * usual.layout.height
        for figure, size in ((usual, style.TEXT), (large, 1.5 * style.TEXT)):
            assert {figure.layout.xaxis.tickfont.size, *(bar.textfont.size for bar in figure.data)} == {size}
        assert large.layout.yaxis.tickfont.color == style.LABEL
        assert [bar.x.tolist() for bar in large.data] == [bar.x.tolist() for bar in usual.data]

    def test_the_answer_in_words(self):
        assert describe_answer(self.before, self.after, NAMES) == "Now it says h, 50.0%. Before it said d, 70.0%."
        assert describe_answer(self.before, self.before, NAMES) == "It still says d: 70.0%, as before."
        weaker = answers(3, share=0.4)[0]
        assert describe_answer(self.before, weaker, NAMES) == "It still says d: 40.0% instead of 70.0%."

    def test_recalls_are_drawn_as_points_and_the_largest_said(self):
        before, after = np.full(10, 0.8), np.full(10, 0.8)
        after[[2, 5]] = 0.5, 0.9
        np.testing.assert_allclose(recall_change(before, after, NAMES).data[0].x, [0, 0, -30, 0, 0, 10, 0, 0, 0, 0])
        said = describe_recalls(before, after, NAMES)
        assert said == "Of the classes, c lost most, from 80% to 50% and f gained most, from 80% to 90%."
        assert describe_recalls(before, before, NAMES) == "No class moved by a point or more."
