"""The teacher's key in real browsers: one gives it and starts a training, another watches and has nothing to press."""

import pytest
from boxes import bottom, top
from live_app import give_shapes, serve, wait_until_idle
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.slow

KEY = "Ada-Lovelace-1815"
SOON = 60_000  # milliseconds, on a busy machine


@pytest.fixture
def url(tmp_path, monkeypatch, browser_type_launch_args):
    monkeypatch.setenv("CNN_TEACHER_KEY", KEY)
    give_shapes(tmp_path / "data")
    with serve(tmp_path / "data", tmp_path / "runs") as url:
        yield url


def visit(page: Page, address: str) -> Page:
    page.goto(address)
    page.get_by_role("heading", name="Training").wait_for()
    wait_until_idle(page)
    return page


def test_the_key_starts_a_training_and_a_link_unlocks_one_phone_while_others_stay_locked(
    url, page: Page, browser: Browser
):
    start, stop = (page.get_by_role("button", name=name) for name in ("Start training", "Stop training"))
    visit(page, f"{url}/training?data_set=Shapes-10")
    expect(start).to_have_count(0)
    page.get_by_role("button", name="Teacher: locked").click()
    field = page.get_by_label("The teacher's key")
    field.press_sequentially(KEY[:-1])
    field.press("Enter")
    expect(page.get_by_text("That is not the key.")).to_be_visible(timeout=SOON)
    expect(field).to_have_value("")
    field.press_sequentially(KEY)
    field.press("Enter")
    expect(start).to_be_visible(timeout=SOON)
    expect(field).to_have_count(0)
    wait_until_idle(page)
    page.get_by_role("button", name="Teacher: unlocked").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_test_id("stCode").inner_text(timeout=SOON).strip()
    page.keyboard.press("Escape")
    start.click()
    expect(stop).to_be_visible(timeout=SOON)

    visitors = browser.new_context()
    pupil, phone, late = (visitors.new_page() for _ in range(3))
    visit(pupil, f"{url}/training")
    expect(pupil.get_by_role("heading", name="lesson, Shapes-10")).to_be_visible(timeout=SOON)
    expect(pupil.get_by_role("button", name="Stop training")).to_have_count(0)
    visit(phone, link)
    expect(phone).to_have_url(f"{url}/training")
    expect(phone.get_by_role("button", name="Stop training")).to_be_visible(timeout=SOON)
    visit(late, link)
    expect(late).to_have_url(f"{url}/training")
    expect(late.get_by_text("This link for the teacher is used, or older than ten minutes.")).to_be_visible()
    expect(late.get_by_role("button", name="Stop training")).to_have_count(0)
    visitors.close()


def test_on_a_small_beamer_the_place_for_the_key_is_in_the_titles_line(url, page: Page):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{url}/network?present=1")  # which has the longest of these lines
    title = page.get_by_role("heading", name="The network")
    assert top(page.get_by_role("button", name="Teacher")) < bottom(title)
