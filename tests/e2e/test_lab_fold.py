"""What a step is about stands above the fold of a beamer, and on a phone before what refines it."""

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

ABOVE = {  # a step, and what is about it: texts of the page, or selectors
    "One sum": [
        ".input .board",
        ".kernel .board",
        ".output .board",
        ".cells",
        ".chain dd:last-child",
        ".play",
        ".scrub",
    ],
    "Slide": [".input .board", ".kernel .board", ".output .board", ".play", ".scrub"],
    "Kernel": [".weights .board", "[data-testid=stImage] >> nth=0", "[data-testid=stImage] >> nth=1"],
    "Geometry": [".input .board", ".kernel .board", ".output .board", ".play", ".scrub", ".katex", "text=1 left over"],
    "Channels": [
        ".input .board >> nth=2",
        ".kernel .board >> nth=2",
        ".output .board >> nth=1",
        ".line",
        ".play",
        ".scrub",
    ],
    "ReLU and pooling": [".input .board", ".kernel .board", ".output .board >> nth=1", ".chain", ".play", ".scrub"],
    "Learned": [".input .board >> nth=2", ".kernel .board >> nth=2", ".output .board", ".chain", ".play", ".scrub"],
    "To the classes": ["[data-testid=stTable]", "[data-testid=stDataFrame]", "text=loss = "],
}


def open_step(visit, step: str) -> Page:
    page = visit(f"convolution?convolution.step={step.replace(' ', '+')}")
    page.locator(ABOVE[step][0]).first.wait_for()
    return page


@pytest.mark.parametrize("step", ABOVE)
def test_what_a_step_is_about_is_above_the_fold(visit, page, step):
    page.set_viewport_size(BEAMER)
    open_step(visit, step)
    below = {selector: low for selector in ABOVE[step] if (low := bottom(page.locator(selector).first)) > FOLD}
    assert not below


def test_all_numbers_are_above_the_fold(visit, page):
    page.set_viewport_size(BEAMER)
    visit("convolution?convolution.step=Numbers")
    assert bottom(page.get_by_test_id("stPlotlyChart").first) <= FOLD


def test_next_is_in_sight_at_every_step(visit, page):
    page.set_viewport_size(BEAMER)
    open_step(visit, "One sum")
    for step in ("Slide", "Kernel", "Geometry", "Channels", "ReLU and pooling", "Learned", "To the classes"):
        button = page.get_by_role("button", name="Next", exact=True)
        assert bottom(button) < top(page.locator(".stage").first)
        button.click()
        wait_until_idle(page)
        expect(page.get_by_role("radio", name=step, exact=True)).to_be_checked()


def test_on_a_phone_the_result_of_a_kernel_stands_beside_the_image_above_its_cells(visit, page):
    page.set_viewport_size(PHONE)
    open_step(visit, "Kernel")
    before, after = (page.get_by_test_id("stImage").nth(place) for place in (0, 1))
    assert top(before) == top(after)
    assert bottom(after) < top(page.locator(".weights")) < PHONE["height"]


def test_on_a_phone_the_sum_comes_before_what_refines_it(visit, page):
    page.set_viewport_size(PHONE)
    open_step(visit, "One sum")
    assert bottom(page.locator(".chain dd").last) <= PHONE["height"]
    for step in ("One sum", "Channels"):
        page.get_by_role("radio", name=step, exact=True).first.click()
        wait_until_idle(page)
        assert bottom(page.locator(".chain dd").last) < top(page.get_by_test_id("stSelectbox").first)
        assert bottom(page.locator(".play")) < top(page.get_by_test_id("stSelectbox").first)
