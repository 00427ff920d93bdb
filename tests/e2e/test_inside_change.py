"""What if and Surgery in a browser: the dial asks nothing of the server, the figures are above the fold, the lab's
kernel comes and goes."""

from boxes import BEAMER, FOLD, PHONE, bottom, top
from live_app import wait_until_idle
from playwright.sync_api import expect


def test_the_dial_moves_the_image_by_keyboard_and_by_finger(visit):
    page = visit("inside?inside.part=What+if&run=lesson")
    dial = page.locator(".dial")
    said = dial.locator(".said")
    assert said.inner_text() == "Not moved"
    before = dial.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    dial.locator("input").focus()
    page.keyboard.press("ArrowRight")
    assert said.inner_text() == "Moved 1 pixel to the right"
    assert dial.locator("canvas").evaluate("canvas => canvas.toDataURL()") != before
    box = dial.locator("svg").bounding_box()
    page.mouse.click(box["x"] + 46, box["y"] + box["height"] / 2)
    assert said.inner_text() == "Moved 8 pixels to the left"
    assert dial.locator("input").get_attribute("aria-valuetext").startswith("Moved 8 pixels to the left: ")
    assert dial.locator("polyline").count() == 10
    assert "the network says" in dial.locator("svg").get_attribute("aria-label")
    page.get_by_test_id("stMain").get_by_text("Rotation", exact=True).click()
    expect(said, "another change begins with the image as it is").to_have_text("Not turned")


def test_the_figures_stand_above_the_fold_and_before_what_refines_them(visit):
    for part, figure in (("What+if", ".dial"), ("Surgery", "[data-testid=stPlotlyChart]")):
        for size in (BEAMER, PHONE):
            page = visit(f"inside?inside.part={part}&run=lesson")
            page.set_viewport_size(size)
            page.locator(figure).first.wait_for()
            refines = page.get_by_test_id("stMain").get_by_text(
                "Rotation" if part == "What+if" else "Switch off", exact=True
            )
            assert bottom(page.locator(figure)) <= top(refines), (part, size)
            if size is BEAMER:
                assert bottom(page.locator(figure)) <= FOLD, part
            else:
                assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_a_beamer_shows_slider_and_all_bars_while_presenting(visit):
    for part, last in (("What+if", ".dial input"), ("Surgery", "[data-testid=stPlotlyChart]")):
        page = visit(f"inside?inside.part={part}&run=lesson&present=1")
        page.set_viewport_size(BEAMER)
        page.locator(last).first.wait_for()
        wait_until_idle(page)
        assert bottom(page.locator(last)) <= FOLD, part
        assert page.get_by_role("combobox", name="Run").count() == 1, "its label is hidden from the eye alone"


def test_a_filter_s_kernel_goes_to_the_lab_and_comes_back(visit):
    page = visit("inside?inside.part=Surgery&run=lesson")
    page.set_viewport_size(BEAMER)
    page.get_by_role("button", name="kernel to the lab").click()
    page.get_by_text("Your kernel").first.wait_for()
    wait_until_idle(page)
    assert "convolution.kernel=" in page.url
    page.get_by_role("link", name="Inside").first.click()
    page.get_by_test_id("stMain").get_by_text("Surgery", exact=True).first.click()
    wait_until_idle(page)
    page.get_by_test_id("stMain").get_by_text("Put in the lab's kernel").click()
    wait_until_idle(page)
    page.get_by_text("With the lab's kernel as filter").first.wait_for()
    page.get_by_test_id("stMain").get_by_text("weighs all 3 channels alike").wait_for()


def test_a_run_with_fewer_layers_keeps_the_part_in_the_address(visit):
    page = visit("inside?inside.part=Surgery&run=best&inside.source=Drawing")
    for label, wanted in (("Layer", "Conv 6"), ("Run", "Shapes")):
        choice = page.get_by_role("combobox", name=label, exact=True)
        choice.click()
        choice.press("ArrowDown")
        page.get_by_role("option").filter(has_text=wanted).first.click()
        wait_until_idle(page)
    page.get_by_text("of Conv 1: the test set").wait_for()
    assert "run=lesson" in page.url
    assert "inside.part=Surgery" in page.url
