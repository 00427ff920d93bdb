"""Two runs compared in a browser: the answer is above the fold, and a click on a cell shows what moved."""

import json
import re
import shutil

import numpy as np
import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import ROOT, serve, wait_until_idle
from playwright.sync_api import expect

from cnn_core.runs.arrays import write_arrays

pytestmark = pytest.mark.slow
ADDRESS = "evaluation?run=lesson&evaluation.part=Compare&against=with-dropout"


@pytest.fixture(scope="module")
def address(browser_type_launch_args, shapes10_dir, tmp_path_factory):
    """The part, with the recorded run and one that differs in its dropout and is worse."""
    folder = tmp_path_factory.mktemp("compared")
    run = folder / "with-dropout"
    shutil.copytree(ROOT / "assets" / "runs" / "lesson", run)
    about = json.loads((run / "config.json").read_text())
    for block in about["experiment"]["network"]["blocks"]:
        block["dropout"] = 0.2
    (run / "config.json").write_text(json.dumps(about))
    with np.load(run / "predictions.npz") as stored:
        labels, probabilities = stored["labels"], stored["probabilities"].copy()
    probabilities[::40] = np.roll(probabilities[::40], 1, axis=1)
    (run / "predictions.npz").write_bytes(write_arrays({"labels": labels, "probabilities": probabilities}))
    with serve(shapes10_dir, folder) as url:
        yield f"{url}/{ADDRESS}"


def test_the_answer_is_above_the_fold_and_a_click_shows_what_moved(address, page, complaints):
    page.set_viewport_size(BEAMER)
    page.goto(address)
    headline = page.get_by_role("heading", name="The only difference: dropout 0 against 0.2.")
    interval = page.get_by_text("95% interval", exact=False).first
    headline.wait_for()
    wait_until_idle(page)
    assert top(headline) < bottom(interval) < FOLD
    strip = page.get_by_test_id("stPlotlyChart").first
    assert bottom(strip) < FOLD, "with what another seed changes"

    cell = page.get_by_role("gridcell", name=re.compile("actual circle, predicted ring"))
    cell.click()
    expect(page.get_by_role("heading", name=re.compile("circle, taken for ring by B, not by A: [1-9]"))).to_be_visible()
    wait_until_idle(page)
    assert "evaluation.moved" in page.url
    expect(page.locator(".gallery .caption").first).to_have_text(
        re.compile(r"A: \w+ (over )?\d+%\s*B: ring (over )?\d+%")
    )
    page.reload()
    cell.wait_for()
    wait_until_idle(page)
    expect(cell).to_have_attribute("aria-selected", "true")

    page.set_viewport_size(PHONE)
    wait_until_idle(page)
    assert bottom(strip) < top(page.get_by_role("combobox", name="Compare with"))
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    assert not complaints
