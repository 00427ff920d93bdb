"""The whole lesson in a browser, on a machine that has nothing yet: browse, train, watch, stop, evaluate, predict."""

import io
import re

import pytest
from live_app import wait_until_idle
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

SOON = 60_000  # milliseconds, on a busy machine
STARTED = 180_000  # TensorFlow loads, the first batch is compiled
COLOURS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""  # how many a canvas has


def photo() -> bytes:
    """A red disc on blue, as a phone might send it."""
    picture = Image.new("RGB", (640, 480), "royalblue")
    ImageDraw.Draw(picture).ellipse((200, 120, 440, 360), fill="crimson")
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def go(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=SOON)
    wait_until_idle(page)


def test_from_the_first_image_to_a_prediction(visit):
    page = visit("dataset?data_set=Shapes-10")
    expect(page.get_by_role("option")).to_have_count(20, timeout=SOON)

    go(page, "Training")
    page.get_by_role("radio", name="Shapes-10").click()
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("one run at a time")).to_be_visible(timeout=SOON)
    expect(page.get_by_text(re.compile(r"Epoch 1.* batch"))).to_be_visible(timeout=STARTED)
    page.locator(".plot .line").first.wait_for(state="attached", timeout=SOON)
    wait_until_the_curves_move(page)
    see_what_the_class_sees(page)

    page.reload()  # the run goes on without the page
    expect(page.get_by_role("button", name="Stop training")).to_be_enabled(timeout=SOON)
    page.get_by_role("button", name="Stop training").click()
    expect(page.get_by_text("Training ended early: stopped on request")).to_be_visible(timeout=STARTED)
    wait_until_idle(page)
    replay_what_the_class_saw(page)

    page.get_by_role("link", name="Evaluate").click()
    expect(page.get_by_role("gridcell").first).to_be_visible(timeout=SOON)
    wait_until_idle(page)
    see_the_pictures_of_a_cell(page)

    go(page, "Prediction")
    page.locator(".drop input").set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    expect(page.get_by_text("The network answered in")).to_be_visible(timeout=SOON)
    answer = page.get_by_test_id("stHeading").filter(has_text="%")
    assert re.fullmatch(r"\w+, (\d+|over 99)%", answer.inner_text().strip())


def wait_until_the_curves_move(page: Page) -> None:
    lines = page.locator(".charts")
    expect(lines).not_to_have_attribute("aria-valuetext", lines.get_attribute("aria-valuetext"), timeout=SOON)


def see_what_the_class_sees(page: Page) -> None:
    """Sixteen images with an answer each, right or wrong in signs and words, that change; and painted kernels."""
    answers, pictures = page.locator(".tile .said"), page.locator(".tile canvas")
    expect(answers).to_have_count(16, timeout=SOON)
    right, *tiles = page.locator(".pictures").evaluate(
        "root => ['.count', '.tile'].flatMap(kind => [...root.querySelectorAll(kind)].map(found => found.innerText))"
    )
    assert all(re.fullmatch(r"✓ \w+\s*|✗ (\w+)\s+is: (?!\1\b)\w+", tile) for tile in tiles)
    assert right == f"{sum(tile.startswith('✓') for tile in tiles)} of 16 right"
    expect(page.locator(".kernels canvas")).to_have_count(16)
    for painted in (pictures, page.locator(".kernels canvas")):
        assert min(painted.evaluate_all(f"all => all.map({COLOURS})")) > 1
    expect(answers).not_to_have_text(answers.all_inner_texts(), timeout=SOON)


def replay_what_the_class_saw(page: Page) -> None:
    """The last moment of the replay is how the run ended; its first is a network that has learned nothing."""
    answers = page.locator(".tile .said")
    at_the_end = answers.all_inner_texts()
    page.get_by_role("button", name="Replay").first.click()
    page.get_by_role("button", name="To the end").click()
    expect(answers).to_have_text(at_the_end)
    page.get_by_role("button", name="To the beginning").click()
    expect(answers).not_to_have_text(at_the_end)
    page.get_by_role("button", name="End replay").click()
    wait_until_idle(page)


def see_the_pictures_of_a_cell(page: Page) -> None:
    """Click the cell with the most mistakes but one (the page opens on the one with the most)."""
    cells = page.get_by_role("gridcell")
    cells.first.wait_for(timeout=SOON)
    mistakes = []
    for place, label in enumerate(cells.evaluate_all("all => all.map(cell => cell.ariaLabel)")):
        actual, predicted, images = re.match(r"actual (\w+), predicted (\w+): ([\d,]+) test image", label).groups()
        if predicted != actual:
            mistakes.append((int(images.replace(",", "")), place, f"{actual}, taken for {predicted}"))
    images, place, heading = sorted(mistakes)[-2]
    cells.nth(place).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=SOON)
    wait_until_idle(page)
    expect(page.get_by_role("listbox", name=heading.replace(",", "")).get_by_role("option")).to_have_count(
        min(images, 8)
    )
