"""The lab reports as the app gives them: of a run on its pages, of a lesson at its end, with this session's answers."""

import html
import re

import numpy as np
import pytest
from app import metric, with_label
from handmade import begin_and_stop
from test_pages_lessons import TEXT, button, follow, join, lesson, on_page, room_of, rooms, teacher  # noqa: F401

from cnn_core import lab_report, lessons, runs
from cnn_core.classroom import Mark, Question, Vote
from cnn_core.lab_report.markup import inline
from pages.ui import downloads
from pages.ui.text import plain, portable

TYPED = [
    "<b>&amp; 1. 2) *a* _b_ `c` $d$ [e](https://f) :material/home: :red[g] www.h.i -> #j ~~k~~ \\l",
    "1. first",
    "- a list",
]


@pytest.fixture
def files(monkeypatch):
    """What the pages offer as lab reports: the text of each file, by its name, as if its button were pressed."""
    made, offer = {}, downloads.offer

    def spy(label, make, file_name, **options):
        if label == "Lab report":
            made[file_name] = make
        offer(label, make, file_name, **options)

    monkeypatch.setattr(downloads, "offer", spy)
    return lambda: {name: make().decode() for name, make in made.items()}


def said(page):
    """The text of a report, without its style."""
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)))


@pytest.mark.parametrize("page", ["training", "evaluation"])
def test_a_run_gives_its_report_where_it_is_looked_at(open_page, finished_run, files, page):
    app = open_page(page)
    assert not app.exception
    (name,), (report,) = files(), files().values()
    assert name == f"lab-report-{finished_run.id}.html"
    day = re.search(r"made on (\d+ \w+ \d{4})", report)[1]
    assert report == lab_report.write(lab_report.of_run(finished_run, day))


def test_the_report_of_a_stopped_run_and_of_one_that_is_gone_meanwhile_is_a_page(open_page, tiny_config, files):
    run = runs.create(tiny_config, "A stopped run")
    begin_and_stop(run)
    open_page("training")
    (report,) = files().values()
    assert "It is stopped: stopped on request." in said(report)
    runs.delete(run)
    (report,) = files().values()
    assert "is no longer there" in said(report)


class TestOfALesson:
    def test_who_follows_it_gets_it_at_its_end_with_the_answers(self, open_page, lesson, files):  # noqa: F811
        app = follow(open_page, lesson)
        assert not files()
        button(app, "lessons.next").click()
        on_page(app.run(), "convolution").run()
        with_label(app.button_group, "What is 1").set_value("1").run()
        button(app, "lessons.next").click()
        on_page(app.run(), "network").run()
        assert not app.exception
        (name,), (report,) = files(), map(said, files().values())
        assert name == "lab-report-two-sums.html"
        assert "What is 1 + 1?Answer: 1" in report
        assert "The answer is" not in report, "a second try is left"
        assert report.index("2 · Second") < report.index("What is 1 + 1?") < report.index("3 · Third")
        assert "For me alone" not in report

    def test_a_pupils_votes_are_in_it_and_what_is_right_once_it_is_revealed(
        self, open_page, lesson, teacher, join, files  # noqa: F811
    ):  # fmt: skip
        room = room_of(teacher)
        room.teach(lesson, len(lesson.steps) - 1)
        room.ask(Question(plain("Is 2 > 1?"), ("Yes", "No"), (Mark("right", "Yes"),), why="Count."))
        app = join("network")
        with_label(app.button_group, "Your answer").set_value("No").run()
        pupil = room.pupil(app.session_state["together.member"].partition(".")[2])
        (report,) = map(said, files().values())
        assert f"by {pupil.name}" in report
        assert "Is 2 > 1?Answer: No" in report
        assert "The answer is" not in report
        room.change_vote(Vote.reveal)
        app.run()
        room.put_away()
        app.run()
        (report,) = map(said, files().values())
        assert "Is 2 > 1?Answer: No ✗ not rightThe answer is Yes.Count." in report

    def test_the_run_that_its_steps_open_is_in_it_and_no_other_place_of_the_disk(
        self, open_page, finished_run, tmp_path, files
    ):
        for name in (finished_run.id, f"../runs/{finished_run.id}", str(finished_run.path)):
            step = f"## End\n---\npage: evaluation?run={name}\nminutes: 1\n---\nLook.\n"
            on = lessons.read(TEXT.partition("## First")[0] + step)
            app = on_page(follow(open_page, on), "evaluation").run()
            assert not app.exception
            assert ("The run: A finished run" in said(files()["lab-report-two-sums.html"])) == (name == finished_run.id)


def test_a_game_stands_in_it_once_it_has_been_played(open_page, shapes_only):
    app = open_page("games", **{"games.part": "Find the kernel"})
    assert "own_answers" not in app.session_state
    app.session_state[f"games.kernel.numbers.{app.session_state['games.level']}.1"] = np.zeros((3, 3))
    app.run()
    (noted,) = app.session_state["own_answers"].values()
    assert noted.question.startswith("Find the kernel: level ")
    assert metric(app, "Correlation") == "0.000"
    assert (noted.what, noted.said) == ("Result", ("not found yet, correlation 0.000, 0 hints",))


@pytest.mark.parametrize("typed", TYPED)
def test_what_was_typed_comes_back_from_a_pages_markdown(typed):
    assert html.unescape(inline(portable(plain(typed)))) == typed
