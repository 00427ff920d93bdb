"""Who watches, and how often their view is renewed."""

import time

import pytest
import streamlit as st

from cnn_core import runs
from pages.ui import audience, cache

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.mark.parametrize(
    ("before", "after", "intervals"),
    [(0, 0, [1.0]), (23, 23, [4.0]), (23, 27, [4.0]), (0, 23, [1.0, 4.0]), (23, 0, [4.0, 1.0]), (900, 900, [5.0])],
)
def test_a_class_shares_six_renewals_a_second(open_page, finished_run, monkeypatch, before, after, intervals):
    """Also those who came before the others: their view is drawn again when the class has grown or gone."""

    def let_watch(visitors):
        now = time.monotonic()
        for other in [other for other in cache.watchers() if other.startswith("visitor")]:
            del cache.watchers()[other]
        cache.watchers().update({f"visitor {i}": now for i in range(visitors)} | {"who left": now - 60})

    def fragment_while_others_come_and_go(run_every):
        set_intervals.append(run_every)
        let_watch(after)
        return fragment(run_every=run_every)

    set_intervals, fragment = [], st.fragment
    monkeypatch.setattr(st, "fragment", fragment_while_others_come_and_go)
    app = open_page("training")
    assert set_intervals[-1] == 4.0  # nothing moves
    assert len(cache.watchers()) == after + 1  # who waits is counted too
    set_intervals.clear()
    let_watch(before)
    with runs.open_record(finished_run) as record:  # it is resumed
        record.started(seconds=12.0, is_resumed=True)
        app.run()
    assert set_intervals == intervals
    assert len(cache.watchers()) == after + 1


@pytest.mark.parametrize(("visitors", "pause"), [(1, 0.25), (6, 1.0), (30, 5.0), (300, 5.0)])
def test_live_cameras_share_as_many_answers(monkeypatch, visitors, pause):
    monkeypatch.setattr(audience, "count_watchers", lambda: visitors)
    assert audience.pause_of_live() == pause
