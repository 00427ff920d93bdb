"""Screenshots of every page for the README, from the real app: `python tests/e2e/screenshots.py [PAGE ...]`.

They show this machine's runs and the recorded ones, and Shapes-10 for the images: CIFAR-10's images are not the
project's to pass on.
"""

import io
import os
import sys
import tempfile
from pathlib import Path

from live_app import LAUNCH_FLAGS, ROOT, find_chromium, give_shapes, serve, wait_until_idle
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

FOLDER = ROOT / "assets" / "screenshots"
RUNS_DIR = Path(os.environ.get("CNN_RUNS_DIR") or ROOT / "runs")
PAGES = {  # file name: address
    "home": "",
    "dataset": "dataset?data_set=Shapes-10&dataset.seed=7",
    "convolution": "convolution",
    "network": "network",
    "training": "training?data_set=Shapes-10",
    "evaluation": "evaluation?run=lesson",
    "prediction": "prediction?run=lesson&prediction.source=Test+image",
}
LOOKS = {  # end of the file name: colour scheme, width, greatest height in pixels
    "": ("light", 1280, 1400),
    "-dark": ("dark", 1280, 1400),
    "-phone": ("light", 390, 1400),
    "-phone-dark": ("dark", 390, 1400),
}
PAINT_MILLISECONDS = 2_500  # charts draw after the script has ended


def take(browser: Browser, address: str, name: str) -> None:
    """One page in every look, as WebP."""
    for ending, (scheme, width, greatest) in LOOKS.items():
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
        page.goto(address)
        page.get_by_test_id("stHeading").first.wait_for()
        settle(page)
        height = page.get_by_test_id("stMain").evaluate("main => main.scrollHeight")
        page.set_viewport_size({"width": width, "height": min(height, greatest)})
        settle(page)
        file = FOLDER / f"{name}{ending}.webp"
        Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(file, quality=85, method=6)
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")
        page.close()


def settle(page: Page) -> None:
    wait_until_idle(page)
    page.wait_for_timeout(PAINT_MILLISECONDS)
    wait_until_idle(page)


def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data_dir, sync_playwright() as play:
        give_shapes(Path(data_dir))
        browser = play.chromium.launch(executable_path=find_chromium(), args=LAUNCH_FLAGS)
        with serve(Path(data_dir), RUNS_DIR) as url:
            for name in names or PAGES:
                take(browser, f"{url}/{PAGES[name]}", name)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
