"""The maps of Inside in a browser: sums above the fold, two maps beside each other on a phone, layers that fall."""

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

DRAWING = "run=minute&inside.source=Drawing&inside.drawing=Ship"


def maps(page: Page):
    return page.locator(".st-key-inside-why-maps img")


def test_image_three_maps_and_their_sums_stand_beside_each_other(visit):
    page = visit(f"inside?inside.part=Why+this+class&{DRAWING}")
    page.set_viewport_size(BEAMER)
    expect(maps(page)).to_have_count(4)
    assert len({round(top(picture)) for picture in maps(page).all()}) == 1
    sums = page.locator(".st-key-inside-why-maps").get_by_text("= cells")
    expect(sums).to_have_count(3)
    assert max(bottom(line) for line in sums.all()) < FOLD

    visit(f"inside?inside.part=Why+this+class&{DRAWING}&present=1")
    expect(sums).to_have_count(3)
    assert max(bottom(line) for line in sums.all()) < FOLD

    visit(f"inside?inside.part=Why+this+class&{DRAWING}")
    page.set_viewport_size(PHONE)
    rows = [round(top(picture)) for picture in maps(page).all()]
    assert rows[0] == rows[1] < rows[2] == rows[3]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_layers_fall_one_by_one_in_the_browser(visit):
    page = visit(f"inside?inside.part=Is+the+map+true%3F&{DRAWING}")
    page.set_viewport_size(BEAMER)
    seen = page.locator(".cascade tbody tr").last.locator("td:not(.unknown)")
    expect(seen).to_have_count(1)
    fall = page.get_by_role("button", name="Scramble more")
    fall.click()
    fall.click()
    expect(seen).to_have_count(3)
    slider = page.get_by_role("slider", name="Scrambled layers, from the top")
    slider.focus()
    page.keyboard.press("End")
    expect(seen).to_have_count(6)
    expect(fall).to_be_disabled()
    expect(page.locator(".cascade .place")).to_have_text("7 of 7 layers scrambled, down to Conv 1")
    assert bottom(page.locator(".cascade table")) < FOLD
