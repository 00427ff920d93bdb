"""Shapes-10: form, determinism, the shapes themselves, and that a weighted sum of pixels does not tell them apart."""

import hashlib
import math
import threading

import numpy as np
import pytest

from cnn_core import data
from cnn_core.data import catalogue, shapes10


@pytest.fixture(scope="module")
def drawn():
    return shapes10.generate(3_000, seed=11)


def test_form_and_balance(drawn):
    images, labels = drawn
    assert (images.dtype, images.shape) == (np.uint8, (3_000, 32, 32, 3))
    assert (labels.dtype, labels.shape) == (np.int64, (3_000,))
    assert (np.bincount(labels) == 300).all()
    assert len(shapes10.CLASS_NAMES) == len(set(shapes10.CLASS_NAMES)) == 10


@pytest.mark.parametrize("n", [0, 1, 99, 101])
def test_any_number_of_images(n):
    images, labels = shapes10.generate(n, seed=0)
    assert (len(images), len(labels)) == (n, n)


def test_no_more_is_drawn_ahead_than_a_small_server_has_memory_for(monkeypatch):
    """Whoever stores the images may be slow; all 600 chunks that wait would take 184 MB."""
    drawn, draw = [], shapes10._chunk
    monkeypatch.setattr(shapes10, "cores", lambda: 2)
    monkeypatch.setattr(shapes10, "_chunk", lambda *arguments: drawn.append(1) or draw(*arguments))
    stored = 0
    for start, *_ in shapes10.chunks(6_000, seed=0):
        stored += 1
        assert start == (stored - 1) * shapes10.CHUNK
        assert len(drawn) - stored < 40, "6 MB for each core at most"
    assert stored == len(drawn) == 60


def test_the_same_seed_draws_the_same_and_another_seed_does_not():
    (first, labels), (again, same), (other, _) = (shapes10.generate(250, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(labels, same)
    assert (first != other).any(axis=(1, 2, 3)).all()


def test_no_image_is_drawn_twice(drawn):
    images, _ = drawn
    assert len({image.tobytes() for image in images}) == len(images)


def test_the_drawings_are_those_of_this_version():
    """Runs and stored data refer to these very pixels: if this fails on purpose, raise shapes10.VERSION."""
    images, labels = shapes10.generate(300, seed=0)
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    assert (shapes10.VERSION, digest[:16]) == (1, "fda700ad171a6304")


AREAS = {  # by geometry
    "circle": math.pi * 0.85**2,
    "ring": math.pi * (0.92**2 - 0.48**2),
    "square": 1.44**2,
    "triangle": 3 * math.sqrt(3) * 0.5**2,
    "cross": 2 * (1.84 * 0.56) - 0.56**2,
    "star": 10 * 0.5 * math.sin(math.radians(36)) * math.cos(math.radians(72)) / math.cos(math.radians(36)),
    "heart": 2 * 0.78**2 + math.pi * 0.78**2 / 2,
    "arrow": 0.95 * 0.4 + 0.95 * 0.7,
    "hourglass": 2 * (0.8 * 0.12 + 0.7 * 0.8**2),
}


@pytest.mark.parametrize("name", AREAS)
def test_a_shape_covers_the_area_that_geometry_gives_it(name):
    side = np.linspace(-1.2, 1.2, 1201)
    inside = shapes10.SHAPES[name](*np.meshgrid(side, side)) < 0
    assert inside.mean() * 2.4**2 == pytest.approx(AREAS[name], rel=0.01)


@pytest.mark.parametrize("name", shapes10.CLASS_NAMES)
def test_distances_are_in_pixels_near_the_edge(name):
    """The slope of a distance is 1; otherwise edges would be blurred or jagged."""
    side = np.linspace(-1.2, 1.2, 601)
    distance = shapes10.SHAPES[name](*np.meshgrid(side, side))
    slope = np.hypot(*np.gradient(distance, side[1] - side[0]))
    assert np.median(slope[np.abs(distance) < 0.05]) == pytest.approx(1, abs=0.01)


def test_a_linear_classifier_stays_near_chance(drawn):
    """On a part of the data; benchmarks/shapes_difficulty.py measures it, and a network, on all."""
    images, labels = drawn
    pixels = images.reshape(len(images), -1) / 255 - 0.5
    kernel = pixels @ pixels[:2_400].T  # ridge regression, in its dual form
    weights = np.linalg.solve(kernel[:2_400] + 300 * np.eye(2_400), np.eye(10)[labels[:2_400]] - 0.1)
    accuracy = np.mean((kernel[2_400:] @ weights).argmax(axis=1) == labels[2_400:])
    assert 0.05 < accuracy < 0.3


# On disk


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(catalogue, "SHAPES_SIZES", {"train": 300, "test": 100})


def test_shapes_are_there_at_first_use_and_kept(small, monkeypatch):
    assert not data.is_ready("shapes10")
    first = data.load("shapes10")
    assert data.is_ready("shapes10")
    assert (first.title, first.class_names) == ("Shapes-10", shapes10.CLASS_NAMES)
    assert [len(split) for split in first.splits.values()] == [270, 30, 100, 300]
    monkeypatch.setattr(shapes10, "chunks", None)  # not drawn again
    images, labels = shapes_of(data.load("shapes10"))
    np.testing.assert_array_equal(images, shapes_of(first)[0])
    np.testing.assert_array_equal(labels, shapes_of(first)[1])


def shapes_of(data_set):
    both = data_set.split("train+val")
    return both.images(), both.labels


def test_train_and_test_are_different_drawings(small):
    data_set = data.load("shapes10")
    train = {image.tobytes() for image in data_set.split("train+val").images()}
    assert not train & {image.tobytes() for image in data_set.split("test").images()}


def test_what_is_stored_is_what_is_generated(small):
    images, labels = shapes_of(data.load("shapes10"))
    expected_images, expected_labels = shapes10.generate(300, seed=0)
    np.testing.assert_array_equal(images, expected_images)
    np.testing.assert_array_equal(labels, expected_labels)


def test_visitors_who_come_at_once_wait_for_one_drawing(small, monkeypatch):
    drawings, draw = [], shapes10.chunks

    def counted(n, *, seed):
        drawings.append(n)
        return draw(n, seed=seed)

    monkeypatch.setattr(shapes10, "chunks", counted)
    visitors = [threading.Thread(target=data.load, args=("shapes10",)) for _ in range(5)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert drawings == [300, 100]
    assert data.is_ready("shapes10")


def test_a_folder_that_cannot_be_made_gets_one_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("CNN_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(data.DataError, match="CNN_DATA_DIR to another folder"):
        data.load("shapes10")
