"""What a class watches beside the curves: from the log to what the browser draws."""

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from handmade import look
from PIL import Image

from cnn_core import data
from cnn_core.config import NetworkConfig
from pages.ui import cache, class_view


@pytest.fixture(autouse=True)
def no_images_of_another_test(fresh_caches):
    cache.watched_images.clear()
    yield
    cache.watched_images.clear()


def seen(split, *seconds, **changes):
    """Looks at the first sixteen images of a split."""
    labels = tuple(map(int, split.labels[:16]))
    return [look(at, positions=tuple(range(16)), labels=labels, **changes) for at in seconds]


def pixels(track, at):
    """The kernels of a track at one of its moments, (n, rows, columns, 3)."""
    numbers = np.frombuffer(base64.b64decode(track["pixels"][at]), np.uint8)
    return numbers.reshape(-1, track["rows"], track["columns"], 3).astype(int)


def test_a_log_of_the_first_weeks_has_no_tracks(tiny_config):
    assert class_view.tracks(tiny_config, []) == {}


def test_each_image_has_what_it_is_and_what_the_network_said_at_each_look(tiny_config):
    told = [look(1.0), look(4.0, answers=(3,) * 16)]
    track = class_view.tracks(tiny_config, told)["pictures"]
    assert track["at"] == [1.0, 4.0]
    assert track["names"] == list(data.about("cifar10").class_names)
    assert track["labels"] == [number % 10 for number in range(16)]
    assert track["answers"][0][:2] == [1, 1]  # the first is wrong, the second right
    assert track["answers"][1] == [3] * 16
    assert track["outputs"][0] == pytest.approx(told[0].probabilities, abs=0.005)
    assert "16 validation images" in track["title"]


@pytest.mark.parametrize("split", ["val", "test"])
def test_the_images_are_those_of_the_split_that_the_run_validates_on(tiny_data, tiny_config, split):
    config = replace(tiny_config, training=replace(tiny_config.training, validate_on=split))
    images = tiny_data.split(split)
    track = class_view.tracks(config, seen(images, 1.0))["pictures"]
    kind, content = track["sprite"].split(",")
    assert kind == "data:image/webp;base64"
    sprite = np.array(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))
    np.testing.assert_array_equal(sprite.reshape(16, 32, 32, 3), images.images(slice(0, 16)))
    assert track["title"].startswith(f"16 {'test' if split == 'test' else 'validation'} images")
    assert track["note"] == ""


def test_without_the_data_set_words_stand_for_the_images(tiny_config):
    track = class_view.tracks(tiny_config, [look()])["pictures"]
    assert track["sprite"] is None
    assert "not on this machine" in track["note"]


@pytest.mark.parametrize("odd", [{"labels": (0,) * 16}, {"positions": (59_999,) * 16}])
def test_images_that_are_not_those_of_the_run_are_not_shown(tiny_data, tiny_config, odd):
    """As of a run that another machine trained on another data set of this name."""
    told = [replace(one, **odd) for one in seen(tiny_data.split("val"), 1.0)]
    assert class_view.tracks(tiny_config, told)["pictures"]["sprite"] is None


def test_a_damaged_data_set_costs_the_images_alone(tiny_data, tiny_data_dir, tiny_config):
    told = seen(tiny_data.split("val"), 1.0)
    (tiny_data_dir / "train_images.npy").write_bytes(b"no array")
    track = class_view.tracks(tiny_config, told)["pictures"]
    assert track["sprite"] is None
    assert track["answers"]


def test_kernels_have_one_scale_in_the_whole_run_so_that_their_growth_is_seen(tiny_config):
    first = np.zeros((2, 2, 3, 2), np.float32)
    first[0, 1, 2, 0], first[1, 0, 0, 1] = 0.5, -0.01
    told = [
        look(0.0, kernels=first),
        look(1.0, kernels=None),
        look(2.0, kernels=2 * first),
        look(3.0, kernels=9 * first),
    ]
    track = class_view.tracks(tiny_config, told)["kernels"]
    assert track["at"] == [0.0, 2.0, 3.0]
    assert (track["rows"], track["columns"]) == (2, 2)
    for at, positive, negative in ((0, 192, 64), (1, 255, 1), (2, 255, 1)):  # gray, 128, is 0
        colours = pixels(track, at)
        assert colours.shape == (2, 2, 2, 3)
        assert colours[0, 0, 1].tolist() == pytest.approx([128, 128, positive], abs=1)
        assert colours[1, 1, 0].tolist() == pytest.approx([negative, 128, 128], abs=1)


def test_live_only_the_latest_is_sent_on_the_scale_of_the_first(tiny_config):
    first = np.full((3, 3, 3, 4), 0.1, np.float32)
    told = [look(0.0, kernels=first), look(1.0, kernels=1.5 * first), look(2.0, kernels=None)]
    found = class_view.tracks(tiny_config, told, is_live=True)
    assert found["pictures"]["at"] == [2.0]
    assert found["kernels"]["at"] == [1.0]
    assert pixels(found["kernels"], 0).ravel().tolist() == [223] * 4 * 27


def test_kernels_that_do_not_learn_are_said_to_and_fill_their_scale(tiny_config):
    config = replace(tiny_config, network=NetworkConfig(whitening=True))
    track = class_view.tracks(config, [look(0.0, kernels=np.full((2, 2, 3, 4), 7.0)), look(9.0, kernels=None)])[
        "kernels"
    ]
    assert pixels(track, 0).min() == 255
    assert "do not learn" in track["note"]


def test_without_a_convolution_there_is_no_track_of_kernels(tiny_config):
    assert class_view.tracks(tiny_config, [look(kernels=None)]).keys() == {"pictures"}


def test_a_log_put_together_by_hand_shows_what_fits_together(tiny_config):
    told = [look(0.0), look(1.0, positions=tuple(range(5, 21))), look(2.0, kernels=np.ones((5, 5, 3, 2)))]
    found = class_view.tracks(tiny_config, told)
    assert found["pictures"]["at"] == [0.0, 2.0]
    assert found["kernels"]["at"] == [0.0, 1.0]


def test_the_replay_of_a_run_of_a_day_is_small_and_begins_and_ends_where_the_run_did(tiny_config):
    found = class_view.tracks(tiny_config, [look(float(at)) for at in range(1500)])
    for track, most in (("pictures", 200), ("kernels", 60)):
        at = found[track]["at"]
        assert len(at) == most
        assert (at[0], at[-1]) == (0.0, 1499.0)
        assert max(np.diff(at)) <= 2 * min(np.diff(at))
    assert len(json.dumps(found)) < 100_000
