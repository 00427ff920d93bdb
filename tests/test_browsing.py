"""Paging shows every image once, and a seed shows the same ones again."""

import numpy as np
import pytest

from cnn_core.data import browsing

LABELS = np.array([2, 0, 1, 2, 2, 0, 1])


def test_official_order_and_filter():
    assert browsing.positions(LABELS).tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert browsing.positions(LABELS, label=2).tolist() == [0, 3, 4]


def test_a_seed_decides_the_order_of_the_same_positions():
    shuffled = browsing.positions(LABELS, label=2, seed=3)
    assert sorted(shuffled) == [0, 3, 4]
    assert np.array_equal(shuffled, browsing.positions(LABELS, label=2, seed=3))
    orders = {tuple(browsing.positions(LABELS, seed=seed)) for seed in range(20)}
    assert len(orders) > 15


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (36, 1), (37, 2), (45_000, 1250)])
def test_pages_hold_every_position_once(count, pages):
    assert browsing.pages(count, 36) == pages
    shown = [browsing.page(np.arange(count), number, 36) for number in range(1, pages + 1)]
    assert all(len(page) <= 36 for page in shown)
    assert np.concatenate(shown).tolist() == list(range(count))
