"""Pictures of every page for the README, from the real app: `python tests/e2e/screenshots.py [PAGE ...]`.

They are taken without CIFAR-10, whose images this project does not pass on: Shapes-10 stands in for them.
"""

import io
import os
import sys
import tempfile
from pathlib import Path

from live_app import LAUNCH_FLAGS, ROOT, find_chromium, serve, wait_until_idle
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

FOLDER = ROOT / "assets" / "screenshots"
PAGES = {
    "home": "",
    "dataset": "dataset?data_set=Shapes-10&dataset.seed=7",
    "convolution": "convolution",
    "network": "network",
    "training": "training",
    "evaluation": "evaluation",
    "prediction": "prediction",
}
LOOKS = {  # end of the file name: colour scheme, width and height in pixels
    "": ("light", 1280, 900),
    "-dark": ("dark", 1280, 900),
    "-phone": ("light", 390, 844),
    "-phone-dark": ("dark", 390, 844),
}
PAINT_MILLISECONDS = 2_000  # charts and components draw after the script has ended


def take(browser: Browser, address: str, name: str) -> None:
    """One page in every look, as WebP."""
    for ending, (scheme, width, height) in LOOKS.items():
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
        page.goto(address)
        page.get_by_test_id("stHeading").first.wait_for()
        wait_until_idle(page, timeout=120_000)
        page.wait_for_timeout(PAINT_MILLISECONDS)
        file = FOLDER / f"{name}{ending}.webp"
        Image.open(io.BytesIO(page.screenshot())).convert("RGB").save(file, quality=85, method=6)
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:.0f} kB")
        page.close()


def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as runs_dir,
        tempfile.TemporaryDirectory() as data_dir,
        sync_playwright() as play,
    ):
        for drawn in (ROOT / "data").glob("shapes10-*"):
            (Path(data_dir) / drawn.name).symlink_to(drawn, target_is_directory=True)
        browser = play.chromium.launch(executable_path=find_chromium(), args=LAUNCH_FLAGS)
        with serve(Path(data_dir), Path(runs_dir)) as url:
            for name in names or PAGES:
                take(browser, f"{url}/{PAGES[name]}", name)
        browser.close()


if __name__ == "__main__":
    os.chdir(ROOT)
    main(sys.argv[1:])
