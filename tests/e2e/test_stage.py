"""The stage in a browser, without a server: its numbers against Python's, and every way to move the window."""

import json
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from cnn_core.convolution import KERNELS, REPORT_IMAGE, GeometryError, conv2d, pool2d
from cnn_core.convolution.activations import ACTIVATIONS
from pages.ui.components import stage

pytestmark = pytest.mark.slow

VERTICAL = KERNELS["vertical"].weights()

MOUNT = """async ({ html, css, script }) => {
  const host = document.body.appendChild(document.createElement("div"));
  const shadow = host.attachShadow({ mode: "open" });
  shadow.innerHTML = `<style>${css}</style>${html}`;
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const render = (await import(url)).default;
  window.told = [];
  const setStateValue = (name, value) => window.told.push([name, value]);
  const setTriggerValue = setStateValue;
  window.show = (data) => render({ data, parentElement: shadow, setStateValue, setTriggerValue });
  window.find = (selector) => shadow.querySelector(selector);
  window.texts = (selector) => Array.from(shadow.querySelectorAll(selector), (node) => node.textContent);
  window.frame = () => new Promise(requestAnimationFrame);
}"""

READ = """async ({ data, cells }) => {
  show(data);
  const read = [];
  for (const at of cells) {
    find(".scrub").value = at;
    find(".scrub").dispatchEvent(new Event("input"));
    await frame();
    read.push({ pixels: texts(".cell .pixel"), products: texts(".cell .product"), results: texts(".chain dd"),
                spoken: find(".scrub").getAttribute("aria-valuetext") });
  }
  return read;
}"""


@pytest.fixture
def shown(page, complaints):
    """A function that puts data on the stage of an otherwise empty page."""
    page.set_content("<!doctype html><body style='margin: 16px; font-family: sans-serif'></body>")
    page.evaluate(MOUNT, {"html": stage.markup(), "css": stage.styles(), "script": stage.script()})

    def show(data):
        page.evaluate("async (data) => { show(data); await frame(); }", json.loads(json.dumps(data)))
        return page

    yield show
    assert not complaints


def number(text):
    return float(text.replace("−", "-"))


def assert_shown(texts, values):
    """The texts are the values as written: two decimals, or two digits below 0.1."""
    for text, value in zip(texts, np.ravel(values), strict=True):
        assert number(text) == pytest.approx(value, abs=max(0.00501, 0 if abs(value) > 0.1 else abs(value) / 15))


def stop(image, kernel, row, column, bias, *, stride, padding, dilation):
    """One window, tap by tap: pixels (C, kh, kw), products (C, kh, kw), their sum, and the sum with the bias."""
    k, before = len(kernel), {"valid": 0, "full": dilation * (len(kernel) - 1), 1: 1}.get(padding)
    tops = []
    for size, at in zip(image.shape[:2], (row, column), strict=True):
        if padding == "same":
            before = max((-(-size // stride) - 1) * stride + dilation * (k - 1) + 1 - size, 0) // 2
        tops.append(at * stride - before)
    pixels, products = np.zeros((2, image.shape[2], k, k))
    for c, i, j in np.ndindex(pixels.shape):
        y, x = tops[0] + i * dilation, tops[1] + j * dilation
        if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]:
            pixels[c, i, j] = image[y, x, c]
        products[c, i, j] = pixels[c, i, j] * kernel[i, j, c]
    return pixels, products, products.sum(), products.sum() + bias


def random_settings(rng):
    while True:
        shape = tuple(int(n) for n in rng.integers(3, 14, 2))
        k, stride, dilation = (int(rng.integers(1, top + 1)) for top in (7, 5, 3))
        padding = ["valid", "same", "full", 1][rng.integers(4)]
        settings = {"stride": stride, "dilation": dilation, "padding": padding}
        try:
            conv2d(np.zeros(shape), np.zeros((k, k)), **settings)
        except GeometryError:
            continue
        return shape, k, settings


class TestNumbers:
    def test_convolutions_are_pythons(self, shown, page):
        rng = np.random.default_rng(11)
        shown(stage.convolution_data(REPORT_IMAGE, VERTICAL))
        for turn in range(60):
            shape, k, settings = random_settings(rng)
            channels = [1, 1, 3][turn % 3]
            image, kernel = rng.normal(size=(*shape, channels)) * 5, rng.normal(size=(k, k, channels))
            if turn % 2:
                image, kernel = rng.integers(0, 256, image.shape).astype(np.uint8), kernel.round()
            bias, activation = float(rng.integers(-3, 4)), str(rng.choice(list(ACTIVATIONS)))
            output = conv2d(image, kernel, bias, **settings)
            cells = sorted({int(rng.integers(output.size)) for _ in range(4)})
            data = stage.convolution_data(image, kernel, bias=bias, activation=activation, **settings)
            for at, read in zip(cells, page.evaluate(READ, {"data": data, "cells": cells}), strict=True):
                row, column = divmod(at, output.shape[1])
                pixels, products, total, z = stop(image, kernel, row, column, bias, **settings)
                results = [total, bias, z, float(ACTIVATIONS[activation](z))]
                assert_shown(read["pixels"], pixels)
                assert_shown(read["products"], products)
                assert_shown(read["results"], results[: 3 if activation == "linear" else 4])
                assert z == pytest.approx(output[row, column])

    def test_a_batch_norm_is_a_factor_and_a_summand_after_the_activation(self, shown):
        settings = {"activation": "relu", "norm": (0.5, -3.0), "cell": (0, 3)}
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, **settings))
        expect(page.locator(".chain dt").last).to_have_text("Batch-norm: 8 × 0.50 + (−3) =")
        expect(page.locator(".chain dd").last).to_have_text("1")
        expect(page.locator(".scrub")).to_have_attribute("aria-valuetext", re.compile("After batch-norm 1."))

    def test_poolings_are_pythons(self, shown, page):
        rng = np.random.default_rng(12)
        shown(stage.pooling_data(REPORT_IMAGE, "max"))
        for turn in range(45):
            mode, size = ["max", "average", "min"][turn % 3], int(rng.integers(1, 4))
            settings = {"size": size, "stride": int(rng.integers(1, 4)), "padding": ["valid", "same"][turn % 2]}
            image = rng.integers(-9, 10, rng.integers(4, 12, 2))
            truth = pool2d(image, mode, **settings)
            cells = sorted({int(rng.integers(truth.size)) for _ in range(4)})
            data = stage.pooling_data(image, mode, **settings)
            for at, read in zip(cells, page.evaluate(READ, {"data": data, "cells": cells}), strict=True):
                assert_shown(read["results"], truth.flat[at])

    def test_a_learned_looking_32x32_fits_in_the_payload(self):
        rng = np.random.default_rng(0)
        data = stage.convolution_data(rng.normal(size=(32, 32, 3)), rng.normal(size=(7, 7, 3)), padding="full")
        assert len(json.dumps(data)) < 150_000


class TestReport:
    def test_it_opens_on_minus_five(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, cell=(0, 0)))
        expect(page.locator(".chain dd").last).to_have_text("−5")
        expect(page.locator(".line")).to_have_text("3·1 + 0·0 + 1·(−1) + 1·1 + 5·0 + 8·(−1) + 2·1 + 7·0 + 2·(−1) = −5")
        assert page.evaluate("texts('.running')") == ["3", "3", "2", "3", "3", "−5", "−3", "−3", "−5"]

    def test_the_screen_reader_hears_where_the_window_came_to_rest(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, bias=2, activation="relu"))
        page.locator(".output .board").first.press("ArrowRight")
        expect(page.locator(".live")).to_have_text("Row 1, column 2. Sum −4. With bias −2. After ReLU 0.")


def hover(page, panel, row, column, shape):
    box = page.locator(f"{panel} .board").bounding_box()
    page.mouse.move(
        box["x"] + (column + 0.5) * box["width"] / shape[1], box["y"] + (row + 0.5) * box["height"] / shape[0]
    )


class TestMoving:
    @pytest.fixture
    def report(self, shown):
        return shown(stage.convolution_data(REPORT_IMAGE, VERTICAL))

    def test_hovering_the_output_moves_the_window_and_leaving_brings_it_back(self, report):
        hover(report, ".output", 3, 3, (4, 4))
        expect(report.locator(".chain dd").last).to_have_text("−16")
        expect(report.get_by_label("Cell of the output")).to_have_value("15")
        report.mouse.move(1, 1)
        expect(report.locator(".chain dd").last).to_have_text("−5")
        expect(report.get_by_label("Cell of the output")).to_have_value("0")
        assert report.evaluate("told") == []

    def test_hovering_a_pixel_counts_its_readers(self, report):
        hover(report, ".input", 0, 0, (6, 6))
        expect(report.locator(".note")).to_contain_text("row 1, column 1 is read by 1 output,")
        hover(report, ".input", 2, 2, (6, 6))
        expect(report.locator(".note")).to_contain_text("is read by 9 outputs")
        expect(report.locator(".place")).to_have_text("row 2 of 4, column 2 of 4")

    def test_hovering_a_weight_shows_every_pixel_it_meets(self, report):
        hover(report, ".kernel", 0, 2, (3, 3))
        expect(report.locator(".note")).to_contain_text("The weight −1 meets 16 pixels")
        met = report.locator(".input .reach .stroke").get_attribute("d")
        assert met.count("M") == 16
        assert met.startswith("M2 0")

    def test_hovering_a_product_says_the_running_total(self, report):
        report.locator(".cell").nth(5).hover()
        expect(report.locator(".note")).to_have_text("Product 6 of 9: 8 × (−1) = −8, running total −5.")

    def test_a_click_pins_and_a_second_click_frees(self, report):
        hover(report, ".output", 1, 2, (4, 4))
        report.mouse.down()
        report.mouse.up()
        report.mouse.move(1, 1)
        expect(report.locator(".chain dd").last).to_have_text("2")
        hover(report, ".output", 1, 2, (4, 4))
        report.mouse.down()
        report.mouse.up()
        assert report.evaluate("told") == [["cell", [1, 2]], ["cell", None]]

    def test_the_echo_of_a_click_does_not_move_the_window(self, report):
        hover(report, ".output", 1, 2, (4, 4))
        report.mouse.down()
        report.mouse.up()
        report.mouse.move(1, 1)
        report.locator(".output .board").press("ArrowDown")
        report.evaluate("(data) => show(data)", stage.convolution_data(REPORT_IMAGE, VERTICAL, cell=(1, 2)))
        expect(report.locator(".place")).to_have_text("row 3 of 4, column 3 of 4")

    def test_keys_alone_do_everything(self, report):
        output, place = report.locator(".output .board"), report.locator(".place")
        for key, there in [
            ("ArrowRight", "row 1 of 4, column 2 of 4"),
            ("ArrowDown", "row 2 of 4, column 2 of 4"),
            ("End", "row 2 of 4, column 4 of 4"),
            ("ArrowRight", "row 2 of 4, column 4 of 4"),
            ("Home", "row 2 of 4, column 1 of 4"),
            ("Control+End", "row 4 of 4, column 4 of 4"),
            ("ArrowUp", "row 3 of 4, column 4 of 4"),
        ]:
            output.press(key)
            expect(place).to_have_text(there)
        output.press("Enter")
        output.press("Escape")
        assert report.evaluate("told") == [["cell", [2, 3]], ["cell", None]]
        report.locator(".kernel .board").press("ArrowRight")
        report.locator(".kernel .board").press("ArrowRight")
        expect(report.locator(".note")).to_contain_text("The weight 0 meets 16 pixels")
        report.locator(".input .board").press("ArrowLeft")
        expect(place).to_have_text("row 3 of 4, column 3 of 4")
        report.locator(".play").press("Enter")
        expect(report.locator(".play")).to_have_attribute("aria-label", "Pause")

    def test_every_control_is_reached_with_tab(self, report):
        reached = []
        for _ in range(11):
            report.keyboard.press("Tab")
            reached.append(report.evaluate("find(':focus')?.parentElement.className + '/' + find(':focus')?.className"))
        panels = [f"panel {kind}/board" for kind in ("input", "kernel", "output")]
        buttons = [f"transport/{name}" for name in ("start", "back", "play", "forward", "end", "scrub")]
        assert reached[:10] == [*panels, *buttons, "transport/speed"]

    def test_the_film_fills_the_output_and_ends(self, report):
        report.get_by_label("Speed").select_option("60")
        report.get_by_role("button", name="Play").click()
        expect(report.get_by_role("button", name="Pause")).to_be_visible()
        expect(report.locator(".place")).to_have_text("row 4 of 4, column 4 of 4")
        expect(report.get_by_role("button", name="Play")).to_be_visible()
        expect(report.locator(".chain dd").last).to_have_text("−16")
        assert report.evaluate("told") == []

    def test_the_scrubber_travels_and_what_lies_ahead_is_empty(self, report):
        report.get_by_label("Cell of the output").fill("5")
        expect(report.locator(".place")).to_have_text("row 2 of 4, column 2 of 4")
        assert pixel(report, ".output", 1, 0, (4, 4)) != pixel(report, ".output", 3, 3, (4, 4))
        assert pixel(report, ".output", 2, 0, (4, 4)) == pixel(report, ".output", 3, 3, (4, 4))
        report.get_by_role("button", name="One step forward").click()
        expect(report.locator(".chain dd").last).to_have_text("2")

    def test_product_by_product(self, report):
        report.get_by_label("Speed").select_option("products")
        report.get_by_role("button", name="To the first cell").click()
        forward = report.get_by_role("button", name="One step forward")
        forward.click()
        expect(report.locator(".place")).to_have_text("row 1 of 4, column 2 of 4")
        counted, total = report.locator(".chain dt").first, report.locator(".chain dd").first
        for number, so_far in enumerate(("0", "0", "−2"), start=1):
            expect(counted).to_have_text(f"Total of {number} of 9 products")
            expect(total).to_have_text(so_far)
            forward.click()
        expect(counted).to_have_text("Total of 4 of 9 products")
        expect(report.locator(".chain dd").last).to_have_text("?")

    def test_the_film_stops_at_a_result_that_is_kept_back(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, known=3))
        page.get_by_label("Speed").select_option("60")
        page.get_by_role("button", name="Play").click()
        expect(page.get_by_role("button", name="Play")).to_be_visible()
        expect(page.locator(".place")).to_have_text("row 1 of 4, column 4 of 4")
        expect(page.locator(".chain dd").last).to_have_text("?")
        page.get_by_label("Speed").select_option("1")
        page.get_by_role("button", name="Play").click()
        expect(page.locator(".place")).to_have_text("row 1 of 4, column 1 of 4")  # again, not over what is asked

    def test_hovering_holds_the_film(self, report):
        report.get_by_label("Speed").select_option("10")
        report.get_by_role("button", name="Play").click()
        hover(report, ".output", 3, 3, (4, 4))
        report.wait_for_timeout(600)
        expect(report.locator(".place")).to_have_text("row 4 of 4, column 4 of 4")
        report.mouse.move(1, 1)
        expect(report.locator(".place")).not_to_have_text("row 4 of 4, column 4 of 4")


def pixel(page, panel, row, column, shape):
    """The colour near the corner of a cell, away from its digits."""
    return page.evaluate(
        """([selector, row, column, rows, columns]) => {
          const canvas = find(selector);
          const [x, y] = [(column + 0.1) * canvas.width / columns, (row + 0.9) * canvas.height / rows];
          return Array.from(canvas.getContext("2d").getImageData(x, y, 1, 1).data);
        }""",
        [f"{panel} canvas", row, column, *shape],
    )


class TestLook:
    def test_zero_is_white_and_signs_have_their_colours(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL))
        assert pixel(page, ".output", 2, 0, (4, 4)) == [255, 255, 255, 255]
        orange, blue = pixel(page, ".output", 3, 3, (4, 4)), pixel(page, ".output", 0, 3, (4, 4))
        assert orange[:3] == [217, 115, 13]
        assert blue[2] > blue[0]

    def test_a_hidden_sum_is_nowhere(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, known=0))
        page.wait_for_timeout(500)
        words = page.locator(".stage").inner_text() + page.locator(".scrub").get_attribute("aria-valuetext")
        assert "−5" not in re.sub(r"\s", "", words)
        assert page.locator(".chain dd").last.inner_text() == "?"

    def test_only_the_known_results_are_shown(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, known=1))
        expect(page.locator(".chain dd").last).to_have_text("−5")
        page.locator(".output .board").press("ArrowRight")
        expect(page.locator(".chain dd").last).to_have_text("?")
        shown(stage.convolution_data(REPORT_IMAGE, VERTICAL))
        expect(page.locator(".chain dd").last).to_have_text("−4")

    def test_one_strong_edge_does_not_make_a_large_map_white(self, shown):
        image = np.full((32, 32), 10.0)
        image[5, 5] = 9000.0
        page = shown(stage.convolution_data(image, np.array([[1.0]])))
        assert pixel(page, ".output", 20, 20, (32, 32))[:3] == [53, 114, 216]

    def test_what_is_asked_of_a_weight_is_not_said(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, counted=False))
        hover(page, ".kernel", 0, 2, (3, 3))
        expect(page.locator(".note")).to_contain_text("meets the marked pixels")
        expect(page.locator(".note")).not_to_contain_text("16")

    def test_legend_says_what_is_padding_and_what_is_never_read(self, shown):
        page = shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, stride=2))
        expect(page.locator(".legend")).to_contain_text("never read")
        expect(page.locator(".legend")).not_to_contain_text("padding")
        shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, padding="same"))
        expect(page.locator(".legend")).to_contain_text("padding: zeros")

    def test_the_window_jumps_when_motion_is_unwelcome(self, shown, page):
        shown(stage.convolution_data(REPORT_IMAGE, VERTICAL))
        moved = "getComputedStyle(find('.input .window')).transitionDuration"
        assert page.evaluate(moved) == "0.14s"
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate(moved) in ("0s", "")

    def test_a_phone_needs_no_sideways_scrolling(self, shown, page):
        page.set_viewport_size({"width": 390, "height": 800})
        rng = np.random.default_rng(1)
        for data in (
            stage.convolution_data(REPORT_IMAGE, VERTICAL, activation="relu"),
            stage.convolution_data(REPORT_IMAGE, rng.normal(size=(7, 7)), padding="same"),
            stage.convolution_data(rng.normal(size=(9, 9, 3)), rng.normal(size=(5, 5, 3)), channels="RGB"),
        ):
            shown(data)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_32x32_film_runs_at_the_screens_pace(shown, page):
    image = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8)
    shown(stage.convolution_data(image, KERNELS["gaussian_blur"].weights(7), padding="same"))
    page.get_by_label("Speed").select_option("60")
    page.get_by_role("button", name="Play").click()
    stamps, shown_cells = page.evaluate(
        """() => new Promise((done) => {
          const [stamps, cells] = [[], []];
          const next = (now) => {
            stamps.push(now);
            cells.push(Number(find(".scrub").value));
            stamps.length < 120 ? requestAnimationFrame(next) : done([stamps, cells]);
          };
          requestAnimationFrame(next);
        })"""
    )
    assert np.percentile(np.diff(stamps), 25) < 1000 / 50, "on a busy machine frames are dropped, but not most of them"
    seconds = (stamps[-1] - stamps[0]) / 1000
    assert shown_cells[-1] - shown_cells[0] == pytest.approx(60 * seconds, abs=5)


class TestEditing:
    @pytest.fixture
    def editable(self, shown):
        return shown(stage.convolution_data(REPORT_IMAGE, VERTICAL, editable=True))

    def test_a_number_shows_at_once_and_is_told(self, editable):
        editable.locator(".kernel .board").press("3")
        editable.locator(".field").press("Enter")
        expect(editable.locator(".line")).to_contain_text("3·3 + 0·0")
        assert editable.evaluate("told") == [["edit", {"cell": [0, 0], "text": "3"}]]
        assert editable.evaluate("find(':focus').getAttribute('aria-label')").startswith("Kernel. Arrow keys")

    def test_what_is_no_number_is_told_and_changes_nothing(self, editable):
        editable.locator(".kernel .board").press("-")
        editable.locator(".field").press("ArrowDown")
        assert editable.evaluate("told") == [["edit", {"cell": [0, 0], "text": "-"}]]
        expect(editable.locator(".field")).to_have_attribute("aria-label", "Weight in row 2, column 1")
        editable.locator(".field").press("Escape")
        expect(editable.locator(".line")).to_contain_text("3·1 + 0·0 + 1·(−1)")
        assert len(editable.evaluate("told")) == 1
