"""A menu's line about a preset says what was measured, once, and reads the same wherever presets are offered."""

import json
import re
from pathlib import Path

import pytest

from cnn_core import data, facts
from cnn_core.__main__ import main
from cnn_core.presets import DESCRIPTIONS, MEASURED, PRESETS, menu_line
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
