"""Every chart has one sentence that says what it shows: all can read it, and who cannot see the chart hears it."""

import ast
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from app import text

from cnn_core import architecture, plotting, runs
from cnn_core.config import NetworkConfig
from cnn_core.presets import PRESETS
from pages.ui.evaluation import PARTS as EVALUATION
from pages.ui.inside import PARTS as INSIDE
from pages.ui.lab import STEPS

ROOT = Path(__file__).parents[1]
RECORDED = ROOT / "assets" / "runs"
SOURCES = sorted((ROOT / "pages").rglob("*.py"))
DRAWN = {"plotly_chart", "altair_chart", "vega_lite_chart", "image"}
WITHOUT_ALT = {"line_chart", "bar_chart", "area_chart", "scatter_chart", "pyplot", "graphviz_chart", "map"}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.relative_to(ROOT).as_posix())
def test_whatever_is_drawn_has_a_text_alternative(source):
    nodes = ast.walk(ast.parse(source.read_text(encoding="utf-8")))
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    drawn = [call for call in calls if call.func.attr in DRAWN]
    assert not [call.lineno for call in drawn if "alt" not in {keyword.arg for keyword in call.keywords}]
    of_streamlit = [call for call in calls if isinstance(call.func.value, ast.Name) and call.func.value.id == "st"]
    assert not [call.lineno for call in of_streamlit if call.func.attr in WITHOUT_ALT]


ADDRESSES = {
    "home": ("home", {}),
    "dataset": ("dataset", {}),
    "network": ("network", {}),
    "training": ("training", {}),
    "prediction": ("prediction", {"prediction.source": "Test image"}),
    **{f"evaluation: {part.title}": ("evaluation", {"evaluation.part": part.title}) for part in EVALUATION.values()},
    **{f"inside: {part.title}": ("inside", {"inside.part": part.title}) for part in INSIDE.values()},
    **{f"lab: {step.title}": ("convolution", {"convolution.step": step.title}) for step in STEPS.values()},
}
WITH_CHARTS = {"dataset", "network", "training", "prediction", "lab: To the classes", "inside: What if", "home"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_what_a_chart_says_stands_on_the_page(open_page, monkeypatch, address):
    monkeypatch.setattr(runs.files, "recorded_dir", lambda: RECORDED)
    page, query = ADDRESSES[address]
    app = open_page(page, run="lesson", data_set="Shapes-10", **query)
    assert not app.exception
    said = alternatives(app)
    assert said or address not in WITH_CHARTS
    seen = " ".join(text(app).replace("*", "").split())
    for alternative in said:
        for sentence in re.split(r"(?<=[.:;]) ", alternative):
            assert sentence in seen, alternative


def alternatives(app):
    """The text alternatives of all charts, and of those components that draw one."""
    charts = [chart.proto.alt for kind in ("plotly_chart", "arrow_vega_lite_chart") for chart in app.get(kind)]
    components = [json.loads(part.proto.json) for part in app.get("bidi_component") if part.proto.json]
    return [said for said in (*charts, *within(components)) if said]


def within(data):
    """Every text under the name `alt`, however deep."""
    if isinstance(data, dict):
        own = [data["alt"]] if isinstance(data.get("alt"), str) else []
        return own + within(list(data.values()))
    return [said for item in data for said in within(item)] if isinstance(data, list) else []


# ---- the sentences ---------------------------------------------------------------------------------------------------


def test_class_counts_name_the_rarest_and_the_most_frequent():
    assert plotting.describe_counts(np.array([5, 1200, 7]), ["cat", "dog", "ship"]) == (
        "Of all classes dog has the most images, 1,200, and cat the fewest, 5."
    )
    assert plotting.describe_counts(np.full(3, 1000), ["cat", "dog", "ship"]) == "Each class has 1,000 images."


def test_ten_probabilities_are_told_by_the_three_largest_and_the_rest():
    shares = np.array([0.05, 0.6, 0.1, 0.0, 0.2, 0.01, 0.01, 0.01, 0.01, 0.01])
    assert plotting.describe_shares(shares, list("abcdefghij")) == (
        "The largest probabilities: b 60.0%, e 20.0% and c 10.0%; the other 7 share 10.0%."
    )


@pytest.mark.parametrize(
    ("network", "said"),
    [
        (
            PRESETS["report"].network,
            "32 × 32 × 3 numbers become maps, 32 of 16 × 16, then 64 of 8 × 8, then 128 of 4 × 4, then 256 of 2 × 2; "
            "and these rows of numbers: 1,024, then 300, then 100, then 10.",
        ),
        (PRESETS["linear"].network, "32 × 32 × 3 numbers become rows of numbers: 3,072, then 10."),
    ],
)
def test_a_network_is_told_by_the_sizes_of_its_stages(network, said):
    assert plotting.describe_pipeline(architecture.layers(network)) == said


def test_parameters_are_told_by_the_layer_that_has_most():
    table = pd.DataFrame({"layer": ["one", "two"], "parameters": [250, 750]})
    assert plotting.describe_parameters(table) == "Of 1,000 parameters most are in two: 750, 75%."
    every = architecture.table(NetworkConfig())
    assert f"Of {every['parameters'].sum():,} parameters" in plotting.describe_parameters(every)
