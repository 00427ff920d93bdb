"""The networks that are open in the web process: they fit into its memory, whoever has looked at which."""

import weakref
from pathlib import Path

import pytest

from cnn_core.runs import Run, files
from pages.ui import cache
from pages.ui.inside import PARTS

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
LESSON, MINUTE, BEST = (Run(RECORDED / name) for name in ("lesson", "minute", "best"))


@pytest.fixture(autouse=True)
def nothing_is_open():
    def close():
        for kept in (cache._classifier, cache._passes, cache.network, cache._opened):
            kept.clear()

    close()
    yield
    close()


@pytest.fixture
def recorded(monkeypatch):
    monkeypatch.setattr(files, "recorded_dir", lambda: RECORDED)


def classifier(run):
    return cache.classifier(*_file(run))


def network(run):
    return cache.network(*_file(run), run)


def passes(run):
    return cache.passes(*_file(run), network(run))


def _file(run):
    return str(run.classifier_path), run.classifier_path.stat().st_mtime


def size(run):
    return run.classifier_path.stat().st_size


def test_what_is_open_is_opened_once():
    assert classifier(MINUTE) is classifier(MINUTE)
    assert network(MINUTE) is network(MINUTE)
    assert passes(MINUTE) is passes(MINUTE)


def test_the_network_that_was_not_asked_for_longest_is_closed_for_another(monkeypatch):
    monkeypatch.setattr(cache, "_ROOM", 2 * size(MINUTE) + size(BEST))
    lesson, minute = classifier(LESSON), passes(MINUTE)
    assert classifier(LESSON) is lesson
    classifier(BEST)  # there is no room for the other two beside it; the minute's was asked for longest ago
    assert classifier(LESSON) is lesson
    closed = weakref.ref(minute)
    del minute
    assert closed() is None


def test_a_network_is_open_even_where_it_alone_is_too_large(monkeypatch):
    monkeypatch.setattr(cache, "_ROOM", 1)
    classifier(LESSON)
    opened, best = classifier(BEST), passes(BEST)
    assert (classifier(BEST), passes(BEST)) == (opened, best)
    assert len(cache._opened()) == 2, "the two do not close each other"


def test_a_closed_network_that_a_visitor_still_uses_is_not_opened_a_second_time(monkeypatch):
    monkeypatch.setattr(cache, "_ROOM", 1)
    lesson, minute = classifier(LESSON), passes(MINUTE)
    classifier(BEST)
    assert list(cache._opened().values()) == [size(BEST)]
    assert classifier(LESSON) is lesson
    assert passes(MINUTE) is minute


@pytest.mark.parametrize("part", PARTS)
def test_no_visit_of_inside_keeps_a_network_open(part, recorded, shapes_only, open_page):
    query = {"inside.part": PARTS[part].title, "inside.source": "Drawing", "inside.drawing": "Ship"}
    app = open_page("inside", run="lesson", **query)
    assert not app.exception
    assert (cache._classifier, *_file(LESSON)) in cache._opened()
    opened = [weakref.ref(classifier(LESSON)), weakref.ref(passes(LESSON))]
    cache._classifier.clear()
    cache._passes.clear()
    assert [found() for found in opened] == [None, None]


def test_no_visit_of_prediction_keeps_a_network_open(recorded, shapes_only, open_page):
    open_page("prediction", run="lesson", **{"prediction.source": "Test image"})
    assert (cache._classifier, *_file(LESSON)) in cache._opened()
    opened = weakref.ref(classifier(LESSON))
    cache._classifier.clear()
    assert opened() is None
