"""A menu's line about a preset says what was measured, once, and reads the same wherever presets are offered."""

import json
import re
from pathlib import Path

import pytest

from cnn_core import data, facts
from cnn_core.__main__ import main
from cnn_core.presets import DESCRIPTIONS, MEASURED, PRESETS, for_few, menu_line, reusing
from cnn_core.runs import Run

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
SECONDS = {"s": 1, "min": 60, "h": 3600}


def measured(name):
    """Data set, seconds, test accuracy and number of test images of this preset's recorded run or stored figures."""
    if not (RECORDED / name).exists():
        rows = json.loads((facts.FOLDER / "presets.json").read_text(encoding="utf-8"))["rows"]
        row = next(row for row in rows if row["name"] == name)
        return row["data_set"], row["seconds"], row["test_accuracy"], row["n"]
    run = Run(RECORDED / name)
    assert run.config.network == PRESETS[name].network
    result = run.result()
    return run.config.data_set, result.seconds, result.test_accuracy, result.test_n


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_s_line_is_what_was_measured(name):
    _, time, accuracy = DESCRIPTIONS[name].split(" · ")
    data_set, seconds, right, n = measured(name)
    number, unit = time.split()
    assert float(number) == pytest.approx(seconds / SECONDS[unit], abs=0.06 if "." in number else 0.6)
    share, title = re.fullmatch(r"([\d.]+)% of (.+)", accuracy).groups()
    assert share == f"{100 * right:.1f}"
    assert title == data.about(data_set).title
    assert f"n = {n:,}" in MEASURED


def test_every_line_fits_the_menu_of_a_phone():
    assert DESCRIPTIONS.keys() == PRESETS.keys()
    assert max(map(len, map(menu_line, PRESETS))) <= 49


def test_the_command_line_says_the_same_of_each_preset(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    for name in PRESETS:
        assert menu_line(name) in said
    assert MEASURED in said


@pytest.mark.parametrize("images", [20, 50, 130, 500, 3_250])
def test_a_recipe_for_few_images_has_steps_enough_and_few_epochs(images):
    """A pass is an epoch, which is measured and stored: a minute would hold hundreds."""
    for preset in PRESETS.values():
        few = for_few(preset, images).training
        assert few.seconds is None
        assert 10 <= few.epochs <= 60
        assert few.epochs * -(-images // few.batch_size) >= 100
        assert few.epochs * images <= 33_000
        assert (few.optimizer, few.learning_rate) == (preset.training.optimizer, preset.training.learning_rate)
    assert for_few(preset, 45_000) == preset
    assert for_few(reusing(), images) == reusing()
