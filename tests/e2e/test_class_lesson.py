"""A whole lesson in real browsers: a beamer and three phones, one of them dark, one used by its keyboard alone."""

from collections.abc import Iterator

import pytest
from boxes import BEAMER, PHONE
from in_class import PANEL, ask, at_step, end_class, open_class, press
from live_app import COUNT_QUESTIONS, note_complaints, open_page, wait_until_idle
from playwright.sync_api import Browser, Locator, Page, expect
from test_accessibility import OF_COLOURS, OPTIONS, violations

pytestmark = pytest.mark.slow

HIGHEST = 200  # pixels of the panel at most on a beamer, with so few answers: the figure above stays in sight
KEEP_SOCKET = """(() => {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    window.socket = this;
    return send.call(this, data);
  };
})()"""  # chromium leaves an open one alone when a page goes offline
IS_OFFLINE = ("net::ERR_INTERNET_DISCONNECTED", "when disconnected from server")
RIGHT, WRONG = "It becomes 0", "It becomes 255"
MARKUP = "<img src=x onerror=alert(1)> **bold** [link](http://example.com)"


@pytest.fixture
def phones(browser: Browser, complaints: list[str]) -> Iterator[list[Page]]:
    """Three, each with cookies of its own; the second one is dark. That one loses its connection is no complaint."""
    contexts = [browser.new_context(viewport=PHONE, color_scheme=scheme) for scheme in ("light", "dark", "light")]
    pages = []
    for context in contexts:
        context.add_init_script(COUNT_QUESTIONS)
        context.add_init_script(KEEP_SOCKET)
        pages.append(open_page(context))
        note_complaints(pages[-1], complaints)
    yield pages
    for context in contexts:
        context.close()
    complaints[:] = [complaint for complaint in complaints if not any(sign in complaint for sign in IS_OFFLINE)]


def join(beamer: Page, phones: list[Page], app_url: str) -> None:
    """Two by the link, the third by the code and its keyboard alone."""
    code = open_class(beamer)
    *by_link, by_code = phones
    for phone in by_link:
        phone.goto(f"{app_url}/classroom?class={code}")
    by_code.goto(f"{app_url}/classroom")
    tab_to(by_code, by_code.get_by_label("The code on the beamer"))
    by_code.keyboard.type(code.lower())
    by_code.keyboard.press("Enter")
    for phone in phones:
        expect(phone.get_by_text(f"in class {code}")).to_be_visible()
    expect(beamer.get_by_test_id("stMetric").filter(has_text="Pupils here")).to_contain_text("3")


def tab_to(page: Page, target: Locator) -> None:
    target.wait_for()
    wait_until_idle(page)
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("target => target === document.activeElement"):
            return
    raise AssertionError(f"no Tab leads to {target}")


def name_of(phone: Page) -> str:
    """Who this phone is, as its panel says."""
    return phone.locator(PANEL).get_by_text("You are").locator("strong").first.inner_text()


def option(phone: Page, name: str) -> Locator:
    return phone.locator(PANEL).get_by_role("radio", name=name)


def vote_by_keyboard(phone: Page, name: str) -> None:
    """Tab leads into the row, arrows within it, and the space bar chooses."""
    tab_to(phone, phone.locator(PANEL).get_by_role("radio").first)
    for _ in range(4):
        if option(phone, name).evaluate("target => target === document.activeElement"):
            break
        phone.keyboard.press("ArrowRight")
    phone.keyboard.press("Space")
    expect(option(phone, name)).to_be_checked()


def say(beamer: Page, answered: int) -> None:
    expect(beamer.locator(PANEL).get_by_text(f"{answered} answered, 3 here")).to_be_visible()


def walk_to_the_question(beamer: Page, phones: list[Page]) -> None:
    """The teacher starts a lesson, sets one step free, and takes everyone along to the third, which has a question."""
    beamer.get_by_role("radio", name="Lesson", exact=True).click()
    press(beamer, "teach-convolution")
    for screen in (beamer, *phones):
        at_step(screen, "1 of 5")
    for phone in phones:
        expect(phone.get_by_role("radio", name="Kernel", exact=True)).to_be_disabled()
    press(beamer, "together")
    press(phones[0], "next")
    at_step(phones[0], "2 of 5")
    press(beamer, "next")
    at_step(beamer, "2 of 5")
    press(beamer, "next")
    at_step(beamer, "3 of 5")
    at_step(phones[0], "2 of 5")
    at_step(phones[1], "1 of 5")
    press(beamer, "together")
    for phone in phones:
        at_step(phone, "3 of 5")
    beamer.get_by_role("button", name="Question", exact=True).click()
    beamer.get_by_test_id("stPopoverBody").get_by_role("button", name="Ask the class", exact=True).click()


def lose_the_connection(phone: Page) -> None:
    app = phone.get_by_test_id("stApp")
    phone.context.set_offline(True)
    phone.evaluate("window.socket.close()")
    expect(app).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    phone.context.set_offline(False)
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    wait_until_idle(phone)


def test_a_lesson_with_a_beamer_and_three_phones(visit, page: Page, app_url, phones):
    page.context.clear_cookies(name="cnn-class")  # of another test
    page.set_viewport_size(BEAMER)
    visit("classroom?present=1")
    join(page, phones, app_url)
    walk_to_the_question(page, phones)

    first, dark, by_keyboard = phones
    option(first, WRONG).click()
    vote_by_keyboard(by_keyboard, RIGHT)
    say(page, 2)
    assert not violations(page, OPTIONS) + violations(first, OPTIONS) + violations(dark, OF_COLOURS)
    names = [name_of(phone) for phone in phones]
    assert len(set(names)) == 3
    first.reload()
    at_step(first, "3 of 5")
    expect(option(first, WRONG)).to_be_checked()
    lose_the_connection(by_keyboard)
    expect(option(by_keyboard, RIGHT)).to_be_checked()
    assert [name_of(phone) for phone in phones] == names
    say(page, 2)

    page.get_by_role("button", name="Second try").click()
    for phone in phones:
        expect(phone.locator(PANEL)).to_contain_text("Every product has the same pixel in it.")
    for phone in (first, dark):
        option(phone, RIGHT).click()
    vote_by_keyboard(by_keyboard, RIGHT)
    say(page, 3)
    page.get_by_role("button", name="Reveal").click()
    for screen in (page, *phones):
        expect(screen.get_by_text("3 of 3 right, before 1 of 2")).to_be_visible()
    assert not [line for screen in (page, first, dark) for line in violations(screen, OF_COLOURS)]
    page.get_by_role("button", name="Put away").click()

    page.get_by_role("link", name="Class").first.click()
    ask(page, MARKUP, ["<b>yes</b>", "no"], "<b>yes</b>")
    for phone in phones:
        expect(phone.locator(PANEL)).to_contain_text(MARKUP)
        expect(option(phone, "<b>yes</b>")).to_be_visible()
        expect(phone.locator(f"{PANEL} img, {PANEL} a, {PANEL} b, {PANEL} .tally")).to_have_count(0)
    option(first, "no").click()
    say(page, 1)
    assert page.locator(PANEL).bounding_box()["height"] <= HIGHEST
    page.get_by_role("button", name="Second try").click()
    expect(first.get_by_text("Tell your neighbour")).to_be_visible()
    option(first, "<b>yes</b>").click()
    say(page, 1)
    page.get_by_role("button", name="Reveal").click()
    for screen in (page, *phones):
        expect(screen.locator(".tally li").first).to_have_text("<b>yes</b>right0 → 1")
    assert page.locator(PANEL).bounding_box()["height"] <= HIGHEST
    page.get_by_role("button", name="Put away").click()

    end_class(page)
    for screen in (page, *phones):
        expect(screen.locator(PANEL)).to_have_count(0)
