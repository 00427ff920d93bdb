"""A run as the player shows it: figures that stand where the lines end, and a long run that stays light."""

import json
from dataclasses import replace

import pytest
from handmade import batch_fields, epoch_fields

from cnn_core import runs
from cnn_core.progress import EpochScores, Sample
from pages.ui import run_film
from pages.ui.components import player
from pages.ui.run_view import read_view

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.fixture
def long_run(tiny_config):
    """8,000 seconds, 16 epochs, 1,600 batches on record and 800 samples, whose numbers all differ."""
    run = runs.create(replace(tiny_config, training=replace(tiny_config.training, epochs=16)))
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        for number in range(1600):
            epoch, batch, seconds = 1 + number // 100, 1 + number % 100, 5.0 * (number + 1)
            share = (number + 1) / 1601
            at = {"epoch": epoch, "batch": batch, "batches": 100, "seconds": seconds, "accuracy": share}
            record.event("batch", **(batch_fields(1) | at))
            if number % 2:
                record.sample(Sample(epoch - 1 + batch / 100, seconds, 500, 2.0, share / 2, 0.08))
            if batch == 100:
                record.epoch(EpochScores(**(epoch_fields(1) | {"epoch": epoch, "passes": epoch, "seconds": seconds})))
    return run


def drawn_until(line, second):
    """The last point of a line, as the browser finds it: of all that were known by then."""
    return [value for value, at in zip(line["accuracy"], line["at"], strict=True) if at <= second][-1]


def test_a_run_of_hours_is_thinned_to_a_film_that_a_phone_can_hold(long_run):
    film = run_film.replay(read_view(long_run))
    assert len(film.moments) == len(film.places) <= 500
    assert film.moments[0] == 0
    assert film.moments[-1] == 8000
    assert {500.0 * epoch for epoch in range(1, 17)} <= set(film.moments), "each epoch's end is one of them"
    assert max(b - a for a, b in zip(film.moments, film.moments[1:], strict=False)) < 100, "evenly"
    assert len(json.dumps(film.tracks)) < 100_000


def test_each_figure_of_a_replay_is_where_its_line_ends(long_run):
    film = run_film.replay(read_view(long_run))
    lines = {line["kind"]: line for line in film.tracks["curves"]["lines"]}
    texts = {figure["label"]: figure["text"] for figure in film.tracks["figures"]}
    for place in (20, 100, len(film.moments) - 2):
        second = film.moments[place]
        assert texts["Validation sample"][place] == f"{drawn_until(lines['sample'], second):.1%}"
        if second % 500:
            assert texts["Training accuracy"][place] == f"{drawn_until(lines['running'], second):.1%}"


def test_where_the_clock_decides_the_axis_is_what_is_expected_and_stands_still(tiny_config):
    run = runs.create(replace(tiny_config, training=replace(tiny_config.training, epochs=None, seconds=60.0)))
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        ends = []
        for batch, fraction in ((2, 0.01), (20, 0.11), (50, 0.28), (99, 0.55)):
            at = {"batch": batch, "batches": 100, "fraction": fraction, "seconds": 60 * fraction}
            record.event("batch", **(batch_fields(1) | at))
            ends.append(run_film.live(read_view(run)).tracks["curves"]["last"])
    assert ends == [1, 2, 2, 2]


def test_live_only_the_last_moment_is_sent(long_run):
    film = run_film.live(read_view(long_run))
    assert film.moments == [8000]
    assert [len(figure["text"]) for figure in film.tracks["figures"]] == [1] * 4


def test_a_replay_lasts_about_half_a_minute_at_first_however_long_the_run_was():
    for seconds, first in ((12, 1), (60, 3), (600, 30), (8000, 300)):
        chosen, offered = player.paces(seconds)
        assert chosen == first
        assert offered[0] == (1, "1×")
        assert (chosen, f"{chosen}×") in offered
    assert player.paces(0.5) == (1, [(1, "1×")])
