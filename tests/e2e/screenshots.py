"""Pictures of the real app: README's, or all that somebody should look at before others do.

    python tests/e2e/screenshots.py [PICTURE ...]   README's, in assets/screenshots/, and its moving picture
    python tests/e2e/screenshots.py --all FOLDER    every page, every step and part of one, every size and theme

They show this machine's runs and the recorded ones, and for the images Shapes-10 and squares of two free photographs:
CIFAR-10's images are not the project's to pass on.
"""

import argparse
import io
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[2]))

from live_app import LAUNCH_FLAGS, ROOT, find_chromium, give_shapes, serve, wait_until_idle

from cnn_core.data import own
from pages.ui import evaluation, inside
from pages.ui.lab import STEPS
from tests.photographs import as_zip

FOLDER = ROOT / "assets" / "screenshots"
RUNS_DIR = Path(os.environ.get("CNN_RUNS_DIR") or ROOT / "runs")
PAGES = {  # file name: address
    "home": "",
    "dataset": "dataset?data_set=Shapes-10&dataset.seed=7",
    "own_data": "own_data",
    "convolution": "convolution",
    "network": "network",
    "training": "training?data_set=Shapes-10",
    "evaluation": "evaluation?run=lesson",
    "inside": "inside?run=lesson",
    "why": "inside?run=lesson&inside.part=Why+this+class",
    "prediction": "prediction?run=lesson&prediction.source=Test+image",
    "classroom": "classroom",
    "games": "games",
    "kernel": "games?games.part=Find+the+kernel",
}
LAB = {f"convolution-{name}": f"convolution?convolution.step={step.title}" for name, step in STEPS.items()}
PARTS = {
    f"{page}-{name}": f"{page}?run=lesson&{page}.part={part.title}"
    for page, parts in (("evaluation", evaluation.PARTS), ("inside", inside.PARTS))
    for name, part in parts.items()
}
BEAMER, PROJECTOR, TABLET, PHONE = (1366, 768), (1920, 1080), (768, 1024), (390, 844)
README_LOOKS = {"": (BEAMER, "light"), "-dark": (BEAMER, "dark"), "-phone": (PHONE, "light")}  # by a file name's end
IN_README = (
    "home",
    "dataset",
    "convolution",
    "network",
    "training-dark",
    "evaluation",
    "inside",
    "why",
    "prediction",
    "evaluation-phone",
    "own_data",
    "own_data-phone",
    "kernel",
    "games",
)
SIZES = {"1366x768": BEAMER, "1920x1080-present": PROJECTOR, "768x1024": TABLET, "390x844": PHONE}
PAINT_MILLISECONDS = 2_500  # charts draw after the script has ended
MOVING = "moving"  # the file of the moving picture: Home's kernel, from the first place to the finished map
FRAMES, FRAME_MILLISECONDS = 75, 110


def open_page(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    page = browser.new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]})
    page.goto(address)
    page.get_by_test_id("stHeading").first.wait_for()
    settle(page)
    return page


def settle(page: Page) -> None:
    wait_until_idle(page)
    page.wait_for_timeout(PAINT_MILLISECONDS)
    wait_until_idle(page)


def take_for_readme(browser: Browser, url: str, names: Iterable[str]) -> None:
    """First screens, as WebP; what a file name ends in says how the page is looked at."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in names:
        name, dash, look = file.partition("-")
        size, scheme = README_LOOKS[dash + look]
        page = open_page(browser, f"{url}/{PAGES[name]}", size, scheme)
        if name == "training":
            show_a_replay(page)
        if name == "games":
            page.get_by_role("button", name="Start").click()
            settle(page)
        save(picture(page), FOLDER / f"{file}.webp", quality=85, method=6)
        page.close()


def show_a_replay(page: Page) -> None:
    """The training page as a class sees it: a run and its curves, without the form."""
    page.get_by_role("button", name="Replay").first.click()
    page.get_by_role("button", name="To the end").click()
    settle(page)


def take_the_moving_one(browser: Browser, url: str) -> None:
    """Home's kernel at work. The browser's clock stands still between the frames, so that each is a new place."""
    page = browser.new_page(color_scheme="light", viewport={"width": BEAMER[0], "height": BEAMER[1]})
    page.clock.install()
    page.goto(url)
    page.locator(".sweep").wait_for()
    wait_until_idle(page)
    page.clock.pause_at(page.evaluate("Date.now()") + 1)
    page.locator(".sweep button").evaluate("button => { button.style.visibility = 'hidden'; }")
    box = page.locator(".sweep").bounding_box()
    box = {"x": box["x"] - 12, "y": box["y"] - 6, "width": box["width"] + 24, "height": box["height"] + 12}
    frames = []
    for _ in range(FRAMES):
        page.clock.run_for(FRAME_MILLISECONDS)
        frames.append(picture(page, clip=box))
    save(frames[0], FOLDER / f"{MOVING}.webp", save_all=True, append_images=frames[1:], quality=60, loop=0,
         duration=[FRAME_MILLISECONDS] * (FRAMES - 1) + [2000])  # fmt: skip
    page.close()


def take_all(browser: Browser, url: str, folder: Path) -> None:
    """Every page, step and part, as PNG: the first screen in each size, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, address in {**PAGES, **LAB, **PARTS}.items():
        for title, size in SIZES.items():
            present = ("&" if "?" in address else "?") + "present=1" if size is PROJECTOR else ""
            page = open_page(browser, f"{url}/{address}{present}", size, "light")
            save(picture(page), folder / f"{name}-{title}-light.png")
            page.emulate_media(color_scheme="dark")
            page.reload()  # Streamlit gives a drawn Plotly chart no other colours
            settle(page)
            save(picture(page), folder / f"{name}-{title}-dark.png")
            page.close()


def picture(page: Page, **options) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot(**options))).convert("RGB")


def save(image: Image.Image, file: Path, **options) -> None:
    image.save(file, **options)
    print(f"{file.name}  {file.stat().st_size / 1000:.0f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "pictures", nargs="*", metavar="PICTURE", help=f"of README's: {', '.join([*IN_README, MOVING])}"
    )
    parser.add_argument(
        "--all", type=Path, metavar="FOLDER", help="every page, step, part and size, for somebody to look at"
    )
    wanted = parser.parse_args()
    if unknown := set(wanted.pictures) - {*IN_README, MOVING}:
        parser.error(f"there is no {', '.join(unknown)}")
    names = wanted.pictures or [*IN_README, MOVING]
    with tempfile.TemporaryDirectory() as data_dir, sync_playwright() as play:
        give_shapes(Path(data_dir))
        os.environ["CNN_DATA_DIR"] = data_dir
        own.bring_zip(as_zip(), "Squares of two photographs")
        browser = play.chromium.launch(executable_path=find_chromium(), args=LAUNCH_FLAGS)
        with serve(Path(data_dir), RUNS_DIR) as url:
            if wanted.all:
                take_all(browser, url, wanted.all)
            else:
                take_for_readme(browser, url, [name for name in names if name != MOVING])
                if MOVING in names:
                    take_the_moving_one(browser, url)
        browser.close()


if __name__ == "__main__":
    main()
