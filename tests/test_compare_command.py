"""`python -m cnn_core compare` as a program would use it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from handmade import write_event_line, write_finished_run
from scipy.stats import binomtest

from cnn_core import runs
from cnn_core.__main__ import main


@pytest.fixture
def pair(tiny_config):
    """Two runs that differ in one setting and the seed; the second says of every image what its label is."""
    a = write_finished_run(tiny_config, title="The first")
    b = write_finished_run(
        replace(tiny_config, training=replace(tiny_config.training, shift=0, seed=4)), title="Second"
    )
    labels, _ = a.predictions()
    with runs.open_record(b) as record:
        record.predictions(labels, np.eye(10, dtype=np.float32)[labels])
    return a, b


def one_sentence(capsys):
    captured = capsys.readouterr()
    assert not captured.out
    (line,) = captured.err.strip().splitlines()
    return line


def test_json_has_what_differs_and_every_count(pair, capsys):
    a, b = pair
    assert main(["compare", a.id, b.id, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    right = int((a.predictions().labels == a.predictions().probabilities.argmax(1)).sum())
    assert told["runs"] == [a.id, b.id]
    assert told["differences"] == [
        {"setting": "Shift", "a": "2", "b": "0"},
        {"setting": "Seed", "a": "0", "b": "4"},
    ]
    assert told["is_confounded"] is False
    assert [told[name] for name in ("n", "both", "only_a", "only_b", "neither")] == [60, right, 0, 60 - right, 0]
    assert told["accuracy"] == [pytest.approx(right / 60), 1]
    assert told["difference"] == pytest.approx(1 - right / 60)
    assert told["interval"][0] < told["difference"] < told["interval"][1]
    assert "Newcombe" in told["method"]
    assert told["mcnemar_p"] == pytest.approx(binomtest(0, 60 - right).pvalue)
    assert told["seeds"] is None


def test_json_has_the_spread_between_seeds(pair, tiny_config, capsys):
    a, b = pair
    write_finished_run(replace(tiny_config, training=replace(tiny_config.training, seed=1)), test_accuracy=0.65)
    assert main(["compare", a.id, b.id, "--json"]) == 0
    seeds = json.loads(capsys.readouterr().out)["seeds"]
    assert seeds["n"] == 2
    assert seeds["sd"] == pytest.approx(0.1 / 2**0.5)
    assert seeds["widest"] == pytest.approx(0.1)


def test_in_words(pair, capsys):
    assert main(["compare", *(run.id for run in pair)]) == 0
    said = capsys.readouterr().out
    for part in (
        "A: The first",
        "B: Second",
        "The only difference besides the seed: shift 2 against 0.",
        "95% interval",
        "of 1,000 cases (McNemar's test)",
        "no run on this machine repeats A or B",
    ):
        assert part in said
    assert "significant" not in said


def test_the_same_run_twice_is_a_wrong_argument(pair, capsys):
    assert main(["compare", pair[0].id, str(pair[0].path), "--json"]) == 2
    assert "needs two runs" in one_sentence(capsys)


def test_an_unknown_run_is_a_sentence(pair, capsys):
    assert main(["compare", pair[0].id, "no-such-run"]) == 1
    assert "There is no run called 'no-such-run'" in one_sentence(capsys)


def test_a_run_that_is_trained_again_is_a_sentence(pair, capsys):
    with runs.open_record(pair[1]) as record:
        record.started(seconds=1.0, is_resumed=True)
    assert main(["compare", *(run.id for run in pair)]) == 1
    assert "not been tested yet" in one_sentence(capsys)


def test_a_diverged_run_is_a_sentence(pair, capsys):
    write_event_line(pair[1], event="finished", test_loss=None, test_accuracy=0.1, test_mse=None, test_n=60, seconds=1)
    assert main(["compare", *(run.id for run in pair), "--json"]) == 1
    assert "diverged" in one_sentence(capsys)


def test_other_test_images_are_a_sentence(pair, tiny_config, capsys):
    drawn = write_finished_run(replace(tiny_config, data_set="shapes10"))
    assert main(["compare", pair[0].id, drawn.id, "--json"]) == 1
    assert "different images" in one_sentence(capsys)
