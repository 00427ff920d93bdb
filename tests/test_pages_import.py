"""A run is brought in on the training page, by those who may; every page then shows it as it shows others."""

import pytest
from app import text
from zips import leftovers, packed

from cnn_core import importing, runs
from cnn_core.importing import Imported
from pages.ui import run_import, teacher

pytestmark = pytest.mark.usefixtures("tiny_data_dir")


@pytest.fixture
def zip_file(content):
    return packed(content | {runs.files.TITLE: b"From elsewhere"})


def open_place(open_page):
    """The training page, with the place for a zip open."""
    app = open_page("training")
    app.session_state["training.import"] = True
    return app.run()


def give(app, content):
    app.file_uploader[0].set_value(("run.zip", content, "application/zip"))
    return app.run()


def test_what_was_brought_in_is_watched_at_once_and_says_where_it_is_from(open_page, zip_file, finished_run):
    app = give(open_place(open_page), zip_file)
    assert not app.exception
    assert not app.error
    assert app.header[0].value == "From elsewhere"
    assert "**From elsewhere** was brought in and stands above" in app.success[0].value
    assert "It came without its network" in app.success[0].value
    assert ":material/upload_file: imported" in text(app)
    table = app.dataframe[0].value.set_index("run")["state"]
    assert table["From elsewhere"] == "finished, imported"
    assert table["A finished run"] == "finished"
    assert app.file_uploader[0].value is None, "the server keeps no file that is done with"


@pytest.mark.parametrize("where", ["evaluation", "prediction", "inside", "convolution", "home", "network", "dataset"])
def test_every_page_shows_it(open_page, zip_file, where):
    run = importing.bring_in(zip_file).run
    app = open_page(where, run=run.id)
    assert not app.exception
    assert not app.error


def test_a_choice_of_runs_says_which_are_imported(open_page, zip_file):
    importing.bring_in(zip_file)
    assert any("imported" in option for option in open_page("evaluation").selectbox[0].options)


def test_what_is_refused_is_said_where_the_zip_was_given_and_leaves_nothing(open_page):
    app = give(open_place(open_page), b"no zip")
    assert "no zip archive, or it is cut off" in app.error[0].value
    assert leftovers() == []
    assert app.expander[-1].label == "Bring in a run"
    assert app.expander[-1].error, "where the zip was given"
    assert not app.run().error, "said once"


def test_a_zip_larger_than_the_server_takes_is_refused_also_where_the_browser_does_not(open_page, monkeypatch):
    monkeypatch.setattr(run_import, "MOST_MEGABYTES", 1)
    app = give(open_place(open_page), bytes(2_000_000))
    assert "The file has 2 MB; a run's zip may have at most 1 MB" in app.error[0].value
    assert "of at most 1 MB" in text(app)


def test_pupils_are_not_offered_it_and_cannot_do_it_without_the_page(open_page, monkeypatch):
    asked = []
    monkeypatch.setattr(importing, "bring_in", lambda *_, **__: asked.append(1) or Imported(None, ()))
    app = open_place(open_page)

    def refuse():
        raise teacher.KeyNeeded("Only the teacher can do that here.")

    monkeypatch.setattr(teacher, "require", refuse)
    app = give(app, b"a zip")
    assert "Only the teacher can do that here" in app.error[0].value
    assert not asked
    monkeypatch.setattr(teacher, "may_act", lambda: False)
    assert not app.run().file_uploader
