"""A lab report in a real browser: fetched with a click, opened without a network, and printed on A4."""

import re

import pytest

pytestmark = pytest.mark.slow

A4 = (595, 842)  # points
OVERFLOW = """() => [...document.querySelectorAll("main *")]
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !element.closest(".wide"))
  .map((element) => element.outerHTML.slice(0, 80))"""


def test_a_report_opens_offline_is_light_fits_a_phone_and_prints_on_a4(visit, browser, tmp_path):
    page = visit("evaluation?run=lesson")
    with page.expect_download() as arriving:
        page.get_by_role("button", name="Lab report").click()
    file = tmp_path / arriving.value.suggested_filename
    arriving.value.save_as(file)
    context = browser.new_context(offline=True, color_scheme="dark", viewport={"width": 390, "height": 844})
    try:
        report, said = context.new_page(), []
        report.on("console", lambda message: said.append(message.text))
        report.on("requestfailed", lambda request: said.append(request.url))
        report.goto(file.as_uri())
        assert report.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        drawn = "[...document.images].map((image) => image.complete && image.naturalWidth)"
        assert report.evaluate(drawn) == [32] * 12
        assert report.evaluate(OVERFLOW) == []
        sizes = re.findall(rb"/MediaBox ?\[0 0 ([\d.]+) ([\d.]+)\]", report.pdf(prefer_css_page_size=True))
        assert {tuple(round(float(side)) for side in size) for size in sizes} == {A4}
        assert not said
    finally:
        context.close()
