"""The dataset page in a browser: pick with mouse and keys, page, reshuffle by link, read a pixel, dark and narrow."""

import re

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

ADDRESS = "dataset?data_set=Shapes-10&dataset.seed=7"


def captions(page: Page) -> list[str]:
    page.get_by_role("option").first.wait_for()
    return page.get_by_role("option").all_inner_texts()


def image_in_address(page: Page) -> int:
    return int(re.search(r"dataset\.image=(\d+)", page.url)[1])


def drawn(page: Page, selector: str) -> list[list[int]]:
    """Red, green and blue of the middle of each canvas."""
    read = "all => all.map(c => [...c.getContext('2d').getImageData(16, 16, 1, 1).data].slice(0, 3))"
    return page.locator(selector).evaluate_all(read)


def test_a_click_and_the_keys_open_a_image(visit):
    page = visit(ADDRESS)
    tiles = page.get_by_role("option")
    expect(tiles).to_have_count(20)
    assert len({tuple(color) for color in drawn(page, ".gallery canvas")}) > 15, "images, and not the same one"
    before = image_in_address(page)
    tiles.nth(4).click()
    expect(page.get_by_role("heading", name=f"One image: {captions(page)[4]}")).to_be_visible()
    wait_until_idle(page)
    clicked = image_in_address(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(tiles.nth(5)).to_have_attribute("aria-selected", "true")
    expect(page).not_to_have_url(re.compile(rf"dataset\.image={clicked}(&|$)"))
    assert len({before, clicked, image_in_address(page)}) == 3
    page.reload()
    expect(tiles.nth(5)).to_have_attribute("aria-selected", "true")


def test_the_opened_image_stands_beside_the_grid_above_the_fold(visit, page):
    page.set_viewport_size(BEAMER)
    visit(ADDRESS + "&dataset.split=test")
    grid, opened, numbers = page.locator(".gallery"), page.locator(".picture"), page.locator(".numbers")
    heading = page.get_by_role("heading", name="One image")
    ways_on = page.get_by_role("button", name="Open in the lab")
    for what in (grid, opened, numbers, heading, ways_on):
        what.wait_for()
        assert bottom(what) < FOLD
    assert opened.bounding_box()["x"] > grid.bounding_box()["x"] + grid.bounding_box()["width"]
    assert top(heading) < bottom(grid)
    page.get_by_role("button", name="Classify it").click()
    expect(page.get_by_role("heading", name=re.compile("%$"))).to_be_visible()
    expect(page.get_by_role("combobox")).to_have_value(re.compile("^One minute on Shapes-10"))
    wait_until_idle(page)


def test_the_link_shows_the_same_images_and_reshuffle_others(visit):
    page = visit(ADDRESS)
    first = captions(page)
    assert captions(visit(ADDRESS)) == first
    page.get_by_role("button", name="Show other images").click()
    expect(page).not_to_have_url(re.compile(r"dataset\.seed=7(&|$)"))
    wait_until_idle(page)
    assert captions(page) != first


def test_a_class_is_all_that_its_filter_shows(visit):
    page = visit(ADDRESS + "&dataset.class=ring&dataset.split=test")
    assert set(captions(page)) == {"ring"}
    page.get_by_role("button", name="Page 2", exact=True).click()
    expect(page).to_have_url(re.compile(r"dataset\.page=2"))
    wait_until_idle(page)
    assert set(captions(page)) == {"ring"}


def test_the_cursor_reads_the_numbers_that_are_drawn(visit):
    page = visit(ADDRESS)
    picture = page.locator(".picture")
    box = picture.bounding_box()
    picture.hover(position={"x": box["width"] * 20.5 / 32, "y": box["height"] * 9.5 / 32})
    words = page.locator(".reading .words")
    expect(words).to_contain_text("row 10, column 21:")
    red, green, blue = map(int, re.findall(r"(?:red|green|blue) (\d+)", words.inner_text()))
    read = "c => [...c.getContext('2d').getImageData(20, 9, 1, 1).data].slice(0, 3)"
    assert picture.locator("canvas").evaluate(read) == [red, green, blue]
    expect(page.locator(".numbers .at")).to_have_text(str(red))
    page.get_by_role("radio", name="blue").click()
    page.mouse.move(0, 0)  # leaves the image: back to the pinned pixel, in the middle
    picture.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(words).to_contain_text("row 15, column 16:")
    blue = re.search(r"blue (\d+)", words.inner_text())[1]
    expect(page.locator(".numbers .at")).to_have_text(blue)
    expect(page.get_by_test_id("stMarkdown").filter(has_text="row 15, column 16")).to_be_visible()
    assert page.get_by_test_id("stTable").first.get_by_role("row").last.inner_text().split()[1] == blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_cut_off(visit, page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    visit(ADDRESS)
    page.locator(".numbers").wait_for()
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    widths = page.locator(".gallery, .panes, .picture, .numbers").evaluate_all("all => all.map(e => e.scrollWidth)")
    assert max(widths) <= 390
    page.get_by_role("option").nth(2).click()
    name = page.get_by_role("option").nth(2).inner_text()
    expect(page.get_by_role("heading", name=f"One image: {name}")).to_be_in_viewport()
    wait_until_idle(page)
    page.get_by_role("heading", name=f"One image: {name}").wait_for()
    expect(page.locator(".numbers")).to_be_in_viewport(ratio=1)
