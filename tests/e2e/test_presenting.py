"""Presenter mode on a beamer: no sidebar, larger type, and a remote control for slides that leads on."""

import pytest
from boxes import BEAMER, top
from live_app import wait_until_idle
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow


@pytest.fixture
def beamer(page: Page) -> None:
    page.set_viewport_size(BEAMER)


def expect_type(page: Page, size: str) -> None:
    page.wait_for_function("size => getComputedStyle(document.documentElement).fontSize === size", arg=size)


def expect_page(page: Page, title: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    wait_until_idle(page)


@pytest.mark.usefixtures("beamer")
def test_the_switch_the_keys_a_reload_and_the_way_out(visit):
    page = visit("network")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_be_in_viewport()
    assert sidebar.bounding_box()["width"] == 240, "also for the first visitor of a server"
    assert top(page.locator(".st-key-network-preset")) < 150, "a page's own content begins high up"

    page.get_by_text("Presenter mode").click()
    expect(sidebar).not_to_be_in_viewport()
    expect_type(page, "22.4px")
    page.keyboard.press("PageDown")
    expect_page(page, "Training")
    page.keyboard.press("PageUp")
    expect_page(page, "The network")
    assert page.url.endswith("network?present=1")

    page.reload()
    expect_page(page, "The network")
    page.keyboard.press("PageUp")
    expect_page(page, "Convolution")
    page.get_by_role("radio", name="To the classes").click()
    page.locator(".st-key-frame-step1").wait_for()  # the lab's last step leads on to the next page
    wait_until_idle(page)
    page.keyboard.press("PageDown")  # from the lab's last step
    expect_page(page, "The network")

    page.get_by_text("Presenter mode").click()
    expect(sidebar).to_be_in_viewport()
    expect_type(page, "16px")
    page.keyboard.press("PageDown")
    page.wait_for_timeout(300)  # nothing is to happen: there is nothing to wait for
    expect_page(page, "The network")
