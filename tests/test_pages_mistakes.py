"""The part Mistakes of the evaluation page: its lists, the picked image, and what a run lacks."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from app import labels, text
from handmade import write_finished_run

from cnn_core import cifar10_facts, evaluation, runs
from cnn_core.config import ExperimentConfig
from cnn_core.evaluation import Calibration, Neighbours
from pages.ui import cache
from pages.ui.components.gallery import fingerprint

pytestmark = pytest.mark.usefixtures("tiny_data_dir")

PART = {"evaluation.part": "Mistakes"}
LISTS = {
    "disagrees": "The network disagrees most",
    "surest": "Its surest mistakes",
    "doubtful": "Its least sure hits",
}


@pytest.fixture
def complete_run(finished_run, network_file):
    """With a network, a temperature, and for each of its 60 test images five of the first 200 training images."""
    finished_run.classifier_path.write_bytes(network_file)
    finished_run.keras_path.write_bytes(b"not opened here")
    numbers = np.arange(300, dtype=np.int32).reshape(60, 5) % 200
    similarity = np.tile(np.float16([0.95, 0.9, 0.85, 0.8, 0.75]), (60, 1))
    write(finished_run, "neighbours", Neighbours(numbers, similarity, 200))
    write(finished_run, "calibration", Calibration(0.5, "val", 20))
    return finished_run


def write(run, name, found):
    np.savez(run.path / f"{name}.npz", **found.to_arrays())


def predict(run, true, answers, sure=0.9):
    """Predictions with these answers, each with this probability."""
    probabilities = np.full((len(true), 10), (1 - sure) / 9, np.float32)
    probabilities[np.arange(len(true)), answers] = sure
    with runs.open_record(run) as record:
        record.predictions(true, probabilities)


def given(app, key):
    """What the gallery with this key was told; None if there is none."""
    shown = [c.proto for c in app.get("bidi_component") if key in c.proto.id]
    return json.loads(shown[0].json) if shown else None


def shares(captions):
    return [float(caption.split("\n")[0].split()[-1].rstrip("%")) for caption in captions]


@pytest.mark.parametrize("order", list(LISTS))
def test_a_list_shows_the_probability_that_it_is_ordered_by(open_page, complete_run, order):
    app = open_page("evaluation", **PART, **{"evaluation.list": LISTS[order]})
    assert not app.exception
    true, raw = complete_run.predictions()
    calibrated = evaluation.calibrated(raw, 0.5)
    places = evaluation.ranked(true, calibrated, order)[:8]
    classes = true if order == "disagrees" else calibrated.argmax(axis=1)
    captions = given(app, "evaluation.listed")["captions"]
    expected = 100 * calibrated[places, classes[places]]
    assert shares(captions) == pytest.approx(np.maximum(expected, 0.1), abs=0.06)
    said = text(app)
    whose = "its label" if order == "disagrees" else "the answer"
    assert f"Under each the probability of **{whose}**" in said
    assert f"of {len(true)} test images" in said


def test_the_picked_image_has_its_bars_its_neighbours_and_every_run_s_answer(open_page, complete_run, tiny_data):
    other = write_finished_run(complete_run.config, title="Another run")
    true, raw = complete_run.predictions()
    predict(other, true, true)
    places = evaluation.ranked(true, evaluation.calibrated(raw, 0.5), "disagrees")
    pictures = tiny_data.split("test").images(places[:8])
    app = open_page("evaluation", **PART, run=complete_run.id)
    app.session_state["evaluation.listed"] = {"picked": {"index": 2, "of": fingerprint(pictures)}}
    app.run()
    assert not app.exception
    place = int(places[2])
    assert f"the label of image {place} is *{tiny_data.class_names[true[place]]}*" in text(app)
    numbers = complete_run.neighbours().numbers[place]
    named = [tiny_data.class_names[tiny_data.split("train").labels[number]] for number in numbers]
    near = given(app, "evaluation.nearest")
    shown = [
        f"{name}\n{similar}" for name, similar in zip(named, ("0.95", "0.90", "0.85", "0.80", "0.75"), strict=True)
    ]
    assert near["captions"] == shown
    assert "among the first 200 of the 45,000 images that it was trained on" in text(app)
    table = app.table[0].value
    assert list(table["run"]) == ["A finished run", "Another run"]
    assert list(table[""]) == ["✗", "✓"]
    assert table["how sure"][1] == "90.0% raw"
    assert "1 of the 2 runs that were tested on it give its label" in text(app)
    assert {"Classify it", "Open in the lab", "Look inside"} <= set(labels(app.button))


def test_a_run_of_an_older_version_says_what_it_lacks_and_who_writes_it(open_page, finished_run):
    app = open_page("evaluation", **PART)
    assert not app.exception
    said = text(app)
    assert "Under each the raw softmax output of **its label**" in said
    assert said.count(f"`python -m cnn_core complete {finished_run.id}`") == 2
    assert given(app, "evaluation.nearest") is None
    assert "No other run was tested on it." in said


def test_a_damaged_file_is_one_sentence(open_page, complete_run):
    for name in ("calibration", "neighbours"):
        (complete_run.path / f"{name}.npz").write_bytes(b"torn")
    app = open_page("evaluation", **PART)
    assert not app.exception
    assert [error.value for error in app.error if "neighbours.npz is damaged" in error.value.replace("\\", "")]
    assert "This run has a temperature that cannot be read, so its percentages are raw" in text(app)


def test_the_raw_outputs_are_one_switch_away_and_named(open_page, complete_run):
    true, raw = complete_run.predictions()
    app = open_page("evaluation", **PART)
    app.toggle(key="sureness.switch").set_value(True).run()
    assert app.query_params["raw"] == "1"
    assert "Under each the raw softmax output of **its label**" in text(app)
    places = evaluation.ranked(true, raw, "disagrees")[:8]
    expected = 100 * raw[places, true[places]]
    assert shares(given(app, "evaluation.listed")["captions"]) == pytest.approx(np.maximum(expected, 0.1), abs=0.06)
    assert app.table[0].value["how sure"][0].endswith(" raw")


def test_without_the_images_an_image_is_picked_by_its_number(open_page, complete_run, tiny_data_dir):
    shutil.rmtree(tiny_data_dir)
    app = open_page("evaluation", **PART)
    assert not app.exception
    assert given(app, "evaluation.listed") is None
    true, raw = complete_run.predictions()
    places = evaluation.ranked(true, evaluation.calibrated(raw, 0.5), "disagrees")
    lines = next(box for box in app.selectbox if box.label == "Image")
    assert lines.options[0].startswith(f"image {places[0]} · ")
    lines.set_value(int(places[1])).run()
    assert f"the label of image {places[1]} is" in text(app)
    assert "their pictures are not on this machine" in text(app)


def test_a_run_without_mistakes_says_so_and_still_has_its_least_sure_hits(open_page, finished_run):
    true = finished_run.predictions().labels
    predict(finished_run, true, true)
    app = open_page("evaluation", **PART)
    assert not app.exception
    assert "agrees with every label" in app.success[0].value
    app = open_page("evaluation", **PART, **{"evaluation.list": LISTS["doubtful"]})
    assert len(given(app, "evaluation.listed")["captions"]) == 8


def test_a_run_that_is_never_right_has_no_hits(open_page, finished_run):
    true = finished_run.predictions().labels
    predict(finished_run, true, (true + 1) % 10)
    app = open_page("evaluation", **PART, **{"evaluation.list": LISTS["doubtful"]})
    assert "no right answer" in app.success[0].value


def test_what_is_known_of_cifar10_s_test_split_is_told_of_that_split_only(open_page, finished_run, tiny_config):
    words = ("How people vote", "Seen before")
    for run in (finished_run, write_finished_run(replace(tiny_config, data_set="shapes10"))):
        app = open_page("evaluation", **PART, run=run.id)
        assert not app.exception
        assert not [header.value for header in app.header if header.value.startswith(words)]


@pytest.fixture
def official_run(tiny_config: ExperimentConfig):
    """Tested on 10,000 images whose labels are CIFAR-10's where a fact tells them: right but for some of these."""
    errors, twins = cifar10_facts.label_errors().by_image, list(cifar10_facts.duplicates().twins)
    true = np.arange(10_000) % 10
    true[list(errors)] = [error.label for error in errors.values()]
    answers = true.copy()
    proposed = list(errors)[:30]
    answers[proposed] = [errors[place].other for place in proposed]
    elsewhere = np.setdiff1d(np.arange(10_000), [*errors, *twins])[-70:]
    answers[elsewhere] = (answers[elsewhere] + 1) % 10
    run = write_finished_run(tiny_config, n=10_000)
    predict(run, true, answers)
    return run, true, answers


def test_people_and_twins_stand_beside_the_figures_of_the_run(open_page, official_run):
    run, true, answers = official_run
    app = open_page("evaluation", **PART, run=run.id)
    assert not app.exception
    said = text(app)
    assert "On 30 of them this network is “wrong”; on 30 it says what the program proposed" in said
    assert "⚑ marks labels that people did not confirm: 30 of the first 100" in said
    table = app.table[1].value
    assert table.loc["agrees with the label"].tolist() == ["95.2%", "99.0%"]
    assert table.loc["agrees with the label *deer*", "one person"] == "90.5%"
    deer = (answers[true == 4] == 7).mean()
    assert table.loc["says *horse* where the label is *deer*"].tolist() == ["4.3%", f"{deer:.1%}"]
    twins = np.array(list(cifar10_facts.duplicates().twins))
    is_right = answers == true
    rest = np.delete(is_right, twins)
    assert f"**{len(twins)} of the 10,000 test images have a twin**" in said
    assert f"right on {is_right[twins].mean():.1%} of them and on {rest.mean():.1%} of the rest" in said
    assert f"without twins is {rest.mean():.2%}; with them it is 99.00%" in said


def test_an_image_whose_label_people_doubt_is_marked_and_its_mistake_is_in_quotes(open_page, official_run):
    run, true, _ = official_run
    app = open_page("evaluation", **PART, run=run.id)
    place = int(evaluation.ranked(true, run.predictions().probabilities, "disagrees")[0])
    error = cifar10_facts.label_errors().by_image[place]
    box = next(box for box in app.selectbox if box.label == "Image")
    assert box.options[0].startswith(f"image {place:,} · ⚑")
    said = text(app)
    assert "**✗ “Wrong”.**" in said
    assert f"⚑ {error.sentence(cache.data.about('cifar10').class_names)}" in said
