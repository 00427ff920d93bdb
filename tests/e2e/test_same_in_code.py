"""The code of a page is opened with the keyboard and copied with one click; a notebook arrives as a file."""

import json

import pytest
from boxes import PHONE
from live_app import wait_until_idle
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def test_the_code_is_opened_by_keyboard_and_copied_with_one_click(visit):
    page = visit("network")
    page.set_viewport_size(PHONE)
    place = page.locator("summary", has_text="The same in code")
    place.focus()
    place.press("Enter")
    wait_until_idle(page)
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("keras.Sequential")
    page.evaluate("navigator.clipboard.writeText = async text => { window.copied = text }")
    code.hover()
    code.get_by_role("button").first.click()
    page.wait_for_function("window.copied")
    assert page.evaluate("window.copied.includes('layers.Conv2D(16, 3, padding=\"same\")')")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_notebook_arrives_as_a_file(visit):
    page = visit("training")
    with page.expect_download() as arriving:
        page.get_by_role("button", name="Notebook").click()
    assert arriving.value.suggested_filename.endswith(".ipynb")
    cells = json.loads(arriving.value.path().read_text(encoding="utf-8"))["cells"]
    assert any("model.fit(" in "".join(cell["source"]) for cell in cells)
