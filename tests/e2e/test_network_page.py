"""The network page on a beamer and on a phone: what follows from the numbers stands beside them, and nothing is cut."""

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

TABS = ("Blocks", "In each block", "Dense layers", "Advanced")


def choose(page: Page, name: str) -> None:
    page.get_by_role("combobox", name="Start from").click()
    page.get_by_role("option", name=f"{name}:").click()
    wait_until_idle(page)


def result(page: Page):
    """Totals, picture and the button that leads on."""
    return page.get_by_test_id("stMetric"), page.get_by_test_id("stPlotlyChart").first, train(page)


def train(page: Page):
    return page.get_by_role("button", name="Train this network")


def test_totals_picture_and_button_stand_beside_the_numbers_and_follow_them(visit, page):
    page.set_viewport_size(BEAMER)
    visit("network")
    choose(page, "report")
    wait_until_idle(page)  # the slider that was there before would take the key, and go
    slider = page.get_by_role("slider", name="Convolution blocks")
    slider.focus()
    page.keyboard.press("ArrowRight")  # five blocks, the longest list
    expect(page.get_by_role("spinbutton", name="Filters of block 5")).to_be_visible()
    wait_until_idle(page)
    totals, picture, button = result(page)
    picture.locator(".annotation").first.wait_for()
    for tab in TABS:
        page.get_by_role("tab", name=tab).click()
        wait_until_idle(page)
        assert max(bottom(totals.last), bottom(picture), bottom(button)) < FOLD
        panel = page.get_by_role("tabpanel", name=tab).bounding_box()
        assert panel["x"] + panel["width"] < picture.bounding_box()["x"]
        assert panel["y"] + panel["height"] < FOLD
    assert top(totals) <= top(page.get_by_role("combobox", name="Start from"))
    before = totals.first.inner_text()
    page.get_by_role("tab", name="In each block").click()
    kernel = page.get_by_role("spinbutton", name="Kernel size")
    kernel.fill("5")
    kernel.press("Enter")
    expect(totals.first).not_to_have_text(before)
    choose(page, "champion")
    expect(page.get_by_test_id("stMetric").first).to_contain_text("4,608,298")
    assert bottom(train(page)) < FOLD


def test_on_a_phone_the_totals_follow_the_first_numbers_and_nothing_is_cut(visit, page):
    page.set_viewport_size(PHONE)
    visit("network")
    totals, picture, _ = result(page)
    picture.locator(".annotation").first.wait_for()
    assert top(totals) < PHONE["height"] - 100
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    names = picture.locator(".annotation")
    edges = names.evaluate_all("all => all.map(e => e.getBoundingClientRect()).flatMap(r => [r.left, r.right])")
    assert min(edges) >= 0
    assert max(edges) <= PHONE["width"]
    in_order = list(zip(edges[1:-1:2], edges[2::2], strict=True))
    assert all(right <= next_left for right, next_left in in_order)
    line = page.get_by_test_id("stSelectbox").first
    assert "98.9% of Shapes-10" in line.inner_text() or "98.9%" in line.locator("input").input_value()
