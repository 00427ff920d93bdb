"""The temperature against SciPy's optimizer, the calibration error by hand, and the runs that come with the project."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest

from cnn_core import evaluation, results, runs, sureness
from cnn_core.evaluation import Calibration
from cnn_core.runs import Predictions, Run

PROJECT = Path(__file__).parents[1]
PHOTOGRAPHS = ("champion", "best", "minute-8-epochs", "minute", "report")


@pytest.fixture(params=[0.3, 1.0, 3.0])
def case(request):
    """Logits of 4,000 images, some near each other; the labels are drawn as softmax at this temperature says."""
    rng = np.random.default_rng(4)
    logits = rng.normal(0, 3, (4_000, 10)).astype(np.float32)
    shares = softmax(logits.astype(float) / request.param, axis=1)
    labels = (shares.cumsum(axis=1) > rng.random((4_000, 1))).argmax(axis=1)
    return request.param, logits, labels


def test_the_temperature_is_the_one_that_scipy_finds(case):
    true, logits, labels = case

    def loss(temperature):
        return -log_softmax(logits.astype(float) / temperature, axis=1)[np.arange(len(labels)), labels].mean()

    found = evaluation.fit_temperature(logits, labels)
    best = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-10})
    assert found == pytest.approx(best.x, abs=1e-5)
    assert found == pytest.approx(true, rel=0.06), "the labels were drawn so"


def test_a_large_shift_of_all_logits_changes_nothing(case):
    _, logits, labels = case
    shifted = logits.astype(float) + 5_000
    assert evaluation.fit_temperature(shifted, labels) == pytest.approx(evaluation.fit_temperature(logits, labels))


@pytest.mark.parametrize(("is_right", "bound"), [(True, 0.05), (False, 20.0)])
def test_a_network_that_is_always_right_or_always_wrong_has_a_bounded_temperature(is_right, bound):
    labels = np.arange(1_000) % 10
    found = evaluation.fit_temperature(5 * np.eye(10)[labels if is_right else (labels + 1) % 10], labels)
    assert found == pytest.approx(bound)
    assert Calibration.from_arrays(**Calibration(found, "val", 1_000).to_arrays()).temperature == found


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_of_few_images_that_are_all_right_no_certainty_follows(classes):
    """The chance that the next one is right, by Laplace's rule: each image is as sure as that, since all are alike."""
    for n in (4, 20, 300):
        labels = np.arange(n) % classes
        logits = 5 * np.eye(classes)[labels]
        sure = evaluation.calibrated(softmax(logits, axis=1), evaluation.fit_temperature(logits, labels)).max(axis=1)
        np.testing.assert_allclose(sure, (n + 1) / (n + 2), atol=1e-6)


def test_a_network_that_says_the_same_of_all_has_a_temperature_too():
    found = evaluation.fit_temperature(np.zeros((30, 10), np.float32), np.arange(30) % 10)
    assert 0.05 <= found <= 20


@pytest.mark.parametrize("temperature", [0.3, 0.8, 1.6, 5.0])
def test_it_gives_the_softmax_of_the_divided_logits(temperature):
    logits = np.random.default_rng(1).normal(0, 4, (500, 10))
    raw = softmax(logits, axis=1).astype(np.float32)
    np.testing.assert_allclose(
        evaluation.calibrated(raw, temperature), softmax(logits / temperature, axis=1), atol=2e-6
    )


def test_a_temperature_of_1_changes_nothing_and_one_image_is_as_good_as_many():
    raw = np.random.default_rng(2).dirichlet(np.full(10, 0.2), 300).astype(np.float32)
    np.testing.assert_allclose(evaluation.calibrated(raw, 1.0), raw, rtol=1e-5, atol=1e-9)
    np.testing.assert_array_equal(evaluation.calibrated(raw[0], 0.5), evaluation.calibrated(raw, 0.5)[0])


@pytest.mark.parametrize("temperature", [0.05, 0.55, 1.6, 20.0])
def test_no_answer_changes_not_even_where_two_classes_are_as_good_as_equal(temperature):
    rng = np.random.default_rng(3)
    raw = rng.dirichlet(np.full(10, 0.3), 2_000).astype(np.float32)
    close = np.full((2, 10), 0.1, np.float32)
    close[:, 7] = np.nextafter(close[:, 7], np.float32(1))  # the next number after 0.1
    certain = np.eye(10, dtype=np.float32)
    raw = np.concatenate([raw, close, certain])
    found = evaluation.calibrated(raw, temperature)
    np.testing.assert_array_equal(found.argmax(axis=1), raw.argmax(axis=1))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    in_order = np.take_along_axis(found, np.argsort(raw, axis=1, kind="stable"), axis=1)
    assert (np.diff(in_order, axis=1) >= 0).all()


def test_the_calibration_error_by_hand():
    """Ten images in three of five bins; a bin has its upper edge and not its lower one."""
    sure = np.array([0.6, 0.6, 0.5, 0.7, 0.75, 0.8, 0.9, 0.95, 1.0, 1.0])
    right = np.array([1, 0, 1, 1, 1, 0, 1, 1, 1, 0])
    probabilities = np.stack([sure, 1 - sure], axis=1)
    found = evaluation.reliability(1 - right, probabilities, bins=5)
    assert found.counts.tolist() == [0, 0, 3, 3, 4], "0.6 belongs to 0.4-0.6, 0.8 to 0.6-0.8"
    np.testing.assert_allclose(found.accuracy, [0, 0, 2 / 3, 2 / 3, 3 / 4])
    np.testing.assert_allclose(found.confidence, [0, 0, 1.7 / 3, 2.25 / 3, 3.85 / 4])
    gaps = [2 / 3 - 1.7 / 3, 2.25 / 3 - 2 / 3, 3.85 / 4 - 3 / 4]
    assert found.error == pytest.approx((3 * gaps[0] + 3 * gaps[1] + 4 * gaps[2]) / 10)


def test_fifteen_bins_and_the_extremes():
    np.testing.assert_allclose(evaluation.reliability(np.array([0]), np.eye(10)[[0]]).edges, np.arange(16) / 15)
    assert evaluation.bin_of(np.array([0.0, 1e-9, 1 / 15, 1 / 15 + 1e-9, 1.0])).tolist() == [0, 0, 0, 1, 14]


def test_the_calibration_error_equals_a_plain_loop_over_the_bins():
    rng = np.random.default_rng(6)
    probabilities, labels = rng.dirichlet(np.full(10, 0.3), 3_000), rng.integers(0, 10, 3_000)
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    error = 0.0
    for number in range(15):
        inside = (sure > number / 15) & (sure <= (number + 1) / 15)
        if inside.any():
            error += inside.mean() * abs(right[inside].mean() - sure[inside].mean())
    assert evaluation.reliability(labels, probabilities).error == pytest.approx(error, abs=1e-12)


def test_the_temperature_fitted_on_half_of_the_test_is_measured_on_the_other():
    assert Calibration(1.5, "test", 30).unseen == slice(30, None)
    assert Calibration(0.5, "val", 30).unseen == slice(0, None)
    labels, raw = np.arange(60) % 10, np.random.default_rng(0).dirichlet(np.ones(10), 60).astype(np.float32)
    half = sureness.Sureness(Calibration(1.5, "test", 30)).promise(Predictions(labels, raw))
    assert half.n == 30
    assert half.scores == evaluation.scores(labels[30:], evaluation.calibrated(raw[30:], 1.5))


@pytest.mark.parametrize(
    "bad", [{"temperature": 0.0}, {"temperature": np.nan}, {"temperature": 21.0}, {"split": "train"}, {"n": 0}]
)
def test_what_is_no_temperature_is_refused(bad):
    arrays = Calibration(1.5, "val", 30).to_arrays() | {name: np.array(value) for name, value in bad.items()}
    with pytest.raises(ValueError, match="no temperature"):
        Calibration.from_arrays(**arrays)


def answers(sure, right):
    """Labels and probabilities of images of which it was so sure, rightly or not."""
    sure, right = np.asarray(sure), np.asarray(right, bool)
    return np.where(right, 0, 1), np.stack([sure, (1 - sure) / 2, (1 - sure) / 2], axis=1)


def test_the_track_record_counts_the_images_nearest_in_sureness():
    sure = np.linspace(0.5, 1, 10_001)[1:]
    found = evaluation.track_record(*answers(sure, sure > 0.9), 0.9)
    assert (found.n, found.right) == (500, 249)
    assert (found.lowest, found.highest) == pytest.approx((0.8875, 0.9125), abs=1e-4)
    assert found.of_100 == "50 of 100"
    assert found.rests_on == "249 of the 500 test images with 89% to 91%"


def test_what_is_not_always_so_is_not_called_100():
    sure = np.full(500, 0.999)
    found = evaluation.track_record(*answers(sure, np.arange(500) < 498), 0.998)
    assert (found.of_100, found.rests_on) == ("99.6 of 100", "498 of the 500 test images with over 99%")
    assert evaluation.track_record(*answers(sure, sure > 0), 0.998).of_100 == "100 of 100"


def test_an_image_more_than_five_points_away_counts_only_where_there_are_few():
    sure = np.concatenate([np.full(120, 0.6), np.full(400, 0.9)])
    record = evaluation.track_record(*answers(sure, sure > 0.7), 0.62)
    assert (record.n, record.right) == (120, 0)
    few = evaluation.track_record(*answers(sure[90:], sure[90:] > 0.7), 0.62)
    assert (few.n, few.right) == (50, 20)
    assert (few.lowest, few.highest) == (0.6, 0.9)
    assert evaluation.track_record(*answers([0.7, 0.8], [1, 1]), 0.1).n == 2


@pytest.mark.parametrize(("right", "n"), [(0, 50), (25, 50), (50, 50), (150, 199)])
def test_of_few_images_it_says_wilson_s_interval(right, n):
    found = evaluation.track_record(*answers(np.full(n, 0.8), np.arange(n) < right), 0.8)
    wilson = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert found.interval == pytest.approx((wilson.low, wilson.high), abs=1e-6)
    assert found.of_100 == f"{100 * wilson.low:.0f} to {100 * wilson.high:.0f} of 100"


def test_a_run_without_a_temperature_shows_raw_probabilities_and_names_the_command(finished_run):
    found = sureness.of_run(finished_run)
    raw = finished_run.predictions().probabilities
    assert found.of(raw) is raw
    assert found.promise(finished_run.predictions()) is None
    assert f"`python -m cnn_core complete {finished_run.id}`" in found.lacks


def test_a_damaged_temperature_costs_a_sentence(finished_run):
    for name in ("model.keras", "model.tflite", runs.files.CALIBRATION):
        (finished_run.path / name).write_bytes(b"torn")
    found = sureness.of_run(finished_run)
    assert found.calibration is None
    assert "a temperature that cannot be read, so its percentages are raw softmax outputs" in found.lacks


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_recorded_run_on_photographs_keeps_what_it_promises(name):
    """At most 2.5 points of calibration error, on images that the temperature was not fitted on."""
    run = Run(PROJECT / "assets" / "runs" / name)
    found = sureness.of_run(run)
    predictions = run.predictions()
    before, after = sureness.promise(*found.unseen(predictions)), found.promise(predictions)
    assert after.n == (5_000 if name == "report" else 10_000)
    assert after.error <= 0.025 < before.error
    assert after.scores.accuracy == before.scores.accuracy
    assert after.scores.loss < before.scores.loss
    smoothing = run.config.training.label_smoothing
    assert (found.calibration.temperature < 1) == (smoothing > 0), "smoothing makes timid, its absence too sure"


def test_the_tables_in_the_results_are_of_the_files():
    recorded = [Run(PROJECT / "assets" / "runs" / name) for name in (*PHOTOGRAPHS, "lesson")]
    written = (PROJECT / "docs" / "results.md").read_text(encoding="utf-8")
    assert results.sureness_table(recorded) in written
    assert results.twins_table(recorded[:-1]) in written
