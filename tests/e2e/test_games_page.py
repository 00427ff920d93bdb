"""The games in a browser: twenty images by keys alone and by thumb, a kernel typed over, and a descent that plays."""

import re

import numpy as np
import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import expect

from cnn_core import games

pytestmark = pytest.mark.slow


@pytest.fixture
def wide(page):
    """After a phone the window is wide again for the next test."""
    yield
    page.set_viewport_size(BEAMER)


@pytest.mark.usefixtures("wide")
def test_twenty_images_are_sorted_without_a_question_to_the_server(visit, page):
    asked = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(len(frame))))
    page.set_viewport_size(PHONE)
    visit("games")
    page.get_by_role("button", name="Start").click()
    image = page.get_by_role("img", name=re.compile("^Image"))
    expect(image).to_have_accessible_name("Image 1 of 20")
    assert bottom(page.locator(".sorter .class").last) - top(page.locator(".sorter .game")) < PHONE["height"] - 60

    page.set_viewport_size(BEAMER)
    assert bottom(page.locator(".sorter .class").last) < FOLD
    before = len(asked)
    page.get_by_role("button", name="heart").click()
    expect(image).to_have_accessible_name("Image 2 of 20")
    seen = image.evaluate("canvas => canvas.toDataURL()")
    page.keyboard.press("3")
    assert image.evaluate("canvas => canvas.toDataURL()") != seen
    page.keyboard.press("Backspace")
    expect(image).to_have_accessible_name("Image 2 of 20")
    assert image.evaluate("canvas => canvas.toDataURL()") == seen
    for key in range(18):
        page.keyboard.press(str(key % 10))
    expect(image).to_have_accessible_name("Image 20 of 20")
    assert len(asked) == before
    page.keyboard.press("0")

    expect(page.get_by_test_id("stMetric").first).to_contain_text("of 20")
    expect(page.locator(".matrix")).to_have_count(2)
    assert len(asked) > before
    assert bottom(page.locator(".matrix").first) < 900
    expect(page.locator(".matrix").first).to_contain_text("you said")


def test_a_kernel_is_found_by_keys_and_by_gradient_descent(visit, page):
    hidden = games.hide("whole", 3)
    page.set_viewport_size(BEAMER)
    visit("games?games.part=Find+the+kernel&games.level=4+Whole+numbers&games.round=3")
    target = page.get_by_test_id("stImage").last
    assert bottom(target) < FOLD
    page.locator(".weights .board").focus()
    for number in hidden.ravel():
        page.keyboard.type(f"{number:g}")
        page.keyboard.press("Tab")
        wait_until_idle(page)
    expect(page.get_by_text("Exactly the hidden numbers")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    expect(page.get_by_text("Not yet found")).to_be_visible()

    page.get_by_role("button", name="Let gradient descent").click()
    page.get_by_role("button", name="To the end").click()
    cells = page.locator(".nine span")
    expect(cells.first).to_have_text(f"{hidden.flat[0]:.2f}".replace("-", "−"))
    shown = [float(text.replace("−", "-")) for text in cells.all_inner_texts()]
    assert np.allclose(shown, hidden.ravel(), atol=0.011)
    drawn = ".descent canvas, .descent img"
    assert page.locator(drawn).count() == 2
    page.get_by_role("button", name="To the beginning").click()
    expect(cells.nth(4)).to_have_text("1.00")
    page.get_by_role("button", name="Play").click()
    expect(page.locator(".transport .place")).to_have_text(re.compile("^step ([0-9,]+) of \\1$"))
