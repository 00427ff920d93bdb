"""What is said of CIFAR-10's test images is whole, names its source, and is about our test split."""

import numpy as np
import pytest

from benchmarks.duplicates import likenesses_of
from cnn_core import cifar10_facts, data


def test_the_label_errors_are_the_54_that_people_did_not_confirm():
    known = cifar10_facts.label_errors()
    assert len(known.by_image) == 54
    assert known.candidates == 275
    assert list(known.by_image) == sorted(known.by_image)
    assert all(0 <= place < 10_000 for place in known.by_image)
    for error in known.by_image.values():
        assert error.kept < 3
        assert error.kept + error.changed + error.neither + error.both == 5
        assert error.label != error.other
        assert {error.label, error.other} <= {*range(10)}
    assert "Northcutt" in known.source
    assert (known.licence, "cleanlab/label-errors" in known.file) == ("Apache-2.0", True)


def test_the_places_of_the_label_errors_are_those_of_our_test_split(real_cifar10):
    labels = real_cifar10.split("test").labels
    assert all(labels[place] == error.label for place, error in cifar10_facts.label_errors().by_image.items())


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ((1, 4, 0, 0), "four see a cat, one sees an airplane (its label)"),
        ((0, 0, 3, 2), "two see both, three see neither"),
        ((1, 1, 1, 2), "one sees a cat, one sees an airplane (its label), two see both, one sees neither"),
    ],
)
def test_how_five_people_voted_is_a_sentence(votes, said):
    error = cifar10_facts.LabelError(0, 3, *votes)
    assert error.sentence(data.about("cifar10").class_names) == f"Of five people who were asked, {said}."


def test_five_people_of_one_mind_are_all_five():
    error = cifar10_facts.LabelError(3, 6, 0, 5, 0, 0)
    assert error.sentence(data.about("cifar10").class_names) == "All five people who were asked see a frog."


def test_people_s_figures_are_shares_of_classes_that_exist_and_name_their_source():
    known, names = cifar10_facts.people(), data.about("cifar10").class_names
    assert {*known.hardest} <= {*names}
    assert all(actual in names and answer in names and 0 < share < 0.1 for actual, answer, share in known.confusions)
    assert max(known.hardest.values()) < known.one_vote < known.majority
    assert "CIFAR-10H" in known.source


def test_the_twins_are_places_in_order_and_name_who_counted_before():
    known = cifar10_facts.duplicates()
    assert list(known.twins) == sorted(known.twins)
    assert all(0 <= test < 10_000 and 0 <= twin < 50_000 for test, twin in known.twins.items())
    assert known.published == 286
    assert "ciFAIR" in known.source


def test_the_pixels_of_all_twins_confirm_them(real_cifar10):
    known = cifar10_facts.duplicates()
    test, training = real_cifar10.split("test"), real_cifar10.split("train+val")
    found = [likenesses_of(test.images(one)[0], training.images(other))[0] for one, other in known.twins.items()]
    assert min(found) >= known.likeness


def test_a_twin_may_be_moved_mirrored_and_paler_and_another_image_is_none():
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 255, (2, 8, 8, 3)).repeat(4, axis=1).repeat(4, axis=2)
    image, other = coarse.astype(np.uint8)
    twin = (0.6 * np.roll(image, (2, -3), axis=(0, 1))[:, ::-1] + 40).astype(np.uint8)
    same, different = likenesses_of(image, np.stack([twin, other]))
    assert same > 0.99
    assert different < 0.5
    assert likenesses_of(np.full_like(image, 7), np.stack([twin]))[0] == pytest.approx(0, abs=1e-3)
