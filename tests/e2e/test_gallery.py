"""The gallery in a browser, without a server: one stop of the Tab key, the arrow keys, and what Python hears."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from pages.ui.components import gallery

pytestmark = pytest.mark.slow

FOLDER = Path(gallery.__file__).parent
MOUNT = """async ({ css, script }) => {
  document.body.style.cssText = "margin: 0; width: 300px; height: 3000px";
  const shadow = document.body.appendChild(document.createElement("div")).attachShadow({ mode: "open" });
  const style = shadow.appendChild(document.createElement("style"));
  style.textContent = css;
  shadow.append(document.createRange().createContextualFragment('<div class="gallery"></div>'));
  document.body.appendChild(document.createElement("a")).href = "#after";
  document.body.lastChild.textContent = "after";
  document.body.appendChild(document.createElement("div")).className = "st-key-opened";
  document.body.lastChild.style.cssText = "height: 2000px; margin-top: 900px";
  const render = (await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })))).default;
  window.told = [];
  window.show = (data) => render({ data, parentElement: shadow, setStateValue: (_, pick) => told.push(pick.index) });
}"""


def shown_data(**changes):
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    return {
        "sprite": gallery._sprite(images), "captions": ["?"] * 8, "marks": None, "label": "eight images", "size": 64,
        "columns": 4, "of": 1, "shape": [32, 32], "picked": None, "picks": True, "opens": None, **changes,
    }  # fmt: skip


@pytest.fixture
def show(page, complaints):
    """A function that shows a page with nothing but the gallery and a link below it."""
    page.set_viewport_size({"width": 400, "height": 600})
    page.set_content("<!doctype html><body>")
    css, *scripts = (
        (FOLDER / file).read_text(encoding="utf-8") for file in ("gallery.css", "../walk.js", "gallery.js")
    )
    page.evaluate(MOUNT, {"css": css, "script": "\n".join(scripts)})

    def show(**changes):
        page.evaluate("(data) => show(data)", shown_data(**changes))
        return page

    yield show
    assert not complaints


def test_tab_stops_once_and_the_arrows_lead_to_every_image(show):
    page = show(picked=2)
    tiles = page.get_by_role("option")
    page.keyboard.press("Tab")
    expect(tiles.nth(2)).to_be_focused()
    for key, place in (("ArrowDown", 6), ("ArrowLeft", 5), ("ArrowUp", 1), ("ArrowUp", 1), ("End", 7), ("Home", 0)):
        page.keyboard.press(key)
        expect(tiles.nth(place)).to_be_focused()
    assert page.evaluate("told") == []
    page.keyboard.press("Enter")
    expect(tiles.nth(0)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert page.evaluate("told") == [0, 1]
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="after")).to_be_focused()


def test_the_answer_appears_without_taking_the_focus_away(show):
    page = show()
    tiles = page.get_by_role("option")
    expect(tiles.nth(1)).to_have_attribute("aria-label", "image 2, still to be guessed")
    tiles.nth(1).focus()
    page.keyboard.press("Enter")
    show(captions=["?", "cat\nnot dog", "ship", *"?????"], marks=[None, False, True, *[None] * 5], picked=1)
    expect(tiles.nth(1)).to_be_focused()
    expect(tiles.nth(1)).to_contain_class("wrong")
    expect(tiles.nth(1)).to_have_attribute("aria-label", "wrong: cat\nnot dog")
    expect(tiles.nth(2)).to_have_attribute("aria-label", "right: ship")
    assert "wrong" not in tiles.nth(0).get_attribute("class")


def test_a_gallery_that_only_shows_takes_no_focus_and_no_click(show):
    page = show(picks=False)
    expect(page.get_by_role("list", name="eight images").get_by_role("listitem")).to_have_count(8)
    page.get_by_role("listitem").nth(3).click()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="after")).to_be_focused()
    assert page.evaluate("told") == []


def test_a_pick_scrolls_to_what_it_opens_if_that_is_out_of_sight(show):
    page = show(opens="opened")
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("option").nth(3).click()
    assert page.evaluate("document.querySelector('.st-key-opened').getBoundingClientRect().top") == 64
