"""The teacher's key on the pages: what a pupil sees and may do, how a session is unlocked, and what nobody sees."""

import logging
import math

import pytest
from app import labels, text, with_label
from handmade import write_event_line, write_finished_run

from cnn_core import data, runs
from pages.ui import frame
from pages.ui.teacher import key, notice, rights
from pages.ui.teacher.links import Links
from pages.ui.teacher.tries import SERVER, SESSION, Tries

KEY = "Ada-Lovelace-1815"
LOCKED = "Only the teacher can do that here."
ACTIONS = {"Start training", "Stop training", "Finish now", "Skip the test", "Resume", "Save", "Delete it"}

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.fixture
def now(monkeypatch):
    """The seconds of the clock for tries and links, in a list; a server that has seen no try and no visitor."""
    seconds = [0.0]
    monkeypatch.setattr(rights, "tries", Tries(lambda: seconds[0]))
    monkeypatch.setattr(rights, "links", Links(lambda: seconds[0]))
    monkeypatch.setattr(notice, "_is_told", False)
    monkeypatch.setattr(key, "_said", set())
    return seconds


@pytest.fixture
def with_key(monkeypatch, now):
    monkeypatch.setenv("CNN_TEACHER_KEY", KEY)
    return now


@pytest.fixture
def started(monkeypatch):
    """What was asked to be started; nothing is trained."""
    asked = []
    monkeypatch.setattr(runs, "start", lambda config, title, **_: asked.append(config) or runs.create(config, title))
    return asked


def give(app, typed=KEY):
    app.text_input(key="teacher.typed").set_value(typed)
    return with_label(app.button, "Unlock").click().run()


def press(app, *widget_ids):
    """Send what a browser sends for a pressed button, whether the page has one or not; with AppTest's private parts."""
    states = app._tree.get_widget_states()
    for widget_id in widget_ids:
        states.widgets.add(id=widget_id, trigger_value=True)
    return app._run(states)


def ids(app):
    return [button.proto.id for button in app.button]


def sent(app):
    """All that the browser was sent."""

    def walk(block):
        yield str(getattr(block, "proto", ""))
        for child in getattr(block, "children", {}).values():
            yield from walk(child)

    return "".join(walk(app._tree)) + str(dict(app.query_params))


def kept(app):
    """All that any code can read in the session."""
    return str(app.session_state._state.filtered_state)


def remembered(app):
    """All that Streamlit itself keeps of the session; what a browser has just sent it forgets with the next message."""
    state = app.session_state._state._state
    return "".join(repr(getattr(state, name)) for name in ("_new_session_state", "_new_widget_state", "_old_state"))


def contents(run):
    return {file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()}


def toasts(app):
    return [toast.value for toast in app.toast]


def test_a_pupil_finds_no_button_that_is_the_teachers_and_may_replay_and_evaluate(open_page, with_key, tiny_config):
    interrupted = write_finished_run(tiny_config, title="The interrupted")
    write_event_line(interrupted, event="started", seconds=12.0)
    finished = write_finished_run(tiny_config, title="The finished")
    app = open_page("training")
    for run in (interrupted, finished):
        app.session_state["training.run"] = run.id
        app.run()
        assert not app.exception
        assert not ACTIONS & set(labels(app.button))
        assert "Replay" in labels(app.button)
        given = {button.label for button in app.get("download_button")}
        assert {"Download", "Lab report", "Script", "Notebook"} <= given
    assert len(app.get("page_link")) == 2, "to the evaluation, and to the next page"
    assert "The teacher starts, stops and deletes them." in text(app)
    assert "Start training" not in text(app)
    with_label(app.button, "Replay").click().run()
    assert "End replay" in labels(app.button)


def test_a_pupil_is_told_what_the_page_waits_for(open_page, with_key):
    app = open_page("training")
    assert "The teacher starts a training: the curves appear here." in text(app)
    assert not app.expander


def test_a_pupil_cannot_stop_a_training_and_finds_it(open_page, with_key, tiny_config):
    older, run = write_finished_run(tiny_config, title="Older"), runs.create(tiny_config, "At work")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        app = open_page("training")
        assert [header.value for header in app.header] == ["At work", "All runs"]
        assert not ACTIONS & set(labels(app.button))
        app.session_state["training.run"] = older.id
        assert "Watch the run that is being trained" in labels(app.run().button)


def test_whoever_gives_the_key_may_act_until_the_session_is_locked_again(open_page, with_key, started, finished_run):
    app = give(open_page("training"))
    assert not app.exception
    assert {"Start training", "Save", "Delete it"} <= set(labels(app.button))
    with_label(app.button, "Start training").click().run()
    assert len(started) == 1
    app.switch_page("pages/network.py").run()
    assert "Train this network" in labels(app.button)
    with_label(app.button, "Lock again").click().run()
    assert "Train this network" not in labels(app.button)
    assert "Only the teacher can train it here." in text(app)


def test_a_press_of_a_button_that_a_pupil_has_not_got_does_nothing(open_page, with_key, started, tiny_config):
    """The ids of the widgets are the same for everybody: who has a page of the teacher's can send them."""
    run = write_finished_run(tiny_config, title="The one")
    write_event_line(run, event="started", seconds=12.0)
    teacher, pupil = give(open_page("training")), open_page("training")
    assert {"Start training", "Resume", "Save", "Delete it", "Make a link"} <= set(labels(teacher.button))
    files = contents(run)
    for widget_id in ids(teacher):
        press(pupil, widget_id)
        assert not pupil.exception
        assert not ACTIONS & set(labels(pupil.button))
    press(pupil, *ids(teacher))
    assert not started
    assert files == contents(run)
    assert not rights.links._open


@pytest.mark.parametrize("label", ["Resume", "Save", "Delete it", "Start training"])
def test_a_button_drawn_before_the_session_was_locked_does_nothing(
    open_page, with_key, started, tiny_config, monkeypatch, label
):
    """As when the key is changed while a page is open; its callbacks are still known to the server."""
    run = write_finished_run(tiny_config, title="The one")
    write_event_line(run, event="started", seconds=12.0)
    monkeypatch.setattr(runs, "resume", lambda _: pytest.fail("resumed"))
    app = give(open_page("training"))
    app.text_input(key=f"training.title.{run.id}").set_value("Another name")
    button = with_label(app.button, label)
    monkeypatch.setenv("CNN_TEACHER_KEY", "a new key, since the old one is known")
    button.click().run()
    assert not app.exception
    assert run.title == "The one"
    assert not started
    assert [LOCKED in error.value for error in app.error] == ([True] if label != "Start training" else [])
    assert not ACTIONS & set(labels(app.button))


def test_a_stop_drawn_before_the_session_was_locked_does_nothing(open_page, with_key, tiny_config, monkeypatch):
    run = runs.create(tiny_config, "At work")
    with runs.open_record(run) as record:
        record.started(seconds=0.0, is_resumed=False)
        app = give(open_page("training"))
        stop = with_label(app.button, "Stop training")
        monkeypatch.setenv("CNN_TEACHER_KEY", "a new key, since the old one is known")
        stop.click().run()
        assert LOCKED in app.error[0].value
        assert not run.is_stopping()


@pytest.mark.parametrize("name", ["teacher.given", "$$ID-0-teacher.given"])
def test_no_value_that_a_browser_sends_unlocks_a_session(open_page, with_key, name):
    """Streamlit may break the page of who sends it, and no other's."""
    app = open_page("training", **{name: "1"})
    states = app._tree.get_widget_states()
    states.widgets.add(id=name, bytes_value=key.current())
    app._run(states)
    assert "Teacher: locked" in sent(app)
    assert not ACTIONS & set(labels(app.button))


def test_cifar10_is_the_teachers_to_get(open_page, shapes_only, with_key, monkeypatch):
    asked = []
    monkeypatch.setattr(data, "start_background_preparation", lambda: asked.append(True))
    pupil, teacher = open_page("dataset"), give(open_page("dataset"))
    assert "The teacher can get it." in text(pupil)
    assert "Get CIFAR-10" not in labels(pupil.button)
    get = with_label(teacher.button, "Get CIFAR-10")
    press(pupil, get.proto.id)
    assert not asked
    get.click().run()
    assert asked == [True]
    monkeypatch.setenv("CNN_TEACHER_KEY", "another key")
    with_label(teacher.button, "Get CIFAR-10").click().run()
    assert asked == [True]
    assert LOCKED in text(teacher)


def test_a_link_that_shows_the_answers_shows_none_to_a_pupil(open_page, shapes_only, with_key):
    app = open_page("convolution", answers="true")
    assert not app.exception
    assert "Show answers" not in labels(app.toggle)
    assert "**−4.**" not in text(app)
    app.query_params["answers"] = "true"
    give(app)
    assert with_label(app.toggle, "Show answers").value
    assert "**−4.**" in text(app)
    with_label(app.button, "Lock again").click().run()
    assert "**−4.**" not in text(app)


def test_the_key_is_in_no_element_of_any_page_and_not_in_the_session(open_page, shapes_only, with_key, caplog):
    caplog.set_level(logging.DEBUG)
    app = open_page("home", present="1")
    give(app, "a wrong one")
    assert "a wrong one" not in sent(app) + kept(app)
    assert "a wrong one" not in remembered(app.run())
    for is_given in (False, True):
        if is_given:
            assert KEY not in sent(give(app)) + kept(app)
        for entry in frame.PAGES:
            app.switch_page(entry.path).run()
            assert not app.exception
            assert KEY not in sent(app) + kept(app) + remembered(app), entry.title
            assert is_given == ("Lock again" in labels(app.button))
    assert KEY not in caplog.text


def test_a_wrong_key_is_a_sentence_and_five_in_a_minute_are_all(open_page, with_key):
    app = open_page("network")
    for _ in range(SESSION.most):
        with_key[0] += 5
        give(app, "Ada-Lovelace-1816")
        assert "That is not the key." in text(app)
    assert "That is not the key." not in text(app.run())
    give(app)
    assert "Too many tries. Try again in 40 seconds." in text(app)
    assert "Lock again" not in labels(app.button)
    with_key[0] += 40
    assert "Lock again" in labels(give(app).button)


def test_nothing_typed_is_no_try(open_page, with_key):
    app = open_page("network")
    for _ in range(SESSION.most + 1):
        give(app, "  ")
    assert "Lock again" in labels(give(app).button)


def test_the_tries_of_others_are_told_as_such(open_page, with_key):
    for number in range(SERVER.most):
        assert rights.tries.ask(f"tab {number}", f"10.0.0.{number}") is None
    app = give(open_page("network"))
    assert "Others are trying too many keys. Try again in 10 seconds." in text(app)


def test_a_link_unlocks_one_session_once_and_vanishes_from_the_address(open_page, with_key):
    teacher = give(open_page("training"))
    assert not teacher.code
    with_label(teacher.button, "Make a link").click().run()
    token = teacher.code[0].value.split("?teacher=")[1]
    phone = open_page("training", teacher=token)
    assert "Start training" in labels(phone.button)
    assert "teacher" not in phone.query_params
    assert token not in sent(phone) + kept(phone)
    assert "Start training" in labels(teacher.run().button), "who made it stays unlocked"
    assert not teacher.code, "the link is used"
    second = open_page("training", teacher=token)
    assert "Start training" not in labels(second.button)
    assert "teacher" not in second.query_params
    assert toasts(second) == ["This link for the teacher is used, or older than ten minutes."]
    phone.query_params["teacher"] = token  # the browser's Back
    assert not phone.run().toast
    assert "Start training" in labels(phone.button)


def test_an_old_link_and_one_of_another_key_unlock_nothing(open_page, with_key, monkeypatch):
    teacher = give(open_page("network"))
    make = with_label(teacher.button, "Make a link")
    old = make.click().run().code[0].value.split("?teacher=")[1]
    with_key[0] += 601
    assert "Lock again" not in labels(open_page("network", teacher=old).button)
    known = make.click().run().code[0].value.split("?teacher=")[1]
    monkeypatch.setenv("CNN_TEACHER_KEY", "another key")
    assert "Lock again" not in labels(open_page("network", teacher=known).button)


def test_wrong_links_count_as_tries_and_a_right_one_works_all_the_same(open_page, with_key):
    teacher = give(open_page("network"))
    token = with_label(teacher.button, "Make a link").click().run().code[0].value.split("?teacher=")[1]
    app = open_page("network")
    with_key[0] += 60
    said = []
    for _ in range(SESSION.most + 1):
        app.query_params["teacher"] = "x" * 43
        said += toasts(app.run())
    assert len(said) == SESSION.most + 1
    assert said[0].startswith("This link for the teacher is used")
    assert said[-1] == "Too many tries. Try again in 60 seconds."
    app.query_params["teacher"] = token
    assert "Lock again" in labels(app.run().button)


def test_presenting_the_key_is_given_beside_the_switch_and_no_link_is_shown(open_page, shapes_only, with_key):
    app = give(open_page("network", present="1"))
    assert "Lock again" in labels(app.main.button)
    assert not app.sidebar.button
    assert "Make a link" not in labels(app.button)


class TestWithoutAKey:
    def test_everything_is_open_and_no_page_has_a_place_for_a_key(self, open_page, now, finished_run):
        app = open_page("training", teacher="x")
        assert "teacher" not in app.query_params
        assert {"Start training", "Save", "Delete it"} <= set(labels(app.button))
        assert "teacher.typed" not in [field.key for field in app.text_input]

    @pytest.mark.parametrize("address", [None, "0.0.0.0"])
    def test_a_server_in_a_network_says_so_once_in_its_log_and_to_the_first_visitor(
        self, open_page, shapes_only, now, caplog, monkeypatch, address
    ):
        monkeypatch.setattr(notice.st, "get_option", {"server.address": address}.get)
        beamer = open_page("network", present="1")
        assert not beamer.toast
        first, second = open_page("network"), open_page("network")
        assert ["CNN_TEACHER_KEY" in said for said in toasts(first)] == [True]
        assert not second.toast
        assert not first.run().toast
        warnings = [record for record in caplog.records if "CNN_TEACHER_KEY" in record.message]
        assert [record.levelno for record in warnings] == [logging.WARNING]

    def test_a_server_of_ones_own_is_silent(self, open_page, shapes_only, now, caplog, monkeypatch):
        monkeypatch.setattr(notice.st, "get_option", {"server.address": "127.0.0.1"}.get)
        assert not open_page("network").toast
        assert "CNN_TEACHER_KEY" not in caplog.text


class TestPupilsWhoMayTrain:
    @pytest.fixture(autouse=True)
    def allowed(self, with_key, monkeypatch):
        monkeypatch.setenv("CNN_PUPILS_TRAIN", "20")

    def test_a_pupil_starts_a_short_training_and_stops_and_deletes_that_one_alone(
        self, open_page, started, finished_run
    ):
        pupil, other = open_page("training"), open_page("training")
        assert "You may train for up to 20 s, and stop and delete what you start" in text(pupil)
        with_label(pupil.button, "Start training").click().run()
        assert (started[0].training.seconds, started[0].training.epochs) == (20, None)
        (run,) = (run for run in runs.list_runs() if run != finished_run)
        with runs.open_record(run) as record:
            record.started(seconds=0.0, is_resumed=False)
            assert "Stop training" not in labels(other.run().button)
            stop = with_label(pupil.run().button, "Stop training")
            press(other, stop.proto.id)
            assert not run.is_stopping()
            stop.click().run()
            assert run.is_stopping()
            assert not pupil.error
        delete = with_label(pupil.run().button, "Delete it")
        assert not {"Save", "Resume"} & set(labels(pupil.button))
        press(other, delete.proto.id)
        assert run.exists()
        delete.click().run()
        assert not run.exists()
        pupil.session_state["training.run"] = finished_run.id
        assert "Delete it" not in labels(pupil.run().button)

    def test_all_that_a_pupils_run_does_is_limited_and_the_teachers_is_not(self, open_page, monkeypatch):
        asked = []

        def start(config, title, *, seconds, **_):
            asked.append(seconds)
            return runs.create(config, title)

        monkeypatch.setattr(runs, "start", start)
        for app in (open_page("training"), give(open_page("training"))):
            with_label(app.button, "Start training").click().run()
        assert asked == [200.0, math.inf]

    def test_the_teacher_stops_a_pupils_training(self, open_page, started):
        with_label(open_page("training").button, "Start training").click().run()
        (run,) = runs.list_runs()
        with runs.open_record(run) as record:
            record.started(seconds=0.0, is_resumed=False)
            with_label(give(open_page("training")).button, "Stop training").click().run()
            assert run.is_stopping()

    def test_a_longer_training_is_refused_in_a_sentence_also_when_it_is_typed_with_the_click(self, open_page, started):
        app = open_page("training")
        app.selectbox(key="training.network").set_value("champion").run()
        seconds = app.number_input(key="training.seconds")
        assert (seconds.value, seconds.label) == (20, "Seconds, up to 20")
        start = with_label(app.button, "Start training")
        app.number_input(key="training.seconds").set_value(21)
        start.click().run()
        assert [error.value for error in app.error] == [
            "Only the teacher may train for longer than 20 s here: stop after 20 s or less."
        ]
        assert "Start training" not in labels(app.button)
        app.segmented_control(key="training.limit").set_value("epochs").run()
        assert "Start training" not in labels(app.button), "epochs may take any time"
        assert not started

    @pytest.mark.parametrize("setting", ["", "0", "-5", "nan", "inf", "a minute", "0.5"])
    def test_a_setting_that_means_nothing_allows_nothing(self, open_page, monkeypatch, setting):
        monkeypatch.setenv("CNN_PUPILS_TRAIN", setting)
        assert "Start training" not in labels(open_page("training").button)
