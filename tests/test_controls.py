"""Choosing a run: by the names that people give, by link, and the same one on the next page."""

import dataclasses
import shutil
import tomllib
from pathlib import Path

import pytest
from app import PATIENCE
from handmade import write_event_line, write_finished_run
from streamlit.testing.v1 import AppTest

from cnn_core import images


def choose():
    import streamlit as st

    from pages.ui import controls

    run = controls.choose_run("run")
    st.write(run.id if run else "none")


@pytest.fixture
def app():
    return AppTest.from_function(choose, default_timeout=PATIENCE)


def test_without_a_tested_run_the_control_says_what_to_do(app):
    app.run()
    assert app.markdown[0].value == "none"
    assert "Train a network first" in app.info[0].value


def test_runs_of_the_same_title_can_be_told_apart(app, tiny_config):
    twins = [write_finished_run(tiny_config, title="Twin") for _ in range(2)]
    write_finished_run(tiny_config, title="Single")
    (choice,) = app.run().selectbox
    line = "CIFAR-10 · 55.0%"
    assert set(choice.options) == {f"Single · {line}", *(f"Twin · {line} · {run.id}" for run in twins)}
    for run in twins:
        app.selectbox[0].select(run.id).run()
        assert app.markdown[0].value == app.query_params["run"] == run.id


def test_a_link_opens_its_run_and_one_to_a_deleted_run_the_newest(app, tiny_config):
    old, new = (write_finished_run(tiny_config, title=title) for title in ("Old", "New"))
    app.query_params["run"] = old.id
    assert app.run().markdown[0].value == old.id
    unknown = AppTest.from_function(choose, default_timeout=PATIENCE)
    unknown.query_params["run"] = "deleted"
    assert unknown.run().markdown[0].value == new.id
    assert "is not on this machine" in unknown.info[0].value


def test_a_run_without_a_result_is_not_called_deleted(app, tiny_config):
    old, _ = (write_finished_run(tiny_config, title=title) for title in ("Old", "New"))
    app.run().selectbox[0].select(old.id).run()
    write_event_line(old, event="started", seconds=12.5)  # it was resumed
    assert "**Old** has no test result" in app.run().info[0].value
    by_link = AppTest.from_function(choose, default_timeout=PATIENCE)
    by_link.query_params["run"] = old.id
    assert "**Old** has no test result" in by_link.run().info[0].value


def test_the_next_page_stays_with_the_run(app, tiny_config):
    old, _ = (write_finished_run(tiny_config, title=title) for title in ("Old", "New"))
    app.run().selectbox[0].select(old.id).run()
    next_page = AppTest.from_function(choose, default_timeout=PATIENCE)
    next_page.session_state["controls.run"] = app.session_state["controls.run"]
    assert next_page.run().markdown[0].value == old.id


def choose_best():
    import streamlit as st

    from pages.ui import controls

    run = controls.choose_run("run", best_for="cifar10")
    known = controls.run_for("shapes10")
    st.write(run.id, known.id if known else "none")


@pytest.fixture
def several(tiny_config):
    """By title: the best for photos, a worse one, one that knows drawings only, and a diverged one, the newest."""
    shapes = dataclasses.replace(tiny_config, data_set="shapes10")
    made = {"Best": (tiny_config, 0.7), "Worse": (tiny_config, 0.6), "Shapes": (shapes, 0.99)}
    runs = {title: write_finished_run(config, title=title, test_accuracy=at) for title, (config, at) in made.items()}
    runs["Diverged"] = write_finished_run(tiny_config, title="Diverged", test_accuracy=0.9)
    for run in runs.values():
        run.classifier_path.touch()
    write_event_line(runs["Diverged"], event="finished", test_loss=float("nan"), test_accuracy=0.9, test_n=60)
    return runs


@pytest.mark.parametrize(
    ("before", "link", "opens"),
    [
        ({}, None, "Best"),
        ({"controls.run": "Worse"}, None, "Best"),  # the run of another page, which chose it by itself
        ({"controls.own_run": "Worse"}, None, "Worse"),
        ({"controls.own_run": "Shapes"}, None, "Best"),  # it knows no photos
        ({"controls.own_run": "Worse"}, "Shapes", "Shapes"),
    ],
    ids=["nothing", "seen elsewhere", "chosen elsewhere", "chosen but of drawings", "link"],
)
def test_photos_get_the_best_run_unless_the_visitor_or_a_link_chose_another(several, before, link, opens):
    app = AppTest.from_function(choose_best, default_timeout=PATIENCE)
    for key, title in before.items():
        app.session_state[key] = several[title].id
    if link:
        app.query_params["run"] = several[link].id
    shown, knows_shapes = app.run().markdown[0].value.split()
    assert shown == several[opens].id
    assert knows_shapes == several["Shapes"].id


def test_only_a_choice_by_hand_is_the_visitors_own(app, several):
    app.run()
    assert "controls.own_run" not in app.session_state
    app.selectbox[0].select(several["Worse"].id).run()
    assert app.session_state["controls.own_run"] == several["Worse"].id


def test_a_run_that_is_deleted_gives_way_to_the_best(several):
    app = AppTest.from_function(choose_best, default_timeout=PATIENCE).run()
    app.selectbox[0].select(several["Worse"].id).run()
    shutil.rmtree(several["Worse"].path)
    assert app.run().markdown[0].value.startswith(several["Best"].id)
    assert "was deleted" in app.info[0].value


def keep():
    import streamlit as st

    from pages.ui import controls

    st.write(str(controls.kept_image()))
    controls.keep_image(controls.ChosenImage("shapes10", "test", 7))


def test_a_picked_image_is_kept_in_the_session():
    app = AppTest.from_function(keep, default_timeout=PATIENCE)
    assert app.run().markdown[0].value == "None"
    assert "data_set='shapes10', split='test', index=7" in app.run().markdown[0].value


def test_the_browser_lets_through_what_the_app_opens():
    """A file that the server itself refuses gets no sentence of ours, and the earlier photo stays."""
    with open(Path(__file__).parents[1] / ".streamlit" / "config.toml", "rb") as file:
        assert 1_000_000 * tomllib.load(file)["server"]["maxUploadSize"] >= images.MAX_BYTES
