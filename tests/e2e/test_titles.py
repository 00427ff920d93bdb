"""Titles in a browser: what looks like a link, an icon or markup is shown as it was typed."""

import pytest
from handmade import write_finished_run
from live_app import serve, wait_until_idle
from playwright.sync_api import Page, expect

from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow

SOON = 60_000  # milliseconds, on a busy machine

TITLE = "http://x.org www.x.org me@x.org :smile: ~~x~~ _y_ a -- b"
ALIVE = "a[href*='x.org'], del, em:text-is('y'), [data-testid=stHeading] [role=img]"


@pytest.fixture
def titled_app(tmp_path, monkeypatch, browser_type_launch_args, shapes10_dir):
    """The app with one run that has a malicious title."""
    monkeypatch.setenv("CNN_RUNS_DIR", str(tmp_path / "runs"))
    run = write_finished_run(PRESETS["lesson"], title=TITLE)
    assert run.title == TITLE
    with serve(shapes10_dir, tmp_path / "runs") as url:
        yield url, run.title


def test_a_title_is_plain_text(titled_app, page: Page):
    url, title = titled_app
    main, asked = page.get_by_test_id("stMain"), page.get_by_test_id("stPopoverBody")
    for address in ("training?data_set=Shapes-10", "evaluation"):
        page.goto(f"{url}/{address}")
        page.get_by_test_id("stHeading").first.wait_for()
        wait_until_idle(page)
        expect(main.locator("[data-testid=stMetric], .charts").first).to_be_visible(timeout=SOON)
        expect(main.locator(ALIVE)).to_have_count(0)
        if address == "evaluation":
            expect(main.get_by_role("columnheader", name=title, exact=True)).to_be_visible()
            continue
        expect(main.get_by_role("heading", name=title, exact=True)).to_be_visible()
        main.get_by_role("button", name="Delete").click()
        expect(asked.get_by_text(title)).to_be_visible()
        expect(asked.locator(ALIVE)).to_have_count(0)
