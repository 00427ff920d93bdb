"""The header of a text file, the question bank, and what a class foretells of a training."""

from pathlib import Path

import numpy as np
import pytest

from cnn_core import architecture, data, runs
from cnn_core.classroom import Question, foresight
from cnn_core.classroom.question import LONGEST, LONGEST_OPTION
from cnn_core.lessons import bank, header
from cnn_core.runs import Predictions, Run
from pages.ui import evaluation as evaluation_parts
from pages.ui import frame, inside, lab
from pages.ui.together import late

RECORDED = Path(__file__).parents[1] / "assets" / "runs"


class TestHeader:
    def test_values_and_the_text_below_are_read_as_they_are_written(self):
        text = "---\ntitle: A: b\n\ngoal: one\n  and two\nempty:\n---\n\nText\n\n---\n\nmore\n"
        values, body = header.read(text)
        assert values == {"title": "A: b", "goal": "one and two", "empty": ""}
        assert body == "Text\n\n---\n\nmore"

    def test_a_text_may_have_no_header_and_other_line_ends(self):
        assert header.read("# Only text\n---\n") == ({}, "# Only text\n---")
        assert header.read("\ufeff---\r\nminutes: 20\r\n---\r\nText\r\n") == ({"minutes": "20"}, "Text")

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("---\ntitle: endless", "no end"),
            ("---\ntitle\n---", "Line 2"),
            ("---\na: 1\n: 2\n---", "Line 3"),
            ("---\na: 1\na: 2\n---", "second time"),
        ],
    )
    def test_what_is_no_header_is_said_with_its_place(self, text, complaint):
        with pytest.raises(ValueError, match=complaint):
            header.read(text)


GOOD = "---\ntitle: T\nbelief: B\nsee: inside?inside.part=What+if\nwhere: W\nhint: H\nwhy: Y\n---\n"
GOOD += "How\nmany?\n\n- [ ] 1\n- [x] 2\n"


class TestBank:
    @pytest.fixture
    def entries(self):
        found, complaints = bank.read_bank()
        assert not complaints
        return found

    def test_the_ten_misconceptions_each_have_a_question_that_fits_a_phone(self, entries):
        assert len(entries) == 10
        for entry in entries.values():
            asked = entry.question
            assert 3 <= len(asked.options) <= 4
            assert max(len(asked.text), len(asked.hint), len(asked.why)) <= LONGEST
            assert max(map(len, asked.options)) <= LONGEST_OPTION
            assert asked.right.lower() not in asked.hint.lower()

    def test_each_leads_to_where_one_can_see_it(self, entries):
        parts = {"inside": inside.PARTS, "evaluation": evaluation_parts.PARTS, "convolution": lab.STEPS}
        for entry in entries.values():
            assert f"{entry.page}.py" in {page.file for page in frame.PAGES}
            assert entry.state.get("run", "report") in {path.name for path in RECORDED.iterdir()}
            for name, value in entry.state.items():
                if name != "run":
                    assert name in ("inside.part", "evaluation.part", "convolution.step")
                    assert value in {part.title for part in parts[name.split(".")[0]].values()}

    def test_its_figures_are_those_of_the_recorded_runs(self, entries):
        whys = {name[:2]: entry.question.why for name, entry in entries.items()}
        recorded = {name: Run(RECORDED / name) for name in ("lesson", "minute", "report", "champion")}
        table = architecture.layers(recorded["report"].config.network)
        kernels = sum(layer.parameters for layer in table if layer.kind == "Conv2D")
        assert f"{kernels:,} of {sum(layer.parameters for layer in table):,}" in whys["04"]
        lesson = architecture.totals(recorded["lesson"].config.network)
        assert f"{lesson.trainable:,}" in whys["03"]
        assert f"{lesson.parameters:,}" in whys["10"]
        assert f"{round(lesson.parameters / 3072 + 0.5)} of its images" in whys["10"]
        for name in ("report", "champion"):
            predictions = recorded[name].predictions()
            right = (predictions.probabilities.argmax(1) == predictions.labels).mean()
            said = predictions.probabilities.max(1).mean()
            assert f"{said:.1%} {'on average ' if name == 'report' else ''}and is right on {right:.1%}" in whys["07"]
        moved = {name: recorded[name].robustness()["across"] for name in ("minute", "champion")}
        changed = {name: curve.changed[curve.strengths.tolist().index(1)] for name, curve in moved.items()}
        assert f"*minute* gives {changed['minute']} another class, the *champion* {changed['champion']}." in whys["06"]

    def test_a_teachers_file_is_read_and_a_bad_one_is_named(self, tmp_path):
        (tmp_path / "a.md").write_text(GOOD)
        (tmp_path / "b.md").write_text(GOOD.replace("- [ ] 1", "- [x] 1"))
        (tmp_path / "c.md").write_text(GOOD.replace("why: Y\n", ""))
        (tmp_path / "d.md").write_text(GOOD.replace("- [ ] 1\n", ""))
        (tmp_path / "e.md").write_bytes(b"\xff\xfe")
        found, complaints = bank.read_bank(tmp_path)
        assert list(found) == ["a"]
        assert (found["a"].question.text, found["a"].question.right) == ("How many?", "2")
        assert (found["a"].page, found["a"].state) == ("inside", {"inside.part": "What if"})
        assert [complaint.split()[0] for complaint in complaints] == ["b.md", "c.md", "d.md", "e.md"]


class TestForesight:
    @pytest.mark.parametrize("reached", [[], [0.0], [0.1], [0.47, 0.5], [0.83], [0.955], [1.0]])
    def test_each_accuracy_lies_in_one_answer_and_the_last_one_in_the_midst(self, reached):
        asked = foresight.foresight_of(foresight.ask_accuracy("a/run", 3, reached, "validation", 10).topic)
        assert (asked.kind, asked.run_id, asked.epoch) == ("accuracy", "a/run", 3)
        found = [asked.option(share / 1000) for share in range(1001)]
        assert list(dict.fromkeys(found)) == list(asked.options)
        assert 2 <= len(asked.options) <= 7
        assert asked.option(asked.edges[0] / 100) == asked.options[1], "an edge belongs to the upper answer"
        if reached and 0.05 < reached[-1] < 0.9:
            assert asked.option(reached[-1]) not in (asked.options[0], asked.options[-1])

    def test_other_topics_ask_nothing_of_a_training(self):
        assert foresight.foresight_of("bank.01-maps") is None
        assert foresight.foresight_of("") is None
        question = Question("?", ("a", "b"))
        assert late.answered(question) is question

    def test_the_answer_comes_from_the_run_s_own_log(self, finished_run):
        asked = foresight.ask_accuracy(finished_run.id, 2, [0.2], "validation", 10)
        told = late.answered(asked)
        assert told.right == "40 to 50%", "epoch 2 has 0.4"
        assert "After epoch 2 it recognised 40.0% of 5,000 validation images." in told.why
        assert late.answered(told) is told

    def test_while_it_is_not_there_a_sentence_says_what_is_missing(self, tiny_config, finished_run):
        assert "ended after epoch 2: there is no epoch 3" in late.answered(ask(finished_run, 3))
        fresh = runs.create(tiny_config, "untested")
        assert "before its first epoch was over. Resume it" in late.answered(ask(fresh, 1))
        assert "there is no epoch 3" in late.answered(ask(fresh, 3)), "two are planned"
        names = data.about("cifar10").class_names
        assert "Resume it" in late.answered(foresight.ask_hardest(fresh.id, names))
        with runs.open_record(fresh) as record:
            record.started(seconds=0.0, is_resumed=False)
            assert "Epoch 1 is not over yet" in late.answered(ask(fresh, 1))
            assert "tested when its training is over" in late.answered(foresight.ask_hardest(fresh.id, names))
        assert "somebody has deleted it" in late.answered(foresight.ask_hardest("gone", names))

    def test_the_hardest_class_has_the_lowest_recall_in_the_test(self, finished_run):
        names = data.about("cifar10").class_names
        predictions = finished_run.predictions()
        right = predictions.probabilities.argmax(1) == predictions.labels
        recall = [right[predictions.labels == label].mean() for label in range(10)]
        told = late.answered(foresight.ask_hardest(finished_run.id, names))
        assert told.right == names[recall.index(min(recall))]
        assert f"{min(recall):.1%}" in told.why

    def test_nobody_is_wrong_about_the_hardest_class_where_several_are(self, finished_run, monkeypatch):
        names, labels = data.about("cifar10").class_names, np.arange(40) % 10
        answers = np.where(np.isin(np.arange(40), [2, 15]), 0, labels)  # one mistake in each of two classes
        monkeypatch.setattr(Run, "predictions", lambda run: Predictions(labels, np.eye(10)[answers]))
        told = late.answered(foresight.ask_hardest(finished_run.id, names))
        assert told.right is None
        assert told.why == f"The classes {names[2]} and {names[5]} are equally hard: of each it recognised 75.0%."


def ask(run, epoch):
    return foresight.ask_accuracy(run.id, epoch, [], "validation", 10)
