"""Batches and how their images are varied: every image once, the same from the same seed. Plain NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from small_training import CONFIG, make_data_set

from cnn_core.augmentation import mirror, shift
from cnn_core.batches import Batches


@pytest.fixture(scope="module")
def train_split():
    return make_data_set().split("train")


def test_an_epoch_shows_every_image_once_and_reshuffles(train_split):
    recipe = replace(CONFIG.training, flip=False, shift=0)
    batches = Batches(recipe, train_split)
    epochs = [np.concatenate([images for images, _ in batches.epoch(epoch)]) for epoch in (0, 1)]
    everything = train_split.images()
    for images in epochs:
        assert sorted(image.tobytes() for image in images) == sorted(image.tobytes() for image in everything)
    assert (epochs[0] != epochs[1]).any()
    labelled = {image.tobytes(): label for image, label in zip(everything, train_split.labels, strict=True)}
    for images, labels in batches.epoch(0):
        assert [labelled[image.tobytes()] for image in images] == labels.tolist()


def test_a_subset_is_drawn_once(train_split):
    recipe = replace(CONFIG.training, flip=False, shift=0, training_images=50)
    batches = Batches(recipe, train_split)
    assert len(batches) == 2
    seen = [{image.tobytes() for images, _ in batches.epoch(epoch) for image in images} for epoch in (0, 1)]
    assert seen[0] == seen[1]
    assert len(seen[0]) == 50


def test_what_the_first_layer_is_made_from_is_trained_on(train_split):
    batches = Batches(replace(CONFIG.training, training_images=20, flip=False, shift=0), train_split)
    first = batches.first_images(5_000)
    trained_on = {image.tobytes() for images, _ in batches.epoch(0) for image in images}
    assert len(first) == 20
    assert {image.tobytes() for image in first} <= trained_on
    np.testing.assert_array_equal(
        Batches(CONFIG.training, train_split).first_images(7), train_split.images(np.arange(7))
    )


def test_images_are_shifted_with_their_reflection_and_mirrored_whole():
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (9, 6, 5, 3), np.uint8)
    by = np.array([(down, right) for down in (-2, 0, 2) for right in (-1, 0, 1)])
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="reflect")  # NumPy's own reflection
    for image, source, (down, right) in zip(shift(images, by), padded, by, strict=True):
        np.testing.assert_array_equal(image, source[2 - down : 8 - down, 2 - right : 7 - right])
    np.testing.assert_array_equal(shift(images, 0 * by), images)
    chosen = np.arange(9) % 2 == 0
    mirrored = mirror(images, chosen)
    np.testing.assert_array_equal(mirrored[chosen], images[chosen][:, :, ::-1])
    np.testing.assert_array_equal(mirrored[~chosen], images[~chosen])


def test_augmentation_shows_every_shift_and_both_sides(train_split):
    recipe = replace(CONFIG.training, flip=True, shift=1, training_images=10, batch_size=10)
    batches = Batches(recipe, train_split)
    plain = next(Batches(replace(recipe, flip=False, shift=0), train_split).epoch(0))[0]
    seen = {image.tobytes() for epoch in range(200) for images, _ in batches.epoch(epoch) for image in images}
    padded = np.pad(plain, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="reflect")
    views = [
        side[:, y : y + 32, x : x + 32] for side in (padded, padded[:, :, ::-1]) for y in range(3) for x in range(3)
    ]
    assert seen == {image.tobytes() for view in views for image in np.ascontiguousarray(view)}


def test_cutout_covers_one_square_anywhere_in_each_image(train_split):
    recipe = replace(CONFIG.training, flip=False, shift=0, training_images=70, batch_size=70)
    plain, covered = (Batches(replace(recipe, cutout=side), train_split) for side in (0, 16))
    seen = set()
    for epoch in range(40):
        for original, image in zip(next(plain.epoch(epoch))[0], next(covered.epoch(epoch))[0], strict=True):
            gray = np.lib.stride_tricks.sliding_window_view((image == 128).all(axis=2), (16, 16))
            ((y, x),) = np.argwhere(gray.all(axis=(2, 3)))
            expected = original.copy()
            expected[y : y + 16, x : x + 16] = 128
            np.testing.assert_array_equal(image, expected)
            seen.add((y, x))
    assert seen == {(y, x) for y in range(17) for x in range(17)}


def test_alternating_flips_show_each_image_from_both_sides_in_turn(train_split):
    recipe = replace(CONFIG.training, flip=True, alternating_flip=True, shift=0)
    batches = Batches(recipe, train_split)
    original = {image.tobytes() for image in train_split.images()}
    first, second = (np.concatenate([images for images, _ in batches.epoch(epoch)]) for epoch in (0, 1))
    mirrored_first = {image[:, ::-1].tobytes() for image in first}
    assert mirrored_first == {image.tobytes() for image in second}
    assert 0.3 < np.mean([image.tobytes() in original for image in first]) < 0.7
