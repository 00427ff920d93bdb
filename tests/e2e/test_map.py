"""The map in a browser: above the fold, a line around points, and the same by keyboard."""

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def test_points_are_chosen_by_a_line_and_by_keys(visit, page):
    page.set_viewport_size(BEAMER)
    visit("evaluation?run=lesson&evaluation.part=Map")
    board = page.locator(".scatter .board")
    expect(board).to_be_visible()
    assert bottom(board) < FOLD
    assert bottom(page.locator(".scatter .legend")) < FOLD
    box = board.bounding_box()
    corners = [(0.002, 0.002), (0.998, 0.002), (0.998, 0.998), (0.002, 0.998)]
    path = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*path[0])
    page.mouse.down()
    for place in [*path[1:], path[0]]:
        page.mouse.move(*place, steps=6)
    page.mouse.up()
    expect(page.get_by_text("chosen:")).to_contain_text("2,000 chosen")
    wait_until_idle(page)

    board.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip canvas")).to_be_visible()
    first = page.locator(".tip span").inner_text()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".tip span").inner_text() != first
    page.keyboard.press("Enter")
    expect(page.get_by_text("chosen:")).to_contain_text("20 chosen")
    wait_until_idle(page)
    assert board.evaluate("board => board.matches(':focus')"), "the focus stays where the visitor is"
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing is chosen.")).to_be_visible()

    page.set_viewport_size(PHONE)
    assert top(board) < top(page.get_by_text("Nothing is chosen."))
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    board.focus()
    page.keyboard.press("ArrowRight")
    tip, box = page.locator(".tip").bounding_box(), board.bounding_box()
    assert box["x"] <= tip["x"]
    assert tip["x"] + tip["width"] <= box["x"] + box["width"] + 5, "the picture is whole"
