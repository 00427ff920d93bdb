"""Settings are checked where they are made, and survive a trip through JSON."""

import json
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from cnn_core.config import Block, ConfigError, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.presets import PRESETS


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_survives_json(preset):
    config = PRESETS[preset]
    assert ExperimentConfig.from_json(config.to_json()) == config
    assert config.preset == preset


def test_json_that_an_editor_wrote_is_read_strictly():
    values = PRESETS["lesson"].to_dict()
    values["training"]["seconds"] = 60  # an integer is a fine number of seconds
    assert ExperimentConfig.from_json(json.dumps(values)).training.seconds == 60.0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema_version",), 99, "written by a later version of the app .schema version 99; this one reads up to 2"),
        (("schema_version",), True, "schema_version must be a whole number, today 2; it is True"),
        (("schema_version",), 0, "schema_version must be a whole number, today 2; it is 0"),
        (("colour",), "red", "no setting called 'colour'. Its settings are: data_set, own, reuse, preset, network, tr"),
        (("training", "epoch"), 3, "The training has no setting called 'epoch'. Did you mean 'epochs'?"),
        (("network", "Kernel_size"), 3, "The network has no setting called 'Kernel_size'. Did you mean 'kernel_size'?"),
        (("data_set",), "mnist", "Data set .data_set. must be one of cifar10, shapes10; it is 'mnist'"),
        (("network", "blocks"), 3, "Blocks must be a list of 0 to 5 values; it is 3"),
        (("network", "blocks"), [{"filters": 8}] * 6, "Blocks must be a list of 0 to 5 values; it has 6"),
        (
            ("network", "blocks"),
            [{"filters": "many"}],
            "Block 1: Filters must be a whole number from 1 to 512; it is '",
        ),
        (
            ("network", "blocks"),
            [{"filters": 8}, {"filters": 0}],
            "Block 2: Filters must be a whole number .*; it is 0",
        ),
        (("network", "blocks"), [{"dropout": 0.5}], "Block 1: A block needs a value for filters"),
        (("network", "dense_units"), [64, 0], "Units 2 .dense_units. must be a whole number from 1 to 2,048; it is 0"),
        (("network", "batch_norm"), 1, "Batch-norm .batch_norm. must be true or false; it is 1"),
        (("training", "epochs"), True, "a whole number from 1 to 1,000, or empty; it is True"),
        (("training", "epochs"), 2.0, "Epochs must be a whole number .*; it is 2.0"),
        (
            ("training", "batch_size"),
            10**400,
            "Batch size .batch_size. must be a whole number .*; it is 1000",
        ),
        (
            ("training", "learning_rate"),
            -1.0,
            ".learning_rate. must be a number from 0.000001 to 10; it is -1.0",
        ),
        (("training", "learning_rate"), float("nan"), "Learning rate .learning_rate. must be a number .*; it is nan"),
        (
            ("training", "learning_rate"),
            10**400,
            "Learning rate .learning_rate. must be a number .*; it is 1000",
        ),
        (("training", "learning_rate"), True, "Learning rate .learning_rate. must be a number .*; it is True"),
        (
            ("training", "learning_rate"),
            None,
            "Learning rate .learning_rate. must be a number .*; it is None",
        ),
        (("preset",), "mine/2nd try", "letters, digits, - and _; it is 'mine/2nd try'"),
        (("preset",), "../escaped", "letters, digits"),
        (("preset",), 3, "Preset must be text; it is 3"),
        (("training",), [], "The training must be a group of settings in braces"),
        (
            ("training", "test_time_views"),
            3,
            "augmentation .test_time_views. must be one of 1, 2, 6; it is 3",
        ),
        (
            ("training", "label_smoothing"),
            1.0,
            "Label smoothing .label_smoothing. must be .* from 0 to 0.9; it is 1.0",
        ),
        (
            ("network", "block_order"),
            "pool",
            "Order within a block .block_order. must be one of activation_norm_pool",
        ),
    ],
)
def test_bad_json_says_what_was_expected_and_what_came(path, value, message):
    values = PRESETS["lesson"].to_dict()
    target = values
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(ConfigError, match=message):
        ExperimentConfig.from_json(json.dumps(values))


def test_a_sentence_calls_a_setting_what_the_page_calls_it_and_then_by_its_name():
    for settings, name, called in (
        (TrainingConfig, "learning_rate", "Learning rate (learning_rate)"),
        (TrainingConfig, "ema_momentum", "Weight averaging (ema_momentum)"),
        (TrainingConfig, "seed", "Seed"),  # said once where both are one word
    ):
        with pytest.raises(ConfigError) as refusal:
            settings(**{name: "x"})
        assert str(refusal.value).startswith(f"{called} must be a ")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TrainingConfig(epochs=2.5), "Epochs must be a whole number from 1 to 1,000.*; it is 2.5"),
        (lambda: TrainingConfig(flip="no"), "Flip must be true or false; it is 'no'"),
        (lambda: Block(16.5), "Filters must be a whole number from 1 to 512; it is 16.5"),
        (lambda: NetworkConfig(blocks=[3]), "Block 1: A block must be a group of settings in braces, { }; it is 3"),
        (
            lambda: ExperimentConfig(network="lesson"),
            "The network must be a group of settings in braces, { }; it is 'lesson'",
        ),
    ],
)
def test_settings_made_in_python_are_checked_as_strictly(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_a_config_made_in_python_equals_its_copy():
    config = ExperimentConfig(
        network=NetworkConfig(blocks=[Block(8)], dense_units=[30]), training=TrainingConfig(seconds=60)
    )
    assert ExperimentConfig.from_json(config.to_json()) == config
    assert hash(config) == hash(ExperimentConfig.from_json(config.to_json()))


@pytest.mark.parametrize(
    "text", ["{", b"\x80\xff\x00", "[" * 200_000, '{"training": {"seed": ' + "1" * 5000 + "}}", ""]
)
def test_text_that_is_no_json_is_refused(text):
    with pytest.raises(ConfigError, match="not valid JSON"):
        ExperimentConfig.from_json(text)


@pytest.mark.parametrize("value", [3, [], "report", None])
def test_json_that_is_no_config_is_refused(value):
    with pytest.raises(ConfigError, match="The experiment must be a group of settings in braces"):
        ExperimentConfig.from_json(json.dumps(value))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_file_is_read_in_whatever_encoding_an_editor_chose(encoding):
    config = replace(PRESETS["lesson"], preset="größer")
    text = json.dumps(config.to_dict(), ensure_ascii=False)
    assert ExperimentConfig.from_json(text.encode(encoding)) == config
    assert ExperimentConfig.from_json("\ufeff" + text) == config


def test_the_file_of_a_run_is_read_as_its_config():
    about = {"created": "2026-11-24T13:00:12+00:00", "versions": {}, "experiment": PRESETS["best"].to_dict()}
    assert ExperimentConfig.from_json(json.dumps(about)) == PRESETS["best"]


def test_settings_cannot_be_changed():
    for settings in (PRESETS["best"], PRESETS["best"].network, PRESETS["best"].network.blocks[0]):
        with pytest.raises(FrozenInstanceError):
            setattr(settings, fields(settings)[0].name, 3)


def test_a_network_that_shrinks_to_nothing_is_refused_with_the_block_and_the_sizes():
    blocks = (Block(8, 2), Block(8, 2), Block(8, 2))  # valid 3x3: 32 -> 28 -> 14 -> 10 -> 5 -> 1 -> 0
    with pytest.raises(ConfigError, match="Block 3 gets 5x5"):
        NetworkConfig(blocks=blocks, padding="valid")
    assert NetworkConfig(blocks=blocks[:2], padding="valid").blocks == blocks[:2]


def test_a_run_needs_a_limit():
    with pytest.raises(ConfigError, match="needs a limit"):
        TrainingConfig(epochs=None, seconds=None)


def test_variants_are_made_by_replacing():
    base = PRESETS["report"]
    assert replace(base.training, epochs=1) != base.training
    with pytest.raises(ConfigError, match="Epochs must"):
        replace(base.training, epochs=0)


def test_a_config_from_before_a_setting_means_its_default():
    """The recorded runs know nothing of the settings that came later."""
    values = PRESETS["report"].to_dict()
    for later in ("whitening", "block_order", "head", "initialization"):
        del values["network"][later]
    for later in ("bias_rate_multiplier", "label_smoothing", "ema_momentum", "cutout", "test_time_views", "precision"):
        del values["training"][later]
    assert ExperimentConfig.from_dict(values) == PRESETS["report"]


def test_a_config_of_version_1_is_read_under_its_old_names():
    config = replace(PRESETS["best"], training=replace(PRESETS["best"].training, training_images=20, ema_momentum=0.9))
    values = config.to_dict()
    old_names = {
        "training": {
            "bias_rate_multiplier": "bias_rate",
            "head_rate_multiplier": "head_rate",
            "ema_momentum": "averaging",
            "test_time_views": "test_views",
            "training_images": "images",
        },
        "network": {"batch_norm_momentum": "norm_momentum"},
    }
    for section, names in old_names.items():
        for new, old in names.items():
            values[section][old] = values[section].pop(new)
    assert ExperimentConfig.from_dict({**values, "schema_version": 1}) == config
    with pytest.raises(ConfigError, match="no setting called"):
        ExperimentConfig.from_dict(values)  # today's version knows today's names only


def test_pooling_early_leaves_room_where_pooling_late_does_not():
    blocks = (Block(8, 1),) * 3  # valid 5x5, whitened: 31 -> 27 -> 13 -> 9 -> 4 -> 0
    with pytest.raises(ConfigError, match="Block 3 gets 4x4"):
        NetworkConfig(blocks=blocks, kernel_size=5, padding="valid", whitening=True)
    two = (Block(8, 2), Block(8, 2))  # early: 32 -> 30 -> 15 -> 13, 13 -> 11 -> 5 -> 3; late: 28 -> 14, 10 -> 5
    assert NetworkConfig(blocks=two, padding="valid", block_order="pool_norm_activation").blocks == two
    with pytest.raises(ConfigError, match="Block 3 gets 3x3"):
        NetworkConfig(blocks=(*two, Block(8, 1)), padding="valid", kernel_size=3, block_order="pool_norm_activation")
