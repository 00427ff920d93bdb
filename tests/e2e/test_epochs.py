"""Epoch by epoch in a browser: one slider, by keyboard, drives all that is shown; no scale moves, nobody is asked."""

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, scrolled, top
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.slow

ADDRESS = "evaluation?run=lesson&evaluation.part=Epoch+by+epoch"  # recorded, of the shapes that are here; five epochs
CELLS = "all => all.map((cell) => [Number(cell.textContent), Number(cell.style.getPropertyValue('--shade'))])"
PIXELS = "all => all.map(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.join())"


def cells(page: Page, kind: str) -> list[list[float]]:
    """Of each right answer ("hit") or mistake ("miss") the count, and how strong its colour is, 0 to 1."""
    return page.locator(f".matrix .{kind}").evaluate_all(CELLS)


def scale(page: Page, kind: str) -> float:
    """How many images get the strongest colour, as the strongest of the cells on the screen tells."""
    count, shade = max(cells(page, kind))
    return count / shade


def test_the_slider_drives_matrix_recall_kernels_and_answers_by_keyboard(visit, page):
    asked = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))
    page.set_viewport_size(BEAMER)
    visit(ADDRESS)
    scrub, sentence = page.get_by_role("slider", name="Moment"), page.locator(".sentence p")
    table = page.get_by_role("table", name="Confusion matrix")
    expect(page.locator(".chain [aria-current=true]")).to_have_count(24)
    assert bottom(page.locator(".transport")) < top(table) < bottom(table) < FOLD
    assert bottom(page.locator(".kernels canvas").last) < FOLD

    expect(sentence).to_contain_text("Epoch 1 of 5: 90.3% of the first 2,000 validation images right")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it plays when it is told to
    counts, hits, misses = cells(page, "hit"), scale(page, "hit"), scale(page, "miss")
    assert sum(count for kind in ("hit", "miss") for count, _ in cells(page, kind)) == 2000
    recalls = page.locator("td.recall").all_inner_texts()
    kernels = page.locator(".kernels canvas").evaluate_all(PIXELS)
    answers = page.locator(".chain [aria-current=true]").all_inner_texts()
    before = len(asked)

    scrub.press("ArrowRight")
    scrub.press("ArrowRight")
    expect(sentence).to_contain_text("Epoch 3 of 5: 98.0% of")
    expect(sentence).to_have_attribute("aria-live", "polite")
    assert cells(page, "hit") != counts
    assert scale(page, "hit") == pytest.approx(hits, rel=0.02)
    assert scale(page, "miss") == pytest.approx(misses, rel=0.1)  # of few images, whose shade is rounded
    assert page.locator("td.recall").all_inner_texts() != recalls
    assert page.locator(".kernels canvas").evaluate_all(PIXELS) != kernels
    assert page.locator(".chain [aria-current=true]").all_inner_texts() != answers
    expect(page.locator(".chain [aria-current=true]")).to_have_count(24)

    page.get_by_label("Speed").select_option("20")
    scrub.press(" ")
    expect(sentence).to_contain_text("Epoch 5 of 5: 99.2% of")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    first = page.locator(".strips").first.locator("[aria-current=true]").all_inner_texts()
    assert all(answer.startswith("✓") for answer in first), "they became right for good"
    assert len(asked) == before


def test_a_phone_shows_slider_sentence_and_matrix_first_and_keeps_the_slider(visit, page):
    page.set_viewport_size(PHONE)
    visit(ADDRESS)
    order = [".transport", ".sentence", ".matrix", ".kernels", ".ribbon"]
    tops = [top(page.locator(part)) for part in order]
    assert tops == sorted(tops)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    clipped = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"
    assert not page.locator(".matrix :is(td, tbody th)").evaluate_all(clipped)
    main.evaluate("main => main.scrollTo(0, 700)")
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop > 600")
    assert scrolled(page) > tops[0]
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_in_viewport()
    expect(page.locator(".place")).to_be_in_viewport()
    page.get_by_role("button", name="Play", exact=True).click(trial=True)  # nothing covers it
