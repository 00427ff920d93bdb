"""The sentences and figures about how sure a network is: their numbers are those of the images."""

import numpy as np
import pytest

from cnn_core import evaluation, plotting


@pytest.fixture
def four():
    """Four images, worked out by hand: 62% sure and right, 62% and wrong, 91% and right, 99% and right."""
    probabilities = np.full((4, 10), 0.0)
    for row, (answer, share) in enumerate([(0, 0.62), (1, 0.62), (2, 0.91), (3, 0.99)]):
        probabilities[row] = (1 - share) / 9
        probabilities[row, answer] = share
    return np.array([0, 9, 2, 3]), probabilities


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0"), (1, "100"), (0.5, "50"), (0.996, "99.6"), (0.99999, "more than 99.9"), (0.0004, "fewer than 0.1")],
)
def test_nearly_all_is_never_written_as_all(share, text):
    assert evaluation.of_hundred(share) == text


@pytest.mark.parametrize(
    ("share", "digits", "text"),
    [
        (0.994, 0, "99%"), (0.996, 0, "over 99%"), (1, 0, "over 99%"), (0.004, 0, "under 1%"), (0.12, 0, "12%"),
        (0.9994, 1, "99.9%"), (np.float32(1), 1, "over 99.9%"), (0.0004, 1, "under 0.1%"), (0.123, 1, "12.3%"),
    ],
)  # fmt: skip
def test_a_probability_is_never_none_or_all(share, digits, text):
    assert evaluation.percent(share, digits) == text


def test_a_bin_says_how_sure_and_how_often_right(four):
    found = evaluation.reliability(*four)
    assert plotting.describe_bin(found, 9) == "60 to 67% sure: 2 images, 62.0% on average, right in 50 of 100"
    assert plotting.describe_bin(found, 13) == "87 to 93% sure: 1 image, 91.0% on average, right in 100 of 100"
    assert plotting.describe_bin(found, 0) == "0 to 7% sure: no image"
    bars = plotting.reliability_bins(found)
    assert [bar["count"] for bar in bars if bar["count"]] == [2, 1, 1]
    assert (bars[9]["said"], bars[9]["right"], bars[9]["share"], bars[13]["share"]) == (0.62, 0.5, 1, 0.5)


def test_the_sentence_has_confidence_accuracy_and_error_before_and_after(four):
    labels, probabilities = four
    raw = evaluation.reliability(labels, probabilities)
    error = (2 * abs(0.62 - 0.5) + (1 - 0.91) + (1 - 0.99)) / 4
    said = plotting.describe_reliability(raw, None)
    assert "says 78.5% on average and is right in 75.0% of 4 test images: **too sure**" in said
    assert f"(ECE {100 * error:.1f} points)" in said
    assert "Calibrated" not in said
    after = evaluation.reliability(labels, evaluation.calibrated(probabilities, 1.5))
    both = plotting.describe_reliability(raw, after)
    assert both.startswith(said)
    assert f"(ECE {100 * after.error:.1f})" in both


@pytest.mark.parametrize(("share", "verdict"), [(0.5, "too timid"), (0.995, "about right on average")])
def test_the_verdict_is_that_of_the_means(share, verdict):
    probabilities = np.full((20, 10), (1 - share) / 9)
    probabilities[:, 4] = share
    found = evaluation.reliability(np.full(20, 4), probabilities)
    assert f"**{verdict}**" in plotting.describe_reliability(found, None)


def test_what_it_leaves_to_people_is_counted(four):
    found = evaluation.coverage(*four)
    assert plotting.describe_coverage(found, 0.9) == (
        "It answers **50 of 100** test images and is right in **100 of 100** of those. It leaves 2 of 4 to people; 1 "
        "of these it would have got wrong."
    )
    assert plotting.describe_coverage(found, 0).endswith("It leaves none of the 4 to people.")
    assert plotting.describe_coverage(found, 0.999) == "It is never so sure: it answers none of the 4 test images."


def test_the_point_of_the_curve_is_the_thresholds(four):
    found = evaluation.coverage(*four)
    line, point = plotting.coverage_curve(found, 0.9).data
    assert (point.x[0], point.y[0]) == (0.5, 1)
    assert list(zip(line.x, line.y, strict=True)) == [(0.25, 1), (0.5, 1), (1, 0.75)]
    assert len(plotting.coverage_curve(found, 0.999).data) == 1


def test_the_line_is_described_with_what_it_refuses_and_what_slips_through():
    own, strange = np.arange(100.0), {"noise": np.arange(-5, 5.0), "drawn shapes": np.arange(10.0) - 10}
    said = plotting.describe_doubt(own, strange, 3.0, 95)
    assert said == (
        "The line lets 95 of 100 validation images pass. Of 100 test images it refuses **3 of 100**. What slips "
        "through, of 10 images each: noise **20 of 100** and drawn shapes **0 of 100**."
    )


def test_a_histogram_counts_every_image_once_also_those_far_away():
    own = np.r_[np.random.default_rng(0).normal(size=999), 1e6]
    figure = plotting.energy_histogram(own, {"noise": np.full(5, 2.0)}, 0.0)
    assert [sum(trace.y) for trace in figure.data] == pytest.approx([1, 1])
    assert figure.data[0].x.max() < 100
    assert plotting.energy_histogram(np.ones(3), {"noise": np.ones(2)}, 1.0).data[0].y.sum() == 1
