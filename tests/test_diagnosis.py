"""What a curve is said to show: of the recorded runs, and of curves made up for each kind."""

import math
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from cnn_core import data
from cnn_core.config import Block, ConfigError, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.evaluation import diagnose
from cnn_core.evaluation.findings import Kind
from cnn_core.presets import PRESETS
from cnn_core.runs import Run

RECORDED = Path(__file__).parents[1] / "assets" / "runs"
COLUMNS = ("epoch", "passes", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds")
NAMES = tuple("abcdefghij")
PLAIN = ExperimentConfig(training=TrainingConfig(schedule="constant", epochs=6))
LN_10 = math.log(10)


def curve(losses, val_losses=None, *, accuracy=None, val_accuracy=None, rate=2e-3, seconds=10.0):
    """A history of one row an epoch; where accuracies are not given, exp(-loss), as of one sure answer."""
    losses = np.asarray(losses, float)
    val_losses = losses if val_losses is None else np.asarray(val_losses, float)
    epochs = np.arange(1, len(losses) + 1)
    columns = (
        epochs,
        epochs.astype(float),
        losses,
        np.exp(-np.abs(losses)) if accuracy is None else np.broadcast_to(accuracy, losses.shape),
        val_losses,
        np.exp(-np.abs(val_losses)) if val_accuracy is None else np.broadcast_to(val_accuracy, losses.shape),
        np.broadcast_to(rate, losses.shape),
        seconds * epochs,
    )
    return pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))


def changes(before: ExperimentConfig, after: ExperimentConfig) -> dict:
    """The settings in which two experiments differ, by name, each with its new value."""
    return {
        name: new
        for part in ("training", "network")
        for name, new in asdict(getattr(after, part)).items()
        if new != asdict(getattr(before, part))[name]
    } | ({"data_set": after.data_set} if after.data_set != before.data_set else {})


# ---- the recorded runs: what a teacher would say of them ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "said", "change"),
    [
        ("champion", "healthy", "training loss went from 1.097 to 0.275", {"epochs": 32}),
        ("best", "healthy", "validation loss from 0.809 to 0.393", {"seconds": 1200.0}),
        ("minute-8-epochs", "healthy", "a gap of 1.5 points", {"epochs": 16}),
        ("minute", "healthy", "2.0 points better: training is measured while", {"seconds": 120.0}),
        ("lesson", "healthy", "validation accuracy 98.9%", {"training_images": 1000}),
        ("report", "over-fitting", "Test loss was lowest in epoch 15, 0.485", {"flip": True, "shift": 2}),
    ],
)
def test_what_the_recorded_runs_show(name, kind, said, change):
    """Only the report's over-fits: it has no augmentation. Its test loss rises from epoch 15 on, by 3% to 14%."""
    run = Run(RECORDED / name)
    answers = np.bincount(run.snapshot(run.snapshot_epochs()[-1]).probabilities.argmax(axis=1), minlength=10)
    found = diagnose(run.history(), run.config, answers=answers, class_names=data.learned(run.config).class_names)
    assert found.kind == kind
    assert said in found.sentence
    assert changes(run.config, found.trial.config) == change


def test_smoothed_and_augmented_runs_raise_no_false_alarm_while_they_trained():
    """Their validation is better than their training for epochs, and jumps; the report's is called in time, once."""
    for folder in sorted(RECORDED.glob("*/config.json")):
        run = Run(folder.parent)
        history = run.history()
        said = [diagnose(history[:end], run.config, is_live=True) for end in range(len(history) + 1)]
        assert said[:2] == [None, None]
        kinds = [found.kind for found in said[2:]]
        expected = ["over-fitting" if run.id == "report" and end >= 19 else "healthy" for end in range(2, len(said))]
        if run.id == "best":  # its second epoch is no better on validation images: the figures alone are told
            expected[0] = "unclear"
        assert kinds == expected


# ---- curves of every kind -------------------------------------------------------------------------------------------

# Trained for this test with the preset `lesson`, on 1,000 images of Shapes-10 without augmentation.
LEARNED_BY_HEART = curve(
    [2.807, 2.125, 1.960, 1.745, 1.522, 1.281, 1.050, 0.838, 0.647, 0.487, 0.351, 0.253, 0.188, 0.145, 0.118],
    [2.680, 3.274, 3.401, 3.216, 3.079, 2.593, 2.551, 2.443, 2.441, 2.524, 2.560, 2.594, 2.636, 2.703, 2.752],
    accuracy=[0.105, 0.243, 0.303, 0.415, 0.492, 0.613, 0.696, 0.777, 0.845, 0.909, 0.946, 0.968, 0.987, 0.990, 0.996],
    val_accuracy=[0.1, 0.11, 0.106, 0.118, 0.149, 0.192, 0.197, 0.208, 0.223, 0.224, 0.231, 0.241, 0.245, 0.246, 0.245],
)
# The preset `linear` on 20,000 images of CIFAR-10; the learning rate falls to 0.
LINEAR = curve(
    [2.018, 1.876, 1.822, 1.794, 1.761, 1.746, 1.733, 1.725],
    [2.025, 1.882, 1.839, 1.820, 1.811, 1.799, 1.791, 1.789],
    rate=[0.00096, 0.00085, 0.00069, 0.0005, 0.00031, 0.00015, 0.00004, 0.0],
)
# `lesson` on 5,000 images at a learning rate of 0.00005, and of 1.
TOO_SLOW = curve([2.883, 2.584, 2.468, 2.388, 2.351, 2.307], val_accuracy=[0.113, 0.123, 0.133, 0.138, 0.150, 0.159])
FAR_TOO_FAST = curve([335.78, 2.326, 2.327, 3.629, 2.312, 2.310], accuracy=0.1)


def at_rate(rate, **settings):
    return ExperimentConfig(training=TrainingConfig(learning_rate=rate, schedule="constant", epochs=6, **settings))


def of_epochs(count):
    """PLAIN, with so many epochs to train."""
    return replace(PLAIN, training=replace(PLAIN.training, epochs=count))


CASES = {
    "a loss that is no number": (
        curve([1.9, 1.5, math.nan, math.nan]), at_rate(6e-3), "diverged",
        "was 1.500 in epoch 2; after that it was no number", {"learning_rate": 2e-3},
    ),
    "no number in validation alone": (curve([1.9, 1.5], [1.8, math.inf]), PLAIN, "diverged", "1.900 in epoch 1", None),
    "one epoch": (
        curve([1.2], [0.9]), of_epochs(1), "one epoch", "validation loss 0.900", {"epochs": 4},
    ),
    "chance from first to last": (
        curve([2.31, 2.304, 2.303], accuracy=0.1), at_rate(1e-5), "guessing",
        "training loss is 2.303, and validation accuracy 10.0%; guessing scores ln 10 = 2.303", {"learning_rate": 2e-3},
    ),
    "chance at a rate far too high": (FAR_TOO_FAST, at_rate(1.0), "guessing", "is 2.310", {"learning_rate": 2e-3}),
    "chance without batch-norm": (
        curve([2.31, 2.304], accuracy=0.1), replace(PLAIN, network=NetworkConfig(batch_norm=False)), "guessing", "",
        {"batch_norm": True},
    ),
    "a loss that grows": (
        curve([1.8, 1.2, 2.0, 3.4]), at_rate(6e-3), "diverging",
        "was 1.200 in epoch 2 and has risen to 3.400 in epoch 4", {"learning_rate": 2e-3},
    ),
    "a loss that jumps": (
        curve([1.9, 1.5, 1.8, 1.4, 1.7, 1.3]), at_rate(6e-3), "rate too high", "from epoch 4 to 5 it rose from 1.400",
        {"learning_rate": 2e-3},
    ),
    "a loss that stays high": (
        curve([1.9, 1.80, 1.79, 1.80, 1.79]), at_rate(0.012), "rate too high",
        "it was 1.800 in epoch 2 and is 1.790 in epoch 5", {"learning_rate": 4e-3},
    ),
    "a loss far above guessing": (
        curve([63.0, 27.2, 20.7, 28.2, 23.4], accuracy=0.25), at_rate(0.1), "rate too high", "23.400 in epoch 5",
        {"learning_rate": 2e-3},
    ),
    "images known by heart": (
        LEARNED_BY_HEART, replace(PLAIN, training=TrainingConfig(flip=False, shift=0)), "over-fitting",
        "was lowest in epoch 9, 2.441, and is 2.752 in epoch 15", {"flip": True, "shift": 2},
    ),
    "far ahead on few images": (
        curve([1.5, 0.9, 0.45], [1.9, 1.5, 1.5]), at_rate(2e-3, training_images=1000), "wide gap",
        "a gap of 41.5 points", {"training_images": None},
    ),
    "steady and slow": (
        TOO_SLOW, at_rate(5e-5), "rate too low", "was 2.468 in epoch 3 and is 2.307 in epoch 6",
        {"learning_rate": 2e-3},
    ),
    "falling to the last": (
        curve([1.8, 1.4, 1.1], [1.6, 1.2, 1.0]), replace(PLAIN, training=replace(PLAIN.training, epochs=3)),
        "stopped early", "from 1.400 to 1.100, and validation loss from 1.200 to 1.000, at a learning rate of 0.002",
        {"epochs": 6},
    ),
    "nothing moves": (
        curve([0.9, 0.5, 0.403, 0.401, 0.402, 0.400], [0.8, 0.6, 0.55, 0.551, 0.552, 0.55]), PLAIN, "settled",
        "training loss was 0.403 and is 0.400", {"schedule": "cosine"},
    ),
    "a linear classifier": (LINEAR, PRESETS["linear"], "settled", "is 16.7% in epoch 8", {"blocks": "a block"}),
    "both fall, and rest at the end": (
        curve([1.2, 0.6, 0.5], [0.9, 0.6, 0.55], rate=[0.0015, 0.0005, 0.0]),
        ExperimentConfig(training=TrainingConfig(epochs=3)), "healthy", "went from 1.200 to 0.500", {"epochs": 6},
    ),
    "up and down near the ground": (
        curve([0.5, 0.6, 0.55], [0.7, 0.68, 0.71]), of_epochs(3), "unclear", "went from 0.500 to 0.550", {"epochs": 6},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("history", "config", "kind", "said", "change"), CASES.values(), ids=CASES)
def test_a_curve_made_up_for_each_kind(history, config, kind, said, change):
    found = diagnose(history, config)
    assert found.kind == kind
    assert said in found.sentence
    assert found.trial.says
    if change is not None:
        changed = changes(config, found.trial.config)
        assert changed == change or (change == {"blocks": "a block"} and list(changed) == ["blocks"])


def test_every_kind_has_its_case():
    """All but the one that needs the answers; see below."""
    assert {kind for _, _, kind, *_ in CASES.values()} | {"class missing"} == set(get_args(Kind))


HEALTHY = curve([1.2, 0.6, 0.5], [0.9, 0.6, 0.55], rate=[0.0015, 0.0005, 0.0])


def test_a_class_that_is_never_the_answer_is_named():
    answers = np.array([250, 250, 250, 0, 250, 0, 250, 250, 250, 250])
    found = diagnose(HEALTHY, PLAIN, answers=answers, class_names=NAMES)
    assert (found.kind, found.title) == ("class missing", "Never says d or f")
    assert "Of 2,000 validation images none got the answer d or f after epoch 3" in found.sentence
    assert changes(PLAIN, found.trial.config) == {"epochs": 12}
    few = diagnose(HEALTHY, PLAIN, answers=answers // 10, class_names=NAMES)
    assert few.kind == "healthy", "among 200 images a class may be missing by chance"
    assert diagnose(HEALTHY, PLAIN, answers=np.full(10, 200), class_names=NAMES).kind == "healthy"


def test_a_network_with_one_answer_for_all_is_guessing():
    answers = np.array([0, 0, 0, 0, 0, 0, 0, 2000, 0, 0])
    found = diagnose(curve([2.31, 2.303], accuracy=0.1), PLAIN, answers=answers, class_names=NAMES)
    assert found.kind == "guessing"
    assert "All 2,000 images got the same answer: h." in found.sentence


def test_before_the_first_epoch_has_ended_nothing_is_said_unless_the_loss_is_no_number():
    nothing = curve([])
    assert diagnose(nothing, PLAIN) is None
    assert diagnose(nothing, PLAIN, is_live=True) is None
    found = diagnose(nothing, PLAIN, has_diverged=True)
    assert (found.kind, found.sentence) == ("diverged", "The loss stopped being a number before the first epoch ended.")


# ---- no false alarm -------------------------------------------------------------------------------------------------


def test_validation_that_is_better_than_training_is_no_trouble():
    """Dropout and augmentation are on in training; label smoothing keeps losses up."""
    network = NetworkConfig(blocks=(Block(16, 1, 0.3),))
    config = ExperimentConfig(network=network, training=TrainingConfig(label_smoothing=0.2))
    history = curve([1.4, 1.0, 0.9], [1.0, 0.7, 0.6], rate=[0.001, 0.0005, 0.0])
    found = diagnose(history, config)
    assert found.kind == "healthy"
    assert "better: training is measured while the network still learns, with dropout and augmentation on" in found.said


def test_one_lucky_epoch_is_no_minimum():
    """Validation loss as measured on 1,000 training images at a constant learning rate: no later mean is higher."""
    noisy = [1.326, 1.353, 1.398, 1.310, 1.348, 1.315, 1.310, 1.334, 1.224, 1.324, 1.275, 1.295]
    training = [0.389, 0.354, 0.356, 0.292, 0.312, 0.282, 0.283, 0.248, 0.246, 0.242, 0.202, 0.204]
    found = diagnose(curve(training, noisy, val_accuracy=0.59), PLAIN)
    assert found.kind == "wide gap"


def test_a_network_that_still_guesses_does_not_over_fit():
    """Batch-norm's running statistics lag behind at first: validation loss rises, and means nothing."""
    for epochs in range(2, 6):
        assert diagnose(LEARNED_BY_HEART[:epochs], PLAIN).kind not in {"over-fitting", "wide gap"}


def test_a_run_stopped_by_hand_is_not_given_more_time_than_it_asked_for():
    history = curve([1.8, 1.4, 1.1], [1.6, 1.2, 1.0])
    found = diagnose(history, replace(PLAIN, training=replace(PLAIN.training, epochs=10)))
    assert found.kind == "stopped early"
    assert "resume it" in found.trial.says
    assert found.trial.config.training.epochs == 10
    assert "resume it" in diagnose(history[:1], PLAIN).trial.says
    healthy = diagnose(curve([1.8, 1.4, 1.2, 1.18], [1.6, 1.2, 1.1, 1.08]), PLAIN)
    assert healthy.kind == "healthy"
    assert "resume it" in healthy.trial.says


def test_what_the_run_has_already_is_not_proposed_again():
    """Over-fitting: augmentation, then dropout, then cutout, then an end at the minimum."""
    network, training = NetworkConfig(blocks=(Block(16), Block(32))), TrainingConfig(flip=False, shift=0, epochs=15)
    config, proposed = ExperimentConfig(network=network, training=training), []
    for _ in range(4):
        trial = diagnose(LEARNED_BY_HEART, config).trial
        proposed.append(trial.label)
        config = trial.config
    assert proposed == ["flip and shift on", "dropout 0.2 in the blocks", "cutout 8", "9 epochs"]


def test_a_validation_loss_that_rises_while_more_images_are_recognised_is_no_over_fitting():
    """The network gets surer, also where it is wrong; but it learns for other images too."""
    training, validation = [1.2, 0.8, 0.7, 0.6, 0.5], [1.1, 1.0, 1.1, 1.12, 1.14]
    settings = {"accuracy": [0.5, 0.6, 0.65, 0.7, 0.72]}
    gaining = curve(training, validation, val_accuracy=[0.5, 0.6, 0.62, 0.63, 0.65], **settings)
    assert diagnose(gaining, PLAIN).kind != "over-fitting"
    resting = curve(training, validation, val_accuracy=[0.6, 0.63, 0.63, 0.63, 0.65], **settings)
    assert diagnose(resting, PLAIN).kind == "over-fitting"


def test_a_loss_that_jumps_around_chance_does_not_diverge():
    assert diagnose(FAR_TOO_FAST[:4], at_rate(1.0)).kind == "guessing"


def test_a_network_that_had_learned_and_lost_it_is_not_said_to_be_still_guessing():
    found = diagnose(curve([1.6, 1.2, 2.31, 2.32], accuracy=[0.4, 0.6, 0.1, 0.1], val_accuracy=0.1), at_rate(6e-3))
    assert found.kind == "diverging"


def test_where_a_limit_forbids_the_change_there_is_advice_and_nothing_to_set_up():
    config = of_epochs(1000)
    with pytest.raises(ConfigError):
        replace(config.training, epochs=2000)
    trial = diagnose(HEALTHY.assign(passes=1000.0), config).trial
    assert trial.says
    assert trial.config is None


# ---- steady while it is live ----------------------------------------------------------------------------------------


def test_a_live_diagnosis_changes_only_when_two_epochs_agree():
    """Epoch 5 alone looks like divergence; 6 is as before. What was said at 4 stands at 5, with its own numbers."""
    losses = [1.8, 1.4, 1.1, 0.9, 2.0, 0.8, 0.7]
    history = curve(losses)
    assert diagnose(history[:5], PLAIN).kind == "diverging"
    said = [diagnose(history[:end], PLAIN, is_live=True) for end in range(3, 8)]
    assert {found.kind for found in said} == {"healthy"}
    assert said[2] == said[1]
    assert "to 0.900" in said[2].sentence


def test_a_live_run_that_diverges_is_told_at_once():
    found = diagnose(curve([1.8, math.nan]), PLAIN, is_live=True)
    assert found.kind == "diverged"


def test_a_live_run_is_not_called_stopped():
    assert diagnose(curve([1.8, 1.4, 1.1], [1.6, 1.2, 1.0]), PLAIN, is_live=True).kind == "healthy"


# ---- whatever the history -------------------------------------------------------------------------------------------


def random_history(rng):
    n = int(rng.integers(0, 12))
    scale = 10 ** rng.uniform(-4, 2)
    losses = np.abs(rng.normal(size=(2, n)).cumsum(axis=1)) * scale
    losses[rng.random((2, n)) < 0.01] = rng.choice([math.nan, math.inf])
    accuracies = rng.random((2, n)) if rng.random() < 0.7 else np.full((2, n), 0.1)
    rates = rng.uniform(0, 2e-3, n)
    return curve(*losses, accuracy=accuracies[0], val_accuracy=accuracies[1], rate=rates)


def cited(history):
    """Every number that may be written of this history, as it is written."""
    rows = history.to_dict("records")
    losses = {f"{row[name]:.3f}" for row in rows for name in ("loss", "val_loss")}
    shares = {f"{row[name]:.1%}" for row in rows for name in ("accuracy", "val_accuracy")}
    gaps = {f"{abs(round(100 * row['accuracy'], 1) - round(100 * row['val_accuracy'], 1)):.1f}" for row in rows}
    rates = {np.format_float_positional(float(f"{row['learning_rate']:.2g}"), trim="-") for row in rows}
    epochs = {str(row["epoch"]) for row in rows}
    return losses | shares | gaps | rates | epochs | {"10", "10%", f"{LN_10:.3f}", "2,000"}


@pytest.mark.parametrize("seed", range(40))
def test_whatever_the_history_it_is_judged_and_every_number_is_its_own(seed):
    rng = np.random.default_rng(seed)
    for _ in range(25):
        history = random_history(rng)
        config = PRESETS[rng.choice(list(PRESETS))]
        answers = rng.multinomial(2000, rng.dirichlet(np.full(10, 0.05)))
        for is_live in (False, True):
            found = diagnose(history, config, answers=answers, class_names=NAMES, is_live=is_live)
            is_number = np.isfinite(history[["loss", "val_loss"]].to_numpy()).all()
            assert (found is None) == bool(is_number and len(history) < 1 + is_live)
            if found:
                numbers = set(re.findall(r"\d[\d,]*(?:\.\d+)?%?", f"{found.title} {found.sentence}"))
                assert {number.rstrip(",") for number in numbers} <= cited(history), found
