"""Networks of every kind that the app can build, small, with weights as if they had been trained; for tests."""

import zlib

import numpy as np

from cnn_core.config import ACTIVATIONS, BLOCK_ORDERS, HEADS, PADDINGS, POOLINGS, Block, ConfigError, NetworkConfig

SPECIAL = {
    "linear classifier": NetworkConfig(blocks=()),
    "dense only": NetworkConfig(blocks=(), dense_units=(12, 9, 7), dense_activation="tanh"),
    "largest of each channel": NetworkConfig(blocks=(), head="max", dense_units=(5,)),
    "whitening alone": NetworkConfig(blocks=(), whitening=True, head="average", activation="gelu"),
    "one filter": NetworkConfig(blocks=(Block(1, 1),), kernel_size=1, head="max"),
    "odd sides": NetworkConfig(blocks=(Block(3, 2), Block(4, 1, 0.3)), kernel_size=4, padding="valid", whitening=True),
    "even kernel": NetworkConfig(blocks=(Block(3, 1), Block(4, 2)), kernel_size=2, pooling="average"),
    "wide kernel": NetworkConfig(blocks=(Block(3, 2), Block(4, 1)), kernel_size=7, block_order="pool_norm_activation"),
    "five blocks": NetworkConfig(blocks=(Block(3, 1),) * 5, block_order="pool_norm_activation", activation="elu"),
    "early, without norm": NetworkConfig(
        blocks=(Block(4, 3, 0.1),), block_order="pool_norm_activation", batch_norm=False
    ),
    "linear throughout": NetworkConfig(  # where a converter could compute layers into one another
        blocks=(Block(3, 2), Block(4, 2)), padding="valid", activation="linear", batch_norm=False, whitening=True,
        dense_units=(6, 5), dense_activation="linear", head="average",
    ),
    "all blocks": NetworkConfig(
        blocks=(Block(4, 2, 0.2), Block(3, 1), Block(5, 2)), head="blocks", whitening=True, activation="gelu",
        block_order="pool_norm_activation",
    ),
    "all blocks, dense": NetworkConfig(
        blocks=(Block(3, 1, 0.1), Block(4, 2)), kernel_size=2, pooling="average", head="blocks", dense_units=(6,)
    ),
    "all blocks, linear": NetworkConfig(
        blocks=(Block(3, 2), Block(4, 1)), activation="linear", batch_norm=False, head="blocks",
        dense_units=(6, 5), dense_activation="linear",
    ),
}  # fmt: skip


def random_networks(count: int, seed: int) -> dict[str, NetworkConfig]:
    """Each with the next activation, and everything else drawn."""
    rng = np.random.default_rng(seed)
    found: dict[str, NetworkConfig] = {}
    while len(found) < count:
        number = len(found)
        sizes = rng.integers(1, (7, 3, 3), (rng.integers(1, 4), 3)).tolist()
        try:
            network = NetworkConfig(
                blocks=tuple(Block(filters, convolutions, 0.2 * (drops - 1)) for filters, convolutions, drops in sizes),
                kernel_size=int(rng.integers(1, 8)),
                padding=str(rng.choice(PADDINGS)),
                activation=ACTIVATIONS[number % len(ACTIVATIONS)],
                batch_norm=bool(rng.random() < 0.7),
                pooling=POOLINGS[number // 2 % 2],
                dense_units=tuple(map(int, rng.integers(3, 20, rng.integers(0, 4)))),
                dense_activation=str(rng.choice(ACTIVATIONS)),
                whitening=bool(rng.integers(2)),
                block_order=str(rng.choice(BLOCK_ORDERS)),
                head=HEADS[number % 3],
            )
        except ConfigError:  # its maps would shrink to nothing
            continue
        found[f"random {number}"] = network
    return found


def trained_like(network: NetworkConfig, seed: int = 0):
    """A Keras model whose norms have seen something, some with a negative factor, and whose biases are not 0."""
    import keras

    from cnn_core.training.models import build_model

    keras.utils.set_random_seed(seed)
    model = build_model(network)
    rng = np.random.default_rng(seed)
    spread = {"gamma": (1.0, 0.5), "beta": (0.0, 0.3), "bias": (0.0, 0.2), "moving_mean": (0.1, 0.2)}
    for weight in model.weights:
        if weight.name == "moving_variance":
            weight.assign(rng.lognormal(-1.0, 0.7, weight.shape))
        elif weight.name in spread:
            weight.assign(rng.normal(*spread[weight.name], weight.shape))
    return model


def look_inside(model):
    """What `Network.open` makes of the model's two files, without writing the forward one, which takes a second."""
    import keras

    from cnn_core.inference import Anatomy, Network
    from cnn_core.inference.weights import put_kernels
    from cnn_core.training.backward import backward_graph
    from cnn_core.training.weights import find_marks

    with_kernels = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)]
    kernels = {layer.name: np.asarray(layer.kernel) for layer in with_kernels}
    biases = {layer.name: np.asarray(layer.bias) for layer in with_kernels if layer.use_bias}
    marked = backward_graph(model)
    places = find_marks(marked, model)
    graph = put_kernels(marked, places, kernels)
    return Network.open(graph, Anatomy(graph, places, places, biases, zlib.crc32(graph)))
