"""The code of the page Your data: an exported set, read, divided and learned by a process without this project."""

from dataclasses import replace

import numpy as np
import pets
import pytest
import snippets
from own_runs import config_on, make_state
from small_training import lived_in

from cnn_core import data, presets, training
from cnn_core.code import own_data
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.data import own

SPLIT = ["images", "labels", "names", "is_train", "is_val", "is_test"]
_REUSED = ExperimentConfig(
    reuse="teacher", network=NetworkConfig(blocks=(Block(6, 1), Block(8, 1)), head="blocks"),
    training=TrainingConfig(epochs=256, shift=0),
)  # fmt: skip


def two_bursts():
    return pets.fill(bursts=2)


def three_bursts():
    return pets.fill(bursts=3)


def single_photos():
    made = own.create("Pets", pets.CLASSES[:2])
    for place, of_class in enumerate(made.classes):
        for number, image in enumerate(pets.pictures(23, place)):
            own.add(made.name, of_class.id, image[np.newaxis], f"{place} {number}")
    return made


def shared():
    """Pictures moved between classes, deleted, and the same one in two bursts, which count as one then."""
    made = pets.fill(bursts=5)
    first, second, _ = made.classes
    found = own.images(made.name, first.id)
    own.move(made.name, [stored.id for stored in found[3:5]], second.id)
    own.delete(made.name, [found[7].id])
    own.add(made.name, first.id, found[0].image[np.newaxis], "once more")
    return made


@pytest.mark.parametrize("fill", [two_bursts, three_bursts, single_photos, shared])
def test_the_same_images_are_on_the_same_sides(fill, tmp_path):
    name = fill().name
    known, division = data.load(own.latest(name)), own.divided(name)
    assert division.shares_burst == (fill is two_bursts)
    (tmp_path / f"{name}.zip").write_bytes(own.to_zip(name))
    plan = {"splits": (own_data.splits(name, division), SPLIT, {})}
    images, labels, names, *parts = snippets.run(tmp_path, plan)["splits"]
    assert tuple(names) == known.class_names
    for split, part in zip(("train", "val", "test"), parts, strict=True):
        of_split = known.split(split)
        for label in range(len(names)):
            ours, theirs = of_split.images(of_split.labels == label), images[part & (labels == label)]
            np.testing.assert_array_equal(theirs, ours)


def test_what_cannot_be_learned_yet_is_read(tmp_path):
    made = pets.fill(bursts=1, class_names=pets.CLASSES[:2])
    (tmp_path / "pets.zip").write_bytes(own.to_zip("pets"))
    images, labels = snippets.run(tmp_path, {"read": (own_data.splits("pets", None), SPLIT[:2], {})})["read"]
    np.testing.assert_array_equal(images[::-1][:4], [stored.image for stored in own.images("pets", made.classes[1].id)])
    assert labels.tolist() == [0] * 4 + [1] * 4


@pytest.mark.slow
@pytest.mark.parametrize("classes", [2, 3])
def test_the_last_layer_gives_the_answers_of_the_app_s(classes, tmp_path):
    state = make_state(classes)
    name = state.partition("@")[0]
    whole = config_on(state)
    config = replace(_REUSED, data_set=state, own=whole.own, network=replace(_REUSED.network, classes=classes))
    recorded = lived_in(replace(_REUSED.network, head="max"))
    recorded.save(tmp_path / "model.keras")
    (tmp_path / f"{name}.zip").write_bytes(own.to_zip(name))
    text = own_data.reused(name, own.divided(name), config)
    wanted = ["best.predict_proba(features(images[is_test]))", "labels[is_test]"]
    shares, labels = snippets.run(tmp_path, {"reused": (text, wanted, {})})["reused"]
    known = data.load(state)
    outcome = training.reuse(config, known, recorded)
    test = known.split("test")
    expected = training.predictor(outcome.model)(test.images())
    for label in range(classes):
        np.testing.assert_allclose(shares[labels == label], expected[test.labels == label], atol=1e-3)


def test_the_program_s_recipe_is_the_page_s():
    """Mirror images are learned too, nothing is moved, and the maps are those of the network that is kept."""
    usual = presets.reusing()
    assert (usual.training.flip, usual.training.shift, usual.training.test_time_views) == (True, 0, 1)
    text = own_data.reused("pets", own.Division([1], [2], False), usual)
    assert 'for name in ("block1_activation2", "block2_activation2", "block3_activation2"):' in text
    assert "max_iter=256" in text
