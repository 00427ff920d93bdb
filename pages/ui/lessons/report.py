"""The lab report of a lesson: its texts, what this session has answered, and the runs that it is about."""

from collections.abc import Sequence
from functools import partial

from cnn_core import lab_report, runs
from cnn_core.classroom import Question
from cnn_core.lab_report import Answered, Report
from cnn_core.lessons import Lesson
from pages.ui import own_answers, watched
from pages.ui.lab_report import offer
from pages.ui.lessons import question
from pages.ui.lessons.following import Followed
from pages.ui.text import portable

_MOST_RUNS = 2
_HAS = "the lesson and your answers"


def offer_report(on: Followed) -> None:
    """What was answered is taken when the button is pressed, and so are the runs."""
    pupil = on.place.pupil if on.place else None
    asked = [_unanswered(question.of(step)) for step in on.lesson.steps]
    given, who = own_answers.all_answers(), pupil.name if pupil else ""
    make = partial(_make, on.lesson, asked, given, _run_ids(on.lesson), who)
    offer(make, on.lesson.file_name, key="lessons.report", has=_HAS)


def _make(
    lesson: Lesson,
    asked: Sequence[Answered | None],
    given: dict[str, Answered],
    run_ids: Sequence[str],
    who: str,
    made: str,
) -> Report:
    there = {run.id: run for run in runs.list_runs()}  # a stranger's lesson names no other place
    about = [there[run_id] for run_id in run_ids if run_id in there][:_MOST_RUNS]
    return lab_report.of_lesson(lesson, asked, list(given.values()), about, made, who)


def _unanswered(asked: Question | None) -> Answered | None:
    return asked and Answered(portable(asked.text), options=asked.options, topic=asked.topic)


def _run_ids(lesson: Lesson) -> list[str]:
    """The run that was watched, if the lesson trains one, and those that its steps open."""
    own = [watched.chosen_id()] if any(step.page == "training" for step in lesson.steps) else []
    return list(dict.fromkeys(filter(None, [*own, *(step.state.get("run") for step in lesson.steps)])))
