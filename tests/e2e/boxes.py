"""Where things are on the screen, as a visitor sees the page before scrolling."""

from playwright.sync_api import FloatRect, Locator, Page

BEAMER = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
FOLD = 700  # pixels from the top of a beamer's picture: all that matters is above


def bottom(locator: Locator) -> float:
    """The lower edge of what is found first, in pixels from the top of the page; it waits for it."""
    box = _box(locator)
    return box["y"] + box["height"] + scrolled(locator.page)


def top(locator: Locator) -> float:
    """The upper edge of what is found first, in pixels from the top of the page; it waits for it."""
    return _box(locator)["y"] + scrolled(locator.page)


def scrolled(page: Page) -> float:
    """How far the page is scrolled down; Streamlit scrolls a part of it, not the window."""
    return page.get_by_test_id("stMain").evaluate("main => main.scrollTop")


def _box(locator: Locator) -> FloatRect:
    """The box of what is found first, once it can be seen: a component that is drawn anew has none for a moment."""
    for _ in range(3):
        locator.first.wait_for()
        if box := locator.first.bounding_box():
            return box
    raise AssertionError(f"{locator} is not on the page")
