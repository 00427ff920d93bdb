"""The convolution lab in a browser: pin and link, play without a rerun, edit a kernel, dark and narrow."""

import re

import pytest
from live_app import wait_until_idle
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

SLIDE = "convolution?convolution.step=Slide"


def result(page: Page):
    return page.locator(".chain dd").last


def click_cell(page: Page, row: int, column: int, rows: int, columns: int) -> None:
    page.locator(".output .board").scroll_into_view_if_needed()
    box = page.locator(".output .board").bounding_box()
    place = box["x"] + (column + 0.5) * box["width"] / columns, box["y"] + (row + 0.5) * box["height"] / rows
    page.mouse.move(*place)
    page.mouse.down()
    page.mouse.up()


def test_a_click_stands_in_the_address_and_the_link_opens_on_it(visit):
    page = visit(SLIDE)
    expect(result(page)).to_have_text("−5")
    click_cell(page, 3, 3, 4, 4)
    expect(page).to_have_url(re.compile(r"convolution\.cell=4\.4"))
    page.reload()
    expect(result(page)).to_have_text("−16")
    click_cell(page, 3, 3, 4, 4)
    expect(page).not_to_have_url(re.compile(r"convolution\.cell"))


def test_a_film_and_a_hovering_mouse_ask_nothing_of_the_server(visit, page):
    asked = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(len(frame))))
    visit(SLIDE)
    page.wait_for_timeout(500)
    before = len(asked)
    page.get_by_label("Speed").select_option("10")
    page.get_by_role("button", name="Play").click()
    expect(result(page)).to_have_text("−16")
    page.get_by_label("Cell of the output").fill("5")
    page.locator(".output .board").hover()
    page.wait_for_timeout(500)
    assert len(asked) == before
    click_cell(page, 3, 0, 4, 4)
    expect(page).to_have_url(re.compile(r"convolution\.cell=4\.1"))
    assert len(asked) > before


def test_keys_alone_pin_a_cell(visit):
    page = visit(SLIDE)
    page.locator(".output .board").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(result(page)).to_have_text("−2")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"convolution\.cell=2\.2"))


def test_a_prediction_uncovers_the_sum(visit):
    page = visit("convolution")
    page.locator(".output .board").press("ArrowRight")
    expect(result(page)).to_have_text("?")
    page.get_by_role("radio", name="4", exact=True).click()
    expect(page.get_by_text("Not 4. Lay the kernel")).to_be_visible()
    expect(result(page)).to_have_text("?")
    page.get_by_role("radio", name="−4", exact=True).click()
    expect(page.get_by_text("−4 is right.")).to_be_visible()
    expect(page.locator(".place")).to_have_text("row 1 of 4, column 2 of 4")
    expect(result(page)).to_have_text("−4")


def test_image_and_kernel_are_carried_from_step_to_step(visit):
    page = visit(
        "convolution?convolution.step=Kernel&convolution.picture=Bar&convolution.kernel=0+1+0+/+0+0+0+/+0+-1+0"
    )
    expect(page.get_by_role("combobox", name="Kernel", exact=True)).to_have_value("Custom")
    page.get_by_role("button", name="Slide").last.click()
    expect(page.locator(".input .size")).to_have_text("12 × 12")
    wait_until_idle(page)
    assert page.locator(".weight").all_inner_texts()[1].strip() == "× 1"
    page.get_by_text("The kernel as text").click()
    page.get_by_role("button", name="Rotate").click()
    expect(page).to_have_url(re.compile(r"convolution\.kernel=0\+0\+0"))
    wait_until_idle(page)
    assert page.locator(".weight").all_inner_texts()[5].strip() == "× 1"


@pytest.mark.parametrize("step", ["Slide", "Geometry", "Channels", "Learned"])
def test_a_phone_needs_no_sideways_scrolling(visit, page, step):
    page.set_viewport_size({"width": 390, "height": 844})
    visit(f"convolution?convolution.step={step}")
    page.locator(".stage").first.wait_for()
    page.get_by_text("Notice:").scroll_into_view_if_needed()
    wide = "e => e.scrollWidth - e.clientWidth"
    assert page.get_by_test_id("stMain").evaluate(wide) <= 0
    assert page.locator(".stage").first.evaluate(wide) <= 0


def test_dark_mode_follows_the_theme(visit, page):
    page.emulate_media(color_scheme="dark")
    visit(SLIDE)
    page.locator(".stage .board").first.wait_for()
    brightness = "e => getComputedStyle(e)[%r].match(/\\d+/g).slice(0, 3).map(Number).reduce((a, b) => a + b) / 3"
    assert page.locator(".stage").evaluate(brightness % "color") > 180
    assert page.locator(".transport .start").evaluate(brightness % "backgroundColor") < 60
    zero = page.locator(".cell").nth(1)
    expect(zero.locator(".product")).to_have_text("0")
    assert zero.evaluate(brightness % "backgroundColor") < 60


def test_a_pasted_kernel_keeps_its_lines(visit):
    page = visit(SLIDE)
    page.get_by_text("The kernel as text").click()
    field = page.get_by_role("textbox", name="Weights, row by row")
    field.fill("[[0, 0, 0],\n [0, 1/2, 0],\n [0, 0, 0]]")
    field.press("Control+Enter")
    weight = page.locator(".weight").nth(4)
    expect(weight).to_have_text(" × 0.50")
    page.reload()
    expect(weight).to_have_text(" × 0.50")


def test_a_bad_link_is_mended_and_going_back_to_it_breaks_nothing(visit):
    page = visit("convolution?convolution.step=&convolution.picture=x&convolution.cell=0.0")
    expect(result(page)).to_have_text("−5")
    expect(page).not_to_have_url(re.compile("picture"))
    page.get_by_role("radio", name="Slide").first.click()
    wait_until_idle(page)
    for _ in range(4):
        page.go_back()
        page.wait_for_timeout(500)
        if "convolution" not in page.url:
            break
        expect(page.get_by_test_id("stException")).to_have_count(0)


def weights(page: Page) -> list[str]:
    return [text.removeprefix(" × ") for text in page.locator(".weight").all_text_contents()]


def test_weights_are_typed_over_in_their_cells(visit):
    page = visit(SLIDE)
    board = page.locator(".kernel .board")
    board.press("ArrowRight")
    board.press("ArrowRight")
    board.press("5")
    page.locator(".field").press("Enter")
    expect(page.locator(".weight").nth(1)).to_have_text(" × 5")
    expect(page).to_have_url(re.compile(r"convolution\.kernel=1\+5\+-1"))
    box = board.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 6, box["y"] + box["height"] / 6)
    page.locator(".field").fill("x/0")
    page.locator(".field").press("Enter")
    expect(page.get_by_text("is not a number. The kernel is unchanged.")).to_be_visible()
    assert weights(page)[:3] == ["1", "5", "(−1)"]


def test_a_kernel_is_pasted_over_the_cells_of_the_bench(visit):
    page = visit("convolution?convolution.step=Kernel")
    board = page.locator(".weights .board")
    board.focus()
    board.evaluate(
        """board => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text", "0 -1 0\\n-1 5 -1\\n0 -1 0");
          board.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }"""
    )
    expect(page.get_by_role("combobox", name="Kernel", exact=True)).to_have_value("Sharpen")


def test_the_last_step_leads_on_and_each_step_to_the_next(visit):
    page = visit("convolution?convolution.step=Learned")
    page.get_by_role("button", name="To the classes").last.click()
    wait_until_idle(page)
    expect(page.get_by_role("radio", name="To the classes")).to_be_checked()
    expect(page.get_by_role("link", name=re.compile("Next: Network"))).to_be_visible()
