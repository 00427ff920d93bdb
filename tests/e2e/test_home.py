"""Home in a browser: the picture moves, can be stopped, stands still for those who ask for it; a card is a link."""

import pytest
from boxes import BEAMER, FOLD, bottom
from live_app import wait_until_idle
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow


def place(page: Page) -> str:
    """Where the window is, on the feature map."""
    return page.locator(".sweep .map .window").get_attribute("style")


def expect_moving(page: Page) -> None:
    before = place(page)
    expect(page.locator(".sweep .map .window")).not_to_have_attribute("style", before)


def expect_still(page: Page) -> None:
    before = place(page)
    page.wait_for_timeout(500)  # several places at the slowest pace
    assert place(page) == before


def test_the_picture_moves_and_pauses_and_a_whole_card_is_a_link(visit, page):
    page.set_viewport_size(BEAMER)
    visit("")
    pause = page.get_by_role("button", name="Pause the moving picture")
    expect_moving(page)
    pause.focus()
    page.keyboard.press("Enter")
    expect_still(page)
    page.get_by_role("button", name="Play the moving picture").click()
    expect_moving(page)
    assert bottom(page.locator(".st-key-frame-card-path-6")) < FOLD, "the map of the lesson is on the first screen"

    card = page.locator(".st-key-frame-card-path-3").bounding_box()
    page.mouse.click(card["x"] + card["width"] - 4, card["y"] + card["height"] - 4)  # beside its words
    expect(page.get_by_role("heading", level=1)).to_have_text("The network")
    wait_until_idle(page)


def test_the_picture_stands_still_for_those_who_ask_for_less_motion(visit, page):
    page.emulate_media(reduced_motion="reduce")
    visit("")
    expect(page.get_by_role("button", name="Play the moving picture")).to_be_visible()
    expect_still(page)
    assert page.locator(".sweep output").inner_text() not in ("", "0"), "the finished map, and one of its sums"
