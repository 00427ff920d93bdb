"""What the visitors of a class do: its teacher opens it, asks, leads through a lesson and ends it."""

from live_app import wait_until_idle
from playwright.sync_api import Page, expect

PANEL, STRIP = ".st-key-together-panel", ".st-key-lessons-strip"


def open_class(page: Page) -> str:
    """Its code."""
    page.get_by_role("button", name="Open a class").click()
    return (
        page.get_by_test_id("stMetric")
        .filter(has_text="Code of the class")
        .get_by_test_id("stMetricValue")
        .inner_text()
    )


def end_class(page: Page) -> None:
    """From any page."""
    page.get_by_role("link", name="Class").first.click()
    page.get_by_role("radio", name="Join").click()
    page.get_by_role("button", name="End the class").click()
    page.get_by_role("button", name="End it now").click()
    expect(page.get_by_role("heading", name="Join a class")).to_be_visible()


def ask(page: Page, question: str, options: list[str], right: str) -> None:
    page.get_by_role("radio", name="Ask", exact=True).click()
    page.get_by_label("Question", exact=True).fill(question)
    answers = page.get_by_label("Answers, 2 to 10")
    answers.fill("\n".join(options))
    answers.press("Control+Enter")
    page.get_by_label("Right answer").click()
    page.get_by_role("option", name=right, exact=True).click()
    page.get_by_role("button", name="Ask the class").click()


def press(page: Page, key: str) -> None:
    """A button of the lesson."""
    page.locator(f".st-key-lessons-{key}").get_by_role("button").click()


def at_step(page: Page, step: str) -> None:
    expect(page.locator(STRIP)).to_contain_text(step)
    wait_until_idle(page)
