"""A number that cannot be used stays in its field, and no run starts with another one."""

import pytest
from live_app import wait_until_idle
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def test_the_run_gets_no_other_batch_size_than_the_field_shows(visit):
    page = visit("training")
    page.get_by_text("Advanced").click()
    field = page.get_by_role("spinbutton", name="Batch size")
    field.fill("100000")
    field.press("Enter")
    expect(
        page.get_by_text("Batch size (batch_size) must be a whole number from 1 to 2,048; it is 100000.")
    ).to_be_visible()
    wait_until_idle(page)
    expect(field).to_have_value("100000")
    expect(page.get_by_role("button", name="Start training")).to_have_count(0)
    field.fill("64")
    field.press("Enter")
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
