"""How sure and None of its classes in a browser: the diagram is in view, and bars, switch and sliders need no mouse."""

import re

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

SURE = "evaluation?run=lesson&evaluation.part=How+sure"
STRANGE = "evaluation?run=lesson&evaluation.part=None+of+my+ten"
MIDDLE_OF_TEXT = """tick => {
  const words = document.createRange();
  words.selectNodeContents(tick);
  const box = words.getBoundingClientRect();
  return box.x + box.width / 2;
}"""


def test_the_diagram_is_in_view_and_bars_switch_and_slider_work_by_keyboard(visit, page):
    page.set_viewport_size(BEAMER)
    visit(SURE)
    bins, picked = page.locator(".reliability .bin"), page.get_by_role("option", selected=True).first
    expect(bins).to_have_count(15)
    sentence = page.get_by_text("As trained it says")
    switch = page.get_by_test_id("stCheckbox").filter(has_text="Raw softmax outputs")
    for each in (page.locator(".reliability"), sentence, switch, page.locator(".gallery")):
        assert bottom(each) < FOLD
    ticks, bars = page.locator(".ticks span"), page.locator(".bins").bounding_box()
    for place in range(5):  # the last one stands at the right end
        middle = ticks.nth(place).evaluate(MIDDLE_OF_TEXT)
        assert middle == pytest.approx(bars["x"] + place / 5 * bars["width"], abs=2)

    heading = page.get_by_role("heading", level=2, name=re.compile("% sure"))
    before = heading.inner_text()
    picked.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(heading).not_to_have_text(before)
    wait_until_idle(page)
    name = picked.get_attribute("aria-label")
    assert name.lower().startswith(heading.inner_text().lower())
    focused = "document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')"
    assert page.evaluate(focused) == name  # the focus stays where the visitor is

    bins.last.click()
    expect(heading).to_have_text("93 to 100% sure")
    heights = "all => all.map(bar => bar.style.getPropertyValue('--right'))"
    calibrated = bins.evaluate_all(heights)
    switch.click()
    expect(page.locator(".key.said")).to_have_text("softmax says")
    assert bins.evaluate_all(heights) != calibrated
    expect(page).to_have_url(re.compile("raw=1"))

    silence = page.get_by_text(re.compile("^It answers .* of 100 test images"))
    said = silence.inner_text()
    page.get_by_role("slider").press("ArrowRight")
    expect(silence).not_to_have_text(said)
    expect(page).to_have_url(re.compile("evaluation.least=95%25"))


def test_the_line_moves_by_keyboard_and_a_phone_shows_the_figures_before_what_refines_them(visit, page):
    page.set_viewport_size(BEAMER)
    visit(STRANGE)
    page.locator(".js-plotly-plot").wait_for()
    said = page.get_by_text(re.compile("^The line lets 95 of 100 validation images pass"))
    assert bottom(page.get_by_role("slider")) < bottom(said) < FOLD
    page.get_by_role("slider").press("ArrowLeft")
    expect(page.get_by_text(re.compile("^The line lets 94 of 100"))).to_be_visible()
    expect(page).to_have_url(re.compile("evaluation.accepted=94"))
    page.set_viewport_size(PHONE)
    assert bottom(page.locator(".js-plotly-plot")) < top(page.get_by_role("slider")) < PHONE["height"]
    visit(SURE)
    switch = page.get_by_test_id("stCheckbox").filter(has_text="Raw softmax outputs")
    assert bottom(page.locator(".reliability")) < top(switch)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_a_beamer_shows_switch_and_slider_below_their_figures(visit, page):
    page.set_viewport_size(BEAMER)
    visit(f"{SURE}&present=1")
    assert bottom(page.get_by_test_id("stCheckbox").filter(has_text="Raw softmax outputs")) < FOLD
    visit(f"{STRANGE}&present=1")
    page.locator(".js-plotly-plot").wait_for()
    assert bottom(page.get_by_role("slider")) < FOLD
