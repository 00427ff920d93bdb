"""What if: each change against an independent reference, the adversarial step by hand, and where an answer flips."""

import numpy as np
import pytest
import scipy.ndimage

from cnn_core.explanation import robustness
from cnn_core.explanation.adversarial import attack, loss_gradient
from cnn_core.explanation.altering import (
    add_noise,
    blur,
    brighten,
    contrast,
    cover,
    fade,
    rotate,
    scale,
    shift_across,
    shift_down,
)
from cnn_core.explanation.changes import CHANGES, first_flips, vary
from cnn_core.explanation.robustness import Curve
from cnn_core.inference import Explained

RNG = np.random.default_rng(4)
IMAGES = RNG.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
MATRIX = RNG.normal(0, 1e-3, (32 * 32 * 3, 10))


def explain_linear(images, weights):
    """A linear classifier's logits, and the gradient of their weighted sum."""
    flat = images.reshape(len(images), -1).astype(float)
    weights = np.eye(10)[weights] if weights.ndim == 1 else weights
    gradient = (weights @ MATRIX.T).reshape(images.shape)
    return Explained(flat @ MATRIX, gradient, images, gradient)


def loss(images, classes):
    logits = explain_linear(images, np.zeros((len(images), 10))).logits
    shifted = logits - logits.max(1, keepdims=True)
    return np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(images)), classes]


def each(change):
    """A change of a plane (32, 32), for every image and channel of the three."""
    planes = [[change(image[..., channel].astype(float)) for channel in range(3)] for image in IMAGES]
    return np.array(planes).transpose(0, 2, 3, 1)


def assert_close(changed, expected, most=0.5 + 1e-6):
    assert changed.dtype == np.uint8
    assert np.abs(changed - np.clip(expected, 0, 255)).max() <= most


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "attack"])
class TestEveryChange:
    def test_at_its_neutral_strength_it_leaves_the_image_as_it_is(self, name):
        np.testing.assert_array_equal(CHANGES[name].apply(IMAGES, CHANGES[name].neutral), IMAGES)

    def test_over_its_whole_range_it_gives_pictures(self, name):
        change = CHANGES[name]
        before = IMAGES.copy()
        for strength in change.strengths:
            changed = change.apply(IMAGES, strength)
            assert (changed.shape, changed.dtype) == (IMAGES.shape, np.uint8)
            if strength != change.neutral:
                assert (changed != IMAGES).any()
        np.testing.assert_array_equal(IMAGES, before)

    def test_each_image_is_changed_as_it_would_be_alone(self, name):
        strength = CHANGES[name].strengths[-2]
        if name != "noise":  # each image of a set has noise of its own
            together = CHANGES[name].apply(IMAGES, strength)
            np.testing.assert_array_equal(together[1:2], CHANGES[name].apply(IMAGES[1:2], strength))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_range_ascends_and_holds_the_neutral_strength_and_the_rough_ones(change):
    for strengths in (change.strengths, change.rough):
        assert list(strengths) == sorted(set(strengths))
        assert change.neutral in strengths
    assert all(change.strengths[0] <= strength <= change.strengths[-1] for strength in change.rough)
    assert len({change.says(strength) for strength in change.strengths}) == len(change.strengths)


@pytest.mark.parametrize("pixels", [-8, -1, 1, 5])
def test_shifts_are_scipys(pixels):
    assert_close(
        shift_across(IMAGES, pixels), each(lambda p: scipy.ndimage.shift(p, (0, pixels), order=0, mode="mirror"))
    )
    assert_close(
        shift_down(IMAGES, pixels), each(lambda p: scipy.ndimage.shift(p, (pixels, 0), order=0, mode="mirror"))
    )


def test_a_shift_by_hand():
    row = np.arange(32, dtype=np.uint8)
    image = np.broadcast_to(row[None, None, :, None], (1, 32, 32, 3))
    np.testing.assert_array_equal(shift_across(image, 2)[0, 0, :5, 0], [2, 1, 0, 1, 2])
    np.testing.assert_array_equal(shift_across(image, -2)[0, 0, -5:, 0], [29, 30, 31, 30, 29])


@pytest.mark.parametrize("degrees", [-180, -45, 15, 90])
def test_a_rotation_is_scipys(degrees):
    turned = each(lambda p: scipy.ndimage.rotate(p, -degrees, reshape=False, order=1, mode="mirror"))
    assert_close(rotate(IMAGES, degrees), turned)


def test_a_quarter_turn_is_clockwise():
    np.testing.assert_array_equal(rotate(IMAGES, 90), np.rot90(IMAGES, -1, axes=(1, 2)))


@pytest.mark.parametrize("factor", [0.5, 0.7, 1.3, 2])
def test_a_scale_is_scipys(factor):
    middle = 15.5
    zoomed = each(
        lambda p: scipy.ndimage.affine_transform(
            p, np.eye(2) / factor, offset=middle - middle / factor, order=1, mode="mirror"
        )
    )
    assert_close(scale(IMAGES, factor), zoomed)


@pytest.mark.parametrize("deviation", [0.4, 1, 4])
def test_a_blur_is_scipys(deviation):
    assert_close(
        blur(IMAGES, deviation), each(lambda p: scipy.ndimage.gaussian_filter(p, deviation, mode="mirror", truncate=4))
    )


def test_noise_has_the_deviation_it_says_and_is_the_same_each_time():
    gray = np.full((20, 32, 32, 3), 128, np.uint8)
    noisy = add_noise(gray, 20)
    assert abs(noisy.astype(float).std() - 20) < 0.3
    assert abs(noisy.mean() - 128) < 0.3
    np.testing.assert_array_equal(noisy, add_noise(gray, 20))


def test_brightness_contrast_and_colour_by_hand():
    image = np.full((1, 32, 32, 3), 100, np.uint8)
    image[0, :16] = 200
    assert set(brighten(image, 100).flat) == {200, 255}
    assert set(brighten(image, -128).flat) == {0, 72}
    assert set(contrast(image, 0.5).flat) == {125, 175}  # about the mean, 150
    assert set(contrast(image, 0).flat) == {150}
    image[:] = [200, 100, 50]
    assert set(fade(image, 1).flat) == {124}  # 59.8 + 58.7 + 5.7
    np.testing.assert_array_equal(fade(image, 0.5)[0, 0, 0], [162, 112, 87])


def test_a_patch_covers_the_middle():
    covered = cover(IMAGES, 8)
    assert (covered[:, 12:20, 12:20] == 128).all()
    covered[:, 12:20, 12:20] = IMAGES[:, 12:20, 12:20]
    np.testing.assert_array_equal(covered, IMAGES)
    assert (cover(IMAGES, 32) == 128).all()


class TestTheAdversarialStep:
    classes = np.array([3, 0, 9])

    def test_the_gradient_points_where_the_loss_grows(self):
        images = IMAGES.astype(float)
        logits = explain_linear(images, np.zeros((3, 10))).logits
        shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        by_hand = ((shares - np.eye(10)[self.classes]) @ MATRIX.T).reshape(images.shape)
        found = loss_gradient(explain_linear, images, self.classes)
        for one, other in zip(found, by_hand, strict=True):
            np.testing.assert_allclose(one / np.linalg.norm(one), other / np.linalg.norm(other), rtol=1e-9, atol=1e-12)

    def test_a_step_changes_every_number_by_its_strength_and_raises_the_loss(self):
        varied = attack(explain_linear, IMAGES, self.classes)
        np.testing.assert_array_equal(varied(0), IMAGES)
        steps = [varied(amount) for amount in (1, 4, 16)]
        for amount, stepped in zip((1, 4, 16), steps, strict=True):
            moved = np.abs(stepped.astype(int) - IMAGES)
            assert moved.max() == amount
            assert (moved[np.abs(IMAGES - 127.5) <= 127.5 - amount] == amount).all()
        losses = [loss(images, self.classes) for images in (IMAGES, *steps)]
        assert (np.diff(losses, axis=0) > 0).all()

    def test_away_from_the_limits_the_loss_is_that_computed_by_hand(self):
        """Of two classes, z1 - z0 = d x; the step adds epsilon |d|, summed, to the loss's exponent."""
        images = np.clip(IMAGES, 20, 230)
        two = MATRIX[:, :2]

        def explain(images, weights):
            logits = np.full((len(images), 10), -1e9)
            logits[:, :2] = images.reshape(len(images), -1).astype(float) @ two
            weights = np.eye(10)[weights] if weights.ndim == 1 else weights
            return Explained(logits, (weights[:, :2] @ two.T).reshape(images.shape), images, images)

        stepped = attack(explain, images, [0, 0, 0])(4)
        margin = images.reshape(3, -1).astype(float) @ (two[:, 1] - two[:, 0])
        expected = np.log1p(np.exp(margin + 4 * np.abs(two[:, 1] - two[:, 0]).sum()))
        logits = explain(stepped, np.zeros((3, 10))).logits[:, :2]
        np.testing.assert_allclose(np.log(np.exp(logits).sum(1)) - logits[:, 0], expected, rtol=1e-9)

    def test_a_network_that_is_quite_sure_still_has_a_direction(self):
        def sure(images, weights):
            found = explain_linear(images, weights)
            return found._replace(logits=1e4 * np.eye(10)[self.classes])

        assert (loss_gradient(sure, IMAGES, self.classes) != 0).any((1, 2, 3)).all()


@pytest.mark.parametrize(
    ("answers", "start", "flips"),
    [
        ([1, 1, 1], 1, []),
        ([2, 1, 1], 1, [0]),
        ([3, 2, 1, 1, 5, 1, 6], 2, [1, 4]),
        ([1, 1, 2, 2], 0, [2]),
    ],
)
def test_a_flip_is_the_nearest_other_answer_on_either_side(answers, start, flips):
    assert first_flips(answers, start) == flips


class TestRobustness:
    labels = np.array([0, 1, 2])

    @staticmethod
    def predict(images):
        """Which third the brightest column is in; it cares about nothing else."""
        column = images.astype(float).sum((1, 3)).argmax(1)
        return np.eye(10)[np.minimum(column // 11, 2)]

    @staticmethod
    def images():
        found = np.zeros((3, 32, 32, 3), np.uint8)
        for number, column in enumerate((9, 20, 24)):
            found[number, :, column] = 255
        return found

    def test_shifts_by_hand(self):
        seen = []
        found = robustness.measure(self.predict, explain_linear, self.images(), self.labels, on_progress=seen.append)
        across = found["across"]
        assert across.n == 3
        counts = {
            int(s): (int(r), int(c)) for s, r, c in zip(across.strengths, across.right, across.changed, strict=True)
        }
        assert counts[0] == (3, 0)
        assert counts[1] == (3, 0)  # columns 10, 21 and 25
        assert counts[2] == (1, 2)  # 11 and 22 are beyond the first and the second third
        assert across.unsteady.tolist() == []  # a pixel changes no answer
        assert (found["down"].right == 3).all()
        assert (found["attack"].strengths == CHANGES["attack"].rough).all()
        assert seen == sorted(seen)
        assert seen[-1] == 1

    def test_what_is_written_is_read(self):
        found = robustness.measure(self.predict, explain_linear, self.images(), self.labels)
        again = robustness.from_arrays(b"network", **robustness.to_arrays(found, b"network"))
        assert again.keys() == found.keys() == CHANGES.keys()
        assert robustness.from_arrays(b"another", **robustness.to_arrays(found, b"network")) is None
        for name, course in found.items():
            for what in Curve.__slots__:
                np.testing.assert_array_equal(getattr(again[name], what), getattr(course, what))

    @pytest.mark.parametrize(
        "changes",
        [
            {"n": 2},
            {"right": np.array([-1, 3])},
            {"changed": np.array([0.0, 1.0])},
            {"strengths": np.zeros(3)},
            {"strengths": np.array([0, np.nan])},
            {"unsteady": np.array([3])},
        ],
    )
    def test_arrays_that_cannot_be_so_are_refused(self, changes):
        good = {
            "strengths": np.arange(2.0),
            "right": np.array([1, 3]),
            "changed": np.array([0, 1]),
            "n": np.array(3),
            "unsteady": np.array([2]),
        }
        given = {"network_file": b"", "network": np.array(0)}
        assert robustness.from_arrays(**given, **{f"a.{name}": value for name, value in good.items()})["a"].n == 3
        arrays = {f"a.{name}": np.asarray(value) for name, value in {**good, **changes}.items()}
        with pytest.raises(ValueError, match="count"):
            robustness.from_arrays(**given, **arrays)


def test_the_attack_is_a_change_like_the_others():
    np.testing.assert_array_equal(
        vary("attack", IMAGES, explain_linear, [3, 0, 9])(2), attack(explain_linear, IMAGES, [3, 0, 9])(2)
    )
    np.testing.assert_array_equal(vary("down", IMAGES, explain_linear, [3, 0, 9])(2), shift_down(IMAGES, 2))
