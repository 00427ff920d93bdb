"""What wakes the filters: cases done by hand, and the Keras network's facts against the LiteRT file's maps."""

import numpy as np
import pytest
from networks import trained_like

from cnn_core.architecture import layers
from cnn_core.config import Block, NetworkConfig
from cnn_core.explanation.filters import PATCHES, FilterFacts, filter_facts, response_layers
from cnn_core.inference import Classifier
from cnn_core.progress import Stopped

TWO_FILTERS = NetworkConfig(blocks=(Block(2, 1),))  # maps of 32x32


def noise(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)


def facts_of(maps, network=TWO_FILTERS, chunk=3):
    """Of maps that are given; each image says in its first pixel which it is."""
    images = np.zeros((len(maps), 32, 32, 3), np.uint8)
    images[:, 0, 0, 0] = np.arange(len(maps))
    return filter_facts(lambda some: {"block1_activation1": maps[some[:, 0, 0, 0]]}, network, images, chunk)


class TestByHand:
    def test_shares_and_patches(self):
        maps = np.zeros((5, 32, 32, 2), np.float32)
        maps[1, 4, 7, 0] = 2.0
        maps[1, 5, 8, 0] = 1.5  # the same image again: only its best place counts
        maps[4, 31, 0, 0] = 3.0
        facts = facts_of(maps)
        assert facts.n == 5
        np.testing.assert_allclose(facts.awake["block1_conv1"], [0.4, 0.0])
        first, second = facts.patches["block1_conv1"]
        assert first.tolist() == [[4, 31, 0], [1, 4, 7], *[[-1, -1, -1]] * 7]
        assert (second == -1).all(), "a dead filter has no patch"

    def test_of_equals_the_first_comes_first(self):
        maps = np.zeros((12, 32, 32, 2), np.float32)
        maps[:, 3:5, 6:9] = 1.0
        facts = facts_of(maps)
        assert facts.patches["block1_conv1"][1].tolist() == [[image, 3, 6] for image in range(PATCHES)]

    def test_a_sigmoid_rests_at_one_half(self):
        network = NetworkConfig(blocks=(Block(2, 1),), activation="sigmoid")
        maps = np.full((2, 32, 32, 2), 0.5, np.float32)
        maps[0, :, :, 0], maps[1, 2, 2, 0] = 0.1, 0.6
        np.testing.assert_allclose(facts_of(maps, network).awake["block1_conv1"], [0.5, 0.0])

    def test_what_is_no_number_wakes_nothing(self):
        maps = np.ones((3, 32, 32, 2), np.float32)
        maps[1, 0, 0, 0] = np.nan
        facts = facts_of(maps)
        np.testing.assert_allclose(facts.awake["block1_conv1"], [2 / 3, 1.0])
        assert facts.patches["block1_conv1"][0, :3, 0].tolist() == [0, 2, -1]

    def test_no_convolution_has_no_facts(self):
        network = NetworkConfig(blocks=(), dense_units=(5,))
        assert response_layers(network) == []
        assert filter_facts(lambda images: {}, network, noise(2)) == FilterFacts(2, {}, {})


@pytest.mark.parametrize(
    "network",
    [
        NetworkConfig(blocks=(Block(5, 2), Block(6, 1, 0.2)), activation="relu"),
        NetworkConfig(blocks=(Block(5, 2),), activation="gelu", block_order="pool_norm_activation", whitening=True),
    ],
)
def test_the_keras_network_s_facts_are_those_of_the_exported_maps(network, tmp_path):
    """One image after the other through LiteRT: an independent way to the same places."""
    from cnn_core.training import to_litert, watch_filters

    model, images = trained_like(network), noise(30)
    (tmp_path / "network").write_bytes(to_litert(model))
    classifier = Classifier(tmp_path / "network")
    facts = watch_filters(model, network, images)
    convolutions = [layer.name for layer in layers(network) if layer.kind == "Conv2D"]
    assert list(facts.awake) == list(facts.patches) == convolutions
    all_maps = [classifier.feature_maps(image) for image in images]
    for name, layer in zip(convolutions, response_layers(network), strict=True):
        maps = np.stack([maps[layer] for maps in all_maps])
        peaks = maps.max(axis=(1, 2))
        np.testing.assert_allclose(facts.awake[name], (peaks > 0).mean(axis=0), atol=1 / 30, err_msg=name)
        for filter_, patches in enumerate(facts.patches[name]):
            there = patches[patches[:, 0] >= 0]
            assert len(set(there[:, 0])) == len(there) == min(PATCHES, (peaks[:, filter_] > 0).sum())
            found = [maps[image, row, column, filter_] for image, row, column in there]
            np.testing.assert_allclose(found, np.sort(peaks[:, filter_])[::-1][: len(found)], rtol=1e-3, atol=1e-5)


def test_a_stop_ends_it_within_a_chunk(monkeypatch):
    from cnn_core.training import models, watch_filters

    monkeypatch.setattr(models, "LARGEST_CHUNK", 4)
    asked, model = [], models.build_model(TWO_FILTERS)
    with pytest.raises(Stopped):
        watch_filters(model, TWO_FILTERS, noise(20), should_stop=lambda: asked.append(0) or len(asked) > 2)
    assert len(asked) == 3


class TestArrays:
    @pytest.fixture
    def arrays(self):
        return facts_of(np.random.default_rng(0).normal(size=(4, 32, 32, 2)).astype(np.float32)).to_arrays()

    def test_they_come_back_as_they_were(self, arrays):
        back = FilterFacts.from_arrays(TWO_FILTERS, **arrays)
        assert back.n == 4
        for name, values in back.to_arrays().items():
            np.testing.assert_array_equal(values, arrays[name])

    @pytest.mark.parametrize(
        "change",
        [
            {"n": np.array(0)},
            {"awake.other": np.zeros(2)},
            {"awake.block1_conv1": np.zeros(3, np.float32)},
            {"awake.block1_conv1": np.array([0.5, 1.5])},
            {"awake.block1_conv1": np.array([0.5, np.nan])},
            {"patches.block1_conv1": np.zeros((2, 9, 2), np.int16)},
            {"patches.block1_conv1": np.zeros((2, 9, 3))},
            {"patches.block1_conv1": np.full((2, 9, 3), 4, np.int16)},  # there are images 0 to 3
            {"patches.block1_conv1": np.full((2, 9, 3), (0, -1, 0), np.int16)},
        ],
    )
    def test_other_arrays_are_refused(self, change, arrays):
        with pytest.raises(ValueError, match=r"\w"):
            FilterFacts.from_arrays(TWO_FILTERS, **arrays | change)

    def test_another_network_s_are_refused(self, arrays):
        with pytest.raises(KeyError):
            FilterFacts.from_arrays(NetworkConfig(blocks=(Block(2, 2),)), **arrays)
