"""The ledger is worked out without TensorFlow; here it is compared with the report, with hand counts and with Keras."""

from dataclasses import replace

import numpy as np
import pytest

from cnn_core.architecture import features, last_maps, layers, map_of, table, totals, variables
from cnn_core.config import BLOCK_ORDERS, HEADS, Block, ConfigError, NetworkConfig
from cnn_core.presets import PRESETS

# The summary table of the report: kind, output shape, parameters.
REPORT_TABLE = """
Conv2D 32,32,32 896 | Activation 32,32,32 0 | BatchNormalization 32,32,32 128
Conv2D 32,32,32 9248 | Activation 32,32,32 0 | BatchNormalization 32,32,32 128
MaxPooling2D 16,16,32 0 | Dropout 16,16,32 0
Conv2D 16,16,64 18496 | Activation 16,16,64 0 | BatchNormalization 16,16,64 256
Conv2D 16,16,64 36928 | Activation 16,16,64 0 | BatchNormalization 16,16,64 256
MaxPooling2D 8,8,64 0 | Dropout 8,8,64 0
Conv2D 8,8,128 73856 | Activation 8,8,128 0 | BatchNormalization 8,8,128 512
Conv2D 8,8,128 147584 | Activation 8,8,128 0 | BatchNormalization 8,8,128 512
Conv2D 8,8,128 147584 | Activation 8,8,128 0 | BatchNormalization 8,8,128 512
MaxPooling2D 4,4,128 0 | Dropout 4,4,128 0
Conv2D 4,4,256 295168 | Activation 4,4,256 0 | BatchNormalization 4,4,256 1024
Conv2D 4,4,256 590080 | Activation 4,4,256 0 | BatchNormalization 4,4,256 1024
Conv2D 4,4,256 590080 | Activation 4,4,256 0 | BatchNormalization 4,4,256 1024
MaxPooling2D 2,2,256 0 | Dropout 2,2,256 0
Flatten 1024 0 | Dense 300 307500 | Dense 100 30100 | Dense 10 1010
"""


def report_rows():
    for row in REPORT_TABLE.replace("\n", "|").split("|"):
        if row.strip():
            kind, shape, parameters = row.split()
            yield kind, tuple(map(int, shape.split(","))), int(parameters)


def test_the_report_s_network_is_the_report_s_row_by_row():
    ours = [(layer.kind, layer.output_shape, layer.parameters) for layer in layers(PRESETS["report"].network)]
    assert ours[0] == ("Rescaling", (32, 32, 3), 0)
    assert ours[-1] == ("Softmax", (10,), 0)
    assert ours[1:-1] == list(report_rows())


def test_the_report_s_totals():
    report = totals(PRESETS["report"].network)
    assert (report.parameters, report.trainable) == (2_253_906, 2_251_218)
    assert (report.convolutions, report.poolings, report.dense) == (10, 4, 3)


def test_the_arithmetic_is_written_out_and_true():
    first = layers(PRESETS["report"].network)[1]
    assert first.arithmetic == "3×3×3×32 + 32 = 896"
    for layer in layers(PRESETS["report"].network):
        if layer.kind in ("Conv2D", "Dense"):
            sum_, result = layer.arithmetic.split(" = ")
            assert eval(sum_.replace("×", "*").replace(",", "")) == int(result.replace(",", "")) == layer.parameters


def test_multiply_adds_by_hand():
    network = NetworkConfig(blocks=(Block(2, 1),), padding="valid", batch_norm=False)
    by_name = {layer.name: layer for layer in layers(network)}
    assert by_name["block1_conv1"].multiply_adds == 30 * 30 * 2 * 27  # outputs x products of each
    assert by_name["logits"].multiply_adds == 15 * 15 * 2 * 10
    assert totals(network).multiply_adds == 48_600 + 4_500


def test_a_network_without_blocks_is_a_linear_classifier():
    linear = totals(PRESETS["linear"].network)
    assert (linear.parameters, linear.convolutions, linear.dense) == (32 * 32 * 3 * 10 + 10, 0, 1)


def test_the_table_has_a_row_a_layer():
    network = PRESETS["lesson"].network
    assert list(table(network)["layer"]) == [layer.name for layer in layers(network)]
    assert table(network)["layer"].is_unique


def random_networks(count):
    """Networks of every shape that a visitor can build."""
    rng = np.random.default_rng(7)
    made = 0
    while made < count:
        blocks = tuple(
            Block(int(rng.integers(1, 24)), int(rng.integers(1, 4)), float(rng.choice([0.0, 0.3])))
            for _ in range(rng.integers(0, 4))
        )
        try:
            network = NetworkConfig(
                blocks=blocks,
                kernel_size=int(rng.integers(1, 6)),
                padding=str(rng.choice(["same", "valid"])),
                activation=str(rng.choice(["relu", "gelu", "linear", "leaky_relu"])),
                batch_norm=bool(rng.integers(2)),
                pooling=str(rng.choice(["max", "average"])),
                dense_units=tuple(int(units) for units in rng.integers(1, 40, rng.integers(0, 3))),
                dense_activation=str(rng.choice(["relu", "linear"])),
                whitening=bool(rng.integers(2)),
                block_order=str(rng.choice(BLOCK_ORDERS)),
                head=str(rng.choice(HEADS)),
            )
        except ValueError:
            continue
        made += 1
        yield network


@pytest.mark.slow
def test_the_ledger_agrees_with_keras_for_many_networks():
    from cnn_core.training.models import build_model

    for network in random_networks(30):
        model = build_model(network)
        keras_layers = model.layers[1:]  # without the input
        ledger = layers(network)
        assert [layer.name for layer in ledger] == [layer.name for layer in keras_layers]
        for ours, keras_layer in zip(ledger, keras_layers, strict=True):
            assert type(keras_layer).__name__ == ours.kind
            assert keras_layer.output.shape == (None, *ours.output_shape), (network, ours)
            assert keras_layer.count_params() == ours.parameters, (network, ours)
            assert sum(int(np.prod(w.shape)) for w in keras_layer.trainable_weights) == ours.trainable
        assert model.count_params() == totals(network).parameters
        kept = [
            (f"{layer.name}.{v.name}", v.shape)
            for layer in keras_layers
            for v in layer.variables
            if "seed" not in v.name
        ]
        assert list(variables(network).items()) == kept


def test_flattening_joins_nothing_and_a_dense_unit_reads_all_that_is_left():
    def fields(network):
        return {layer.name: layer.receptive_field for layer in layers(network)}

    linear = fields(NetworkConfig(blocks=()))
    assert (linear["flatten"], linear["logits"]) == (1, 32)
    # Valid 3x3: 32 -> 30 -> 15 -> 13 -> 6; pooling leaves the thirteenth row aside, and with it two rows of pixels.
    valid = fields(NetworkConfig(blocks=(Block(4, 1), Block(4, 1)), padding="valid"))
    assert (valid["block2_pool"], valid["flatten"], valid["logits"]) == (10, 10, 30)
    deep = fields(PRESETS["report"].network)
    assert deep["flatten"] == deep["logits"] == deep["block4_pool"] > 32


@pytest.mark.slow
def test_the_receptive_field_is_what_a_gradient_reaches():
    import keras
    import tensorflow as tf

    from cnn_core.training.models import build_model

    network = NetworkConfig(
        blocks=(Block(2, 1), Block(2, 1)), padding="valid", pooling="average", activation="linear", batch_norm=False
    )
    model = build_model(network)
    for weight in model.weights:
        weight.assign(tf.ones_like(weight))
    for layer in layers(network):
        if len(layer.output_shape) != 3 or layer.kind == "Rescaling":
            continue
        part = keras.Model(model.get_layer("scale").output, model.get_layer(layer.name).output)
        image = tf.zeros((1, 32, 32, 3))
        with tf.GradientTape() as tape:
            tape.watch(image)
            corner = part(image)[0, 0, 0, 0]
        reached = np.argwhere(tape.gradient(corner, image)[0, :, :, 0].numpy())
        assert tuple(reached.max(axis=0) + 1) == (layer.receptive_field,) * 2, layer.name


def test_a_minute_s_network_is_small_and_pools_early():
    network = PRESETS["minute"].network
    by_name = {layer.name: layer for layer in layers(network)}
    assert totals(network).parameters < 500_000
    assert list(by_name)[:7] == [
        "scale",
        "whiten",
        "whiten_activation",
        "block1_conv1",
        "block1_pool",
        "block1_norm1",
        "block1_activation1",
    ]
    assert by_name["whiten"].arithmetic == "2×2×3×24 = 288, fixed"
    assert (by_name["whiten"].parameters, by_name["whiten"].trainable) == (288, 0)
    assert by_name["block1_norm1"].arithmetic == "3×32 = 96, 32 trained"
    assert [by_name[f"block{i}_pool"].output_shape for i in (1, 2, 3)] == [(15, 15, 32), (7, 7, 96), (3, 3, 96)]
    assert by_name["global_pool"].output_shape == (96,)
    assert by_name["logits"].receptive_field >= 32


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"block1_conv1": "block1_norm1", "block1_conv2": "block1_norm2", "block2_conv1": "block2_norm1"}),
        (
            {"batch_norm": False},
            {f"block{b}_conv{c}": f"block{b}_activation{c}" for b, c in ((1, 1), (1, 2), (2, 1))},
        ),
        (
            {"block_order": "pool_norm_activation", "whitening": True},
            {"whiten": "whiten_activation"}
            | {f"block{b}_conv{c}": f"block{b}_activation{c}" for b, c in ((1, 1), (1, 2), (2, 1))},
        ),
    ],
)
def test_a_filter_s_map_is_what_activation_and_norm_leave_of_its_sums(changes, expected):
    network = NetworkConfig(blocks=(Block(4, 2, 0.1), Block(5, 1)), dense_units=(7,), **changes)
    convolutions = [layer.name for layer in layers(network) if layer.kind == "Conv2D"]
    assert {name: map_of(network, name) for name in convolutions} == expected


@pytest.mark.parametrize(
    ("blocks", "order", "name"),
    [
        ((), "activation_norm_pool", "scale"),
        ((Block(4, 1, 0.1),), "activation_norm_pool", "block1_dropout"),
        ((Block(4, 1), Block(4, 2)), "activation_norm_pool", "block2_pool"),
        ((Block(4, 1), Block(4, 2)), "pool_norm_activation", "block2_activation2"),
    ],
)
@pytest.mark.parametrize("head", HEADS)
def test_the_last_maps_are_those_that_the_head_reads(blocks, order, name, head):
    if head == "blocks" and not blocks:
        pytest.skip("there is no block to read")
    network = NetworkConfig(blocks=blocks, block_order=order, head=head)
    names = [layer.name for layer in layers(network)]
    first_of_head = {"flatten": "flatten", "blocks": "block1_mean"}.get(head, "global_pool")
    assert last_maps(network).name == name == names[names.index(first_of_head) - 1]


def test_the_head_of_all_blocks_reads_what_each_block_passes_on():
    network = NetworkConfig(blocks=(Block(4, 1, 0.2), Block(6, 2)), head="blocks", dense_units=(5,))
    by_name = {layer.name: layer for layer in layers(network)}
    read = {name: layer.reads for name, layer in by_name.items() if layer.reads}
    parts = ("block1_mean", "block1_max", "block2_mean", "block2_max")
    sources = ("block1_dropout", "block1_dropout", "block2_pool", "block2_pool")
    assert read == {part: (source,) for part, source in zip(parts, sources, strict=True)} | {"features": parts}
    assert by_name["features"].output_shape == (2 * (4 + 6),)
    assert by_name["dense1"].parameters == 20 * 5 + 5
    # 3x3 and a pooling: 4 pixels in steps of 2; two more and another: 14 in steps of 4, of 8 x 8 places.
    assert [by_name[name].receptive_field for name in ("block1_mean", "block2_max", "dense1")] == [32, 32, 32]
    assert variables(network)["dense1.kernel"] == (20, 5)
    assert map_of(network, "block2_conv2") == "block2_norm2"
    assert features(replace(network, dense_units=())).name == "features"


def test_a_head_of_all_blocks_needs_a_block():
    with pytest.raises(ConfigError, match="reads the maps of all blocks, and this network has none"):
        NetworkConfig(blocks=(), head="blocks")
