"""The page Inside in a browser: what is above the fold, keys and clicks, and the same sum in the lab."""

import re

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

LESSON = "inside?run=lesson"
COLOURS = """canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
}"""  # how many a canvas has


def title(page: Page) -> str:
    """The filter that is taken apart: "Conv 2, filter 9"."""
    return page.locator(".value .loupe b").inner_text()


def pick(page: Page, column: int, x: int, y: int) -> None:
    """Click into a column, and wait until its value is taken apart."""
    page.locator(".column .board").nth(column).click(position={"x": x, "y": y})
    expect(page.locator(".value .loupe b")).to_have_text(re.compile(rf"^Conv {column + 1},"))
    wait_until_idle(page)


def term(page: Page, name: str) -> float:
    row = page.locator(".value .terms tr").filter(has_text=name).last
    return float(row.locator("td").inner_text().replace("−", "-"))


@pytest.mark.parametrize("run", ["lesson", "report"])
def test_the_whole_way_to_the_answer_and_a_sum_are_above_the_fold(visit, page, run):
    page.set_viewport_size(BEAMER)
    visit(f"inside?run={run}")
    page.locator(".value .terms td").first.wait_for()
    columns = page.locator(".column")
    expect(columns).to_have_count({"lesson": 3, "report": 10}[run])
    for what in (".columns .foot", ".answer", ".value .terms", ".value .lab", ".value .loupe .board"):
        assert bottom(page.locator(what)) < FOLD, what
    answer, flow = (page.locator(what).bounding_box() for what in (".answer", ".columns"))
    assert answer["x"] + answer["width"] <= flow["x"] + flow["width"] + 1
    assert min(page.locator(".column canvas, .picture canvas").evaluate_all(f"all => all.map({COLOURS})")) > 2
    assert page.locator("body").evaluate("body => body.scrollWidth <= window.innerWidth")


def test_keys_lead_from_map_to_map_and_from_value_to_value(visit, page):
    page.set_viewport_size(BEAMER)
    visit(LESSON)
    first = title(page)
    page.locator(".column .board").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".value .loupe b")).not_to_have_text(first)
    page.locator(".column .board").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")  # beyond the last map of a row is the next column
    page.keyboard.press("Enter")
    expect(page.locator(".value .loupe b")).to_have_text(re.compile("^Conv 2,"))
    wait_until_idle(page)
    said = page.locator(".value .terms caption")
    before = said.inner_text()
    page.locator(".value .loupe .board").focus()
    page.keyboard.press("ArrowRight" if "column 1" in before else "ArrowLeft")
    expect(said).not_to_have_text(before)
    assert page.locator(".value .loupe .board").evaluate("board => board.getRootNode().activeElement === board")
    wait_until_idle(page)


def test_a_click_marks_the_value_its_window_and_its_square_of_the_image(visit, page):
    page.set_viewport_size(BEAMER)
    visit(LESSON)
    pick(page, 1, 20, 20)
    marks = page.locator(".column .board svg")
    expect(marks.nth(0).locator(".window")).to_have_count(9)  # on every map that is shown of those before
    expect(marks.nth(1).locator(".stroke")).to_have_count(2)
    expect(page.locator(".picture svg .stroke")).to_have_count(1)
    terms = page.locator(".value .terms tr")
    written = [float(text.replace("−", "-")) for text in terms.locator("td").all_inner_texts()]
    assert sum(written[:-1]) == pytest.approx(written[-1], abs=1e-9)
    exact = float(page.locator(".value .steps td").last.inner_text().replace("−", "-"))
    said = re.search(r": (−?[\d.]+), from", page.locator(".columns .note").inner_text())
    assert float(said[1].replace("−", "-")) == pytest.approx(exact, abs=0.005)


def test_presenting_a_click_brings_its_sum_into_view(visit, page):
    page.set_viewport_size(BEAMER)
    visit(f"{LESSON}&present=1")
    expect(page.locator(".value .terms tr").last).not_to_be_in_viewport(ratio=1)
    pick(page, 2, 20, 20)
    expect(page.locator(".value .terms tr").last).to_be_in_viewport(ratio=1)
    expect(page.locator(".answer")).to_be_in_viewport(ratio=1)
    page.locator(".value .lab").click()
    page.locator(".stage .chain dd").last.wait_for()
    wait_until_idle(page)
    wider = page.locator(".stage .cell").evaluate_all(
        "cells => cells.filter(cell => [...cell.children].some(part => part.offsetWidth > cell.offsetWidth)).length"
    )
    assert wider == 0


@pytest.mark.parametrize("column", [0, 1])
def test_a_click_opens_the_same_sum_in_the_lab(visit, page, column):
    page.set_viewport_size(BEAMER)
    visit(LESSON)
    pick(page, column, 20, 20)
    total, filter_number = term(page, "sum"), title(page).rsplit(" ", 1)[1]
    place = page.locator(".value .terms caption").inner_text().removeprefix("The sum at ")
    page.locator(".value .lab").click()
    page.locator(".stage .chain dd").last.wait_for()
    wait_until_idle(page)
    expect(page.get_by_role("radio", name="Learned")).to_be_checked()
    row, across = re.fullmatch(r"row (\d+), column (\d+)", place).groups()
    expect(page.locator(".stage .place")).to_have_text(re.compile(rf"^row {row} of \d+, column {across} of \d+$"))
    lines = page.locator(".stage .chain").evaluate(
        "chain => [...chain.querySelectorAll('dt')].map(dt => [dt.innerText, dt.nextElementSibling.innerText])"
    )
    shown = float(dict(lines)["= sum + bias"].replace("−", "-"))
    assert shown == pytest.approx(total, abs=0.006)
    if column:
        expect(page.get_by_text(f"Conv 2, filter {filter_number}")).to_be_visible()
        page.get_by_role("button", name="Back to Inside").click()
        expect(page.locator(".value .loupe b")).to_have_text(f"Conv 2, filter {filter_number}")
        wait_until_idle(page)
    else:
        expect(page.get_by_role("spinbutton", name=re.compile("^Filter"))).to_have_value(filter_number)


def test_a_patch_opens_as_the_image_with_the_value_that_it_excites(visit, page):
    page.set_viewport_size(BEAMER)
    visit(LESSON)
    patch = page.get_by_role("listbox", name=re.compile("patches")).get_by_role("option").nth(1)
    number = patch.inner_text().split()[-1]
    patch.click()
    page.get_by_role("button", name=f"Look inside with image {number}").click()
    expect(page.get_by_role("spinbutton", name="Number")).to_have_value(number)
    wait_until_idle(page)
    expect(page).to_have_url(re.compile(rf"inside\.image={number}(&|$)"))
    assert page.locator(".picture svg .stroke").count() == 1


def test_all_maps_of_a_layer_can_be_shown_and_the_scale_changes_in_the_browser(visit, page):
    page.set_viewport_size(BEAMER)
    visit(LESSON)
    page.locator(".column .more").nth(2).click()
    expect(page.locator(".column")).to_have_count(1)
    expect(page.locator(".columns .back")).to_be_focused()
    assert bottom(page.locator(".value .terms")) < FOLD + 10
    page.keyboard.press("Enter")
    expect(page.locator(".column")).to_have_count(3)
    expect(page.locator(".column .more").nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".column")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".column")).to_have_count(3)
    picture = page.locator(".column canvas").nth(1)
    before = picture.evaluate("canvas => canvas.toDataURL()")
    page.locator(".columns .scale").select_option("by network")
    assert picture.evaluate("canvas => canvas.toDataURL()") != before


def test_a_phone_shows_the_answer_beside_the_columns_that_it_scrolls(visit, page):
    page.set_viewport_size(PHONE)
    visit(LESSON)
    answer = page.locator(".answer").bounding_box()
    assert answer["x"] >= 0
    assert answer["x"] + answer["width"] <= PHONE["width"]
    assert page.locator("body").evaluate("body => body.scrollWidth <= window.innerWidth")
    assert top(page.locator(".columns")) < top(page.locator(".value"))
    for what in (".value .loupe", ".value .pair", ".value .terms", ".value .lab"):
        box = page.locator(what).bounding_box()
        assert box["x"] + box["width"] <= PHONE["width"], what
