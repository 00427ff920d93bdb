"""A run's zip through a real browser: uploaded, refused or brought in, watched, deleted."""

import pytest
from live_app import wait_until_idle
from playwright.sync_api import Page, expect
from zips import exported, honest_run, packed

from cnn_core import runs
from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow


def give(page: Page, content: bytes) -> None:
    file = {"name": "run.zip", "mimeType": "application/zip", "buffer": content}
    page.get_by_test_id("stFileUploader").locator("input").set_input_files(file)


def test_what_is_given_in_a_browser_is_refused_in_words_or_becomes_a_run(visit):
    run = honest_run(PRESETS["lesson"])
    runs.rename(run, "From elsewhere")
    page = visit("training?data_set=Shapes-10")
    page.get_by_text("Bring in a run").click()
    give(page, b"no zip")
    expect(page.get_by_text("It is no zip archive, or it is cut off.")).to_be_visible()
    give(page, packed(exported(run), run.id))
    expect(page.get_by_text("was brought in and stands above")).to_be_visible()
    wait_until_idle(page)
    expect(page.get_by_role("heading", name="From elsewhere", exact=True)).to_be_visible()
    expect(page.locator(".st-key-training_view").get_by_text("imported")).to_be_visible()
    page.get_by_role("button", name="Delete").click()  # the server is for other tests too
    page.get_by_test_id("stPopoverBody").get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("was deleted")).to_be_visible()
