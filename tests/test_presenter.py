"""Presenter mode, as the pages read it, and the frame's way from page to page."""

from itertools import pairwise

import pytest
from app import labels, text, with_label

from pages.ui import frame, presenter
from pages.ui.evaluation import PARTS

SWITCH = "presenter.switch"
LEAD = "The network never sees a frog or a ship"


def test_a_link_turns_it_on_and_the_switch_turns_it_off(open_page, shapes_only):
    app = open_page("dataset", present="1")
    assert LEAD not in text(app), "the lead is for readers, not for a beamer"
    app.toggle(key=SWITCH).set_value(False).run()
    assert "present" not in app.query_params
    assert LEAD in text(app)


def test_it_stays_on_from_page_to_page(open_page, shapes_only):
    app = open_page("dataset")
    app.toggle(key=SWITCH).set_value(True).run()
    assert app.query_params["present"] == "1"
    app.query_params.clear()  # as a link of Streamlit does
    app.switch_page("pages/network.py").run()
    assert app.query_params["present"] == "1"
    assert app.toggle(key=SWITCH).value
    assert {"Convolution", "Training"} <= set(labels(app.button)), "the steps before and after"


def test_off_stays_off_from_page_to_page(open_page, shapes_only):
    app = open_page("dataset", present="1")
    app.toggle(key=SWITCH).set_value(False).run()
    app.switch_page("pages/network.py").run()
    assert "present" not in app.query_params
    assert not app.toggle(key=SWITCH).value


@pytest.mark.parametrize("value", ["0", "", "true", "11"])
def test_any_other_value_is_off(open_page, shapes_only, value):
    app = open_page("network", present=value)
    assert not app.exception
    assert not app.toggle(key=SWITCH).value


def test_the_buttons_walk_the_whole_lesson(open_page, shapes_only):
    app = open_page("home", present="1")
    app.session_state["convolution.step"] = "classes"  # the lab's last step; those before are the lab's own
    app.session_state["inside.part"] = "surgery"  # and the last part of Inside
    app.session_state["evaluation.part"] = [*PARTS][-1]
    for entry, after in pairwise(frame.STEPS):
        app.switch_page(entry.path).run()
        with_label(app.button, after.title).click().run()
        assert not app.exception
        assert after.title.lower() in app.title[0].value.lower(), f"from {entry.title}"


def test_the_keys_press_one_button_each_and_only_in_presenter_mode(open_page, shapes_only):
    for page in ("dataset", "convolution", "network", "evaluation", "inside"):
        app = open_page(page)
        assert not shortcuts(app), "the keys scroll the page"
        app.query_params["present"] = "1"
        app.run()
        assert sorted(shortcuts(app)) == ["pagedown", "pageup"], page


def shortcuts(app):
    return [button.proto.shortcut for button in app.button if button.proto.shortcut]


def test_sizes_in_pixels_grow_with_the_type(open_page, shapes_only):
    app = open_page("network", present="1")
    styles = " ".join(element.proto.body for element in app.get("html"))
    assert f"font-size: {presenter.SCALE:.0%}" in styles
