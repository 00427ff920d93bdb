"""From a zip of photographs to a trained network, its matrix and its answers: one visitor, one real training."""

import photographs
import pytest
from live_app import note_complaints, serve, wait_until_idle
from playwright.sync_api import expect

from cnn_core import runs
from cnn_core.data import own

pytestmark = pytest.mark.slow
TRAINED = 180_000  # milliseconds for the worker: TensorFlow, the features, the fit, the export and the test


def test_a_zip_of_photographs_becomes_a_network_with_a_matrix_and_answers(page, shapes10_dir, tmp_path, monkeypatch):
    for shapes in shapes10_dir.glob("shapes10-*"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / shapes.name).symlink_to(shapes, target_is_directory=True)
    for name in ("data", "runs"):
        monkeypatch.setenv(f"CNN_{name.upper()}_DIR", str(tmp_path / name))
    complaints = note_complaints(page, [])
    with serve(tmp_path / "data", tmp_path / "runs") as url:
        page.goto(f"{url}/own_data")
        file = {"name": "squares.zip", "mimeType": "application/zip", "buffer": photographs.as_zip(each=6)}
        page.get_by_test_id("stFileUploader").locator("input").set_input_files(file)
        page.get_by_role("button", name="Learn it: reuse").click(timeout=60_000)
        expect(page.get_by_text("test images are right; of new ones like them")).to_be_visible(timeout=TRAINED)
        wait_until_idle(page)
        expect(page.get_by_role("heading", name="Would another split have said the same?")).to_be_visible()

        page.get_by_role("link", name="Evaluation").last.click()
        expect(page.get_by_role("heading", name="Evaluation", exact=True)).to_be_visible()
        wait_until_idle(page)
        cells = page.get_by_role("gridcell", name="actual sky")
        expect(cells).to_have_count(len(photographs.REGIONS))
        (run,) = [run for run in runs.list_runs() if not run.is_recorded]
        assert run.config.data_set == own.latest("squares")
        n = run.result().test_n
        expect(page.get_by_text(f"of {n} test images are right").first).to_be_visible()
        assert run.result().test_accuracy > 0.6, "chance is 0.2"

        page.goto(f"{url}/prediction?run={run.id}&prediction.source=Test%20image")
        wait_until_idle(page)
        expect(page.get_by_text("it knows building, sky, trees, petals and leaves, no more")).to_be_visible()
        expect(page.locator(".st-key-prediction-answer").get_by_text("its label is")).to_be_visible()
        page.goto(f"{url}/dataset?data_set=squares")
        wait_until_idle(page)
        expect(page.get_by_text("images of Squares's training split")).to_be_visible()
    assert not complaints
