"""Is the map true, What if, and Surgery: their code gives what the page shows, without this project."""

from dataclasses import replace

import numpy as np
import pytest
import snippets
from networks import look_inside, trained_like
from small_training import make_data_set

from cnn_core import convolution as lab
from cnn_core.architecture import last_maps
from cnn_core.code import changes, image, sanity, surgery
from cnn_core.config import Block, NetworkConfig
from cnn_core.convolution.activations import softmax
from cnn_core.data.dataset import Part, store
from cnn_core.explanation import evidence, robustness
from cnn_core.explanation import sanity as scrambling
from cnn_core.explanation import surgery as operating
from cnn_core.explanation.changes import CHANGES, vary

pytestmark = pytest.mark.slow  # what every test compares comes from one process that imports TensorFlow

NAMES = tuple("abcdefghij")
PLACE, N, SEED = 7, 60, 3
ONE = image.of_data_set("cifar10", "test", PLACE)
MANY = {"cifar10": image.of_test_images("cifar10", N), "shapes10": image.of_test_images("shapes10", N)}
SMALL = NetworkConfig(blocks=(Block(4, 1, 0.2), Block(5, 2)), head="max")
NETWORKS = {
    "chain": SMALL,
    "flatten": replace(SMALL, head="flatten", padding="valid", dense_units=(7,), activation="sigmoid"),
    "blocks": replace(
        SMALL, head="blocks", block_order="pool_norm_activation", whitening=True, activation="gelu", dense_units=(6,)
    ),
    "no convolution": NetworkConfig(blocks=(), dense_units=(5,)),
}
OWN = lab.resize(lab.KERNELS["sobel_x"].weights() + np.eye(3) / 3, 3)
MEASURED = {"across": "cifar10", "noise": "shapes10", "attack": "cifar10"}


def operations():
    """Name: the network, the layer, its filters and what takes their place."""
    found = {}
    for name, network in NETWORKS.items():
        for layer in (layer.name for layer in operating.convolutions(network)):
            own = lab.resize(OWN, 2) if layer == "whiten" else OWN
            found |= {f"{name} {layer} off": (name, layer, (0, 2), None), f"{name} {layer}": (name, layer, (1,), own)}
    return found | {"zeros": ("chain", "block1_conv1", (3,), np.zeros((3, 3)))}


def plan():
    programs = {}
    for name in CHANGES:
        for network in NETWORKS if name == "attack" else ("chain",):
            text = changes.of_image(ONE, name, NAMES)
            programs[f"{name} {network}"] = of(network, text), ["copies", "probabilities"], {}
    for name, data_set in MEASURED.items():
        text = changes.of_test_images(MANY[data_set], name)
        programs[f"{name} measured"] = of("chain", text), ["right", "other"], {}
    for name, network in NETWORKS.items():
        text = sanity.cascade(ONE, last_maps(network).name, 2, steps(network), SEED, NAMES)
        programs[f"truth {name}"] = of(name, text), ["whole", "maps", "alike", "shares"], {}
    for name, (network, *operation) in operations().items():
        text = surgery.of_image(ONE, surgery.operation(NETWORKS[network], *operation), NAMES)
        programs[name] = of(network, text), ["before", "after"], {}
    scored = surgery.operation(SMALL, "block2_conv1", (0, 1), None)
    programs["scored"] = of("chain", surgery.of_test_images(MANY["shapes10"], scored, NAMES)), ["before", "after"], {}
    return programs


def of(network, program):
    return program.replace("model.keras", f"{network}.keras")


def steps(network):
    return scrambling.steps(scrambling.from_the_top(network), 3)


@pytest.fixture(scope="module")
def test_images():
    return make_data_set().split("test")


@pytest.fixture(scope="module")
def inside():
    """The networks as the app opens them, and the models of Keras that they were."""
    models = {name: trained_like(network) for name, network in NETWORKS.items()}
    return {name: look_inside(model) for name, model in models.items()}, models


@pytest.fixture(scope="module")
def found(tmp_path_factory, inside, test_images):
    """What all programs compute, run in one folder with the files that they read."""
    folder = tmp_path_factory.mktemp("inside")
    images, labels = test_images.images(), test_images.labels
    snippets.write_batches(folder / "cifar-10-batches-py", images, labels, images, labels)
    parts = [Part(subset, 0, images, labels) for subset in ("train", "test")]
    store(folder / "shapes10-v1", {"train": N, "test": N}, parts)
    for name, model in inside[1].items():
        model.save(folder / f"{name}.keras")
    return snippets.run(folder, plan())


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_the_page_s_at_every_strength(name, found, inside, test_images):
    for network in NETWORKS if name == "attack" else ("chain",):
        passes, pixels = inside[0][network].backward_pass(), test_images.images(PLACE)
        at_each = vary(name, pixels, passes.explain, passes.logits(pixels).argmax(1))
        expected = np.concatenate([at_each(strength) for strength in CHANGES[name].strengths])
        copies, probabilities = found[f"{name} {network}"]
        if name == "attack":  # the sign of a gradient that is nearly 0 may differ
            assert (copies != expected).mean() < 1e-3
        else:
            np.testing.assert_array_equal(copies, expected)
        np.testing.assert_allclose(probabilities, softmax(passes.logits(expected)), atol=2e-4)


@pytest.mark.parametrize("name", MEASURED)
def test_what_the_test_images_say_is_the_page_s(name, found, inside, test_images):
    passes, labels = inside[0]["chain"].backward_pass(), test_images.labels
    at_each = vary(name, test_images.images(), passes.explain, labels)
    answers = [passes.logits(at_each(strength)).argmax(1) for strength in CHANGES[name].rough]
    expected = robustness.curve(name, answers, labels)
    right, other = found[f"{name} measured"]
    np.testing.assert_array_equal(right, expected.right)
    np.testing.assert_array_equal(other, expected.changed)
    assert other.any()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_scrambled_network_s_maps_are_the_page_s(name, found, inside, test_images):
    network, pixels, shares, gradients = inside[0][name], test_images.images(PLACE)[0], [], []
    changed = {}

    def evidence_of(kernels):
        changed.update(kernels)
        passes = network.backward_pass(changed)
        asked = passes.explain(pixels[np.newaxis], np.array([2]))
        shares.append(softmax(asked.logits[0]))
        gradients.append(asked.image_gradient[0].sum(-1))
        return evidence.of_class(passes.explain, pixels, 2, law="").map

    stages = scrambling.cascade(network.kernels(), steps(NETWORKS[name]), evidence_of, SEED)
    others = scrambling.compare([()] * len(stages), gradients)
    edges = scrambling.edges(pixels)
    whole, maps, alike, last = found[f"truth {name}"]
    for place, theirs in ((0, whole), (-1, maps)):
        for one, other in zip(theirs, (stages[place].map, edges, others[place].map), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(alike, [stages[-1].similarity, 1, others[-1].similarity], atol=5e-3)
    np.testing.assert_allclose(last, shares[-1], atol=2e-4)


@pytest.mark.parametrize("name", operations())
def test_an_operation_is_the_page_s(name, found, inside, test_images):
    of_network, layer, filters, own = operations()[name]
    network, pixels = inside[0][of_network], test_images.images(PLACE)
    if own is None:
        changed = operating.without_filter(network.kernels(), NETWORKS[of_network], layer, *filters)
    else:
        changed = operating.with_kernel(network.kernels(), layer, filters, own)
    before, after = found[name]
    np.testing.assert_allclose(before, softmax(network.backward_pass().logits(pixels)[0]), atol=2e-4)
    np.testing.assert_allclose(after, softmax(network.backward_pass(changed).logits(pixels)[0]), atol=2e-4)
    assert not np.allclose(before, after, atol=1e-5)


def test_the_operated_network_s_answers_to_the_test_images_are_the_page_s(found, inside, test_images):
    network = inside[0]["chain"]
    changed = operating.without_filter(network.kernels(), SMALL, "block2_conv1", 0, 1)
    for answers, kernels in zip(found["scored"], (None, changed), strict=True):
        np.testing.assert_array_equal(answers, network.backward_pass(kernels).logits(test_images.images()).argmax(1))


def test_a_program_can_be_read_on_a_beamer():
    """Also its lines: 100 characters are what the page shows without scrolling."""
    for name, (program, *_) in plan().items():
        lines = program.splitlines()
        assert max(map(len, lines)) <= 100, name
        assert len(lines) <= 60, name
