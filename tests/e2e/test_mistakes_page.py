"""The part Mistakes in a browser: pictures and answer are in view, and a picked picture is asked without a mouse."""

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

ADDRESS = "evaluation?run=lesson&evaluation.part=Mistakes"  # recorded, and tested on the shapes that are here


def test_the_pictures_stand_above_the_fold_and_a_key_opens_one_beside_them(visit, page):
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    listed, opened = page.locator(".gallery").first, page.locator(".st-key-evaluation-opened")
    tiles = listed.get_by_role("option")
    expect(tiles).to_have_count(8)
    caption = page.get_by_text("Under each the")
    assert bottom(caption) < bottom(listed) < FOLD
    assert bottom(opened.get_by_test_id("stPlotlyChart")) < FOLD
    first = opened.get_by_text("the label of image").inner_text()
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(opened.get_by_text("the label of image")).not_to_have_text(first)
    wait_until_idle(page)
    page.set_viewport_size(PHONE)
    assert bottom(listed) <= top(opened) < top(page.get_by_role("heading", name="What every run says"))
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
