"""The evaluation page in a browser: the whole matrix is in view, readable in light and dark, and needs no mouse."""

import csv
import re
from xml.etree import ElementTree

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from PIL import Image
from playwright.sync_api import Page, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

pytestmark = pytest.mark.slow

ADDRESS = "evaluation?run=lesson"  # recorded, and tested on the shapes that are here
LEAST_CONTRAST = 4.5
CONTRASTS = """cells => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const luminance = (color) => {
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) =>
      byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return cells.map((cell) => {
    const {color, backgroundColor} = getComputedStyle(cell);
    const [a, b] = [luminance(color), luminance(backgroundColor)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}"""


def cells(page: Page):
    return page.get_by_role("gridcell")


def focused(page: Page) -> str:
    """The name of the cell that has the focus."""
    return page.locator(".matrix td:focus").get_attribute("aria-label")


def opened(page: Page) -> str:
    return page.get_by_role("heading", level=2).filter(has_text=re.compile("taken for|recognised")).inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_whole_matrix_is_in_view_with_the_pictures_beside_it_and_every_number_can_be_read(visit, page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    expect(cells(page)).to_have_count(100)
    matrix, pictures = page.locator(".matrix"), page.locator(".gallery").first
    assert bottom(matrix.get_by_text("precision %")) < FOLD
    assert bottom(matrix) < FOLD
    assert bottom(pictures) < FOLD
    assert bottom(page.get_by_role("button", name="Open in the lab")) < FOLD
    assert pictures.bounding_box()["x"] > cells(page).last.bounding_box()["x"]
    assert top(page.get_by_test_id("stMetric")) < top(matrix)
    assert min(cells(page).evaluate_all(CONTRASTS)) >= LEAST_CONTRAST


def test_a_beamer_shows_the_whole_matrix_in_larger_type(visit, page):
    page.set_viewport_size(BEAMER)
    visit(f"{ADDRESS}&present=1")
    expect(cells(page)).to_have_count(100)
    assert bottom(page.locator(".matrix")) < FOLD
    assert cells(page).first.evaluate("cell => parseFloat(getComputedStyle(cell).fontSize)") >= 20
    clipped = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert not page.locator(".matrix").locator("td, tbody th").evaluate_all(clipped)


def test_a_phone_shows_the_matrix_before_what_refines_it(visit, page):
    page.set_viewport_size(PHONE)
    visit(ADDRESS)
    matrix = page.locator(".matrix")
    expect(cells(page)).to_have_count(100)
    assert top(matrix) < PHONE["height"] * 0.6
    expect(page.get_by_role("button", name="Next", exact=True)).to_be_hidden()  # a line for what the page ends with
    assert bottom(matrix) - top(matrix) < PHONE["height"] / 2  # all of it at once
    assert bottom(matrix) <= top(page.get_by_text("Lowest recall")) < top(page.get_by_role("radiogroup", name="Show"))
    assert bottom(matrix) < top(page.locator(".gallery")) < top(page.get_by_role("heading", name="Class by class"))
    clipped = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert not matrix.locator("td, tbody th").evaluate_all(clipped)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")


def test_keys_walk_the_matrix_and_open_a_cell(visit, page):
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    picked = page.get_by_role("gridcell", selected=True)
    first = picked.get_attribute("aria-label")
    tabbable = cells(page).evaluate_all("all => all.filter((cell) => cell.tabIndex === 0).length")
    assert tabbable == 1
    picked.focus()
    page.keyboard.press("Home")
    assert focused(page).startswith(first.split(",")[0])
    page.keyboard.press("Control+Home")
    assert re.fullmatch(r"actual (\w+), predicted \1: [\d,]+ test images?", focused(page))
    page.keyboard.press("ArrowUp")  # there is nothing above
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    names = re.match(r"actual (\w+), predicted (\w+):", focused(page)).groups()
    assert names[0] == names[1]
    assert page.locator(".matrix td:focus").evaluate("cell => getComputedStyle(cell).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{names[0]}, recognised")).to_be_visible()
    wait_until_idle(page)
    assert focused(page) == picked.get_attribute("aria-label")  # the focus stays where the visitor is
    shares = [
        float(share.rstrip("%")) for share in page.locator(".gallery").first.locator(".caption").all_inner_texts()
    ]
    assert shares == sorted(shares)


def test_a_click_runs_the_matrix_and_not_the_page_and_the_link_opens_its_cell(visit, page):
    asked: list[BackMsg] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda sent: asked.append(BackMsg.FromString(sent))))
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    asked.clear()
    wrong = page.get_by_role("gridcell", name=re.compile("actual ring, predicted circle"))
    wrong.click()
    expect(page.get_by_role("heading", name="ring, taken for circle")).to_be_visible()
    wait_until_idle(page)
    runs = [message.rerun_script for message in asked if message.WhichOneof("type") == "rerun_script"]
    assert len(runs) == 1
    assert runs[0].fragment_id
    page.goto(page.url)  # what a teacher would send
    expect(page.get_by_role("heading", name="ring, taken for circle")).to_be_visible()
    expect(wrong).to_have_attribute("aria-selected", "true")
    wait_until_idle(page)


def test_keys_change_how_the_matrix_is_looked_at_and_the_link_keeps_it(visit, page):
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    before = page.locator(".matrix tbody th").first.inner_text()
    page.get_by_role("button", name="Order and colour").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="as in the data set").focus()
    page.keyboard.press("ArrowUp")  # round to the last
    expect(page.locator(".matrix tbody th").first).not_to_have_text(before)
    page.get_by_role("switch", name="Hide the diagonal").focus()
    page.keyboard.press("Space")
    right = page.get_by_role("gridcell", name=re.compile(r"actual (\w+), predicted \1:"))
    for cell in (right.first, right.last):
        expect(cell).to_have_text("")
    wait_until_idle(page)
    names = page.locator(".matrix tbody th").all_inner_texts()
    page.goto(page.url)
    expect(right.first).to_have_text("")
    wait_until_idle(page)
    assert page.locator(".matrix tbody th").all_inner_texts() == names
    assert page.locator(".above").all_inner_texts()[:10] == names


def test_the_matrix_is_saved_as_svg_png_and_csv(visit, page, tmp_path):
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")
    for kind in ("PNG", "SVG", "CSV"):
        page.get_by_role("button", name=kind, exact=True).focus()
        with page.expect_download() as saved:
            page.keyboard.press("Enter")
        saved.value.save_as(tmp_path / saved.value.suggested_filename)
    drawing = ElementTree.parse(tmp_path / "confusion-matrix-lesson.svg").getroot()
    with Image.open(tmp_path / "confusion-matrix-lesson.png") as painted:
        assert painted.size == (2 * int(drawing.get("width")), 2 * int(drawing.get("height")))
        assert len(painted.getcolors(1 << 24)) > 50  # not an empty sheet
    with (tmp_path / "confusion-matrix-lesson.csv").open(newline="") as file:
        names, *rows = csv.reader(file)
    counted = [cell.get_attribute("aria-label") for cell in (cells(page).nth(12), cells(page).last)]
    for label, (row, column) in zip(counted, ((1, 2), (9, 9)), strict=True):
        assert f"actual {rows[row][0]}, predicted {names[column + 1]}: {int(rows[row][column + 1]):,} test" in label


def test_a_pair_by_keyboard_opens_its_cell_and_the_cell_can_be_clicked_again(visit, page):
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    before = opened(page)
    picked = page.get_by_role("gridcell", selected=True).get_attribute("aria-label")
    pair = page.get_by_test_id("stButtonGroup").filter(has_text="Most confused").get_by_role("radio").nth(1)
    actual, predicted = re.match(r"(\w+) → (\w+)", pair.inner_text()).groups()
    pair.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{actual}, taken for {predicted}")).to_be_visible()
    wait_until_idle(page)
    selected = page.get_by_role("gridcell", selected=True)
    assert selected.get_attribute("aria-label").startswith(f"actual {actual}, predicted {predicted}:")
    page.get_by_role("gridcell", name=picked, exact=True).click()
    expect(page.get_by_role("heading", name=before)).to_be_visible()
    wait_until_idle(page)
    selected.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name=before)).to_be_hidden()


def test_back_from_prediction_shows_the_same_run_and_part_again(visit, page):
    page.set_viewport_size(BEAMER)
    visit("evaluation?run=lesson&evaluation.part=How+sure")
    run = page.get_by_role("combobox", name="Run")
    expect(run).to_have_value(re.compile("^One minute on Shapes-10"))
    page.get_by_role("button", name="Classify it").click()
    expect(page.get_by_role("heading", name="Prediction")).to_be_visible()
    wait_until_idle(page)
    page.go_back()
    expect(page.locator(".reliability .bin")).to_have_count(15)
    wait_until_idle(page)
    expect(page.get_by_role("radio", name="How sure")).to_be_checked()
    expect(run).to_have_value(re.compile("^One minute on Shapes-10"))
    page.go_back()  # nobody is caught on the page
    expect(page).to_have_url(re.compile("evaluation.part=How"))
    wait_until_idle(page)
    page.get_by_role("radio", name="Matrix").click()
    expect(cells(page)).to_have_count(100)
    wait_until_idle(page)
