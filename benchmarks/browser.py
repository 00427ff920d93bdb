"""Claim: the lab's first paint is under 1 s on a warm server, and an upload is answered in 100 ms.

A real server and a real chromium on this machine, which should be idle otherwise. Prints one JSON line: medians
of `RUNS` visits to the lab, each in a new tab, and of `RUNS` uploads of a phone's photo, one after the other.
"""

import io
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.conditions import conditions, report
from tests.e2e.live_app import LAUNCH_FLAGS, find_chromium, give_shapes, serve, wait_until_idle

RUNS = 7


def first_paint_seconds(browser: Browser, url: str) -> float:
    """From the click on the lab's link to its stage, in an app that is already open."""
    page = browser.new_page()
    page.goto(url)
    page.get_by_role("heading", level=1).wait_for()
    wait_until_idle(page)
    started = time.perf_counter()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Convolution").click()
    page.locator(".stage canvas").first.wait_for()
    seconds = time.perf_counter() - started
    page.close()
    return seconds


def answer_milliseconds(page: Page, photo: bytes) -> float:
    """From the upload of a photo to its ten bars, on a page that shows the bars of another photo."""
    before = bars(page)
    file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
    started = time.perf_counter()
    page.locator(".drop input").set_input_files(file)
    while bars(page) in ("", before):
        page.wait_for_timeout(5)
    return 1000 * (time.perf_counter() - started)


def bars(page: Page) -> str:
    return "".join(page.locator(".js-plotly-plot .bartext").all_text_contents())


def phone_photo(seed: int) -> bytes:
    """12 megapixels, as a phone takes them."""
    small = np.random.default_rng(seed).integers(0, 256, (30, 40, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(small).resize((4000, 3000), Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


def main() -> None:
    before = conditions()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data_dir, runs_dir = Path(folder, "data"), Path(folder, "runs")
        data_dir.mkdir()
        runs_dir.mkdir()
        give_shapes(data_dir)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_FLAGS)
        with serve(data_dir, runs_dir) as url:
            paints = [first_paint_seconds(browser, url) for _ in range(RUNS + 1)][1:]
            page = browser.new_page()
            page.goto(f"{url}/prediction?run=report")
            page.locator(".drop").wait_for()
            wait_until_idle(page)
            answers = [answer_milliseconds(page, phone_photo(seed)) for seed in range(RUNS + 1)][1:]
        browser.close()
    report(
        first_paint_s=round(statistics.median(paints), 2),
        upload_to_bars_ms=round(statistics.median(answers)),
        n=RUNS,
        **before,
    )


if __name__ == "__main__":
    main()
