"""A lesson as a report: its own texts, what was asked in it, and what this pupil answered."""

from collections.abc import Sequence

from cnn_core.lab_report.of_run import in_short, versions_here
from cnn_core.lab_report.records import Answered, Answers, Block, Report, Section, Text
from cnn_core.lessons import Lesson
from cnn_core.runs import Run


def of_lesson(
    lesson: Lesson,
    asked: Sequence[Answered | None],
    given: Sequence[Answered],
    trained: Sequence[Run],
    made: str,
    who: str = "",
) -> Report:
    """asked: for each step its own question, unanswered, or None. given: what this session has answered, in order.

    trained: the runs that the lesson looks at. made: the day, as it is written. who: the pupil, "the blue fox".
    """
    sections, told = [], []
    for number, (step, question) in enumerate(zip(lesson.steps, asked, strict=True), 1):
        here = [one for one in given if one.step == (lesson.title, step.title) or (question and _is_to(one, question))]
        if question and not any(_is_to(one, question) for one in here):
            here.append(question)
        told += here
        blocks: list[Block] = [Text(step.task)]
        sections.append(Section(f"{number} · {step.title}", [*blocks, Answers(here)] if here else blocks))
    if others := [one for one in given if one not in told]:
        sections.append(Section("Other answers of this session", [Answers(others)]))
    sections += [in_short(run) for run in trained]
    about = f"Lab report of a lesson, made on {made}{f', by {who}' if who else ''}"
    return Report(lesson.title, about, lesson.goal, [*sections, versions_here()])


def _is_to(answered: Answered, question: Answered) -> bool:
    return bool(question.topic) and answered.topic == question.topic
