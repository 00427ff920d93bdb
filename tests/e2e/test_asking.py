"""A class foretells an answer in real browsers: its pages follow the vote by themselves."""

import pytest
from boxes import BEAMER
from in_class import end_class, open_class
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

ADDRESS = "prediction?run=lesson&prediction.source=Test+image"
ANSWER = ".js-plotly-plot"


def test_no_screen_of_the_class_shows_the_answer_before_the_reveal(visit, page: Page, app_url, phone):
    page.set_viewport_size(BEAMER)
    visit("classroom?present=1")
    code = open_class(page)
    visit(f"{ADDRESS}&present=1")
    expect(page.get_by_role("button", name="Ask the class")).to_be_visible()
    expect(page.locator(ANSWER)).to_have_count(0)

    phone.goto(f"{app_url}/{ADDRESS}&class={code}")
    expect(phone.locator(ANSWER)).to_be_visible()
    page.get_by_role("button", name="Ask the class").click()
    for screen in (page, phone):
        expect(screen.get_by_text("The class is voting on this.")).to_be_visible()
        expect(screen.locator(ANSWER)).to_have_count(0)
    phone.get_by_role("radio", name="heart").click()
    expect(page.get_by_text("1 answered, 1 here")).to_be_visible()
    page.get_by_role("button", name="Reveal").click()
    for screen in (page, phone):
        expect(screen.locator(ANSWER)).to_be_visible()

    page.get_by_role("button", name="Put away").click()
    end_class(page)
