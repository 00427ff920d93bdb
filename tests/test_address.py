"""Values from a link: whatever is there, the page opens, with defaults in place of invalid values."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.address import is_number

BAD = {
    "empty": "",
    "space": " ",
    "5,000 digits": "9" * 5000,
    "negative": "-1",
    "not whole": "2.5",
    "digits of another script": "٣",
    "superscript": "²",
    "not a number": "NaN",
    "infinite": "inf",
    "too large for a float": "1e999",
    "null byte": "\x00",
    "HTML": "<script>alert(1)</script>",
    "line break": "2\n3",
    "twice": ["2", "3"],
    "twice, once empty": ["2", ""],
    "many": ["2"] * 50,
    "list": "[2]",
    "outside": "10",
    "a label of another widget": "Red",
}


def page():
    import streamlit as st

    from pages.ui import address

    colours = {"r": "Red", "g": "Green"}
    labels = {"segments": ["Near", "Far"], "box": colours.values(), "free": colours.values()}
    for key, options in labels.items():
        address.allow(key, options)
    most = st.session_state.get("most", 9)
    for key in ("whole", "slider", "dilation"):
        address.allow_number(key, 0, most)
    address.allow_number("real", -0.5, 9.0)
    settings = {"bind": "query-params"}
    chosen = {
        "segments": st.segmented_control(
            "s", ["Near", "Far"], default="Near", required=True, key="segments", **settings
        ),
        "box": st.selectbox("b", list(colours), format_func=colours.get, key="box", **settings),
        "free": st.selectbox("f", list(colours), index=None, format_func=colours.get, key="free", **settings),
        "whole": st.number_input("w", 0, most, 1, key="whole", **settings),
        "slider": st.slider("l", 0, most, 1, key="slider", **settings),
        "dilation": st.segmented_control("d", range(most + 1), default=1, required=True, key="dilation", **settings),
        "real": st.number_input("r", -0.5, 9.0, 0.25, key="real", **settings),
    }
    st.session_state.chosen = chosen


DEFAULTS = {"segments": "Near", "box": "r", "free": None, "whole": 1, "slider": 1, "dilation": 1, "real": 0.25}


def opened(**query):
    app = AppTest.from_function(page, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    return app.run()


GOOD = [("real", "not whole"), ("box", "a label of another widget"), ("free", "a label of another widget")]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_value_gives_way_to_the_default(name):
    bad = {key: BAD[name] for key in DEFAULTS if (key, name) not in GOOD}
    app = opened(**bad)
    assert not app.exception
    assert app.session_state.chosen == DEFAULTS
    assert not bad.keys() & app.query_params.keys()
    app.run()
    assert app.session_state.chosen == DEFAULTS


def test_good_values_are_taken():
    query = {
        "segments": "Far",
        "box": "Green",
        "free": "Red",
        "whole": "9",
        "slider": "0",
        "dilation": "3",
        "real": "2.5",
    }
    app = opened(**query)
    assert app.session_state.chosen == {
        "segments": "Far",
        "box": "g",
        "free": "r",
        "whole": 9,
        "slider": 0,
        "dilation": 3,
        "real": 2.5,
    }


def test_a_good_value_beside_a_bad_one_stays():
    app = opened(whole="7", segments="", real="x", slider="10")
    assert app.session_state.chosen == {**DEFAULTS, "whole": 7}


def test_a_choice_that_the_limits_left_behind_comes_back_to_the_nearest():
    app = opened(whole="7", dilation="8")
    app.session_state.most = 4
    app.run()
    assert not app.exception
    assert app.session_state.chosen == {**DEFAULTS, "whole": 4, "dilation": 4}


@pytest.mark.parametrize(
    ("text", "expected"), [("3", True), ("-0", True), ("3.0", True), ("0x3", False), ("3e0", True)]
)
def test_what_a_number_is(text, expected):
    assert is_number(text, 0, 9) == expected


READ_BY_THE_PAGE = {("kernel.py", "KERNEL")}  # a text: whatever it says is read, or explained
PAGES = Path(__file__).parents[1] / "pages"


def calls(source):
    return [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("source", sorted(PAGES.rglob("*.py")), ids=lambda source: source.name)
def test_every_value_of_a_link_is_looked_at_before_its_widget_sees_it(source):
    bound = {
        (source.name, ast.unparse(keyword.value))
        for call in calls(source)
        if any(given.arg == "bind" for given in call.keywords)
        for keyword in call.keywords
        if keyword.arg == "key"
    }
    looked_at = {
        (source.name, ast.unparse(call.args[0]))
        for call in calls(source)
        if ast.unparse(call.func) in ("address.allow", "address.allow_number")
    }
    assert bound <= looked_at | READ_BY_THE_PAGE
