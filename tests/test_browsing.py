"""Paging shows every image once, a seed shows the same ones again, and the tables are what the first layer gets."""

import numpy as np
import pytest

from cnn_core import architecture
from cnn_core.data import browsing
from cnn_core.presets import PRESETS

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


def test_scaling_is_that_of_the_first_layer():
    first = architecture.layers(PRESETS["report"].network)[0]
    for stored in (0, 1, 51, 128, 255):
        table = browsing.pixel_table(np.array([stored, 0, 255], np.uint8))
        assert table["stored"].to_dict() == {"red": stored, "green": 0, "blue": 255}
        np.testing.assert_allclose(table["scaled"], [stored * first.settings["scale"], 0, 1], rtol=1e-6)


def test_a_label_is_a_one_in_its_place():
    label = browsing.label_table(1, ("cat", "dog", "frog"))
    assert label["one-hot"].to_dict() == {"cat": 0, "dog": 1, "frog": 0}
