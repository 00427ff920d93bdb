"""The table of all runs, and a run's line in a menu: in words that need no explanation."""

from dataclasses import replace

import pandas as pd
import pytest

from cnn_core import runs
from cnn_core.config import NetworkConfig
from cnn_core.presets import PRESETS
from pages.ui import run_table, run_words

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


def test_every_row_writes_its_figures_with_the_same_digits_and_none_as_a_dash(finished_run):
    row = run_table._figures(finished_run) | {"test accuracy": 0.891, "trained for": 8229.4, "epochs": 1.1}
    damaged = {"run": "Torn", "state": "damaged"}
    written = run_table._written(pd.DataFrame([row, damaged])).to_html()
    assert [figure in written for figure in (">50.0%<", ">40.0%<", ">89.10%<", ">1.1<", ">2 h 17 min<")] == [True] * 5
    assert "000<" not in written
    assert "None" not in written
    assert "nan" not in written


def test_a_row_says_what_the_network_is_and_what_it_learned_on(tiny_config):
    best = replace(PRESETS["best"], training=replace(PRESETS["best"].training, training_images=4000))
    row = run_table._figures(runs.create(best))
    assert row["network"] == "best"
    assert row["learned on"] == "4,000 images of CIFAR-10"
    assert row["recipe"] == "Muon at 0.1, 256 images a batch, seed 0"
    assert run_words.network(tiny_config) == "own: blocks of 4, 8 filters"
    without = replace(tiny_config, network=NetworkConfig(blocks=(), dense_units=(9,)))
    assert run_words.network(without) == "own: no convolution"
    assert run_words.training_images(PRESETS["report"]) == 50_000, "it measures the test split, and validates on none"


def test_a_run_under_way_is_called_the_same_in_the_table_and_in_its_badge(tiny_config):
    run = runs.create(tiny_config)
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        assert run_table._figures(run)["state"] == run_words.badge(run).label == "starting"


def test_a_menu_says_the_data_set_and_the_result_once(finished_run, tiny_config):
    assert run_words.menu_line(finished_run) == "A finished run · CIFAR-10 · 55.0%"
    assert run_words.menu_line(runs.create(tiny_config, "Mine on CIFAR-10")) == "Mine on CIFAR-10"


def test_seconds_are_written_as_people_say_them():
    assert [run_words.duration(s) for s in (7.4, 60, 65, 8229)] == ["7 s", "1 min", "1 min 05 s", "2 h 17 min"]
