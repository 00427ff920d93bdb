"""What was measured once is stored in one place, and docs/results.md and README agree with it."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from cnn_core import architecture, data, facts, runs

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")


def test_the_published_ablation_is_the_data():
    assert facts.ablation().table() in RESULTS


def test_the_results_tell_of_86_percent_what_the_data_says():
    assert facts.why_not_the_report() in " ".join(RESULTS.split())


@pytest.mark.parametrize("preset", ["lesson", "minute", "best", "champion", "report"])
def test_readme_s_table_is_what_the_recorded_runs_say(preset):
    run = runs.find_run(str(ROOT / "assets" / "runs" / preset))
    result, network = run.result(), run.config.network
    views = f"{result.test_accuracy_over_views:.2%}" if result.test_views else "–"
    assert result.test_n == 10_000
    assert (
        f"| `{preset}` | {data.learned(run.config).title} | {architecture.totals(network).parameters:,} "
        f"| {result.seconds:,.0f} s | {result.test_accuracy:.2%} | {views} |"
    ) in README


def test_readme_and_the_pages_it_links_to_are_there():
    for page in (README, (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        links = re.findall(r"\]\(([^)#:]+)\)", page) + re.findall(r"`([\w./-]+/[\w.-]+\.\w+)`", page)
        assert links
        assert not [link for link in links if not (ROOT / link).exists()]


def test_the_published_spread_between_seeds_is_the_data():
    assert len(facts.seeds()) == 4
    for row in facts.seeds():
        line = next(line for line in RESULTS.splitlines() if row.text() in line)
        assert f"{round(100 * sum(row.accuracies) / len(row.accuracies), 1)}%" in line


def test_points_are_differences_to_the_whole_recipe():
    ablation = facts.ablation()
    assert ablation.points("whole") == 0
    assert ablation.points("pooling_last") == Decimal("0.6")  # 0.55: halves go up
    assert ablation.points("whitening") == Decimal("-2.0")  # -1.95
    assert ablation.effect("whitening") == "2.0 points lower"
    assert ablation.effect("pooling_last") == "0.6 points higher"


@pytest.mark.parametrize("accuracy", [0.0, 0.5, 0.81934])
def test_the_table_follows_the_data(accuracy, monkeypatch):
    """A figure that is measured again is changed in one place."""
    whole = facts.Variant("whole", "the whole recipe", 0.5, 0.6)
    changed = facts.Variant("part", "without a part", accuracy, 0.6)
    ablation = facts.Ablation(100, 1, (0,), 1.0, {"whole": whole, "part": changed})
    points = {0.0: "−50.0", 0.5: "+0.0", 0.81934: "+31.9"}[accuracy]
    assert ablation.table().endswith(f"| without a part | {accuracy:.2%} | {points} | 60.00% | +0.0 |")


def test_the_labels_that_ship_are_those_of_the_first_validation_images(real_cifar10):
    assert facts.cifar10_validation_labels().tolist() == real_cifar10.split("val").labels[:2000].tolist()


@pytest.mark.parametrize("preset", ["minute", "best", "champion"])
def test_with_the_labels_that_ship_a_run_is_as_often_right_as_its_log_says(preset):
    """Of 2,000 of the 5,000 images that the log counts; needs no data set."""
    run = runs.find_run(str(ROOT / "assets" / "runs" / preset))
    labels = facts.cifar10_validation_labels()
    for epoch, logged in run.history()[["epoch", "val_accuracy"]].itertuples(index=False):
        right = (run.snapshot(epoch).probabilities.argmax(axis=1) == labels).mean()
        assert right == pytest.approx(logged, abs=0.02)
