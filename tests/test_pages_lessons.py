"""Following a lesson on the pages: alone and in a class, what is locked and hidden, and making one."""

from fnmatch import fnmatch
from pathlib import Path

import pytest
import streamlit as st
from app import PATIENCE, labels, text, with_label
from streamlit.testing.v1 import AppTest
from test_pages_teacher import press

from cnn_core import lessons, runs
from cnn_core.classroom import Classrooms
from pages.ui import cache, frame
from pages.ui.lab.kernel import KERNEL, take_edit
from pages.ui.lessons import locks, question
from pages.ui.lessons.following import Followed
from pages.ui.together import late

SHIPPED = [(name, at) for name, lesson in lessons.shipped().items() for at in range(len(lesson.steps))]
TEXT = """---
title: Two sums
goal: Add up.
---

## First
---
page: convolution?convolution.step=Geometry&convolution.stride=3
minutes: 1
locked: geometry, part
note: For me alone.
---
**Look** at [this](https://example.org).

## Second
---
page: convolution?convolution.step=Slide&convolution.picture=Circle
minutes: 1
hidden: picture
question: What is 1 + 1?
options: 1 | 2
right: 2
---
Do it.

## Third
---
page: network
minutes: 1
---
Build.
"""


@pytest.fixture(autouse=True)
def rooms(monkeypatch):
    """A server without classes."""
    rooms = Classrooms()
    monkeypatch.setattr(cache, "classrooms", lambda: rooms)
    return rooms


@pytest.fixture
def recorded(monkeypatch):
    """The runs that come with the app, as the lessons that ship name them."""
    monkeypatch.setattr(runs.files, "recorded_dir", lambda: Path(__file__).parents[1] / "assets" / "runs")


@pytest.fixture
def lesson():
    return lessons.read(TEXT)


@pytest.fixture
def teacher(open_page):
    return with_label(open_page("classroom").button, "Open a class").click().run()


@pytest.fixture
def join(open_page, rooms, teacher):
    def join_(page="home", **query):
        return open_page(page, **{"class": room_of(teacher).code}, **query)

    return join_


def room_of(app):
    return cache.classrooms().find(app.session_state["together.member"].partition(".")[0])


def follow(open_page, lesson, **query):
    return open_page("home", lesson=lessons.pack(lesson), **query)


def button(app, key):
    return next((found for found in app.button if found.key == key), None)


def widget(app, key):
    return next(found for found in app.main if getattr(found, "key", None) == key)


def keyed(app, group):
    """The widgets of a group of controls that are on the page."""
    found = []

    def look(node):
        for child in node.children.values():
            if hasattr(child, "children"):
                look(child)
            elif any(fnmatch(getattr(child, "key", None) or "", key) for key in locks.KEYS[group]):
                found.append(child)

    look(app.main)
    look(app.sidebar)
    return found


def title(app):
    return app.title[0].value


def parameter(app, name):
    """What the address says; AppTest has a list where the script has not written it."""
    value = app.query_params.get(name)
    return value[0] if isinstance(value, list) else value


def on_page(app, page):
    """As a browser, which stays on the page to which the script has led; AppTest goes back to its own."""
    app.switch_page(f"pages/{page}.py")
    return app


class TestShipped:
    @pytest.mark.parametrize(("name", "at"), SHIPPED)
    def test_every_step_opens_its_page_as_its_address_says(self, open_page, recorded, name, at):
        step = lessons.shipped()[name].steps[at]
        app = open_page("home", **{"lesson": name, "lesson.step": str(at + 1)})
        assert not app.exception
        assert not app.error
        assert f"{at + 1} of {len(lessons.shipped()[name].steps)}" in text(app)
        bare = open_page(step.page, **step.state)
        assert title(app) == title(bare)
        for key, value in step.state.items():
            assert parameter(app, key) == parameter(bare, key), "as in a new tab"
            assert parameter(bare, key) in (value, None), "no page refuses the value"
        for group in step.locked:
            assert keyed(app, group), group
            assert all(found.disabled for found in keyed(app, group)), group


class TestAlone:
    def test_a_lesson_leads_from_step_to_step_and_back(self, open_page, lesson):
        app = follow(open_page, lesson)
        assert title(app) == "Convolution"
        assert app.slider(key="convolution.stride").value == 3
        assert "1 of 3" in text(app)
        button(app, "lessons.next").click().run()
        assert not app.exception
        assert "2 of 3" in text(app)
        assert app.selectbox(key="convolution.picture").value == "circle"
        assert parameter(app, "lesson.step") == "2"
        button(app, "lessons.next").click().run()
        assert title(app) == "The network"
        assert button(app, "lessons.next") is None
        assert [found.proto.label for found in app.get("download_button")] == ["Lab report"]
        button(app, "lessons.back").click().run()
        button(app, "lessons.back").click().run()
        assert app.slider(key="convolution.stride").value == 3
        assert app.button_group(key="convolution.step").value in ("geometry", ["geometry"])

    def test_a_step_begins_as_its_address_says_also_on_the_page_that_is_open(self, open_page, lesson):
        """What Streamlit does with an address that changes while its page stays."""
        app = on_page(follow(open_page, lesson, **{"lesson.step": "2"}), "convolution")
        app.text_area(key="convolution.kernel").set_value("5").run()
        assert app.text_area(key="convolution.kernel").value == "5"
        button(app, "lessons.back").click().run()
        assert app.text_area(key="convolution.kernel").value == "1 0 -1 / 1 0 -1 / 1 0 -1"
        assert app.slider(key="convolution.stride").value == 3
        assert parameter(app, "convolution.step") == "Geometry"

    def test_a_reload_finds_lesson_and_step_again(self, open_page, lesson):
        app = follow(open_page, lesson)
        button(app, "lessons.next").click().run()
        again = open_page("home", lesson=lessons.pack(lesson), **{"lesson.step": parameter(app, "lesson.step")})
        assert "2 of 3" in text(again)

    def test_a_bad_link_is_one_sentence(self, open_page):
        app = open_page("home", lesson="nonsense")
        assert not app.exception
        assert "damaged" in app.warning[0].value
        assert "lesson" not in app.query_params
        assert "lessons.next" not in [found.key for found in app.button]

    def test_a_strangers_text_is_shown_as_text(self, open_page, lesson):
        shown = text(follow(open_page, lesson))
        assert "**Look**" in shown
        assert "[this](" not in shown

    def test_nobody_alone_sees_the_note(self, open_page, lesson):
        assert "For me alone" not in text(follow(open_page, lesson))

    def test_one_leaves_a_lesson(self, open_page, lesson):
        app = on_page(follow(open_page, lesson), "convolution").run()
        button(app, "lessons.leave").click().run()
        assert "1 of 3" not in text(app)
        assert "lesson" not in app.query_params
        assert not app.slider(key="convolution.stride").disabled

    def test_home_starts_the_lessons_that_ship(self, open_page, recorded):
        app = open_page("home")
        assert button(app, "lessons.start.convolution").click().run().title[0].value == "Convolution"
        assert parameter(app, "lesson") == "convolution"

    def test_the_page_of_the_step_is_found_again(self, open_page, lesson):
        app = follow(open_page, lesson)
        app.switch_page("pages/network.py").run()
        assert "1 of 3" in text(app)
        button(app, "lessons.again").click().run()
        assert title(app) == "Convolution"


class TestLocks:
    def test_every_group_has_keys(self):
        assert set(locks.KEYS) == set(lessons.GROUPS)
        assert {entry.file.removesuffix(".py") for entry in frame.PAGES} == set(lessons.PAGES)

    def test_a_locked_control_keeps_its_value_whatever_a_browser_sends(self, open_page, lesson):
        app = follow(open_page, lesson)
        on_page(app, "convolution").run()
        stride = app.slider(key="convolution.stride")
        assert stride.disabled
        states = app._tree.get_widget_states()
        sent = next(state for state in states.widgets if state.id == stride.id)
        sent.double_array_value.data[:] = [5]
        app._run(states)
        assert app.slider(key="convolution.stride").value == 3

    @pytest.mark.parametrize("groups", ["kernel", "part"])
    def test_a_locked_component_changes_nothing_whatever_a_browser_sends(self, monkeypatch, lesson, groups):
        """AppTest knows no event of a component."""
        locked = lessons.read(TEXT.replace("locked: geometry, part", f"locked: {groups}"))
        state = {"convolution.sum": {"edit": {"cell": [0, 0], "text": "5"}}}
        monkeypatch.setattr(st, "session_state", state)
        monkeypatch.setattr(locks, "following", lambda: Followed(locked, 0))
        take_edit("convolution.sum")
        assert (KERNEL in state) == (groups != "kernel")

    def test_a_hidden_control_is_disabled_and_not_shown(self, open_page, lesson):
        app = follow(open_page, lesson, **{"lesson.step": "2"})
        assert app.selectbox(key="convolution.picture").disabled
        assert any("st-key-convolution-picture" in element.proto.body for element in app.get("html"))

    def test_actions_are_refused_on_the_server(self, open_page, recorded, finished_run):
        locked = lessons.read(TEXT.replace("page: network", "page: training").replace("Build.", "Watch.", 1).replace(
            "## Third\n---\n", "## Third\n---\nlocked: actions, recipe, network, run, data set\n"))  # fmt: skip
        app = follow(open_page, locked, **{"lesson.step": "3"})
        assert not app.exception
        assert with_label(app.button, "Start training").disabled
        assert "Delete it" not in labels(app.button)
        for group in ("recipe", "network", "data set"):
            assert all(getattr(found, "disabled", True) for found in keyed(app, group)), group
        press(app, with_label(app.button, "Start training").id)
        assert runs.running() is None


class TestClass:
    def test_pupils_follow_the_teachers_step(self, teacher, join, lesson):
        pupil = join()
        room_of(teacher).teach(lesson)
        pupil.run()
        assert title(pupil) == "Convolution"
        assert "1 of 3" in text(pupil)
        assert button(pupil, "lessons.next") is None
        assert pupil.slider(key="convolution.stride").disabled
        room_of(teacher).teach(lesson, 2)
        assert title(pupil.run()) == "The network"

    def test_the_teacher_leads_is_not_locked_and_has_the_note(self, teacher, lesson):
        room_of(teacher).teach(lesson)
        teacher.run()
        assert not teacher.slider(key="convolution.stride").disabled
        assert "For me alone" in text(teacher)
        button(teacher, "lessons.next").click().run()
        assert room_of(teacher).lesson() == (lesson, 1, True)
        button(teacher, "lessons.together").click().run()
        assert room_of(teacher).lesson() == (lesson, 1, False)

    def test_a_teacher_who_reloads_a_page_stays_there(self, teacher, lesson):
        room_of(teacher).teach(lesson)
        again = AppTest.from_file("../streamlit_app.py", default_timeout=PATIENCE)
        again.switch_page("pages/classroom.py")
        again.session_state["together.member"] = teacher.session_state["together.member"]
        assert title(again.run()) == "The class"
        assert "1 of 3" in text(again)
        room_of(teacher).teach(lesson, 2)
        assert title(again.run()) == "The network"

    def test_the_teacher_of_a_class_is_not_locked_in_a_lesson_of_their_own_either(self, teacher, lesson):
        teacher.query_params["lesson"] = lessons.pack(lesson)
        on_page(teacher.run(), "classroom").run()
        assert "1 of 3" in text(teacher)
        assert not teacher.segmented_control(key="classroom.part").disabled

    def test_no_beamer_shows_the_note(self, teacher, lesson):
        room_of(teacher).teach(lesson)
        teacher.query_params["present"] = "1"
        assert "For me alone" not in text(teacher.run())

    def test_at_their_own_pace_pupils_stay_where_they_are(self, teacher, join, lesson):
        pupil = join()
        room_of(teacher).teach(lesson, together=False)
        pupil.run()
        button(pupil, "lessons.next").click().run()
        assert "2 of 3" in text(pupil)
        room_of(teacher).teach(lesson, 2, together=False)
        assert "2 of 3" in text(pupil.run())
        assert list(room_of(teacher).handed_in("lesson Two sums").values()) == [1]
        del pupil.session_state["lessons.at"]  # as after a reload, with the cookie
        assert "2 of 3" in text(pupil.run())
        room_of(teacher).teach(lesson, 0)
        assert "1 of 3" in text(pupil.run())

    def test_a_pupil_can_lead_nobody(self, teacher, join, lesson):
        pupil = join()
        room_of(teacher).teach(lesson, together=False)
        pupil.run()
        assert button(pupil, "lessons.together") is None
        room_of(teacher).teach(lesson)  # a button that was drawn before is pressed now
        button(pupil, "lessons.next").click().run()
        assert room_of(teacher).lesson() == (lesson, 0, True)
        assert "1 of 3" in text(pupil)

    def test_the_class_page_starts_and_ends_a_lesson(self, teacher, recorded):
        teacher.button_group(key="classroom.part").set_value("lesson").run()
        button(teacher, "lessons.teach.convolution").click().run()
        assert not teacher.exception
        assert room_of(teacher).lesson()[0] == lessons.shipped()["convolution"]
        teacher.switch_page("pages/classroom.py").run()
        teacher.button_group(key="classroom.part").set_value("lesson").run()
        button(teacher, "lessons.all.3").click().run()
        assert room_of(teacher).lesson()[1:] == (3, True)
        teacher.switch_page("pages/classroom.py").run()
        teacher.button_group(key="classroom.part").set_value("lesson").run()
        button(teacher, "lessons.end").click().run()
        assert room_of(teacher).lesson() is None


class TestQuestion:
    def test_a_step_asks_its_own_question_and_those_of_the_bank(self, open_page, lesson, recorded):
        app = follow(open_page, lesson, **{"lesson.step": "2"})
        app.pills(key=f"lesson.question.{question.of(lesson.steps[1]).topic}").select("1").run()
        assert "Not 1." in text(app)
        app = open_page("home", **{"lesson": "convolution", "lesson.step": "5"})
        assert "Who chose the numbers" in app.pills(key="lesson.question.bank.03-who-chose").label

    def test_the_bank_has_the_questions_of_the_lessons_that_ship(self):
        for lesson in lessons.shipped().values():
            for step in lesson.steps:
                assert step.question is None or question.of(step), step.question

    def test_the_teacher_asks_the_class(self, teacher, lesson):
        room = room_of(teacher)
        room.teach(lesson, 1)
        teacher.run()
        button(teacher, f"together.offer.{question.of(lesson.steps[1]).topic}").click().run()
        assert room.vote().question.right == "2"
        assert room.vote().question.options == ("1", "2")

    def test_steps_of_one_title_ask_apart_and_no_title_is_taken_for_a_training(self, open_page):
        one = TEXT[TEXT.index("## Second") : TEXT.index("## Third")]
        other = one.replace("1 + 1", "2 + 2").replace("1 | 2", "3 | 4").replace("right: 2", "right: 4")
        lesson = lessons.read("---\ntitle: training/accuracy/x/y\ngoal: G\n---\n\n" + one + other)
        first, second = map(question.of, lesson.steps)
        assert first.topic != second.topic
        assert late.answered(first) is first
        app = on_page(follow(open_page, lesson), "convolution").run()
        app.pills(key=f"lesson.question.{first.topic}").select("2").run()
        button(app, "lessons.next").click().run()
        assert "Predict first; you have two tries." in text(app)


class TestMaking:
    def test_a_text_becomes_a_lesson_with_its_link_and_file(self, open_page, lesson):
        app = open_page("home")
        app.session_state["lessons.workshop"] = True
        app.run()
        app.text_area(key="lessons.text").set_value(TEXT).run()
        assert not app.exception
        assert "Two sums" in text(app)
        assert f"lesson={lessons.pack(lesson)}" in app.code[0].value
        assert "Download" in [element.proto.label for element in app.get("download_button")]
        button(app, "lessons.start.").click().run()
        assert title(app) == "Convolution"

    def test_what_is_wrong_is_said_with_its_line(self, open_page):
        app = open_page("home")
        app.session_state["lessons.workshop"] = True
        app.run()
        app.text_area(key="lessons.text").set_value(TEXT.replace("minutes: 1", "minutes: one", 1)).run()
        assert "Line 9" in app.error[0].value
        assert button(app, "lessons.start.") is None
