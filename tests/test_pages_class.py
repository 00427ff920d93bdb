"""The class page and the panel on every page: who joins, who may ask, what whom is shown, and what nobody can do."""

import json

import pytest
import streamlit as st
from app import labels, text, with_label
from test_pages_teacher import give, press, toasts

from cnn_core.classroom import Classrooms, Mark, Question
from cnn_core.classroom.question import LONGEST
from pages.ui import cache
from pages.ui.teacher.links import Links
from pages.ui.teacher.tries import SERVER, Tries
from pages.ui.text import plain
from pages.ui.together import membership, panel, reachable

KEY = "Ada-Lovelace-1815"
SECRET = "That is because of the padding."
QUESTION = Question(
    "What does *same* padding keep?",
    ("the size", "the edges"),
    marks=(Mark("right", "the size"), Mark("the network", "the edges")),
    hint="Count the columns.",
    why=SECRET,
)


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """The seconds of the clock, in a list; a server without classes that has seen no try."""
    seconds = [0.0]
    rooms = Classrooms(lambda: seconds[0])
    monkeypatch.setattr(cache, "classrooms", lambda: rooms)
    monkeypatch.setattr(membership, "tries", Tries(lambda: seconds[0]))
    monkeypatch.setattr(membership, "links", Links(lambda: seconds[0]))
    return seconds


@pytest.fixture
def teacher(open_page):
    app = open_page("classroom")
    return with_label(app.button, "Open a class").click().run()


@pytest.fixture
def join(open_page):
    def join_(room, page="classroom"):
        return open_page(page, **{"class": room.code})

    return join_


def room_of(app):
    kept = app.session_state["together.member"]
    return cache.classrooms().find(kept.partition(".")[0])


def tally(app):
    """What the panel counts, by option; None if it shows no counts."""
    given = (element.proto for element in app.get("bidi_component"))
    data = next((json.loads(proto.json) for proto in given if proto.component_name == "tally"), None)
    return data and {row["option"]: (row["counts"], row["marks"]) for row in data["rows"]}


def everything(app):
    """All that the browser was sent of elements."""
    return text(app) + "".join(str(element.proto) for element in app.get("bidi_component"))


def choose(app, option):
    return app.pills[0].select(option).run()


def test_who_is_in_no_class_has_no_panel_and_no_cookie(open_page):
    for page in ("home", "classroom"):
        app = open_page(page)
        assert not app.exception
        assert not {"keeper", "tally"} & {element.proto.component_name for element in app.get("bidi_component")}
        assert "together.is_new" not in app.session_state


def test_a_class_predicts_twice_and_sees_the_answer_only_then(teacher, join, open_page):
    room = room_of(teacher)
    pupils = [join(room), join(room, "home")]
    assert all("You are **the" in text(pupil) for pupil in pupils)
    room.ask(QUESTION)
    for pupil, option in zip(pupils, ("the edges", "the edges"), strict=True):
        choose(pupil.run(), option)
        assert "You chose **the edges**, and may still change it." in text(pupil)
        assert tally(pupil) is None
        assert SECRET not in everything(pupil)
        assert "Count the columns." not in everything(pupil)
    assert tally(teacher.run()) == {"the size": ([0], []), "the edges": ([2], [])}
    assert SECRET not in everything(teacher), "the beamer shows the teacher's screen"
    assert "2 answered, 2 here" in text(teacher)

    with_label(teacher.button, "Second try").click().run()
    assert "Second try" not in labels(teacher.button)
    for pupil in pupils:
        assert "Count the columns." in text(pupil.run())
        assert pupil.pills[0].value is None
    choose(pupils[0], "the size")
    with_label(teacher.button, "Reveal").click().run()
    revealed = {"the size": ([0, 1], ["right"]), "the edges": ([2, 0], ["the network"])}
    for app in (teacher, pupils[0].run(), pupils[1].run()):
        assert tally(app) == revealed
        assert "**1 of 1** right, before 0 of 2" in text(app)
        assert SECRET in text(app)
        assert not app.pills
    with_label(teacher.button, "Put away").click().run()
    assert "The next question appears here." in text(pupils[0].run())
    assert SECRET not in everything(pupils[0])


def test_a_pupil_can_neither_ask_nor_reveal_nor_end_by_a_crafted_message(teacher, join):
    room = room_of(teacher)
    pupil = join(room)
    teacher.session_state["classroom.part"] = "ask"
    ask = with_label(teacher.run().button, "Ask the class").proto.id
    teacher.session_state["classroom.part"] = "join"
    end = teacher.run().button(key="together.end").proto.id
    room.ask(QUESTION)
    buttons = [with_label(teacher.run().button, name).proto.id for name in ("Second try", "Reveal", "Put away")]
    press(pupil.run(), ask, end, *buttons)
    assert not pupil.exception
    assert room.vote().stage == "open"
    assert room.vote().question == QUESTION
    assert cache.classrooms().find(room.code) is room


def test_a_button_drawn_before_the_session_left_the_class_does_nothing(teacher, join):
    room = room_of(teacher)
    room.ask(QUESTION)
    reveal = with_label(teacher.run().button, "Reveal")
    teacher.session_state["together.member"] = f"{room.code}.{room.join()}"
    reveal.click().run()
    assert room.vote().stage == "open"
    assert "Reveal" not in labels(teacher.button)


def test_a_choice_for_a_question_that_is_gone_counts_for_none(teacher, join):
    room = room_of(teacher)
    pupil = join(room)
    room.ask(QUESTION)
    pills = pupil.run().pills[0]
    room.ask(QUESTION)
    pills.select("the size").run()
    assert room.vote().counts() == {"the size": 0, "the edges": 0}
    assert pupil.pills[0].value is None


def test_a_reload_keeps_the_place_where_the_browser_keeps_the_cookie(teacher, join, open_page, monkeypatch):
    room = room_of(teacher)
    pupil = join(room)
    room.ask(QUESTION)
    choose(pupil.run(), "the size")
    cookie = pupil.session_state["together.member"]
    monkeypatch.setattr(type(st.context), "cookies", {"cnn-class": cookie})
    again = open_page("convolution")
    assert again.pills[-1].value == "the size"
    assert len(room.present()) == 1
    with_label(again.switch_page("pages/classroom.py").run().button, "Leave the class").click().run()
    assert "Join a class" in [header.value for header in again.header]
    assert "You are" not in text(again.run()), "though the browser sent the cookie when it came"


@pytest.mark.parametrize("cookie", ["", "XXXX", "....", "A" * 10_000, "\N{SNOWMAN}.x"])
def test_a_cookie_that_is_old_or_made_up_is_no_place(open_page, monkeypatch, cookie):
    monkeypatch.setattr(type(st.context), "cookies", {"cnn-class": cookie})
    app = open_page("classroom")
    assert not app.exception
    assert "Join a class" in [header.value for header in app.header]
    assert not toasts(app)


def test_who_guesses_codes_is_slowed_down_and_who_knows_one_is_not(teacher, open_page, now):
    room = room_of(teacher)
    for _ in range(SERVER.most + 3):
        assert toasts(open_page("home", **{"class": room.code})) == []
    for _ in range(SERVER.most):
        assert "No class has this code" in toasts(open_page("home", **{"class": "AAAA"}))[0]
    assert toasts(open_page("home", **{"class": room.code})) == ["Too many wrong codes. Try again in 10 seconds."]
    now[0] += SERVER.seconds
    assert toasts(open_page("home", **{"class": room.code})) == []


def test_the_typed_code_joins_and_what_is_no_code_is_a_sentence(teacher, open_page):
    app = open_page("classroom")
    app.text_input(key="together.code").set_value("?!")
    with_label(app.button, "Join").click().run()
    assert "No class has this code" in text(app)
    app.text_input(key="together.code").set_value(room_of(teacher).code.lower())
    with_label(app.button, "Join").click().run()
    assert "You are **the" in text(app)


def test_a_full_class_and_too_many_classes_are_sentences(teacher, open_page, join, monkeypatch):
    monkeypatch.setattr("cnn_core.classroom.room.MOST_PUPILS", 1)
    assert toasts(join(room_of(teacher))) == []
    assert toasts(join(room_of(teacher))) == ["This class is full."]
    monkeypatch.setattr("cnn_core.classroom.rooms.MOST", 1)
    app = with_label(open_page("classroom").button, "Open a class").click().run()
    assert "which is all it takes" in text(app)


def test_a_class_that_ended_is_told_and_everybody_goes_on(teacher, join):
    pupil = join(room_of(teacher), "home")
    teacher.button(key="together.end").click().run()
    assert not teacher.exception
    assert "Join a class" in [header.value for header in teacher.header]
    assert toasts(pupil.run()) == ["The class has ended."]
    assert not pupil.exception
    assert toasts(pupil.run()) == []


def test_a_second_device_of_the_teacher_reveals_as_well(teacher, open_page):
    room = room_of(teacher)
    teacher.button(key="together.link").click().run()
    token = teacher.code[0].value.split("?class-teacher=")[1]
    phone = open_page("home", **{"class-teacher": token})
    room.ask(QUESTION)
    with_label(phone.run().button, "Reveal").click().run()
    assert SECRET in text(teacher.run())
    other = open_page("home", **{"class-teacher": token})
    assert toasts(other) == ["This link for the teacher is used, or older than ten minutes."]
    assert "together.is_new" not in other.session_state


def test_with_a_key_the_teacher_alone_opens_a_class_and_whoever_gave_it_is_its_teacher(open_page, join, monkeypatch):
    monkeypatch.setenv("CNN_TEACHER_KEY", KEY)
    assert "Open a class" not in labels(open_page("classroom").button)
    app = give(open_page("classroom"), KEY)
    room = room_of(with_label(app.button, "Open a class").click().run())
    second = give(open_page("home"), KEY)
    second.query_params["class"] = room.code
    room.ask(QUESTION)
    assert "Reveal" in labels(second.run().button)
    assert "Reveal" not in labels(join(room, "home").button)


def test_a_question_of_the_teachers_own_is_shown_as_it_was_typed(teacher, join):
    app, room = teacher, room_of(teacher)
    app.session_state["classroom.part"] = "ask"
    app.run()
    app.text_input(key="together.own.text").set_value("Is *this* [a link](https://example.com)?")
    app.text_area(key="together.own.options").set_value("yes\n\n  no\nyes").run()
    assert app.selectbox(key="together.own.right").options[1:] == ["yes", "no"]
    app.selectbox(key="together.own.right").select("no").run()
    with_label(app.button, "Ask the class").click().run()
    assert not app.exception
    question = room.vote().question
    assert (question.options, question.right) == (("yes", "no"), "no")
    assert r"\*this\* \[a link\]" in text(join(room))


@pytest.mark.parametrize(
    ("text_", "options", "said"),
    [
        (" ", "yes\nno", "Type the question first."),
        ("Why?", "yes\n\n yes", "2 to 10 different answers"),
        ("Why?", "\n".join("abcdefghijk"), "2 to 10 different answers"),
        ("Why?", f"yes\n{'x' * 101}", "100 characters at most"),
    ],
)
def test_what_is_no_question_is_a_sentence(teacher, text_, options, said):
    room = room_of(teacher)
    teacher.session_state["classroom.part"] = "ask"
    teacher.run()
    teacher.text_input(key="together.own.text").set_value(text_)
    teacher.text_area(key="together.own.options").set_value(options).run()
    with_label(teacher.button, "Ask the class").click().run()
    assert said in text(teacher)
    assert room.vote() is None


def test_a_question_that_is_too_long_is_cut_whatever_a_browser_sends(teacher):
    teacher.session_state["classroom.part"] = "ask"
    teacher.run()
    teacher.text_input(key="together.own.text").set_value("x" * 100_000)
    teacher.text_area(key="together.own.options").set_value("yes\nno").run()
    with_label(teacher.button, "Ask the class").click().run()
    assert room_of(teacher).vote().question.text == "x" * LONGEST


def test_all_members_together_renew_their_panel_eight_times_a_second_at_most(now):
    room = cache.classrooms().open()
    for joined in range(101):
        assert (joined + 1) / panel.pace(room) <= 8
        assert panel.pace(room) >= 2
        room.join()


def test_a_teacher_loses_no_class_by_a_link_to_another(teacher):
    own, other = room_of(teacher), cache.classrooms().open()
    teacher.query_params["class"] = other.code
    assert f"You are the teacher of class {own.code}." in toasts(teacher.run())[0]
    assert room_of(teacher) is own
    assert other.joined() == 0
    teacher.query_params["class-teacher"] = membership.links.make(f"{other.code}.{other.teacher}".encode())
    assert f"You are the teacher of class {own.code}." in toasts(teacher.run())[0]
    assert room_of(teacher) is own


def test_the_beamer_shows_the_way_into_the_class(teacher):
    code = room_of(teacher).code
    teacher.context["url"] = "http://192.168.1.5:8501/classroom"
    shown = teacher.run()
    assert [header.value for header in shown.header] == [plain(f"192.168.1.5:8501/?class={code}")]
    picture = shown.get("image")[0].proto.imgs[0]
    assert picture.alt == f"QR code of http://192.168.1.5:8501/classroom?class={code}"
    assert picture.url.startswith("data:image/svg+xml")


@pytest.mark.parametrize(
    ("url", "bound", "expected"),
    [
        ("https://cnn.school.example/class/classroom", None, ["https://cnn.school.example/class"]),
        ("http://192.168.1.5:8501/classroom", None, ["http://192.168.1.5:8501"]),
        ("http://localhost:8502/classroom", None, ["http://10.1.2.3:8502"]),
        ("http://127.0.0.1:8502/classroom", "127.0.0.1", []),
        (None, None, ["http://10.1.2.3:8501"]),
    ],
)
def test_phones_are_sent_to_an_address_that_is_not_their_own(monkeypatch, url, bound, expected):
    options = {"server.address": bound, "server.port": 8501}
    monkeypatch.setattr(st, "get_option", options.get)
    monkeypatch.setattr(reachable, "_own_hosts", lambda: ["10.1.2.3"])
    assert reachable.addresses(url) == expected


def test_the_own_addresses_are_found_without_a_packet():
    """A socket for datagrams that only connects; none of them is this machine's name for itself."""
    assert not [host for host in reachable._own_hosts() if reachable.is_here(host)]
