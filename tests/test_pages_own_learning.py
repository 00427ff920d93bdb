"""The two ways to learn an own data set, side by side: started, under way, over, and not for everybody."""

import pets
import pytest
from app import labels, metric, text, with_label
from handmade import AT_WORK, write_event_line

from cnn_core import data, presets, runs
from cnn_core.data import own
from cnn_core.evaluation import Careless
from cnn_core.runs import Run

pytestmark = pytest.mark.usefixtures("shapes_only")

REUSE, NOTHING = "Learn it: reuse", "Learn it: from nothing"


@pytest.fixture
def asked(monkeypatch):
    """What is started: a config and a title each. No process is."""
    found = []

    def start(config, title, **_):
        found.append((config, title))
        return runs.create(config, title)

    monkeypatch.setattr(runs, "start", start)
    return found


def reused(made, **how):
    base = presets.reusing()
    return pets.learned(made, title="Pets, reused", reuse=base.reuse, network=base.network, preset="reuse", **how)


def test_what_cannot_be_learned_yet_has_no_button(open_page):
    own.create("Pets", pets.CLASSES)
    app = open_page("own_data")
    assert not app.exception
    assert "Not yet. Each class needs at least 5 images" in text(app)
    assert not {REUSE, NOTHING} & set(labels(app.button))


def test_each_way_starts_a_run_on_the_set_as_it_is_now(open_page, asked):
    made = pets.fill()
    earlier = own.latest("pets")
    app = open_page("own_data")
    app.session_state["own_sets.given"] = {"pets": earlier}  # set up after a run, and not trained
    own.add("pets", made.classes[0].id, pets.pictures(6, seed=5), "just now")
    with_label(app.button, REUSE).click().run()
    state = own.latest("pets")
    assert asked == [(data.on(presets.reusing(), state), "Pets, reused")]
    app.segmented_control(key="own_data.preset").set_value("minute").run()
    with_label(app.button, NOTHING).click().run()
    assert not app.exception
    usual = presets.for_few(data.on(presets.PRESETS["minute"], state), data.about(state).sizes["train"])
    assert asked[1] == (usual, "Pets, minute")


def test_both_results_stand_side_by_side_with_their_n_and_say_when_the_set_has_changed(open_page):
    made = pets.fill()
    reused(made)
    pets.learned(made)
    app = open_page("own_data")
    assert not app.exception
    n = data.about(own.latest("pets")).sizes["test"]
    assert text(app).count(f"of {n} test images are right; of new ones like them,") == 2
    assert "earlier state" not in text(app)
    own.rename("pets", "Our pets")
    assert "earlier state" not in text(app.run())
    own.add("pets", made.classes[0].id, pets.pictures(6, seed=5), "just now")
    assert text(app.run()).count("Learned on an earlier state of **Our pets**, of 36 images.") == 2


def test_the_careless_split_is_a_question_before_it_is_an_answer(open_page, monkeypatch):
    run = reused(pets.fill())
    monkeypatch.setattr(Run, "careless", lambda self: Careless(0.98, 30))
    figures = {"test_loss": 1.0, "test_accuracy": 0.71, "test_mse": 0.1, "test_n": 12, "seconds": 3.0}
    write_event_line(run, event="finished", **figures)
    app = open_page("own_data")
    assert "98%" not in text(app)
    assert any("71% are right (n = 12)" in pills.label for pills in app.button_group)
    with_label(app.button_group, "The test images come from bursts").set_value("more are right").run()
    said = text(app) + " ".join(element.value for element in app.success)
    assert not app.exception
    assert "the test would have said **98%** on average (n = 30); with whole bursts kept apart it says **71%**" in said


def test_while_one_is_trained_its_progress_is_there_and_no_other_can_be_started(open_page, workers):
    workers.program = AT_WORK
    made = pets.fill()
    run = runs.start(data.on(pets.SMALL, own.latest(made.name)), "Pets, lesson")
    app = open_page("own_data")
    assert not app.exception
    assert with_label(app.button, REUSE).disabled
    assert with_label(app.button, NOTHING).disabled
    assert text(app).count("**Pets, lesson** is being trained") == 1, "not where its progress stands anyway"
    assert "Watch the curves" in labels(app.button)
    runs.request_stop(run)


@pytest.mark.parametrize("seconds", [None, 20])
def test_who_has_no_key_learns_nothing_or_for_as_long_as_pupils_may(open_page, asked, monkeypatch, seconds):
    monkeypatch.setenv("CNN_TEACHER_KEY", "a long key of the teacher")
    if seconds:
        monkeypatch.setenv("CNN_PUPILS_TRAIN", str(seconds))
    pets.fill()
    app = open_page("own_data")
    if seconds is None:
        assert REUSE not in labels(app.button)
        assert "Only the teacher can train it here" in text(app)
        return
    assert "You may train for up to 20 s" in text(app)
    with_label(app.button, REUSE).click().run()
    assert [config.training.seconds for config, _ in asked] == [20]


def test_a_run_whose_files_are_damaged_is_a_sentence(open_page):
    run = reused(pets.fill())
    (run.path / "predictions.npz").write_bytes(b"no array")
    app = open_page("own_data")
    assert not app.exception
    assert "cannot be read" in text(app)


def test_the_metric_is_that_of_the_run(open_page):
    pets.learned(pets.fill())
    app = open_page("own_data")
    right = text(app).partition(" of 12 test images are right")[0].split()[-1]
    assert metric(app, "Test accuracy") == f"{int(right) / 12:.1%}"
