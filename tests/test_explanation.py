"""Why a network says what it says: sums that add up, against independent references."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

import keras
import numpy as np
import pytest
import saliency.core as reference
from networks import SPECIAL, look_inside, trained_like

from cnn_core import images
from cnn_core.config import CLASSES, Block, NetworkConfig
from cnn_core.data import shapes10
from cnn_core.explanation import evidence, gradients, maps, occlusion, sanity
from cnn_core.inference import BackwardPass, Explained, Network
from cnn_core.runs import Run

RECORDED = sorted(file.parent for file in (Path(__file__).parents[1] / "assets" / "runs").glob("*/config.json"))
GRAY = np.full((32, 32, 3), images.PADDING, float)
NOISE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
EXACT = [folder for folder in RECORDED if evidence.law_of(Run(folder).config.network) == evidence.EXACT]
recorded = pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)

LINEAR = {
    "max": NetworkConfig(blocks=(Block(5, 1), Block(7, 1)), head="max"),
    "average": NetworkConfig(blocks=(Block(6, 2),), head="average", activation="gelu"),
    "flatten": NetworkConfig(blocks=(Block(3, 1, 0.3),), pooling="average", activation="tanh"),
    "no activation": NetworkConfig(blocks=(Block(4, 1),), dense_units=(9, 6), dense_activation="linear"),
    "whitening": NetworkConfig(
        blocks=(Block(8, 2),), whitening=True, head="max", block_order="pool_norm_activation", activation="silu"
    ),
    "whitening alone": NetworkConfig(blocks=(), whitening=True),
    "no convolution": NetworkConfig(blocks=()),
    "no convolution, the mean": NetworkConfig(blocks=(), head="average"),
}


def open_network(run):
    return Network.open(run.classifier_path.read_bytes(), run.anatomy())


@pytest.fixture(scope="module")
def opened():
    """Every recorded run's network and its passes, by name."""
    networks = {folder.name: open_network(Run(folder)) for folder in RECORDED}
    return {name: (network, network.backward_pass()) for name, network in networks.items()}


@cache
def pictures():
    """Noise, a sample, and one of Shapes-10: of that the report's network thinks two classes equally likely."""
    drawn, _ = shapes10.generate(shapes10.CHUNK, seed=3)
    return NOISE, images.to_network_input(images.SAMPLES["ship"].draw()), drawn[0]


def one_hot(*labels):
    return np.eye(CLASSES)[list(labels)]


def linear(slopes):
    """A made-up network whose logits are `slopes` (10, 32, 32, 3) times the image plus the class's number."""

    def explain(given, weights):
        weights = np.eye(CLASSES)[weights] if weights.ndim == 1 else weights
        logits = np.einsum("nhwc,khwc->nk", given.astype(float), slopes) + np.arange(CLASSES)
        gradient = np.einsum("nk,khwc->nhwc", weights, slopes)
        return Explained(logits, gradient, given.astype(float), gradient)

    return explain


class TestEvidence:
    @pytest.mark.parametrize("name", LINEAR)
    def test_the_cells_and_the_biases_are_the_logit_where_the_head_is_linear(self, name):
        """The rest is compared with the biases of the layers, carried through to the logits: it is not what is left."""
        model = trained_like(LINEAR[name])
        network = look_inside(model)
        bias = network.biases["logits"].astype(float)
        if LINEAR[name].dense_units:
            second, last = network.kernels()["dense2"], network.kernels()["logits"]
            bias = (network.biases["dense1"] @ second + network.biases["dense2"]) @ last + bias
        assert evidence.law_of(LINEAR[name]) == evidence.EXACT
        passes = network.backward_pass()
        for image in (NOISE, pictures()[1]):
            logits = np.log(np.asarray(model(image[np.newaxis], training=False), float)[0])
            found = evidence.of_classes(passes.explain, image, range(CLASSES), law=evidence.EXACT)
            sums = np.array([of.sum for of in found]) + bias
            np.testing.assert_allclose(sums - sums.mean(), logits - logits.mean(), atol=1e-4)
            np.testing.assert_allclose([of.rest for of in found], bias, atol=1e-4)

    @pytest.mark.parametrize("name", ["all blocks", "all blocks, linear"])
    def test_of_a_head_that_reads_all_blocks_the_cells_hold_the_last_block_s_share(self, name):
        """By hand: the last block's means and largest values times their weights; the law says what is missing."""
        network, model = SPECIAL[name], trained_like(SPECIAL[name])
        given = NOISE[np.newaxis].astype(np.float32)
        made = keras.Model(model.input, [model.get_layer("features").output, model.get_layer("logits").output])
        features, logits = (np.asarray(values[0], float) for values in made(given))
        kernels = [layer.kernel.numpy().astype(float) for layer in model.layers if type(layer).__name__ == "Dense"]
        weights = kernels[0] if len(kernels) == 1 else np.linalg.multi_dot(kernels)
        last = 2 * network.blocks[-1].filters
        law = evidence.law_of(network)
        found = evidence.of_classes(look_inside(model).backward_pass().explain, NOISE, range(10), law=law)
        np.testing.assert_allclose([of.sum for of in found], features[-last:] @ weights[-last:], atol=1e-4)
        np.testing.assert_allclose([of.logit for of in found], logits, atol=1e-4)
        assert {of.law for of in found} == {evidence.LAST_BLOCK}
        assert not found[0].is_exact
        one_block = replace(network, blocks=network.blocks[:1])
        assert evidence.law_of(one_block) == evidence.EXACT

    @pytest.mark.parametrize("folder", EXACT, ids=lambda folder: folder.name)
    def test_the_rest_of_a_recorded_run_is_its_bias(self, folder, opened):
        network, passes = opened[folder.name]
        bias = np.zeros(0)
        layers = [layer for layer in network.kernels() if layer.startswith(("dense", "logits"))]
        for layer in layers:
            bias = (bias @ network.kernels()[layer] if bias.size else 0) + network.biases[layer].astype(float)
        for image in pictures():
            found = evidence.of_classes(passes.explain, image, range(CLASSES), law=evidence.EXACT)
            scale = max(1.0, max(abs(of.logit) for of in found) / 10)  # float32: the report's logits reach 40
            np.testing.assert_allclose([of.rest for of in found], bias, atol=1e-4 * scale)

    def test_a_difference_is_the_difference_of_maps_and_of_logits(self, opened):
        explain = opened["best"][1].explain
        cat, dog = evidence.of_classes(explain, NOISE, [3, 5], law=evidence.EXACT)
        found = explain(NOISE[np.newaxis], one_hot(3) - one_hot(5))
        np.testing.assert_allclose((cat - dog).map, (found.maps * found.maps_gradient)[0].sum(-1), atol=1e-5)
        assert (cat - dog).logit == pytest.approx(cat.logit - dog.logit)
        assert (cat - dog).sum + (cat - dog).rest == pytest.approx((cat - dog).logit)

    def test_dense_layers_that_bend_are_said_so(self, opened):
        assert {folder.name for folder in RECORDED} - {folder.name for folder in EXACT} == {"lesson"}
        of = evidence.of_class(opened["lesson"][1].explain, NOISE, 2, law=evidence.NOT_EXACT)
        assert of.law == evidence.NOT_EXACT
        assert of.sum + of.rest == pytest.approx(of.logit)

    def test_grad_cam_by_hand(self):
        """Two maps of 2 x 2: means of the gradients 0.5 and -1, so the map is 0.5 * first - second, nothing below 0."""
        two = np.array([[[4, 1], [2, 0]], [[0, 3], [6, 1]]], float)
        slopes = np.array([[[2, -4], [0, 0]], [[0, 0], [0, 0]]], float)
        explained = Explained(np.zeros((1, 10)), None, two[None], slopes[None])
        found = evidence.grad_cam(lambda *_: explained, NOISE, 0)
        np.testing.assert_allclose(found, [[1, 1], [0, 2]])


class TestIntegratedGradients:
    @recorded
    def test_the_pixels_are_the_difference_of_logits_within_1_percent(self, folder, opened):
        passes = opened[folder.name][1]
        for image in pictures():
            logits = passes.logits(image[np.newaxis])[0]
            first, second = (int(label) for label in np.argsort(-logits)[:2])
            weights = one_hot(first)[0] - one_hot(second)[0]
            found = gradients.integrated_gradients(passes.explain, image, weights, GRAY)
            of_gray = passes.logits(GRAY[np.newaxis])[0]
            difference = float((logits - of_gray) @ weights)
            assert found.difference == pytest.approx(difference, abs=1e-4)
            # Two logits that differ by nearly nothing, for both images: 1% of 0.1 then.
            assert abs(found.map.sum() - difference) <= 0.01 * max(abs(difference), 0.1)
            assert found.error <= gradients.TOLERANCE
            assert found.steps <= gradients.MOST_STEPS

    def test_of_a_linear_network_they_are_the_change_times_the_slope(self):
        slopes = np.random.default_rng(1).normal(size=(CLASSES, 32, 32, 3))
        found = gradients.integrated_gradients(linear(slopes), NOISE, one_hot(4)[0], GRAY)
        np.testing.assert_allclose(found.map, ((NOISE - GRAY) * slopes[4]).sum(-1), atol=1e-8)
        assert found.error < 1e-9

    def test_it_gives_up_at_the_bound_and_says_how_far_off_it_is(self):
        """A network that is a comb: whatever the steps, they miss nearly all of its jumps."""

        def comb(given, weights):
            height = given[:, 0, 0, 0].astype(float)
            logits = np.repeat(np.floor(height * 1000)[:, None], CLASSES, 1)
            return Explained(logits, np.zeros(given.shape), given, np.zeros(given.shape))

        found = gradients.integrated_gradients(comb, np.full((32, 32, 3), 250.0), one_hot(0)[0], GRAY, most_steps=64)
        assert found.steps == 64
        assert found.error == pytest.approx(1.0), "of the difference, which is all jumps"

    def test_numbers_that_are_none_end_it(self):
        def bad(given, weights):
            nothing = np.full(given.shape, np.nan)
            return Explained(np.full((len(given), CLASSES), np.nan), nothing, nothing, nothing)

        found = gradients.integrated_gradients(bad, NOISE, one_hot(0)[0], GRAY)
        assert maps.nothing_to_show(found.map) == maps.NOT_NUMBERS


class TestOcclusion:
    @pytest.mark.parametrize("size", occlusion.STRIDES)
    def test_it_finds_the_one_pixel_that_a_function_reads(self, size):
        """The function reads the pixel in row 14, column 21 alone: only squares over it change anything."""

        def ask(given):
            return np.repeat(given[:, 13, 20, :1].astype(float), CLASSES, 1)

        stride = occlusion.STRIDES[size]
        image = np.full((32, 32, 3), 200, np.uint8)
        found = occlusion.cover(ask, image, size, stride, images.PADDING)
        rows, columns, _ = found.outputs.shape
        assert rows == columns == (32 - size) // stride + 1
        assert (rows - 1) * stride + size == 32, "the last square ends with the image"
        over = [
            [i * stride <= 13 < i * stride + size and j * stride <= 20 < j * stride + size for j in range(columns)]
            for i in range(rows)
        ]
        assert np.any(over)
        np.testing.assert_allclose(found.drops(0), np.where(over, 200 - images.PADDING[0], 0))

    def test_all_places_are_asked_in_one_go_and_the_image_stays(self):
        asked = []
        image = NOISE.copy()
        occlusion.cover(lambda given: asked.append(len(given)) or np.zeros((len(given), 10)), image, 8, 3, (0, 0, 0))
        assert asked == [82]
        np.testing.assert_array_equal(image, NOISE)


class TestSanity:
    KERNELS = MappingProxyType(
        {
            "whiten": np.arange(24.0).reshape(2, 2, 3, 2),
            "block1_conv1": np.arange(54.0).reshape(3, 3, 3, 2),
            "logits": np.arange(20.0).reshape(2, 10),
        }
    )

    def test_layers_fall_from_the_top_and_the_whitening_never(self):
        order = sanity.from_the_top(NetworkConfig(blocks=(Block(2, 1),), whitening=True, dense_units=(4,)))
        assert order == ["logits", "dense1", "block1_conv1"]
        given = []
        order = [("logits",), ("block1_conv1",)]
        stages = sanity.cascade(self.KERNELS, order, lambda changed: given.append(changed) or np.arange(6.0), seed=1)
        assert [list(changed) for changed in given] == [[], ["logits"], ["block1_conv1"]]
        assert [stage.scrambled for stage in stages] == [(), ("logits",), ("logits", "block1_conv1")]

    def test_a_scrambled_layer_keeps_its_numbers_in_another_order_that_the_seed_decides(self):
        once, again, other = (sanity.scramble(self.KERNELS, ["logits"], seed)["logits"] for seed in (1, 1, 2))
        np.testing.assert_array_equal(once, again)
        assert (once != other).any()
        assert (once != self.KERNELS["logits"]).any()
        np.testing.assert_array_equal(np.sort(once, axis=None), self.KERNELS["logits"].ravel())

    def test_a_map_of_the_weights_changes_and_one_of_the_image_does_not(self):
        order = [("logits",), ("block1_conv1",)]
        there = dict(self.KERNELS)
        of_weights = sanity.cascade(
            self.KERNELS, order, lambda changed: there.update(changed) or there["logits"], seed=1
        )
        assert of_weights[0].similarity == pytest.approx(1)
        assert all(abs(stage.similarity) < 0.7 for stage in of_weights[1:])
        of_image = sanity.cascade(self.KERNELS, order, lambda _: sanity.edges(NOISE), seed=1)
        assert [stage.similarity for stage in of_image] == pytest.approx([1, 1, 1])

    def test_the_evidence_of_a_trained_network_changes_with_its_last_layer(self, opened):
        network, _ = opened["minute"]
        graph = network.graph()

        def gradient(changed):
            nonlocal graph
            graph = network.put(graph, changed)
            return BackwardPass(graph).explain(NOISE[np.newaxis], one_hot(0)).image_gradient[0].sum(-1)

        order = sanity.from_the_top(Run(RECORDED[0].parent / "minute").config.network)
        steps = sanity.steps(order, 5)
        stages = sanity.cascade(network.kernels(), steps, gradient, seed=0)
        assert [len(stage.scrambled) for stage in stages] == [0, 1, 2, 4, 5, 7]
        assert abs(stages[-1].similarity) < 0.2

    @pytest.mark.parametrize("layers", range(1, 15))
    def test_every_layer_is_in_one_step_in_its_order(self, layers):
        order = [str(number) for number in range(layers)]
        steps = sanity.steps(order, 5)
        assert [layer for step in steps for layer in step] == order
        assert len(steps) == min(layers, 5)
        assert max(map(len, steps)) - min(map(len, steps)) <= 1

    def test_edges_are_where_the_brightness_changes(self):
        image = np.zeros((6, 6, 3), np.uint8)
        image[:, 3:] = 100
        np.testing.assert_allclose(sanity.edges(image)[0], [0, 0, 50, 50, 0, 0])


class TestMaps:
    def test_rank_correlation_is_scipy_s(self):
        from scipy.stats import spearmanr

        random = np.random.default_rng(0)
        for _ in range(20):
            first, second = random.integers(0, 6, (2, 5, 4)).astype(float)  # with many ties
            expected = spearmanr(first.ravel(), second.ravel()).statistic
            assert maps.rank_correlation(first, second) == pytest.approx(expected)

    def test_a_map_without_an_order_has_no_correlation(self):
        assert maps.rank_correlation(np.ones((3, 3)), np.arange(9.0).reshape(3, 3)) is None
        assert maps.rank_correlation(np.full((2, 2), np.nan), np.eye(2)) is None
        with pytest.raises(ValueError, match="two maps of one shape"):
            maps.rank_correlation(np.ones(3), np.ones(4))

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            (np.zeros((2, 2)), maps.ALL_ZERO),
            (np.array([1, np.nan]), maps.NOT_NUMBERS),
            (np.array([np.inf]), maps.NOT_NUMBERS),
        ],
    )
    def test_nothing_to_show_is_a_sentence(self, values, sentence):
        assert maps.nothing_to_show(values) == sentence
        assert maps.nothing_to_show(np.array([0, -1])) is None


class TestAgainstSaliency:
    """PAIR's own implementations (`saliency`), which know nothing of this project."""

    LABEL = 3

    @pytest.fixture
    def passes(self, opened):
        return opened["minute"][1]

    @pytest.fixture
    def call(self, passes):

        def call_model_function(given, call_model_args=None, expected_keys=None):
            given = np.asarray(given)
            weights = np.tile(one_hot(self.LABEL), (len(given), 1))
            found = passes.explain(given, weights)
            key = {"INPUT_OUTPUT_GRADIENTS": found.image_gradient, "OUTPUT_LAYER_VALUES": found.logits[:, self.LABEL]}
            return {name: key[name] for name in expected_keys}

        return call_model_function

    def test_the_gradient(self, call, passes):
        found = passes.explain(NOISE[np.newaxis], one_hot(self.LABEL)).image_gradient[0]
        np.testing.assert_allclose(found, reference.GradientSaliency().GetMask(NOISE.astype(np.float32), call))

    def test_integrated_gradients(self, call, passes):
        picture = pictures()[1].astype(np.float32)
        found = gradients.integrated_gradients(passes.explain, picture, one_hot(self.LABEL)[0], GRAY)
        expected = reference.IntegratedGradients().GetMask(
            picture, call, x_steps=200, x_baseline=GRAY.astype(np.float32), batch_size=8
        )
        assert maps.rank_correlation(found.map, expected.sum(-1)) > 0.99
        assert np.abs(found.map - expected.sum(-1)).max() < 0.05 * np.abs(expected.sum(-1)).max()

    def test_occlusion(self, call, passes):
        """Theirs covers by 0 and adds each place's drop to all its pixels; ours is spread the same way here."""
        size, picture = 8, pictures()[1]
        ask = passes.logits
        found = occlusion.cover(ask, picture, size, 1, (0, 0, 0)).drops(self.LABEL)
        spread = np.zeros((32, 32))
        for row in range(25):
            for column in range(25):
                spread[row : row + size, column : column + size] += found[row, column]
        expected = reference.Occlusion().GetMask(picture.astype(np.float32), call, size=size, value=0)
        np.testing.assert_allclose(spread, expected[..., 0] if expected.ndim == 3 else expected, atol=1e-3)
