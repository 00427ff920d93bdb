"""An action in a browser belongs to the run that it was opened for: Enter twice deletes one run, and all is closed."""

import pytest
from handmade import write_finished_run
from live_app import serve, wait_until_idle
from playwright.sync_api import Page, expect

from cnn_core.presets import PRESETS

pytestmark = pytest.mark.slow

SOON = 60_000  # milliseconds, on a busy machine


def test_enter_twice_deletes_one_run_and_the_next_one_s_question_is_closed(
    tmp_path, monkeypatch, browser_type_launch_args, shapes10_dir, page: Page
):
    monkeypatch.setenv("CNN_RUNS_DIR", str(tmp_path / "runs"))
    older, newer = (write_finished_run(PRESETS["lesson"], title=title) for title in ("The older", "The newer"))
    with serve(shapes10_dir, tmp_path / "runs") as url:
        page.goto(f"{url}/training?data_set=Shapes-10")
        expect(page.get_by_role("heading", name="The newer", exact=True)).to_be_visible(timeout=SOON)
        wait_until_idle(page)
        page.get_by_role("button", name="Delete").click()
        confirm = page.get_by_test_id("stPopoverBody").get_by_role("button", name="Delete it")
        confirm.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="The older", exact=True)).to_be_visible(timeout=SOON)
        wait_until_idle(page)
        expect(confirm).to_have_count(0)
        page.keyboard.press("Enter")
        wait_until_idle(page)
    assert not newer.exists()
    assert older.exists()
