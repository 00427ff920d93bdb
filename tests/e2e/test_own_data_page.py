"""The page Your data in real browsers: a camera that is held, files, and the phones of a class."""

import re

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom
from in_class import open_class
from live_app import COUNT_QUESTIONS, note_complaints, open_page, serve, wait_until_idle
from odd_bytes import encode, noise
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from test_accessibility import OPTIONS, violations

pytestmark = pytest.mark.slow

OVER_HTTP = "Object.defineProperty(window, 'isSecureContext', { value: false })"  # as a page from the school's network
SPY = """(() => {
  const { send } = WebSocket.prototype;
  window.largest = 0;
  WebSocket.prototype.send = function (data) {
    window.largest = Math.max(window.largest, data.byteLength ?? data.length);
    return send.call(this, data);
  };
})()"""


@pytest.fixture(scope="module")
def own_url(browser_type_launch_args, shapes10_dir, tmp_path_factory):
    """A server of their own: what they store is nobody else's."""
    data = tmp_path_factory.mktemp("data")
    for drawn in shapes10_dir.glob("shapes10-*"):
        (data / drawn.name).symlink_to(drawn, target_is_directory=True)
    with serve(data, tmp_path_factory.mktemp("runs")) as url:
        yield url


@pytest.fixture
def visitors(browser: Browser):
    """A function that gives a page of somebody else, with cookies of its own; no browser reports an error."""
    contexts, found = [], []

    def come(url: str, size: dict = BEAMER, script: str = "") -> Page:
        contexts.append(browser.new_context(viewport=size))
        contexts[-1].add_init_script(COUNT_QUESTIONS)
        contexts[-1].add_init_script(script)
        page = open_page(contexts[-1])
        note_complaints(page, found)
        page.goto(url)
        page.get_by_test_id("stHeading").first.wait_for()
        wait_until_idle(page)
        return page

    yield come
    for context in contexts:
        context.close()
    assert not found


def make(page: Page, title: str, *classes: str) -> None:
    if (new := page.get_by_role("button", name="New data set")).count():
        new.click()
    page.get_by_label("Title").fill(title)
    page.get_by_label("Classes, 2 to 10").fill("\n".join(classes))
    page.get_by_role("button", name="Make it").click()
    expect(card(page, classes[0])).to_be_visible()
    wait_until_idle(page)


def card(page: Page, name: str) -> Locator:
    return page.locator(".card").filter(has=page.get_by_text(name, exact=True))


def hold(page: Page, milliseconds: int) -> None:
    button = page.locator(".hold")
    button.hover()
    page.mouse.down()
    page.wait_for_timeout(milliseconds)
    page.mouse.up()
    wait_until_idle(page)


def counted(page: Page, name: str) -> int:
    return int(re.match(r"\d+", card(page, name).locator(".count").inner_text())[0])


def picture(seed: int, file_format: str = "PNG") -> bytes:
    return encode(Image.fromarray(noise(90, 60, 3, seed=seed)), file_format)


def test_a_held_button_fills_a_class(visitors, own_url):
    page = visitors(f"{own_url}/own_data", script=SPY)
    make(page, "Mug and pen", "mug", "pen")
    page.get_by_role("button", name="Turn the camera on").click()
    button = page.get_by_role("button", name="Hold to take pictures of mug")
    button.wait_for()
    assert bottom(button) <= FOLD
    assert all(bottom(each) <= FOLD for each in page.locator(".card .count").all())
    hold(page, 1100)
    by_mouse = counted(page, "mug")
    assert 4 <= by_mouse <= 7, "five a second"
    button.focus()
    page.keyboard.down("Space")
    page.wait_for_timeout(700)
    page.keyboard.up("Space")
    wait_until_idle(page)
    assert counted(page, "mug") >= by_mouse + 2
    card(page, "pen").click()
    expect(page.get_by_role("button", name="Hold to take pictures of pen")).to_be_visible()
    hold(page, 300)
    assert counted(page, "pen") >= 1, "the camera stayed on"
    assert page.evaluate("window.largest") < 8 * 4096 + 2000
    assert not violations(page, OPTIONS)


def test_files_arrive_shrunk_and_the_wall_deletes(visitors, own_url):
    page = visitors(f"{own_url}/own_data")
    make(page, "Files", "left", "right")
    chosen = [{"name": f"{n}.png", "mimeType": "image/png", "buffer": picture(n)} for n in range(3)]
    chosen.append({"name": "4.tif", "mimeType": "image/tiff", "buffer": picture(4, "TIFF")})  # which no chromium opens
    chosen.append({"name": "read me.txt", "mimeType": "text/plain", "buffer": b"no picture"})
    page.locator(".files .pictures").set_input_files(chosen)
    expect(card(page, "left")).to_contain_text("4 of at least 5")
    expect(page.locator(".files output")).to_contain_text("1 of the files is no picture")
    page.get_by_text("All pictures of the chosen class").click()
    tiles = page.locator(".wall .tile")
    expect(tiles).to_have_count(4)
    tiles.nth(0).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.get_by_label("Move to").select_option("right")
    expect(card(page, "right")).to_contain_text("2 of at least 5")
    expect(tiles).to_have_count(2)
    tiles.nth(0).click()
    page.locator(".wall").get_by_role("button", name="Delete").click()
    expect(card(page, "left")).to_contain_text("1 of at least 5")


def test_phones_fill_what_the_teacher_opens(visitors, own_url):
    """One with a camera, and one to which the browser gives none, since the page came over http."""
    teacher = visitors(f"{own_url}/classroom")
    code = open_class(teacher)
    wait_until_idle(teacher)
    teacher.get_by_role("link", name="Your data").first.click()
    expect(teacher.get_by_role("heading", name="Your data")).to_be_visible()
    wait_until_idle(teacher)
    make(teacher, "Ours", "leaf", "stone")
    held, app = (visitors(f"{own_url}/own_data?class={code}", PHONE, script) for script in ("", OVER_HTTP))
    expect(held.get_by_text("has not opened a data set")).to_be_visible()
    teacher.get_by_role("button", name="Open it to class").click()
    held.get_by_role("button", name="Turn the camera on").click()
    button = held.get_by_role("button", name="Hold to take pictures of leaf")
    expect(button).to_be_visible()
    assert bottom(button) < PHONE["height"] - 100
    hold(held, 900)
    app.get_by_role("radio", name="stone").click()
    expect(app.get_by_role("button", name="Take a photo")).to_be_visible()
    wait_until_idle(app)
    photo = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": picture(7, "JPEG")}
    app.locator(".app input").set_input_files(photo)
    expect(app.get_by_text("1 of the class; you have added 1")).to_be_visible()
    expect(card(teacher, "stone")).to_contain_text("1 of at least 5")  # without a click
    assert counted(teacher, "leaf") >= 3
