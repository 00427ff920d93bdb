"""The experiments that have a name."""

from dataclasses import replace

from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig

# Fast training, as K. Jordan's airbench94_muon does it on a GPU, in sizes for two processor cores.
_FAST = {
    "batch_norm_momentum": 0.6,
    "whitening": True,
    "block_order": "pool_norm_activation",
    "head": "max",
    "initialization": "identity",
}
_MUON = TrainingConfig(
    optimizer="muon",
    learning_rate=0.12,
    bias_rate_multiplier=112.0,
    head_rate_multiplier=0.16,
    schedule="linear",
    label_smoothing=0.2,
    batch_size=256,
    alternating_flip=True,
    shift=2,
    test_time_views=6,
)

# What it is, how long it trains, how good it got: short enough for a menu on a phone. The figures are those of the
# recorded runs and of assets/facts/presets.json (`tests/test_presets.py`).
DESCRIPTIONS = {
    "report": "as in 2020 · 90 min · 85.5% of CIFAR-10",
    "lesson": "3 blocks · 1 min · 98.9% of Shapes-10",
    "minute": "fast recipe · 1 min · 83.5% of CIFAR-10",
    "best": "twice as wide · 10 min · 92.3% of CIFAR-10",
    "champion": "widest · 2.3 h · 93.8% of CIFAR-10",
    "linear": "no convolution · 12 s · 39.7% of CIFAR-10",
}
MEASURED = (
    "Times are for two CPU cores; best had bfloat16, without which ten minutes give less. Percentages are the test "
    "images then classified correctly (n = 10,000)."
)

PRESETS: dict[str, ExperimentConfig] = {
    # The student report of 2020, layer for layer and with its recipe; it watched the test split while it trained.
    "report": ExperimentConfig(
        preset="report",
        network=NetworkConfig(
            blocks=(Block(32, 2, 0.2), Block(64, 2, 0.3), Block(128, 3, 0.4), Block(256, 3, 0.5)),
            dense_units=(300, 100),
            dense_activation="linear",
        ),
        training=TrainingConfig(
            optimizer="adamax",
            learning_rate=3e-3,
            schedule="constant",
            batch_size=32,
            epochs=20,
            flip=False,
            shift=0,
            validate_on="test",
        ),
    ),
    "lesson": ExperimentConfig(
        preset="lesson",
        network=NetworkConfig(
            blocks=(Block(16, 1), Block(32, 1), Block(64, 1)), dense_units=(64,), batch_norm_momentum=0.9
        ),
        training=TrainingConfig(epochs=None, seconds=60.0),
    ),
    "minute": ExperimentConfig(
        preset="minute",
        network=NetworkConfig(blocks=(Block(32), Block(96), Block(96)), **_FAST),
        training=replace(_MUON, epochs=None, seconds=60.0),
    ),
    # Ten minutes are the report's time.
    "best": ExperimentConfig(
        preset="best",
        network=NetworkConfig(blocks=(Block(64), Block(192), Block(192)), **_FAST),
        training=replace(
            _MUON, learning_rate=0.1, bias_rate_multiplier=134.0, head_rate_multiplier=0.047, epochs=None, seconds=600.0
        ),
    ),
    # As wide and as long as two hours on two cores allow: the network that classifies visitors' photos.
    "champion": ExperimentConfig(
        preset="champion",
        network=NetworkConfig(blocks=(Block(128), Block(384), Block(384)), activation="gelu", **_FAST),
        training=replace(
            _MUON,
            learning_rate=0.08,
            bias_rate_multiplier=168.0,
            head_rate_multiplier=0.033,
            shift=4,
            cutout=8,
            epochs=16,
        ),
    ),
    # A network without convolution: ten weighted sums of the 3,072 pixel values.
    "linear": ExperimentConfig(
        preset="linear",
        network=NetworkConfig(blocks=(), dense_units=()),
        training=TrainingConfig(learning_rate=1e-3, epochs=5, flip=False, shift=0),
    ),
}


_FEW = 5_000  # images; what trains on more needs no recipe for few
_SEEN = 12_000  # training images in all epochs together: half a minute of `minute` on two free cores
REUSED = "minute-8-epochs"  # a recorded run; the features of the champion are worse for few images, and slower
REUSING = "reuse"  # how such an experiment is called


def reusing() -> ExperimentConfig:
    """Keep the kernels of a recorded run and learn the last layer alone: seconds, and the best way with few images.

    `data.on` puts it on a data set; of a large one it takes some thousand images. An epoch is an iteration of the fit,
    which has settled by then.
    """
    return ExperimentConfig(
        preset=REUSING,
        reuse=REUSED,
        network=replace(PRESETS["minute"].network, head="blocks"),
        training=TrainingConfig(epochs=256, shift=0, training_images=_FEW),
    )


def for_few(config: ExperimentConfig, images: int) -> ExperimentConfig:
    """The same experiment with a recipe for so few training images: smaller batches, for enough steps, and some epochs.

    A limit in seconds would fill a minute with hundreds of tiny epochs, each measured and stored. Chosen on validation
    images, for `minute` (docs/results.md). What reuses kernels takes no steps and stays as it is.
    """
    if config.reuse or images > _FEW:
        return config
    size = 16 if images <= 500 else 32 if images <= 1_500 else 64
    epochs = min(max(round(_SEEN / max(images, 1)), 10), 60)
    few = {"batch_size": min(size, config.training.batch_size), "epochs": epochs, "seconds": None}
    return replace(config, training=replace(config.training, **few))


def menu_line(name: str) -> str:
    """A preset's name and what to expect of it, in one line for a menu."""
    return f"{name}: {DESCRIPTIONS[name]}"
