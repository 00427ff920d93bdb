"""The prediction page in a browser: above the fold, on a phone, and how a photo comes in."""

import base64
import io
import re

import numpy as np
import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from PIL import Image
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.slow

DROP = """([base64, name, type]) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const given = new DataTransfer();
  given.items.add(new File([bytes], name, { type }));
  return given;
}"""


@pytest.fixture
def prediction(visit, page):
    """A function that opens the page in a window of this size."""

    def open_page(size, address="prediction"):
        page.set_viewport_size(size)
        return visit(address)

    yield open_page
    page.set_viewport_size(BEAMER)


def chart(page: Page) -> Locator:
    return page.locator(".js-plotly-plot .barlayer")


def answer(page: Page) -> Locator:
    return page.get_by_role("heading", name=re.compile("%$"))


def give(page: Page, content: bytes, name="photo.jpg", kind="image/jpeg") -> None:
    expect(page.locator(".drop")).to_have_count(1)  # the old and the new one stand side by side for a moment
    page.locator(".drop input").set_input_files({"name": name, "mimeType": kind, "buffer": content})


def encoded(image: Image.Image, image_format: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **options)
    return file.getvalue()


def test_photo_what_it_sees_and_the_answer_stand_above_the_fold(prediction):
    page = prediction(BEAMER)
    expect(page.get_by_role("combobox")).to_have_value(re.compile("^Two hours on CIFAR-10"))  # the best for photos
    samples = page.get_by_role("listbox", name="Three drawn pictures")
    samples.wait_for()
    assert bottom(samples) < FOLD
    page.keyboard.press("Tab")
    samples.get_by_role("option").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(answer(page)).to_contain_text("Automobile")
    chart(page).wait_for()
    page.get_by_role("button", name="Whole photo").click()
    expect(page.get_by_text("gray, the mean colour")).to_be_visible()
    wait_until_idle(page)
    chart(page).wait_for()
    expect(answer(page)).to_contain_text("Automobile")
    seen = page.get_by_alt_text("The image as 32 × 32 pixels")
    for what in (page.locator(".picture"), seen, answer(page), chart(page)):
        assert bottom(what) < FOLD
    assert top(answer(page)) < bottom(seen), "side by side"


def test_a_beamer_shows_all_ten_bars_in_larger_type(prediction):
    page = prediction(BEAMER, "prediction?run=lesson&prediction.source=Test+image&present=1")
    chart(page).wait_for()
    assert bottom(chart(page)) < BEAMER["height"]
    assert bottom(page.get_by_text("When it is this sure")) < top(chart(page))


def test_on_a_phone_the_answer_comes_first_and_then_what_refines_it(prediction):
    page = prediction(PHONE)
    page.get_by_role("option").nth(1).click()
    chart(page).wait_for()
    wait_until_idle(page)
    assert bottom(answer(page)) < PHONE["height"]
    refine = page.get_by_role("button", name="Whole photo")
    for later in (page.get_by_test_id("stCheckbox").filter(has_text="6 views"), page.locator(".picture"), refine):
        assert top(later) > bottom(chart(page))
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


def test_a_test_image_picked_on_a_phone_brings_its_answer_and_label_into_view(prediction):
    page = prediction(PHONE, "prediction?run=lesson&prediction.source=Test+image")
    tiles = page.get_by_role("listbox", name="12 images").get_by_role("option")
    expect(tiles.nth(3)).to_have_text("?")
    tiles.nth(3).click()
    expect(tiles.nth(3)).not_to_have_text("?")
    expect(answer(page)).to_be_in_viewport()
    expect(tiles.nth(3)).to_have_attribute("aria-label", re.compile("^(right|wrong): "))
    expect(tiles.nth(4)).to_have_text("?")


def test_a_large_photo_is_turned_upright_and_shrunk_before_it_is_sent(prediction):
    """48 megapixels, lying on its side as phones store it: red at its left, which is the top of what was seen."""
    page = prediction(BEAMER)
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(len(data))))
    page.reload()
    page.locator(".drop").wait_for()
    wait_until_idle(page)
    photo = Image.new("RGB", (8000, 6000), (40, 60, 200))
    photo.paste((220, 30, 30), (0, 0, 4000, 6000))
    exif = Image.Exif()
    exif[274] = 6  # turn it clockwise
    give(page, encoded(photo, "JPEG", exif=exif, quality=30))
    expect(page.locator(".picture img")).to_be_visible(timeout=60_000)
    wait_until_idle(page)
    assert 1_000 < max(sent) < 1_000_000
    size = page.locator(".picture img").evaluate(
        "async (img) => (await img.decode(), [img.naturalWidth, img.naturalHeight])"
    )
    assert size == [600, 800], "upright, and what the server keeps of 1,200 x 1,600"
    seen = page.get_by_alt_text("The image as 32 × 32 pixels")
    upper = seen.evaluate(
        """(img) => {
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [32, 32];
          const context = canvas.getContext("2d");
          context.drawImage(img, 0, 0, 32, 32);
          return [...context.getImageData(16, 4, 1, 1).data];
        }"""
    )
    assert upper[0] > 150 > upper[2], "red above"


def test_a_file_that_is_no_picture_gets_a_sentence_and_takes_the_old_answer_away(prediction):
    page = prediction(BEAMER)
    drop = page.locator(".drop")
    content = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    given = page.evaluate_handle(DROP, [to_base64(encoded(Image.fromarray(content), "PNG")), "photo.png", "image/png"])
    drop.dispatch_event("drop", {"dataTransfer": given})
    expect(answer(page)).to_be_visible()
    give(page, b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500), "photo.heic", "image/heic")
    expect(page.get_by_role("alert")).to_contain_text("a HEIC photo; share it from the phone as JPEG")
    expect(answer(page)).to_have_count(0)
    give(page, bytes(9_000_000), "film.bin", "application/octet-stream")
    expect(page.get_by_role("alert")).to_contain_text("with 9 MB is too large to be sent")
    pasted = page.evaluate_handle(DROP, [to_base64(encoded(Image.fromarray(content), "PNG")), "x.png", "image/png"])
    page.evaluate(
        "given => document.dispatchEvent(Object.assign(new Event('paste'), { clipboardData: given }))", pasted
    )
    expect(answer(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_last_of_two_files_counts_and_a_drop_beside_the_zone_too(prediction):
    page = prediction(BEAMER)
    busy = page.locator(".busy")
    photo = page.locator(".picture img[src]").first  # the old and the new one stand side by side for a moment
    noise = np.random.default_rng(0).integers(0, 256, (60, 90, 3), np.uint8)
    noisy = encoded(Image.fromarray(noise), "PNG")
    page.evaluate(  # the browser takes long for the first file, and then opens HEIC, as Safari does
        """() => {
          const open = window.createImageBitmap;
          window.createImageBitmap = async (file, options) => {
            if (file.name === "slow.png") await new Promise((done) => (window.goOn = done));
            if (file.name !== "small.heic") return open(file, options);
            return open(new ImageData(40, 80));
          };
        }"""
    )
    give(page, noisy, "slow.png", "image/png")
    give(page, encoded(Image.new("RGB", (90, 60), "red"), "PNG"), "quick.png", "image/png")
    expect(answer(page)).to_be_visible()
    page.evaluate("window.goOn()")
    wait_until_idle(page)
    first = photo.get_attribute("src")
    given = page.evaluate_handle(DROP, [to_base64(noisy), "slower.png", "image/png"])
    page.get_by_test_id("stMain").dispatch_event("drop", {"dataTransfer": given})
    expect(photo).not_to_have_attribute("src", first)
    expect(busy).to_have_text("")  # the button's label is the same as before
    give(page, b"\0\0\0\x18ftypheic" + bytes(500), "small.heic", "image/heic")
    expect(photo).to_have_js_property("naturalHeight", 80)
    expect(page.get_by_role("alert")).to_have_count(0)
    page_in_it = b'<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="90"><foreignObject/></svg>'
    give(page, page_in_it, "drawing.svg", "image/svg+xml")
    expect(page.get_by_role("alert")).to_contain_text("an SVG drawing")


def test_a_live_camera_is_answered_again_and_again_until_it_is_turned_off(prediction):
    page = prediction(BEAMER, "prediction?prediction.source=Live")
    page.get_by_role("button", name="Turn the camera on").click()
    shown = page.locator(".st-key-prediction-answer")
    seen = shown.get_by_role("img", name="The image as 32 × 32 pixels")
    for _ in range(3):  # the camera's picture moves
        expect(seen).not_to_have_attribute("src", seen.get_attribute("src"))
    expect(shown.get_by_text("When it is this sure, it is right in")).to_be_visible()
    assert bottom(chart(page)) < FOLD
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_text("The bars follow your hand.")).to_be_visible()
    expect(shown).to_have_count(0)


def test_a_live_camera_that_was_refused_says_so_can_be_tried_again_and_is_forgotten(prediction):
    page = prediction(BEAMER, "prediction?prediction.source=Live")
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => {"
        " delete navigator.mediaDevices.getUserMedia; return Promise.reject(new DOMException('', 'NotAllowedError')) }}"
    )
    on = page.get_by_role("button", name="Turn the camera on")
    on.click()
    expect(page.get_by_text("The camera was not allowed.")).to_be_visible()
    on.click()
    shown = page.locator(".st-key-prediction-answer")
    expect(shown).to_be_visible()
    page.get_by_role("radio", name="Test image").click()
    expect(on).to_have_count(0)
    page.get_by_role("radio", name="Live").click()
    expect(page.get_by_text("The bars follow your hand.")).to_be_visible()  # the camera is off
    expect(shown).to_have_count(0)


def to_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
