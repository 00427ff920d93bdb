"""A lab report is one page that is whole, loads nothing, shows typed text as text, and has the run's own numbers."""

import base64
import io
import math
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from handmade import begin_and_stop, epoch_fields, give_temperature, write_event_line, write_finished_run
from PIL import Image

from cnn_core import data, evaluation, lessons, runs
from cnn_core.config import ExperimentConfig
from cnn_core.lab_report import Answered, of_lesson, of_run, write
from cnn_core.lab_report.chart import draw
from cnn_core.lab_report.markup import inline, prose
from cnn_core.lab_report.records import Chart, Line

DAY = "26 November 2026"
HOSTILE = "<script>alert('1')</script> & **\"x\"** `</code>` <img src=https://example.org/x.png>"
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """What a browser would read: the elements, their texts, and whether each that opens is closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.rows, self.text = [], [], [], [], ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attributes]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if "style" not in self.open:
            self.text += f"{text}\n"
        if self.open and {"td", "th"} & set(self.open):
            self.rows[-1][-1] += text

    def images(self):
        return [value for tag, name, value in self.attributes if (tag, name) == ("img", "src")]


def read(page):
    """The page, after what holds for every report."""
    reader = Reader(page)
    assert page.startswith("<!DOCTYPE html>")
    assert len(page.encode()) < 1_000_000
    assert not {"script", "link", "iframe", "object", "base", "form"} & set(reader.tags)
    for tag, name, value in reader.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "srcset", "action", "xlink:href", "style"):
            assert value.startswith("data:image/png;base64,") or name == "style", (tag, name)
            assert "url(" not in value
    assert "url(" not in page.partition("<body>")[0]
    assert "@import" not in page.partition("<body>")[0]
    assert ("meta", "http-equiv", "Content-Security-Policy") in reader.attributes
    assert any(value.startswith("default-src 'none'") for _, name, value in reader.attributes if name == "content")
    return reader


def report_of(run):
    return read(write(of_run(run, DAY)))


def test_the_numbers_are_those_of_the_run(finished_run):
    give_temperature(finished_run, 1.5)
    page, (labels, probabilities) = report_of(finished_run), finished_run.predictions()
    result, history = finished_run.result(), finished_run.history()
    for number in (f"{result.test_accuracy:.2%}", f"{result.test_loss:.4f}", f"{result.test_mse:.4f}"):
        assert f"{number} (test split, n\u00a0=\u00a060)" in page.text
    for epoch in history.itertuples():
        row = [f"{epoch.epoch}", f"{epoch.loss:.4f}", f"{epoch.accuracy:.1%}", f"{epoch.val_loss:.4f}"]
        assert any(cells[:4] == row and cells[4] == f"{epoch.val_accuracy:.1%}" for cells in page.rows)
    counts = evaluation.confusion_matrix(labels, probabilities.argmax(axis=1), 10)
    for name, row in zip(data.about("cifar10").class_names, counts, strict=True):
        assert [name, *map(str, row)] in [cells[:11] for cells in page.rows]
    shown = evaluation.calibrated(probabilities, 1.5)
    assert (
        f"accuracy is {(shown.argmax(axis=1) == labels).mean():.2%}, loss {evaluation.scores(labels, shown).loss:.4f}"
        in (page.text)
    )
    calibrated = evaluation.reliability(labels, shown, bins=10)
    at = int(calibrated.counts.argmax())
    told = [f"{calibrated.counts[at]}", f"{calibrated.confidence[at]:.1%}", f"{calibrated.accuracy[at]:.1%}"]
    assert told in [cells[1:] for cells in page.rows]
    assert f"Seed\n{finished_run.config.training.seed}\n" in page.text
    assert f"numpy\n{np.__version__}\n" in page.text
    assert finished_run.config == ExperimentConfig.from_json(page.text[page.text.index('{\n  "schema') :])


def test_what_somebody_typed_is_text(finished_run):
    runs.rename(finished_run, HOSTILE[:60])
    page = report_of(finished_run)
    assert page.text.count(finished_run.title) == 2  # in the browser's tab and as the heading
    assert "img" not in page.tags


def test_images_of_cifar10_are_named_and_those_of_shapes10_shown(finished_run, tiny_config, shapes_only):
    page = report_of(finished_run)
    assert not page.images()
    assert re.search(r"Test image \d+\nis: ", page.text)
    drawn = report_of(write_finished_run(replace(tiny_config, data_set="shapes10")))
    places = [int(place) for place in re.findall(r"Test image (\d+)\nis: ", drawn.text)]
    images = [np.array(Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))) for url in drawn.images()]
    assert len(places) > 4
    assert np.array_equal(images, data.load("shapes10").split("test").images(np.array(places)))


def test_without_a_temperature_percentages_are_called_raw(finished_run):
    assert "raw softmax" in report_of(finished_run).text


@pytest.mark.parametrize("what", ["stopped", "diverged", "one epoch", "no predictions", "no log", "gone", "no config"])
def test_whatever_a_run_lacks_is_said_and_the_rest_is_there(finished_run, tiny_config, what):
    run = finished_run
    if what == "stopped":
        run = runs.create(tiny_config, "Stopped")
        begin_and_stop(run)
    elif what == "diverged":
        write_event_line(run, event="epoch", **epoch_fields(3) | {"loss": None, "val_loss": None})
    elif what == "one epoch":
        run = write_finished_run(replace(tiny_config, training=replace(tiny_config.training, epochs=1)))
        lines = (run.path / runs.files.EVENTS).read_text().splitlines(keepends=True)
        (run.path / runs.files.EVENTS).write_text("".join(line for line in lines if '"epoch": 2' not in line))
    elif what == "gone":
        runs.delete(run)
    else:
        name = {"no predictions": runs.files.PREDICTIONS, "no log": runs.files.EVENTS, "no config": runs.files.CONFIG}
        (run.path / name[what]).unlink()
    said = {
        "stopped": "No epoch was finished",
        "diverged": "It diverged: its loss became infinite",
        "one epoch": "Accuracy",
        "no predictions": "predictions of 'A finished run' cannot be read",
        "no log": "No epoch was finished",
        "gone": "is no longer there",
        "no config": "is no longer there",
    }
    page = report_of(run)
    assert said[what] in page.text
    if what not in ("gone", "no config"):
        assert "Batch size\n32" in page.text


def test_a_curve_has_its_points_where_its_axes_say():
    svg = draw(Chart("Accuracy", [Line("test", [1, 2, 4], [0.4, math.nan, 1.0])], "epochs", is_share=True))
    Reader(svg)
    at = {text: (float(x), float(y)) for x, y, text in re.findall(r'<text x="(.+?)" y="(.+?)"[^>]*>(.+?)<', svg)}
    below = 4  # pixels from a number's line to the foot of its digits
    expected = [(at["1"][0], at["40%"][1] - below), (at["4"][0], at["100%"][1] - below)]
    points = re.search(r'<polyline points="(.+?)"', svg)[1]
    assert [tuple(map(float, point.split(","))) for point in points.split(" ")] == expected


@pytest.mark.parametrize("lines", [[], [Line("a", [], [])], [Line("a", [1.0], [math.inf])]])
def test_a_curve_without_a_number_is_a_sentence(lines):
    assert draw(Chart("Loss", lines, "epochs")) == "<p>Loss: there is no number to draw.</p>"


def test_markdown_keeps_little():
    assert prose("**a** *b* `c<`\nd\n\n- e\n- f\n  g") == (
        "<p><strong>a</strong> <em>b</em> <code>c&lt;</code> d</p><ul><li>e</li><li>f g</li></ul>"
    )
    assert inline(r"\*a\* [b](https://c) 2 * 3 * 4") == "*a* [b](https://c) 2 * 3 * 4"


class TestOfALesson:
    @pytest.fixture
    def lesson(self):
        return lessons.shipped()["convolution"]

    def asked(self, lesson):
        found = [step.question for step in lesson.steps]
        return [
            one if one is None or isinstance(one, str) else Answered(one.text, options=one.options, topic=one.text)
            for one in (None if isinstance(one, str) else one for one in found)
        ]

    def test_answers_stand_at_their_steps_and_open_questions_can_be_answered_on_paper(self, lesson, finished_run):
        asked = self.asked(lesson)
        first, others = lesson.steps[0], "Elsewhere?"
        given = [
            Answered("Next sum?", ("3", "4"), "4", "Because.", topic="sum", step=(lesson.title, first.title)),
            Answered(others, (HOSTILE,)),
        ]
        page = read(write(of_lesson(lesson, asked, given, [finished_run], DAY, "the blue fox")))
        assert lesson.goal in page.text
        places = [page.text.index(f"{number} · {step.title}") for number, step in enumerate(lesson.steps, 1)]
        assert places == sorted(places)
        assert places[0] < page.text.index("Next sum?") < page.text.index("✓ right") < places[1]
        assert page.text.index(HOSTILE) > places[-1]
        assert "by the blue fox" in page.text
        assert "☐ It becomes 0" in page.text
        assert f"{finished_run.result().test_accuracy:.2%}" in page.text

    def test_an_answer_to_the_steps_own_question_is_found_wherever_it_was_given(self, lesson):
        asked = self.asked(lesson)
        one = next(one for one in asked if one)
        page = read(write(of_lesson(lesson, asked, [replace(one, said=("It becomes 0",))], [], DAY)))
        assert "Other answers" not in page.text
        assert "☐" not in page.text
