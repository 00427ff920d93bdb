"""Browser tests: the real server, a real chromium, and a page that must report no error."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from boxes import PHONE
from live_app import COUNT_QUESTIONS, LAUNCH_FLAGS, find_chromium, note_complaints, open_page, serve, wait_until_idle
from playwright.sync_api import Browser, BrowserContext, Page, expect

PATIENCE = 30_000  # milliseconds, on a busy machine, for whatever is expected
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine stumbles now and then: once more, told as R. What is broken fails both times."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def base_url() -> None:
    """In place of pytest-playwright's, which is a method; pytest warns of that, and warnings are errors here."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = find_chromium()
    if not chromium:
        pytest.skip("no chromium is installed; set CHROMIUM_PATH or install one")
    camera = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # one that moves, and is allowed
    args = [*LAUNCH_FLAGS, "--process-per-site", *camera]
    return {**browser_type_launch_args, "executable_path": chromium, "args": args}


@pytest.fixture(scope="session")
def context(browser: Browser, app_url: str) -> Iterator[BrowserContext]:
    """One for all tests: the browser keeps the app's scripts, which it would otherwise load for each test.

    One tab stays open, and with it the process that has compiled them: half of what opening a page costs.
    """
    context = browser.new_context()
    context.set_default_navigation_timeout(2 * PATIENCE)
    context.add_init_script(COUNT_QUESTIONS)
    context.new_page().goto(f"{app_url}/_stcore/health")
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = open_page(context)
    yield page
    page.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """A page on a pupil's phone, with cookies of its own."""
    context = browser.new_context(viewport=PHONE)
    context.add_init_script(COUNT_QUESTIONS)
    yield open_page(context)
    context.close()


@pytest.fixture(scope="session")
def app_url(browser_type_launch_args, shapes10_dir, tmp_path_factory) -> Iterator[str]:
    """One server for all browser tests, without CIFAR-10 and without runs of its own."""
    with serve(shapes10_dir, tmp_path_factory.mktemp("runs")) as url:
        yield url


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """The browser's errors so far; it should stay empty."""
    return note_complaints(page, [])


@pytest.fixture
def visit(page: Page, app_url: str, complaints: list[str]) -> Iterator[Callable[[str], Page]]:
    """Opens an address of the app and waits until it rests; the browser must report no error by the end of the test."""

    def open_address(address: str) -> Page:
        page.goto(f"{app_url}/{address}")
        page.get_by_test_id("stHeading").first.wait_for()
        wait_until_idle(page)
        return page

    yield open_address
    assert not complaints
