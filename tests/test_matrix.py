"""What the confusion matrix's grid is told to write, to colour and to say; the difference of two; and its files."""

import csv
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from cnn_core import data
from cnn_core.plotting import (
    change_cells,
    describe_groups,
    describe_matrix,
    matrix_cells,
    matrix_csv,
    matrix_svg,
)
from pages.ui.components.matrix import difference_data, matrix_data

NAMES = ("a", "b", "c")
ANIMALS = ("cat", "dog", "frog")
COUNTS = np.array([[8, 2, 0], [1, 9, 0], [3, 3, 1004]])  # rows actual, columns predicted; asymmetric


@pytest.mark.parametrize(
    ("by", "written"),
    [
        ("count", [["8", "2", "0"], ["1", "9", "0"], ["3", "3", "1,004"]]),
        ("actual", [["80", "20", "0"], ["10", "90", "0"], ["0.3", "0.3", "99"]]),  # what is not 0 is not written as 0
        ("predicted", [["67", "14", "0"], ["8.3", "64", "0"], ["25", "21", "100"]]),
    ],
)
def test_the_chosen_number_is_written_in_its_cell(by, written):
    assert matrix_cells(COUNTS, by).written == written


def test_mistakes_and_right_answers_are_shaded_on_scales_of_their_own():
    shades = np.array(matrix_cells(COUNTS, "actual").shades)
    assert shades.max() == shades[2, 2] == shades[0, 1] == 1
    assert ((shades == 0) == (COUNTS == 0)).all()
    assert shades[1, 0] == 0.5


def test_a_logarithmic_colour_tells_few_from_fewer_beside_many():
    counts = np.array([[900, 1, 9], [0, 10, 99], [0, 0, 1]])
    linear, logarithmic = (np.array(matrix_cells(counts, is_logarithmic=on).shades) for on in (False, True))
    assert linear[0, 1] == pytest.approx(1 / 99, abs=1e-3)
    assert logarithmic[0, 1] == pytest.approx(np.log(2) / np.log(100), abs=1e-3)
    assert logarithmic[0, 2] == pytest.approx(0.5, abs=1e-3)  # 9 is half of the way from 0 to 99
    for shades in (linear, logarithmic):
        assert shades[1, 2] == shades[0, 0] == 1
        assert ((shades == 0) == (counts == 0)).all()
    for by in ("actual", "predicted"):
        shades = np.array(matrix_cells(counts, by, is_logarithmic=True).shades)
        assert ((shades == 0) == (counts == 0)).all()
        assert shades.max() == 1


def test_a_hidden_diagonal_has_no_number_and_no_colour_and_the_mistakes_stay():
    shown, hidden = matrix_cells(COUNTS), matrix_cells(COUNTS, hides_diagonal=True)
    for i in range(3):
        for j in range(3):
            expected = ("", 0) if i == j else (shown.written[i][j], shown.shades[i][j])
            assert (hidden.written[i][j], hidden.shades[i][j]) == expected
    assert hidden.margins == shown.margins


def test_the_margins_are_recall_precision_and_accuracy():
    margins = matrix_cells(COUNTS, order=[2, 0, 1]).margins
    assert margins.recall == ["99.4", "80.0", "90.0"]
    assert margins.precision == ["100.0", "66.7", "64.3"]
    assert margins.accuracy == "99.1"
    assert matrix_cells(np.zeros((2, 2), int)).margins.recall == ["0.0", "0.0"]


def test_an_order_moves_rows_columns_and_names_together():
    data = matrix_data(COUNTS, ANIMALS, matrix_cells(COUNTS, order=[2, 0, 1]))
    assert data["names"] == ["frog", "cat", "dog"]
    assert data["order"] == [2, 0, 1]
    assert data["written"] == [["1,004", "3", "3"], ["0", "8", "2"], ["0", "1", "9"]]
    assert data["labels"][1][2] == "actual cat, predicted dog: 2 test images"
    assert data["good"] == np.eye(3, dtype=bool).tolist()


def test_a_cell_has_a_name_in_words():
    data = matrix_data(COUNTS, ANIMALS, matrix_cells(COUNTS, "actual"))
    assert data["labels"][0][1] == "actual cat, predicted dog: 2 test images"
    assert data["labels"][1][0] == "actual dog, predicted cat: 1 test image"
    assert data["labels"][2][2] == "actual frog, predicted frog: 1,004 test images"
    assert data["hints"][0][1] == "20.0% of the images of cat, 14.3% of those called dog"


@pytest.mark.parametrize("counts", [np.diag([3, 3, 3]), np.zeros((3, 3), int)])
@pytest.mark.parametrize("is_logarithmic", [False, True])
def test_a_perfect_and_an_empty_matrix_are_drawn(counts, is_logarithmic):
    shades = np.array(matrix_cells(counts, "predicted", is_logarithmic=is_logarithmic).shades)
    assert ((shades == 0) == (counts == 0)).all()


class TestDifference:
    BEFORE = np.array([[6, 4, 0], [2, 8, 0], [0, 0, 10]])
    AFTER = np.array([[9, 1, 0], [3, 7, 0], [0, 0, 10]])

    def test_numbers_have_signs_and_better_is_blue(self):
        shown = change_cells(self.BEFORE, self.AFTER)
        assert shown.written == [["+3", "−3", "0"], ["+1", "−1", "0"], ["0", "0", "0"]]
        assert shown.is_good[0][:2] == [True, True]  # more right, fewer mistakes
        assert shown.is_good[1][:2] == [False, False]
        assert shown.shades[0][:2] == [1, 1]
        assert shown.shades[1][:2] == [0.333, 0.333]
        assert shown.shades[2] == [0, 0, 0]

    def test_the_margins_change_in_points(self):
        margins = change_cells(self.BEFORE, self.AFTER, order=[1, 0, 2]).margins
        assert margins.recall == ["−10.0", "+30.0", "0.0"]
        assert margins.precision == ["+20.8", "0.0", "0.0"]  # 8 of 12, then 7 of 8; 6 of 8, then 9 of 12
        assert margins.accuracy == "+6.7"
        assert margins.names == ("± recall", "± precision")

    def test_a_change_is_said_in_words(self):
        data = difference_data(self.BEFORE, self.AFTER, ANIMALS, change_cells(self.BEFORE, self.AFTER))
        assert data["labels"][0][0] == "actual cat, predicted cat: 3 test images more"
        assert data["labels"][1][1] == "actual dog, predicted dog: 1 test image fewer"
        assert data["labels"][2][0] == "actual frog, predicted cat: as many test images as before"
        assert data["hints"][0][1] == "4 before, 1 after"

    def test_the_same_matrix_twice_has_no_colour(self):
        shown = change_cells(self.AFTER, self.AFTER)
        assert not np.any(shown.shades)
        assert {text for row in shown.written for text in row} == {"0"}


class TestWords:
    def test_the_sentence_has_the_numbers_of_the_matrix(self):
        assert describe_matrix(COUNTS, ANIMALS) == (
            "1,021 of 1,030 test images are right (99.1%). Lowest recall: cat, 80.0%. "
            "Most frequent mistake: frog taken for cat, 3 images."
        )

    def test_a_class_that_is_never_said_and_one_without_images(self):
        said = describe_matrix(np.array([[3, 0, 1], [0, 0, 0], [0, 0, 4]]), ANIMALS)
        assert "Lowest recall: cat, 75.0%." in said  # no image shows a dog, so none was missed
        assert "cat taken for frog, 1 image." in said
        assert said.endswith("The network never says dog.")

    def test_without_a_mistake_there_is_no_worst(self):
        assert describe_matrix(np.diag([2, 3]), ("cat", "dog")) == "5 of 5 test images are right (100.0%)."

    def test_groups_say_how_many_mistakes_cross_and_how_many_would_at_random(self):
        # Classes 0 and 1 against 2: of 10 mistakes 2 + 1 cross. At random of 16 images of the first group one in two
        # wrong answers would, of 9 of the second each: (16 / 2 + 9) / 25 = 68%.
        counts = np.array([[5, 3, 1], [4, 2, 1], [1, 0, 8]])
        assert describe_groups(counts, [[0, 1], [2]], ["animals", "vehicles"]) == (
            "2 of 16 test images of animals are taken for vehicles, 1 of 9 the other way round. Of the 10 mistakes, "
            "30% cross from one group to the other. If every wrong class were equally likely, 68% would."
        )
        assert describe_groups(np.diag([1, 1, 1]), [[0, 1], [2]], ["animals", "vehicles"]).startswith("No mistake")

    def test_the_groups_of_a_data_set_hold_each_class_once(self):
        groups = data.about("cifar10").groups
        assert sorted(name for group in groups.values() for name in group) == sorted(data.about("cifar10").class_names)
        assert {name: len(group) for name, group in groups.items()} == {"animals": 6, "vehicles": 4}
        assert data.about("shapes10").groups == {}


class TestFiles:
    SVG = "{http://www.w3.org/2000/svg}"

    def drawn(self, shown, title="A <run> & more"):
        return ET.fromstring(matrix_svg(shown, ANIMALS, title, "One sentence. " * 20))

    def test_the_drawing_has_every_number_and_name(self):
        shown = matrix_cells(COUNTS, "actual", order=[2, 0, 1])
        texts = [text.text for text in self.drawn(shown).iter(f"{self.SVG}text")]
        assert texts[0] == "A <run> & more"
        for word in (*ANIMALS, "recall %", "precision %", "the network said", "the image is"):
            assert word in texts
        numbers = [text for row in shown.written for text in row]
        margins = [*shown.margins.recall, *shown.margins.precision, shown.margins.accuracy]
        assert all(texts.count(number) >= [*numbers, *margins].count(number) for number in numbers + margins)

    def test_all_is_inside_the_picture_and_colours_follow_the_shades(self):
        drawing = self.drawn(matrix_cells(COUNTS))
        width, height = float(drawing.get("width")), float(drawing.get("height"))
        for text in drawing.iter(f"{self.SVG}text"):
            assert 0 <= float(text.get("x")) < width
            assert 0 <= float(text.get("y")) < height
        fills = [rect.get("fill") for rect in drawing.iter(f"{self.SVG}rect")][1:]  # after the paper
        assert len(fills) == COUNTS.size
        pale = "#f3f5f9"
        assert [fill == pale for fill in fills] == (COUNTS == 0).ravel().tolist()
        blue, orange = fills[8], fills[6]  # the strongest of each
        assert int(blue[5:], 16) > int(blue[1:3], 16)
        assert int(orange[1:3], 16) > int(orange[5:], 16)

    def test_the_difference_of_two_is_drawn_too(self):
        drawing = self.drawn(change_cells(COUNTS, COUNTS.T))
        assert {"−3", "± recall"} <= {text.text for text in drawing.iter(f"{self.SVG}text")}

    def test_the_table_holds_the_counts_in_the_order_on_the_screen(self):
        rows = list(csv.reader(matrix_csv(COUNTS, ("cat, wild", "dog", "frog"), [2, 0, 1]).splitlines()))
        assert rows == [
            ["image is", "frog", "cat, wild", "dog"],
            ["frog", "1004", "3", "3"],
            ["cat, wild", "0", "8", "2"],
            ["dog", "0", "1", "9"],
        ]
