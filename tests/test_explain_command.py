"""`python -m cnn_core explain` as a program would use it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnn_core import images
from cnn_core.__main__ import main
from cnn_core.explanation import evidence
from cnn_core.explanation.maps import NOT_NUMBERS
from cnn_core.inference import BackwardPass, Network
from cnn_core.runs import Run

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
MINUTE, LESSON = (str(RECORDED / name) for name in ("minute", "lesson"))


@pytest.fixture
def picture(tmp_path):
    file = tmp_path / "ship.png"
    images.SAMPLES["ship"].draw().save(file)
    return str(file)


def told(capsys):
    return json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_evidence_is_json_whose_numbers_add_up(picture, capsys):
    assert main(["explain", picture, "--run", MINUTE, "--class", "ship", "--json"]) == 0
    found = told(capsys)
    assert found["method"] == "evidence"
    assert found["law"] == evidence.EXACT
    assert found["difference"] is None
    assert np.shape(found["map"]) == (3, 3)
    assert np.sum(found["map"]) == pytest.approx(found["sum"])
    assert found["sum"] + found["rest"] == pytest.approx(found["logits"]["ship"], abs=1e-4)
    run = Run(Path(MINUTE))
    bias = Network.open(run.classifier_path.read_bytes(), run.anatomy()).biases["logits"]
    assert found["rest"] == pytest.approx(float(bias[8]), abs=1e-4)


def test_against_another_class_the_lead_is_explained(picture, capsys):
    assert main(["explain", picture, "--run", MINUTE, "--class", "Ship", "--against", "truck", "--json"]) == 0
    found = told(capsys)
    assert found["difference"] == pytest.approx(found["logits"]["ship"] - found["logits"]["truck"])
    assert found["sum"] + found["rest"] == pytest.approx(found["difference"], abs=1e-4)


def test_the_pixels_and_the_gray_image_make_the_lead(picture, capsys):
    arguments = ["explain", picture, "--run", MINUTE, "--class", "ship", "--against", "truck", "--method", "gradients"]
    assert main([*arguments, "--json"]) == 0
    found = told(capsys)
    assert np.shape(found["map"]) == (32, 32)
    assert found["sum"] + found["rest"] == pytest.approx(found["difference"], rel=0.01)


def test_covering_adds_up_to_nothing_and_says_so(picture, capsys):
    assert main(["explain", picture, "--run", LESSON, "--class", "star", "--method", "occlusion", "--json"]) == 0
    found = told(capsys)
    assert np.shape(found["map"]) == (9, 9)
    assert found["sum"] is None
    assert found["rest"] is None
    assert "do not add up" in found["law"]


@pytest.mark.parametrize("method", ["evidence", "gradients", "occlusion"])
def test_the_map_is_drawn_over_the_image(method, picture, tmp_path, capsys):
    file = tmp_path / "map.png"
    assert (
        main(["explain", picture, "--run", MINUTE, "--class", "ship", "--method", method, "--output", str(file)]) == 0
    )
    assert "logit of ship: " in capsys.readouterr().out
    with Image.open(file) as drawn:
        assert drawn.size == (512, 512)
        assert len(set(drawn.convert("RGB").get_flattened_data())) > 10


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["--class", "cow"], 2, "--class needs a class of this run, one of airplane, automobile"),
        (["--class", "ship", "--against", "cow"], 2, "--against needs a class of this run"),
        (["--class", "ship", "--against", "SHIP"], 2, "another class than ship"),
        (["--class", "ship", "--output", "map.jpg"], 2, "ends in .png"),
        (["--class", "ship", "--output", "no/such/folder/map.png"], 1, "No such file or directory"),
        (["--class", "ship", "--run", "nobody"], 1, "nobody"),
    ],
)
def test_bad_input_is_one_sentence(arguments, code, sentence, picture, capsys):
    assert main(["explain", picture, "--run", MINUTE, *arguments]) == code
    said = capsys.readouterr()
    assert sentence in said.err
    assert said.err.startswith("explain: ")
    assert len(said.err.strip().splitlines()) == 1
    assert not said.out


def test_a_file_that_is_no_image_is_one_sentence(tmp_path, capsys):
    file = tmp_path / "note.txt"
    file.write_text("no image")
    assert main(["explain", str(file), "--run", MINUTE, "--class", "ship"]) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_run_without_a_backward_pass_says_how_to_get_one(finished_run, network_file, picture, capsys):
    finished_run.classifier_path.write_bytes(network_file)
    finished_run.keras_path.touch()
    assert main(["explain", picture, "--run", finished_run.id, "--class", "ship"]) == 1
    assert "complete" in capsys.readouterr().err


@pytest.mark.parametrize("field", ["logits", "maps_gradient"])
def test_what_is_not_a_number_is_one_sentence_and_no_json(field, picture, capsys, monkeypatch):
    whole = BackwardPass.explain

    def explain(self, images, weights):
        found = whole(self, images, weights)
        return found._replace(**{field: np.full_like(getattr(found, field), np.nan)})

    monkeypatch.setattr(BackwardPass, "explain", explain)
    assert main(["explain", picture, "--run", MINUTE, "--class", "ship", "--json"]) == 1
    said = capsys.readouterr()
    assert NOT_NUMBERS in said.err
    assert not said.out
