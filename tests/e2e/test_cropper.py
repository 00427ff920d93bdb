"""The cropper in a browser, without a server: every way to move the square, and what Python hears of it."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from cnn_core.images import Crop
from pages.ui.components import cropper

pytestmark = pytest.mark.slow

FOLDER = Path(cropper.__file__).parent
WIDTH, HEIGHT = 600, 400  # of the image and, in this window, of its place on the screen: a pixel is a pixel
MIDDLE = (100, 0, 400)

MOUNT = """async ({ html, css, script, width }) => {
  document.body.style.cssText = `margin: 0; width: ${width}px`;
  const shadow = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
  const style = shadow.appendChild(document.createElement("style"));
  style.textContent = css;
  shadow.append(document.createRange().createContextualFragment(html));
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const render = (await import(url)).default;
  window.told = [];
  window.show = (data) => render({ data, parentElement: shadow, setStateValue: (_, crop) => told.push(crop) });
}"""


def picture(width=WIDTH, height=HEIGHT, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return {
        "picture": cropper._data_url(Image.fromarray(pixels)),
        "width": width,
        "height": height,
        "padding": "rgb(125, 123, 114)",
    }


@pytest.fixture
def shown(page, complaints):
    """A page with nothing but the cropper."""
    page.set_viewport_size({"width": 1000, "height": 900})
    page.set_content("<!doctype html><body>")
    html, css, script = ((FOLDER / f"cropper.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    page.evaluate(MOUNT, {"html": html, "css": css, "script": script, "width": WIDTH})
    page.evaluate("(data) => show(data)", picture())
    yield page
    assert not complaints


def square(page):
    """Left, top and side of the square on the screen, which here is also in the image."""
    box = page.locator(".square").bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=0.1)
    return box["x"], box["y"], box["width"]


def near(*values):
    return pytest.approx(values, abs=0.1)


def told(page):
    return [Crop(**crop) for crop in page.evaluate("told")]


def heard(left, top, side):
    """The crop that Python has to hear of this square."""
    return {
        "x": pytest.approx(left / (WIDTH - side) if side < WIDTH else 0.5, abs=1e-3),
        "y": pytest.approx(top / (HEIGHT - side) if side < HEIGHT else 0.5, abs=1e-3),
        "size": pytest.approx(side / HEIGHT, abs=1e-3),
    }


def drag(page, start, *stops):
    page.mouse.move(*start)
    page.mouse.down()
    for stop in stops:
        page.mouse.move(*stop, steps=3)
    page.mouse.up()


def test_it_opens_on_the_middle_square_and_says_nothing(shown):
    assert square(shown) == near(*MIDDLE)
    assert told(shown) == []


def test_python_hears_of_a_drag_on_release_only(shown):
    shown.mouse.move(300, 200)
    shown.mouse.down()
    shown.mouse.move(250, 200, steps=5)
    expect(shown.locator(".square")).to_contain_class("moving")
    shown.wait_for_timeout(400)  # longer than keys and wheel wait
    assert told(shown) == []
    shown.mouse.up()
    expect(shown.locator(".square")).not_to_contain_class("moving")
    assert square(shown) == near(50, 0, 400)
    assert shown.evaluate("told") == [heard(50, 0, 400)]


@pytest.mark.parametrize(
    ("grip", "by", "left_top_side"),
    [
        ((495, 395), (-100, -100), (100, 0, 300)),
        ((105, 5), (60, 40), (150, 50, 350)),  # the mean of the two ways
        ((495, 5), (-200, 200), (100, 200, 200)),
        ((105, 395), (100, -100), (200, 0, 300)),
        ((495, 395), (-900, -900), (100, 0, 32)),  # no smaller than what the network gets
        ((105, 5), (-900, -900), MIDDLE),  # no larger than the image
    ],
)
def test_a_corner_resizes_while_its_opposite_stays(shown, grip, by, left_top_side):
    drag(shown, grip, (grip[0] + by[0], grip[1] + by[1]))
    assert square(shown) == near(*left_top_side)
    assert shown.evaluate("told") == ([] if left_top_side == MIDDLE else [heard(*left_top_side)])


def test_a_click_beside_the_square_brings_it_there(shown):
    drag(shown, (495, 395), (295, 195))
    shown.mouse.click(500, 250)
    assert square(shown) == near(400, 150, 200)
    assert shown.evaluate("told")[-1] == heard(400, 150, 200)


def test_the_keyboard_does_everything_and_tells_once_it_rests(shown):
    shown.keyboard.press("Tab")
    expect(shown.locator(".square")).to_be_focused()
    for key in ("-", "-", "ArrowLeft", "ArrowLeft", "Shift+ArrowDown", "ArrowUp"):
        shown.keyboard.press(key)
    assert told(shown) == []
    expect(shown.locator(".position")).not_to_be_empty()
    side = 400 / 1.21
    left = 300 - side / 2 - 12
    top = min(200 - side / 2 + 60, 400 - side) - 6
    assert square(shown) == near(left, top, side)
    assert shown.evaluate("told") == [heard(left, top, side)]


def test_the_button_holds_the_whole_photo_and_gives_the_square_back(shown):
    button = shown.get_by_role("button", name="Whole photo")
    expect(shown.locator(".gray")).to_be_hidden()
    button.click()
    frame = shown.locator(".picture").bounding_box()
    assert frame["width"] == pytest.approx(frame["height"], abs=0.5)  # with gray above and below
    assert square(shown)[2] == pytest.approx(frame["width"], abs=0.5)
    image = shown.locator("img").bounding_box()
    assert image["width"] / image["height"] == pytest.approx(WIDTH / HEIGHT, abs=0.01)
    assert image["y"] - frame["y"] == pytest.approx((frame["height"] - image["height"]) / 2, abs=0.5)
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(shown.locator(".gray")).to_be_visible()
    assert shown.evaluate("told") == [heard(0, 0, WIDTH)]
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert square(shown) == near(*MIDDLE)
    assert shown.evaluate("told")[1:] == [heard(*MIDDLE)]


def test_the_keys_go_beyond_the_shorter_side_as_far_as_the_whole_photo(shown):
    shown.keyboard.press("Tab")
    shown.keyboard.press("+")
    shown.keyboard.press("ArrowLeft")
    expect(shown.locator(".position")).not_to_be_empty()
    assert shown.evaluate("told") == [heard(300 - 220 - 6, 0, 440)]
    for _ in range(9):
        shown.keyboard.press("+")
    expect(shown.locator(".whole, button")).to_have_attribute("aria-pressed", "true")
    preview = "c => [...c.getContext('2d').getImageData(16, 1, 1, 1).data].slice(0, 3)"
    assert shown.locator("canvas").evaluate(preview) == [125, 123, 114]


def test_the_wheel_resizes_a_square_in_use_and_else_scrolls_the_page(shown):
    shown.mouse.move(300, 200)
    shown.mouse.wheel(0, 100)
    shown.wait_for_timeout(100)
    assert square(shown) == near(*MIDDLE)
    shown.mouse.click(300, 200)
    shown.mouse.wheel(0, 100)
    side = 400 / 1.06
    expect(shown.locator(".position")).not_to_be_empty()
    assert square(shown) == near(300 - side / 2, 200 - side / 2, side)
    assert shown.evaluate("told") == [heard(300 - side / 2, 200 - side / 2, side)]


def test_no_drag_leaves_the_image(shown):
    rng = random.Random(0)
    for _ in range(20):
        left, top, side = square(shown)
        grip = rng.choice([(4, 4), (side - 4, 4), (4, side - 4), (side - 4, side - 4), (side / 2, side / 2)])
        start = (left + grip[0], top + grip[1])
        drag(shown, start, *[(rng.uniform(-200, 900), rng.uniform(-200, 700)) for _ in range(2)])
        left, top, side = square(shown)
        assert min(left, top) >= -0.1
        assert left + side <= WIDTH + 0.1
        assert top + side <= HEIGHT + 0.1
        assert side >= 31.9
        if told(shown):  # Crop itself refuses what is out of range
            assert told(shown)[-1].size == pytest.approx(side / HEIGHT, abs=1e-3)


def test_while_it_moves_it_shows_the_pixels_of_the_network(shown):
    """The browser's preview of noise is near its mean, like the network's input: no pixel is skipped."""
    shown.mouse.move(300, 200)
    shown.mouse.down()
    shown.mouse.move(280, 200, steps=2)
    preview = shown.evaluate("""() => {
      const canvas = document.querySelector("div").shadowRoot.querySelector("canvas");
      return [canvas.width, canvas.height, ...canvas.getContext("2d").getImageData(0, 0, 32, 32).data];
    }""")
    assert preview[:2] == [32, 32]
    assert np.std(np.reshape(preview[2:], (32, 32, 4))[..., :3]) < 20  # 74 for noise that is picked, not averaged
    shown.mouse.up()


def test_another_image_starts_in_the_middle(shown):
    drag(shown, (300, 200), (200, 200))
    shown.evaluate("(data) => show(data)", picture(300, 600, seed=1))
    assert len(told(shown)) == 1
    frame = shown.locator(".picture").bounding_box()
    assert frame["height"] <= 0.46 * 900 + 1  # a tall image leaves room for the answer
    _, top, side = square(shown)
    assert side == pytest.approx(frame["width"], abs=0.5)
    assert top - frame["y"] == pytest.approx((frame["height"] - side) / 2, abs=0.5)


def test_a_rerun_in_the_middle_of_a_drag_does_not_disturb_it(shown):
    shown.mouse.move(300, 200)
    shown.mouse.down()
    shown.mouse.move(280, 200)
    shown.evaluate("(data) => show(data)", picture())
    shown.mouse.move(260, 200)
    shown.mouse.up()
    assert square(shown) == near(60, 0, 400)


def test_motion_and_touch_are_respected(shown):
    canvas, grip = shown.locator("canvas"), shown.locator(".square")
    expect(grip).to_have_css("touch-action", "none")
    shown.emulate_media(reduced_motion="reduce")
    expect(canvas).to_have_css("transition-property", "none")
