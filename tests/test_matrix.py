"""What the confusion matrix's grid is told to write, to colour and to say."""

import numpy as np
import pytest

from pages.ui.components.matrix import matrix_data

NAMES = ("a", "b", "c")
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
    assert matrix_data(COUNTS, NAMES, by)["written"] == written


def test_mistakes_and_right_answers_are_shaded_on_scales_of_their_own():
    shades = np.array(matrix_data(COUNTS, NAMES, "actual")["shades"])
    assert shades.max() == shades[2, 2] == shades[0, 1] == 1
    assert ((shades == 0) == (COUNTS == 0)).all()
    assert shades[1, 0] == 0.5


def test_a_cell_has_a_name_in_words():
    data = matrix_data(COUNTS, ("cat", "dog", "frog"), "actual")
    assert data["labels"][0][1] == "actual cat, predicted dog: 2 test images"
    assert data["labels"][1][0] == "actual dog, predicted cat: 1 test image"
    assert data["labels"][2][2] == "actual frog, predicted frog: 1,004 test images"
    assert data["hints"][0][1] == "20.0% of the images of cat, 14.3% of those called dog"


@pytest.mark.parametrize("counts", [np.diag([3, 3, 3]), np.zeros((3, 3), int)])
def test_a_perfect_and_an_empty_matrix_are_drawn(counts):
    shades = np.array(matrix_data(counts, NAMES, "predicted")["shades"])
    assert ((shades == 0) == (counts == 0)).all()
