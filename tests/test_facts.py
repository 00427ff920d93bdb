"""What was measured once is stored in one place, and README agrees with it."""

from decimal import Decimal
from pathlib import Path

import pytest

from cnn_core import facts

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_readme_s_ablation_is_the_data():
    assert facts.ablation().table() in README


def test_readme_tells_of_86_percent_what_the_data_says():
    assert facts.why_not_the_report() in " ".join(README.split())


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
