"""A class in real browsers: a beamer and two phones join, predict in two tries, reload, and see what is right."""

import pytest
from boxes import BEAMER, PHONE, top
from live_app import COUNT_QUESTIONS, wait_until_idle
from playwright.sync_api import Browser, Page, expect
from test_accessibility import OPTIONS, violations

pytestmark = pytest.mark.slow

HIGHEST = 200  # pixels of the panel at most on a beamer, with so few answers: the figure above stays in sight


@pytest.fixture
def phones(browser: Browser):
    """Two, each with cookies of its own."""
    contexts = [browser.new_context(viewport=PHONE) for _ in range(2)]
    for context in contexts:
        context.add_init_script(COUNT_QUESTIONS)
    yield [context.new_page() for context in contexts]
    for context in contexts:
        context.close()


def open_class(page: Page) -> str:
    """Its code."""
    page.get_by_role("button", name="Open a class").click()
    return (
        page.get_by_test_id("stMetric")
        .filter(has_text="Code of the class")
        .get_by_test_id("stMetricValue")
        .inner_text()
    )


def ask(page: Page, question: str, options: list[str], right: str) -> None:
    page.get_by_role("radio", name="Ask", exact=True).click()
    page.get_by_label("Question", exact=True).fill(question)
    answers = page.get_by_label("Answers, 2 to 10")
    answers.fill("\n".join(options))
    answers.press("Control+Enter")
    page.get_by_label("Right answer").click()
    page.get_by_role("option", name=right, exact=True).click()
    page.get_by_role("button", name="Ask the class").click()


def test_a_beamer_and_two_phones(visit, page: Page, app_url, phones):
    page.context.clear_cookies(name="cnn-class")  # of a try before
    page.set_viewport_size(BEAMER)
    visit("classroom?present=1")
    code = open_class(page)
    for phone in phones:
        phone.goto(f"{app_url}/classroom?class={code}")
        expect(phone.get_by_text(f"in class {code}")).to_be_visible()
    expect(page.get_by_test_id("stMetric").filter(has_text="Pupils here")).to_contain_text("2")

    ask(page, "Which class will be hardest?", ["cat", "ship", "dog"], "cat")
    first, second = phones
    first.get_by_role("radio", name="ship").click()
    dog = second.get_by_role("radio", name="dog")
    dog.focus()
    dog.press("Space")
    expect(page.get_by_text("2 answered, 2 here")).to_be_visible()
    assert BEAMER["height"] - top(page.locator(".st-key-together-panel")) <= HIGHEST
    assert not violations(page, OPTIONS) + violations(second, OPTIONS)
    expect(first.locator(".tally")).to_have_count(0)

    wait_until_idle(first)
    name = first.locator(".st-key-together-panel").get_by_text("You are").inner_text()
    first.reload()
    expect(first.locator(".st-key-together-panel").get_by_text("You are")).to_have_text(name)
    expect(first.get_by_role("radio", name="ship")).to_be_checked()

    page.get_by_role("button", name="Second try").click()
    expect(first.get_by_text("Tell your neighbour")).to_be_visible()
    first.get_by_role("radio", name="cat").click()
    expect(page.get_by_text("1 answered, 2 here")).to_be_visible()
    page.get_by_role("button", name="Reveal").click()
    for screen in (page, *phones):
        expect(screen.locator(".tally li").first).to_have_text("catright0 → 1")
        expect(screen.get_by_text("1 of 1 right, before 0 of 2")).to_be_visible()
    assert BEAMER["height"] - top(page.locator(".st-key-together-panel")) <= HIGHEST

    page.get_by_role("radio", name="Join").click()
    page.get_by_role("button", name="End the class").click()
    page.get_by_role("button", name="End it now").click()
    for screen in (page, *phones):
        expect(screen.locator(".st-key-together-panel")).to_have_count(0)
        expect(screen.get_by_role("heading", name="Join a class")).to_be_visible()
