"""The training page in a browser: what stands above the fold while a run trains, and a replay that asks for nothing."""

import re
from contextlib import contextmanager
from dataclasses import replace

import pytest
from boxes import BEAMER, FOLD, PHONE, bottom, top
from handmade import batch_fields, epoch_fields, look, write_finished_run
from live_app import serve, wait_until_idle
from playwright.sync_api import Page, expect

from cnn_core import data, runs
from cnn_core.presets import PRESETS
from cnn_core.progress import EpochScores, Progress, Sample

pytestmark = pytest.mark.slow

LESSON = replace(PRESETS["lesson"], data_set="shapes10")


@pytest.fixture(scope="module")
def served(browser_type_launch_args, shapes10_dir, tmp_path_factory):
    """The app's address, and its runs as the test's own: one of them has finished."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CNN_RUNS_DIR", str(folder))
        write_finished_run(LESSON, title="Earlier")
        with serve(shapes10_dir, folder) as url:
            yield url, folder


@pytest.fixture
def visit(page: Page, served, monkeypatch, complaints):
    url, folder = served
    monkeypatch.setenv("CNN_RUNS_DIR", str(folder))

    def open_page(size, query="") -> Page:
        page.set_viewport_size(size)
        page.goto(f"{url}/training?data_set=Shapes-10{query}")
        expect(page.locator(".player").first).to_be_visible()
        wait_until_idle(page)
        return page

    yield open_page
    assert not complaints


@contextmanager
def under_way():
    """The record of a run in its second epoch, held by this process as by a worker."""
    run = runs.create(LESSON, "Under way")
    try:
        with runs.open_record(run) as record:
            record.started(seconds=0.0, is_resumed=False)
            record.batch(Progress(**batch_fields(1)))
            record.sample(Sample(0.6, 5.5, 500, 1.9, 0.36, 0.08))
            record.epoch(EpochScores(**epoch_fields(1)))
            record.batch(Progress(**batch_fields(2)))
            yield record
    finally:
        runs.delete(run)


def test_while_a_run_trains_all_that_matters_stands_above_the_fold(visit):
    with under_way() as record:
        page = visit(BEAMER)
        assert bottom(page.get_by_text("Under way is being trained for 1 min; one run at a time.")) < FOLD
        assert not page.get_by_role("button", name="Start training").is_visible()
        assert bottom(page.get_by_role("button", name="Stop training")) < FOLD
        assert bottom(page.get_by_test_id("stProgress")) < FOLD
        assert bottom(page.locator(".figures")) < FOLD
        for chart in page.locator(".chart").all():
            assert bottom(chart) < FOLD
            assert chart.locator(".line.validation").get_attribute("d").startswith("M")
        assert bottom(page.locator(".legend")) < FOLD
        see_it_move_without_flicker(page, record)
        page.set_viewport_size(PHONE)
        expect(page.locator(".chart").nth(1)).to_be_visible()
        wait_until_idle(page)
        assert bottom(page.locator(".chart").first) < PHONE["height"], "the accuracy, without scrolling"
        assert bottom(page.locator(".chart").first) < top(page.locator(".figures"))
        assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def test_presenting_on_a_small_beamer_the_curves_stand_above_the_fold(visit):
    with under_way():
        page = visit(BEAMER, "&present=1")
        assert bottom(page.get_by_role("button", name="Stop training")) < FOLD
        assert all(bottom(chart) < FOLD for chart in page.locator(".chart").all())
        assert bottom(page.locator(".legend")) < BEAMER["height"]
        for caption in page.locator(".chart figcaption").all():
            assert caption.evaluate("e => e.scrollWidth <= e.clientWidth"), "three values beside the title"
        texts = page.locator(".chart").first.locator(".axes text")
        end = texts.filter(has_text="epochs").bounding_box()
        boxes = [text.bounding_box() for text in texts.all()]
        before = [box["x"] + box["width"] for box in boxes if box["y"] == end["y"] and box["x"] < end["x"]]
        assert len(before) > 1
        assert end["x"] - max(before) > 8, "1.5 and 2 epochs are not read as one number"


def see_it_move_without_flicker(page: Page, record: runs.Record) -> None:
    """New data change the lines in place: the elements stay, and so does what a visitor reads."""
    charts = page.locator(".charts")
    charts.focus()
    page.keyboard.press("Home")
    expect(charts).to_have_attribute(
        "aria-valuetext", re.compile(r"^0\.5 epochs\. Accuracy: training, epoch so far 20")
    )
    page.locator(".chart").first.evaluate("chart => { chart.mark = true; }")
    before = page.locator(".line.running").first.get_attribute("d")
    record.batch(Progress(**(batch_fields(2) | {"batch": 6, "fraction": 0.875, "seconds": 11.0})))
    line = page.locator(".line.running").first
    expect(line).not_to_have_attribute("d", before)
    assert line.get_attribute("d").startswith(before), "what was drawn stays where it was"
    assert page.locator(".chart").first.evaluate("chart => chart.mark")
    expect(charts).to_have_attribute("aria-valuetext", re.compile(r"^0\.5 epochs"))
    page.keyboard.press("ArrowRight")
    expect(charts).to_have_attribute("aria-valuetext", re.compile(r"^0\.6 epochs.* sample 36\.0%"))
    page.keyboard.press("Escape")
    expect(charts).to_have_attribute("aria-valuetext", re.compile(r"^1\.75 epochs"))


def test_the_class_sees_sixteen_images_and_the_kernels_directly_below_the_curves(visit, shapes10_dir, monkeypatch):
    monkeypatch.setenv("CNN_DATA_DIR", str(shapes10_dir))
    labels = tuple(map(int, data.load("shapes10").split("val").labels[:16]))
    with under_way() as record:
        record.look(look(10.0, labels=labels, answers=labels[:4] + (labels[0],) * 12))
        page = visit(BEAMER)
        tiles, kernels = page.locator(".tile"), page.locator(".kernels canvas")
        expect(tiles).to_have_count(16)
        expect(kernels).to_have_count(4)
        boxes = [tile.bounding_box() for tile in tiles.all()]
        assert [sum(box["y"] == row for box in boxes) for row in sorted({box["y"] for box in boxes})] == [8, 8]
        assert 0 < top(page.locator(".pictures")) - bottom(page.locator(".legend")) < 40
        assert top(page.locator(".kernels")) == top(page.locator(".pictures"))
        assert bottom(tiles.last) <= BEAMER["height"], "both rows, without scrolling"
        see_the_answers_change_in_place(page, record, labels)
        page.set_viewport_size(PHONE)
        expect(tiles.nth(4)).not_to_have_js_property("offsetTop", tiles.first.evaluate("tile => tile.offsetTop"))
        wait_until_idle(page)
        assert top(page.locator(".pictures")) > bottom(page.locator(".chart").first)
        assert page.get_by_test_id("stMain").evaluate("e => e.scrollWidth - e.clientWidth") <= 0


def see_the_answers_change_in_place(page: Page, record: runs.Record, labels: tuple[int, ...]) -> None:
    """The next look changes words, marks and kernels; the elements stay, or they would flicker."""
    names = data.about("shapes10").class_names
    right = page.locator(".pictures .count")
    expect(right).to_have_text(f"{sum(labels[i] == labels[0 if i > 3 else i] for i in range(16))} of 16 right")
    pixels = "all => all.map(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.join())"
    painted, before = page.locator(".tile canvas").evaluate_all(pixels), page.locator(".kernels canvas")
    assert len(set(painted)) == 16
    weights = before.evaluate_all(pixels)
    page.locator(".tile").first.evaluate("tile => { tile.mark = true; }")
    wrong = (labels[15] + 1) % 10
    record.look(look(10.5, labels=labels, answers=(*labels[:15], wrong)))
    expect(right).to_have_text("15 of 16 right")
    expect(page.locator(".right .said")).to_have_text([f"✓ {names[label]}" for label in labels[:15]])
    last = page.locator(".tile.wrong")
    expect(last.locator(".said")).to_have_text(f"✗ {names[wrong]}")
    expect(last.locator(".truth")).to_have_text(f"is: {names[labels[15]]}")
    assert page.locator(".tile").first.evaluate("tile => tile.mark")
    assert page.locator(".tile canvas").evaluate_all(pixels) == painted
    assert all(now != then for now, then in zip(before.evaluate_all(pixels), weights, strict=True))


def test_a_replay_is_played_by_the_browser_alone_and_by_keys(visit, page):
    asked = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: asked.append(frame)))
    page.emulate_media(reduced_motion="reduce")
    visit(BEAMER)
    expect(page.get_by_text("an earlier run on this machine")).to_be_visible()
    page.get_by_role("button", name="Replay").click()
    scrub = page.get_by_role("slider", name="Moment")
    expect(scrub).to_have_attribute("aria-valuetext", "0 s of 12 s")
    wait_until_idle(page)
    assert bottom(page.locator(".transport")) < FOLD
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it waits for who wants no motion
    before = len(asked)
    scrub.press("ArrowRight")
    figure = page.locator(".figure", has_text="Training accuracy")
    expect(figure.locator(".text")).to_have_text("20.0%")
    expect(page.locator(".chart").first.locator(".values")).to_have_text("20.0%")  # the same, where the line ends
    page.get_by_label("Speed").select_option("3")
    scrub.press(" ")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(scrub).to_have_attribute("aria-valuetext", "12 s of 12 s")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    expect(page.locator(".figure", has_text="Final test accuracy").locator(".text")).to_have_text("55.00%")
    # A fragment's clock asks whether others have deleted the run; its requests carry the fragment's id.
    clockwork = [frame for frame in asked[before:] if re.search(rb": [0-9a-f]{32}B", frame)]
    assert len(asked) == before + len(clockwork)


def test_a_picked_run_is_brought_into_view(visit):
    page = visit(BEAMER)
    main = page.get_by_test_id("stMain")
    main.evaluate("main => main.scrollTo(0, main.scrollHeight)")
    table = page.get_by_test_id("stDataFrame")
    box = table.bounding_box()
    page.mouse.click(box["x"] + 16, box["y"] + 2.5 * 35)  # the second row
    expect(page.get_by_role("heading", name="Two hours on CIFAR-10")).to_be_in_viewport()


def test_the_diagnosis_stands_below_the_curves_and_its_button_brings_the_filled_form_into_view(visit):
    page = visit(PHONE)
    said = page.get_by_text("Stopped too early.")
    assert bottom(page.locator(".chart").last) < top(said)
    page.get_by_role("button", name="Set up: the same settings").click()
    expect(page.get_by_text("As Earlier.")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Start training")).to_be_in_viewport()
