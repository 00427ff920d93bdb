"""The rules of the games, against scikit-learn, least squares and cases done by hand."""

import time

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from cnn_core import evaluation, games
from cnn_core.games import LEVELS, Sorting

LABELS = np.arange(600) % 10
IMAGE = np.random.default_rng(3).integers(0, 256, (12, 32, 32, 3)).astype(np.uint8)
IDENTITY = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 0]], float)


class TestSorting:
    def test_a_round_is_two_images_of_each_class_always_the_same_and_another_than_the_next(self):
        first = games.draw(LABELS, 1)
        assert np.bincount(LABELS[first]).tolist() == [2] * 10
        assert len(set(first.tolist())) == games.IMAGES
        assert np.array_equal(first, games.draw(LABELS, 1))
        assert not np.array_equal(first, games.draw(LABELS, 2))
        assert LABELS[first].tolist() != sorted(LABELS[first].tolist())

    @pytest.mark.parametrize("number", range(1, 9))
    def test_one_image_of_a_round_has_a_doubted_label_where_some_are_known(self, number):
        doubted = {17, 230, 412}
        drawn = games.draw(LABELS, number, doubted)
        assert len(doubted & set(drawn.tolist())) == 1
        assert np.bincount(LABELS[drawn]).tolist() == [2] * 10

    def test_only_twenty_classes_with_twenty_times_are_taken(self):
        good = {"answers": [0, 9] * 10, "seconds": [0.5, 2] * 10}
        assert games.read_sorting(good, 20, 10) == Sorting((0, 9) * 10, (0.5, 2.0) * 10)
        for wrong in (
            None,
            [],
            {},
            "answers",
            {"answers": [0] * 19, "seconds": [1] * 19},
            good | {"answers": [10] * 20},
            good | {"answers": [-1] * 20},
            good | {"answers": [True] * 20},
            good | {"answers": [1.0] * 20},
            good | {"answers": ["1"] * 20},
            good | {"answers": None},
            good | {"seconds": [float("nan")] * 20},
            good | {"seconds": [-1] * 20},
            good | {"seconds": [1e9] * 20},
            good | {"seconds": [10**400] * 20},
            good | {"seconds": [[]] * 20},
        ):
            with pytest.raises(ValueError, match="20 answers"):
                games.read_sorting(wrong, 20, 10)

    def test_the_class_s_answers_make_scikit_learn_s_matrix(self):
        rng = np.random.default_rng(1)
        labels = LABELS[games.draw(LABELS, 4)]
        answers = rng.integers(0, 10, (7, 20))
        counts = games.count_answers([Sorting(tuple(row.tolist()), (1.0,) * 20) for row in answers], 10)
        assert counts.sum(axis=1).tolist() == [7] * 20
        together = evaluation.confusion_matrix(np.tile(labels, 7), answers.ravel(), 10)
        assert np.array_equal(together, confusion_matrix(np.tile(labels, 7), answers.ravel(), labels=range(10)))
        by_class = np.array([counts[labels == label].sum(axis=0) for label in range(10)])
        assert np.array_equal(by_class, together)

    def test_who_is_right_where(self):
        found = games.sides(np.array([1, 1, 1, 1]), np.array([1, 1, 0, 0]), np.array([1, 0, 1, 2]))
        assert {who: where.tolist() for who, where in found.items()} == {
            "both": [0],
            "one": [1],
            "other": [2],
            "neither": [3],
        }


class TestHiddenKernel:
    @pytest.mark.parametrize("level", LEVELS)
    def test_a_kernel_is_what_its_level_says_and_the_same_in_every_round_of_that_number(self, level):
        kernels = [games.hide(level, number) for number in range(1, 40)]
        assert np.array_equal(kernels[4], games.hide(level, 5))
        assert len({kernel.tobytes() for kernel in kernels}) >= 5
        values = np.unique(kernels)
        assert {
            "blur": set(values) == {0, 1},
            "edge": set(values) == {-1, 0, 1} and not any(kernel.sum() for kernel in kernels),
            "known": values.min() < -1 and values.max() > 1,
            "whole": set(values) == {-2, -1, 0, 1, 2},
            "decimal": np.allclose(values * 10, np.rint(values * 10)) and np.abs(values).max() == 1,
        }[level]

    def test_hints_tell_the_truth(self):
        said = games.hints(np.array([[0, 0, 0.5], [0, -3, 1], [0, 0, 0]]))
        assert said[0].startswith("The weights sum to −1.5")
        assert said[1] == (
            "6 of the nine numbers are 0. "
            "The number in row 2, column 2 is the largest, whatever the sign; it is negative."
        )
        assert said[2] == "The middle row is 0, −3, 1."

    def test_the_picture_is_the_one_on_which_a_kernel_shows(self):
        black, flat = np.zeros((32, 32, 3), np.uint8), np.full((32, 32, 3), 90, np.uint8)
        ramp = np.broadcast_to(np.arange(32, dtype=np.uint8)[:, None, None], flat.shape)
        place, gray = games.clearest(np.stack([black, flat, IMAGE[0], ramp]))
        assert place == 2
        assert np.allclose(gray, IMAGE[0] @ [0.299, 0.587, 0.114] / 255)


class TestLikeness:
    image = games.clearest(IMAGE)[1]
    hidden = games.hide("decimal", 1)
    target = games.response(image, hidden)

    def like(self, kernel):
        return games.compare(games.response(self.image, kernel), self.target)

    def test_twice_the_numbers_are_found_and_the_factor_is_said(self):
        twice = self.like(2 * self.hidden)
        assert (twice.is_found, twice.factor, twice.correlation) == (True, pytest.approx(0.5), pytest.approx(1))
        assert self.like(self.hidden).factor == pytest.approx(1)

    def test_the_signs_turned_are_told_from_found(self):
        turned = self.like(-self.hidden)
        assert (turned.is_found, turned.is_turned, turned.correlation) == (False, True, pytest.approx(-1))

    def test_a_near_kernel_is_not_found_and_correlation_is_numpy_s(self):
        near = self.hidden.copy()
        near[0, 0] += 0.1
        found = self.like(near)
        assert not found.is_found
        assert found.correlation == pytest.approx(
            np.corrcoef(games.response(self.image, near).ravel(), self.target.ravel())[0, 1]
        )
        assert 0.9 < found.correlation < 1

    def test_nothing_at_all_correlates_with_nothing(self):
        nothing = self.like(np.zeros((3, 3)))
        assert (nothing.correlation, nothing.factor, nothing.is_found) == (0, 0, False)

    def test_two_blurs_correlate_although_the_kernel_is_not_found(self):
        smooth = np.outer(np.sin(np.arange(32) / 5), np.cos(np.arange(32) / 7)) + 0.01 * self.image
        target = games.response(smooth, np.ones((3, 3)))
        found = games.compare(games.response(smooth, IDENTITY), target)
        assert found.correlation > 0.99
        assert not found.is_found


class TestDescent:
    @pytest.mark.parametrize("level", LEVELS)
    def test_it_finds_what_least_squares_finds_within_two_seconds(self, level, shapes10_image):
        hidden = games.hide(level, 2)
        target = games.response(shapes10_image, hidden)
        start = time.perf_counter()
        descent = games.descend(shapes10_image, target, IDENTITY)
        assert time.perf_counter() - start < 2
        patches = np.array([shapes10_image[i : i + 3, j : j + 3].ravel() for i in range(30) for j in range(30)])
        solution = np.linalg.lstsq(patches, target.ravel())[0].reshape(3, 3)
        assert np.allclose(descent.kernels[-1], solution, atol=0.01)
        assert np.allclose(solution, hidden)

    def test_the_losses_are_those_of_the_kernels_that_are_shown(self):
        image = games.clearest(IMAGE)[1]
        target = games.response(image, games.hide("whole", 1))
        descent = games.descend(image, target, IDENTITY)
        assert np.array_equal(descent.kernels[0], IDENTITY)
        assert descent.steps[0] == 0
        assert np.all(np.diff(descent.steps) > 0)
        assert len(descent.steps) <= 73
        for kernel, loss in zip(descent.kernels, descent.losses, strict=True):
            assert loss == pytest.approx(np.square(games.response(image, kernel) - target).mean(), abs=1e-12)
        assert descent.losses[-1] < 1e-6 < descent.losses[0]

    def test_who_starts_at_the_goal_stays_there(self):
        image, hidden = games.clearest(IMAGE)[1], games.hide("edge", 1)
        descent = games.descend(image, games.response(image, hidden), hidden)
        assert descent.steps.tolist() == [0]


@pytest.fixture(scope="module")
def shapes10_image():
    from cnn_core.data import shapes10

    _, images, _ = next(shapes10.chunks(12, seed=1))
    return games.clearest(images)[1]
