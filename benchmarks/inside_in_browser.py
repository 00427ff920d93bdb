"""Claim: Inside is painted within 1 s of a click, and another image is answered in 0.3 s (`champion`: in 0.6 s).

    python -m benchmarks.inside_in_browser

A real server and a real chromium on this machine, which should be idle otherwise. For each run, in milliseconds: from
the click on the page's link in the open app to the first map, the first time after the server's start, and later ones,
each in a new tab; and from the change of the image to its maps on the screen, and to its evidence. A picture counts as
shown when what the page draws for this image is there: another drawing of the columns, another picture of the evidence.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.conditions import conditions, report
from cnn_core.data import data_dir
from pages.ui.inside import PARTS
from tests.e2e.live_app import LAUNCH_FLAGS, find_chromium, give_shapes, serve, wait_until_idle

BEAMER = {"width": 1366, "height": 768}
# What is drawn of the image: the pixels of the first map, or the address of the first map of evidence.
_MAP = """() => {
    const within = root => root.querySelector(".column canvas")
        || [...root.querySelectorAll("*")].map(each => each.shadowRoot && within(each.shadowRoot)).find(found => found);
    const canvas = within(document);
    return canvas && canvas.width ? canvas.toDataURL() : "";
}"""
_EVIDENCE = """() => {
    const pictures = document.querySelectorAll(".st-key-inside-why-maps img");
    return pictures.length > 3 && [...pictures].every(each => each.complete) ? pictures[1].src : "";
}"""
# Until the frame in which the drawing is another one than `before`.
_WAIT = """([drawn, before]) => new Promise(done => {
    const look = eval(drawn);
    const each = () => {
        const now = look();
        if (now && now !== before) done(performance.now()); else requestAnimationFrame(each);
    };
    each();
})"""


def first_paint(browser: Browser, url: str, run: str) -> float:
    """From the click on the page's link to the first map, in an app that is open at Evaluation with this run."""
    page = browser.new_page(viewport=BEAMER)
    page.goto(f"{url}/evaluation?run={run}")
    page.get_by_role("heading", level=1).wait_for()
    wait_until_idle(page)
    started = time.perf_counter()
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Inside").click()
    page.evaluate(_WAIT, [_MAP, ""])
    seconds = time.perf_counter() - started
    wait_until_idle(page)
    if f"run={run}" not in page.url:
        raise SystemExit(f"The page should show {run}; its address is {page.url}")
    page.close()
    return 1000 * seconds


def changes(page: Page, drawn: str, count: int) -> list[float]:
    """From the click on the number's plus to what is drawn of the next image."""
    found = []
    step = page.get_by_test_id("stNumberInputStepUp")
    for _ in range(count + 1):
        before = page.evaluate(drawn)
        started = time.perf_counter()
        step.click()
        page.evaluate(_WAIT, [drawn, before])
        found.append(1000 * (time.perf_counter() - started))
        wait_until_idle(page)
        page.wait_for_timeout(300)
    return found[1:]


def change_of_image(browser: Browser, url: str, run: str, part: str, drawn: str, count: int) -> list[float]:
    page = browser.new_page(viewport=BEAMER)
    query = urlencode({"run": run, "inside.part": PARTS[part].title, "inside.source": "Test image"})
    page.goto(f"{url}/inside?{query}")
    page.evaluate(_WAIT, [drawn, ""])
    wait_until_idle(page)
    found = changes(page, drawn, count)
    page.close()
    return found


def spread(milliseconds: list[float]) -> dict[str, float]:
    return {
        "n": len(milliseconds),
        "median": round(statistics.median(milliseconds)),
        "largest": round(max(milliseconds)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", nargs="+", default=["best", "champion"])
    parser.add_argument("--times", type=int, default=9)
    options = parser.parse_args()
    before, figures = conditions(), {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        images = data_dir()
        if not images.is_dir():
            images = Path(folder, "data")
            give_shapes(images)
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=LAUNCH_FLAGS)
        for run in options.runs:
            with serve(images, Path(folder, "runs")) as url:
                paints = [first_paint(browser, url, run) for _ in range(options.times + 1)]
                figures[run] = {
                    "first_paint": round(paints[0]),
                    "later_paints": spread(paints[1:]),
                    "maps": spread(change_of_image(browser, url, run, "network", _MAP, options.times)),
                    "evidence": spread(change_of_image(browser, url, run, "why", _EVIDENCE, options.times)),
                }
        browser.close()
    report(milliseconds=figures, **before)


if __name__ == "__main__":
    main()
