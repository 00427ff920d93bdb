"""The pages of a run on a data set of one's own: two classes and three, its images here and gone."""

import numpy as np
import pytest
from app import open_app, text
from handmade import look, write_finished_run
from own_runs import bring, train
from small_training import store_data_set

from cnn_core import data
from cnn_core.data import own, shapes10
from pages.ui import class_view
from pages.ui.evaluation import PARTS as OF_EVALUATION
from pages.ui.inside import PARTS as OF_INSIDE
from pages.ui.lab import classes as lab_classes

GONE = "no longer on this server"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    found = {}
    for classes in (2, 3):
        with pytest.MonkeyPatch.context() as patch:
            found[classes] = train(tmp_path_factory.mktemp("own"), patch, classes)
    return found


@pytest.fixture(params=[2, 3])
def run(request, trained, tmp_path, monkeypatch, fresh_caches):
    found = bring(trained[request.param], tmp_path / "here", monkeypatch)
    store_data_set(data.data_dir() / f"shapes10-v{shapes10.VERSION}")
    return found


def remove_data(run):
    own.remove(run.config.data_set.partition("@")[0])


def open_part(page, run, key, title):
    app = open_app(page, run=run.id, **{key: title})
    assert not app.exception, app.exception
    assert [error.value for error in app.error] == []
    return app


@pytest.mark.parametrize("is_here", [True, False])
def test_every_part_of_evaluation_shows_the_run(run, is_here):
    if not is_here:
        remove_data(run)
    for name, part in OF_EVALUATION.items():
        app = open_part("evaluation", run, "evaluation.part", part.title)
        said = text(app)
        assert (GONE in said) != is_here, name
        if name == "matrix":
            classes = run.config.network.classes
            assert f"Guessing gets {1 / classes:.0%}" in said
            assert f"ln {classes} = " in said


@pytest.mark.parametrize("is_here", [True, False])
def test_every_part_of_inside_asks_the_network(run, is_here):
    if not is_here:
        remove_data(run)
    for part in OF_INSIDE.values():
        app = open_part("inside", run, "inside.part", part.title)
        if not is_here:
            app.segmented_control(key="inside.source").set_value("test").run()
            assert GONE in text(app)
            assert not app.exception


def test_training_draws_its_curves(run):
    app = open_app("training", run=run.id)
    assert not app.exception
    assert "Guessing gives" in text(app)


@pytest.mark.parametrize("is_here", [True, False])
def test_prediction_and_the_lab_ask_it(run, is_here):
    if not is_here:
        remove_data(run)
    for source in ("Test image", "Your photo"):
        app = open_part("prediction", run, "prediction.source", source)
        assert (GONE in text(app)) == (source == "Test image" and not is_here)
    for step in ("Learned", "To the classes"):
        open_part("convolution", run, "convolution.step", step)


def test_it_is_compared_with_another_data_set_s_run_in_a_sentence(run, tiny_config):
    other = write_finished_run(tiny_config, title="Of ten classes")
    for one, another in ((run, other), (other, run)):
        app = open_app("evaluation", run=one.id, against=another.id, **{"evaluation.part": "Compare"})
        assert not app.exception
        assert "so their accuracies cannot be compared" in app.warning[0].value


def test_looks_at_classes_that_it_has_not_are_left_out(run):
    """Those of a log that came in a zip."""
    assert class_view.tracks(run.config, [look()]) == {}
    assert class_view.tracks(run.config, run.looks())["pictures"]["labels"] == list(run.looks()[-1].labels)


def test_an_old_link_opens_the_part_under_its_new_name(run):
    app = open_app("evaluation", run=run.id, **{"evaluation.part": "None of my ten"})
    assert app.segmented_control(key="evaluation.part").value == "strange"
    assert not open_app("evaluation", run=run.id, **{"evaluation.part": "To ten classes"}).exception, "another page's"


def test_a_class_s_name_is_no_formula(monkeypatch):
    said = []
    monkeypatch.setattr(lab_classes.st, "latex", said.append)
    lab_classes._write_softmax("mug_1 & {100%}", np.zeros(2), 0)
    assert said[0].startswith(r"p_\text{mug\_1 \& \{100\%\}} = ")
