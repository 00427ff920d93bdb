"""A lesson in real browsers: a class is led from page to page, goes on alone, and what is locked stays locked."""

import pytest
from boxes import BEAMER
from in_class import STRIP, at_step, end_class, open_class, press
from live_app import wait_until_idle
from playwright.sync_api import Page, expect
from test_accessibility import OPTIONS, violations

pytestmark = pytest.mark.slow

SLIM = 110  # pixels of the strip at most on a beamer


@pytest.fixture(autouse=True)
def in_no_class(context):
    """All tests share a browser context, and its cookie would keep the place in this class."""
    context.clear_cookies()
    yield
    context.clear_cookies()


def chosen(page: Page, key: str) -> str:
    return page.locator(f".st-key-convolution-{key} input").input_value()


def choose(page: Page, key: str, option: str) -> None:
    """By keyboard: a menu closes when the page is scrolled for a click."""
    field = page.locator(f".st-key-convolution-{key} input")
    field.focus()
    wait_until_idle(page)
    field.press("ArrowDown")
    page.get_by_role("option", name=option).click()
    wait_until_idle(page)
    assert chosen(page, key) == option


def test_a_long_task_leaves_a_presented_page_its_place(visit, page: Page):
    page.set_viewport_size(BEAMER)
    visit("classroom?present=1")
    open_class(page)
    page.get_by_role("radio", name="Lesson", exact=True).click()
    press(page, "teach-your-own-data")
    at_step(page, "1 of 8")
    assert page.locator(STRIP).bounding_box()["height"] <= SLIM
    end_class(page)


def test_a_class_is_led_through_a_lesson_and_goes_on_alone(visit, page: Page, app_url, phone):
    page.set_viewport_size(BEAMER)
    visit("classroom")
    phone.goto(f"{app_url}/dataset?class={open_class(page)}")
    page.get_by_role("radio", name="Lesson", exact=True).click()
    press(page, "teach-convolution")
    for screen in (page, phone):
        expect(screen.get_by_role("heading", name="Convolution", exact=True)).to_be_visible()
        at_step(screen, "1 of 5")
    expect(phone.get_by_role("radio", name="Kernel", exact=True)).to_be_disabled()
    expect(page.get_by_role("radio", name="Kernel", exact=True)).to_be_enabled()
    assert page.locator(STRIP).bounding_box()["height"] <= SLIM
    assert not violations(page, OPTIONS) + violations(phone, OPTIONS)

    press(page, "next")  # on the same page: the phone's controls follow the address
    at_step(phone, "2 of 5")
    expect(phone.locator(".st-key-convolution-picture input")).to_be_disabled()
    assert chosen(phone, "picture") == "Bar"

    at_step(page, "2 of 5")
    press(page, "together")
    press(phone, "next")
    at_step(phone, "3 of 5")
    at_step(page, "2 of 5")
    choose(phone, "preset", "Emboss")
    phone.reload()
    at_step(phone, "3 of 5")
    assert chosen(phone, "preset") == "Vertical edges", "a step begins as its address says"
    choose(phone, "preset", "Emboss")
    press(phone, "back")
    at_step(phone, "2 of 5")
    press(phone, "next")
    at_step(phone, "3 of 5")
    assert chosen(phone, "preset") == "Vertical edges", "also where the page stays"
    choose(phone, "display", "ReLU")  # what the browser held does not come back
    assert chosen(phone, "preset") == "Vertical edges"

    press(page, "together")
    at_step(phone, "2 of 5")
