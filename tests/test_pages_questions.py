"""Questions of the pages and of the bank, as a class is asked them: by its teacher, before its pupils."""

import json
import shutil
from pathlib import Path

import pytest
from app import labels, text, with_label
from handmade import batch_fields, epoch_fields

from cnn_core import runs
from cnn_core.classroom import Question, Vote
from cnn_core.classroom.foresight import foresight_of
from cnn_core.lessons import bank
from cnn_core.progress import Progress
from cnn_core.runs import Run
from pages.ui import cache
from pages.ui.together import bank as bank_page
from pages.ui.together import offering
from pages.ui.together.membership import _MEMBER

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
ASK, WHAT_IT_WILL_SAY = "Ask the class", "Ask the class what it will say"
NUMBERS = "How many numbers does the computer get"


@pytest.fixture
def room():
    classes = cache.classrooms()
    opened = classes.open()
    yield opened
    classes.close(opened.code)


@pytest.fixture
def lesson():
    return Run(shutil.copytree(RECORDED / "lesson", runs.runs_dir() / "lesson"))


def become(app, room, ticket=None, part=None):
    """The teacher, or the pupil with this ticket, of the class, as its cookie would say; on this part of its page."""
    app.session_state[_MEMBER] = f"{room.code}.{ticket or room.teacher}"
    app.run()
    return app.segmented_control(key="classroom.part").set_value(part).run() if part else app


def open_numbers(open_page):
    return open_page("convolution", **{"convolution.step": "Numbers"})


def ask_class(app, label=ASK):
    return with_label(app.button, label).click().run()


def reveal(room):
    room.change_vote(lambda vote: vote.reveal())


class TestQuestionsOfAPage:
    def test_the_teacher_of_a_class_alone_may_ask_it(self, open_page, room):
        app = open_numbers(open_page)
        assert ASK not in labels(app.button)
        assert ASK not in labels(become(app, room, room.join()).button)
        ask_class(become(app, room))
        asked = room.vote().question
        assert asked.text.startswith(NUMBERS)
        assert asked.right in asked.options
        assert asked.hint
        assert asked.why

    def test_a_pupil_who_sends_the_teacher_s_click_asks_nothing(self, open_page, room):
        app = become(open_numbers(open_page), room)
        app.session_state[_MEMBER] = f"{room.code}.{room.join()}"
        ask_class(app)
        assert not app.exception
        assert room.vote() is None

    def test_while_the_class_votes_the_page_keeps_the_answer_back_from_all_of_it(self, open_page, room):
        pupil = become(open_numbers(open_page), room, room.join())
        with_label(pupil.button_group, NUMBERS).set_value("36").run()
        assert "is right" in pupil.success[0].value
        teacher = ask_class(become(open_numbers(open_page), room))
        for app in (teacher, pupil.run()):
            assert NUMBERS not in " ".join(labels(app.button_group))
            assert not app.success
            assert "The class is voting on this" in text(app)
            assert ASK not in labels(app.button)
        visitor = open_numbers(open_page)
        assert with_label(visitor.button_group, NUMBERS), "who is in no class is not disturbed"
        reveal(room)
        for app in (teacher.run(), pupil.run()):
            assert ":material/lightbulb: **36.**" in text(app)
        room.put_away()
        assert ":material/lightbulb: **36.**" in text(teacher.run()), "what the class was told stays known"

    def test_a_page_runs_again_when_the_class_begins_or_ends_to_vote_on_one_of_its_questions(self, room, monkeypatch):
        ran_again = []
        monkeypatch.setattr(offering.st, "session_state", {_MEMBER: f"{room.code}.{room.join()}"})
        monkeypatch.setattr(offering.st, "rerun", lambda: ran_again.append(room.vote()))

        def runs_again():
            ran_again.clear()
            keep_up()
            return bool(ran_again)

        def draw():
            keep_up = offering.follow()
            offering.is_open("here")
            return keep_up

        keep_up = draw()
        room.ask(Question("?", ("a", "b"), topic="elsewhere"))
        assert not runs_again()
        room.ask(Question("?", ("a", "b"), topic="here"))
        assert runs_again()
        keep_up = draw()
        room.change_vote(Vote.explain)
        assert not runs_again(), "it is kept back as before"
        reveal(room)
        assert runs_again()


class TestImages:
    @pytest.fixture
    def open_prediction(self, open_page, lesson, shapes_only):
        return lambda: open_page("prediction", **{"prediction.source": "Test image"})

    def test_the_teacher_s_screen_keeps_the_answer_back_until_the_class_was_told(self, open_prediction, room):
        app = open_prediction()
        assert app.get("plotly_chart")
        app = become(app, room)
        assert not app.exception
        assert not app.get("plotly_chart")
        assert gallery_captions(app)[0] == "?"
        assert "its label is" not in text(app)
        ask_class(app)
        asked = room.vote().question
        assert len(asked.options) == 10
        assert [mark.whose for mark in asked.marks] == ["the network", "the label"]
        pupil = become(open_prediction(), room, room.join())
        for each in (app, pupil):
            assert not each.get("plotly_chart")
            assert "The class is voting" in text(each)
        reveal(room)
        assert app.run().get("plotly_chart")
        assert gallery_captions(app)[0].split("\n")[0] == asked.marks[1].option
        assert pupil.run().get("plotly_chart")

    def test_the_teacher_may_show_the_answer_without_a_vote(self, open_prediction, room):
        app = become(open_prediction(), room)
        with_label(app.button, "Show the answer").click().run()
        assert app.get("plotly_chart")
        assert room.vote() is None
        other = cache.classrooms().open()
        assert not become(app, other).get("plotly_chart"), "the next class has not seen it"
        cache.classrooms().close(other.code)

    def test_the_mistakes_hide_an_image_while_the_class_votes_on_it(self, open_page, finished_run, tiny_data, room):
        app = become(open_page("evaluation", **{"evaluation.part": "Mistakes"}), room)
        assert app.get("plotly_chart")
        ask_class(app, WHAT_IT_WILL_SAY)
        assert not app.exception
        assert room.vote().question.text.startswith("What will the network say")
        assert not app.get("plotly_chart")
        assert captions(app, "evaluation.listed")[0] == "?"
        assert "the label of image" not in text(app)
        reveal(room)
        assert app.run().get("plotly_chart")

    def test_inside_shows_the_image_alone_while_the_class_votes_on_it(self, open_page, lesson, shapes_only, room):
        app = become(open_page("inside", run="lesson"), room)
        assert components(app, "inside.columns")
        ask_class(app, WHAT_IT_WILL_SAY)
        assert not app.exception
        assert not components(app, "inside.columns")
        assert "The class is voting" in text(app)
        reveal(room)
        assert components(app.run(), "inside.columns")


class TestTraining:
    @pytest.fixture
    def training_run(self, tiny_config, tiny_data_dir):
        run = runs.create(tiny_config, "Under way")
        with runs.open_record(run) as record:
            record.started(seconds=0.0, is_resumed=False)
            yield run, record

    @pytest.mark.parametrize(("images_per_second", "epoch"), [(100.0, 1), (10_000.0, 2)])
    def test_the_teacher_asks_for_an_epoch_that_is_not_soon_over_and_the_hardest_class(
        self, open_page, training_run, room, images_per_second, epoch
    ):
        run, record = training_run
        record.batch(Progress(**{**batch_fields(1), "images_per_second": images_per_second}))
        app = open_page("training")
        assert not [label for label in labels(app.button) if "accuracy" in label]
        become(app, room)
        assert not app.exception
        with_label(app.button, f"What accuracy after epoch {epoch}?").click().run()
        asked = foresight_of(room.vote().question.topic)
        assert (asked.kind, asked.run_id, asked.epoch) == ("accuracy", run.id, epoch)
        assert room.vote().question.right is None
        with_label(app.button, "Which class will be hardest?").click().run()
        assert "frog" in room.vote().question.options

    def test_the_reveal_waits_for_the_run_and_then_takes_the_answer_from_it(self, open_page, training_run, room):
        _, record = training_run
        app = become(open_page("training"), room)
        with_label(app.button, "What accuracy after epoch 1?").click().run()
        app.button(key="together.reveal").click().run()
        assert "Epoch 1 is not over yet" in app.toast[0].value
        assert room.vote().is_open
        record.event("epoch", **epoch_fields(1))
        app.button(key="together.reveal").click().run()
        assert room.vote().question.right == "20 to 40%"
        assert "After epoch 1 it recognised 20.0% of 5,000 validation images." in text(app)

    def test_of_a_finished_run_the_curves_are_on_the_screen(self, open_page, finished_run, room):
        app = become(open_page("training"), room)
        assert not [label for label in labels(app.button) if label.startswith("What accuracy")]
        assert with_label(app.button, "Which class will be hardest?")


class TestBank:
    @pytest.fixture
    def ask_page(self, open_page, room):
        return become(open_page("classroom"), room, part="Ask")

    def test_the_teacher_asks_one_of_ten_questions_and_sees_the_answer_folded_up(self, ask_page, room):
        assert not ask_page.exception
        assert len(ask_page.selectbox(key="together.bank").options) == 10
        ask_page.selectbox(key="together.bank").set_value("02-channels").run()
        assert "27 in all" in ask_page.expander[0].markdown[1].value
        link = ask_page.expander[0].get("page_link")[0].proto
        assert (link.page, link.query_string) == ("convolution", "convolution.step=Channels")
        ask_page.button(key="together.offer.bank.02-channels").click().run()
        assert room.vote().question.right == "It has 9 weights of its own for each channel, 27 in all"
        assert "The class is voting on this" in text(ask_page)

    def test_a_damaged_file_is_named_and_the_others_stay(self, ask_page, monkeypatch, tmp_path):
        shutil.copytree(bank.FOLDER, tmp_path / "questions")
        (tmp_path / "questions" / "00-bad.md").write_text("no question")
        monkeypatch.setattr(bank_page, "read_bank", lambda: bank.read_bank(tmp_path / "questions"))
        ask_page.run()
        assert not ask_page.exception
        assert "00" in ask_page.warning[0].value
        assert len(ask_page.selectbox(key="together.bank").options) == 10


def components(app, key):
    """What the components with this key were given."""
    return [element.proto.json for element in app.get("bidi_component") if key in element.proto.id]


def captions(app, key):
    return json.loads(components(app, key)[0])["captions"]


def gallery_captions(app):
    return captions(app, "prediction.gallery")
