"""The gray square follows the keys, the mouse and a finger, and the bars and the map follow it, without the server."""

import re

import numpy as np
import pytest
from boxes import BEAMER, FOLD, PHONE, bottom
from live_app import ROOT
from playwright.sync_api import Page, expect

from cnn_core import data, images
from cnn_core.inference import Classifier

pytestmark = pytest.mark.slow

ADDRESS = "inside?run=lesson&inside.part=Cover+it&inside.source=Drawing&inside.drawing=Ship"
SIZE, STRIDE = 8, 3


@pytest.fixture(scope="module")
def shares():
    """The network's own shares, by the first row and column that are covered."""
    classifier = Classifier(ROOT / "assets" / "runs" / "lesson" / "model.tflite")

    def ask(top, left):
        image = images.to_network_input(images.SAMPLES["ship"].draw()).copy()
        image[top : top + SIZE, left : left + SIZE] = images.PADDING
        return classifier.predict(image[np.newaxis])[0]

    return ask


def read(page: Page):
    """The covered rows' and columns' first, and the ten shares, as the page says them."""
    said = page.locator(".said").inner_text()
    top, left = map(int, re.match(r"Rows (\d+) to \d+, columns (\d+) to", said).groups())
    return (top - 1, left - 1), [
        float(text.rstrip("%")) / 100 for text in page.locator(".bars .share").all_inner_texts()
    ]


def test_the_bars_follow_the_square(visit, shares):
    page = visit(ADDRESS)
    page.set_viewport_size(BEAMER)
    board = page.locator(".picture .board")
    place, shown = read(page)
    assert place == (12, 12), "at first in the middle"
    np.testing.assert_allclose(shown, shares(*place), atol=6e-4)

    board.focus()
    for key in ("ArrowUp", "ArrowLeft", "ArrowLeft"):
        page.keyboard.press(key)
    place, shown = read(page)
    assert place == (9, 6)
    np.testing.assert_allclose(shown, shares(*place), atol=6e-4)

    box = board.bounding_box()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 1)
    place, shown = read(page)
    assert place == (0, 24), "the square stays inside the image"
    np.testing.assert_allclose(shown, shares(*place), atol=6e-4)

    seen = page.locator(".map canvas")
    assert "at 5 of 81 places" in seen.get_attribute("aria-label")
    page.get_by_role("button", name="Show the whole map").click()
    assert "at 81 of 81 places" in seen.get_attribute("aria-label")
    name = data.about("shapes10").class_names[9]
    page.locator(".bars button").nth(9).click()
    expect(page.locator(".map figcaption")).to_have_text(f"Map for {name}")
    for part in (".picture .board", ".bars", ".map .board"):
        assert bottom(page.locator(part)) < FOLD, part


def test_a_finger_moves_it_on_a_phone_where_bars_and_square_are_seen_together(visit):
    page = visit(ADDRESS)
    page.set_viewport_size(PHONE)
    board = page.locator(".picture .board")
    board.scroll_into_view_if_needed()
    touch = {"pointerType": "touch", "pointerId": 1, "buttons": 1, "bubbles": True}
    box = board.bounding_box()
    board.evaluate("board => { board.setPointerCapture = () => {}; }")  # a made-up finger cannot be captured
    board.dispatch_event("pointerdown", {**touch, "clientX": box["x"] + 1, "clientY": box["y"] + 1})
    assert read(page)[0] == (0, 0)
    board.dispatch_event(
        "pointermove", {**touch, "clientX": box["x"] + box["width"] / 2, "clientY": box["y"] + box["height"] - 1}
    )
    assert read(page)[0] == (24, 12)
    assert bottom(page.locator(".bars")) - box["y"] - page.get_by_test_id("stMain").evaluate("e => e.scrollTop") < 700
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
