"""Reuse: the kernels of a recorded network are kept, and the last layer is scikit-learn's own logistic regression."""

from dataclasses import replace

import keras
import numpy as np
import pytest
from handmade import write_finished_run
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small_training import assert_identical, ignore, lived_in, make_data_set

from cnn_core import data, runs, training
from cnn_core.completion import Completed, complete
from cnn_core.config import Block, ConfigError, ExperimentConfig, NetworkConfig, OwnData, TrainingConfig
from cnn_core.data import DataError
from cnn_core.differences import differences
from cnn_core.evaluation import Careless, diagnose
from cnn_core.inference import Classifier, Network
from cnn_core.lab_report.settings import about_settings
from cnn_core.presets import PRESETS, reusing
from cnn_core.runs import RunState
from cnn_core.runs.arrays import write_arrays
from cnn_core.training.logistic import PENALTIES
from cnn_core.worker import work

pytestmark = pytest.mark.slow
RECORDED = NetworkConfig(blocks=(Block(6, 1), Block(8, 2)), head="max", whitening=True)
CONFIG = ExperimentConfig(
    data_set="shapes10",
    reuse="teacher",
    network=replace(RECORDED, head="blocks"),
    training=TrainingConfig(epochs=32, shift=0, training_images=150, seed=3),
)


@pytest.fixture(scope="module")
def small():
    return make_data_set()


@pytest.fixture(scope="module")
def recorded():
    return lived_in(RECORDED)


@pytest.fixture(scope="module")
def learned(small, recorded):
    """The outcome, and what was told."""
    told = {"epochs": [], "looks": [], "measuring": []}
    listeners = {"on_epoch": told["epochs"].append, "on_look": told["looks"].append}
    return training.reuse(CONFIG, small, recorded, on_measuring=told["measuring"].append, **listeners), told


def by_hand(recorded, images):
    """Mean and largest value of each map at the end of each block, by NumPy from the recorded network's maps."""
    ends = ("block1_pool", "block2_pool")
    maps = keras.Model(recorded.input, [recorded.get_layer(name).output for name in ends]).predict(images, verbose=0)
    return np.concatenate([part for of in maps for part in (of.mean((1, 2)), of.max((1, 2)))], axis=1).astype(float)


@pytest.fixture(scope="module")
def theirs(small, recorded):
    """scikit-learn's own way: (penalty, iterations) gives the pipeline, fitted on 150 images, mirrored too."""
    train = small.split("train")
    rows = np.sort(np.random.default_rng((3, 1)).permutation(260)[:150])
    images = train.images(rows)
    seen = np.concatenate([by_hand(recorded, each) for each in (images, images[:, :, ::-1])])

    def fitted(penalty, iterations):
        pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=penalty, max_iter=iterations))
        return pipeline.fit(seen, np.tile(train.labels[rows], 2))

    return fitted


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_the_answers_are_scikit_learn_s_on_the_features_of_the_recorded_network(learned, theirs, small, recorded):
    outcome, test = learned[0], small.split("test")
    expected = theirs(outcome.penalty, 32).predict_proba(by_hand(recorded, test.images()))
    found = training.predictor(outcome.model)(test.images())
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert (found.argmax(1) == test.labels).mean() > 0.5, "and they are no guesses"


def test_all_kernels_are_the_recorded_ones(learned, recorded):
    model = learned[0].model
    kept = [layer.name for layer in model.layers if layer.weights]
    assert kept[-1] == "logits"
    for name in kept[:-1]:
        assert_identical(model.get_layer(name).get_weights(), recorded.get_layer(name).get_weights())


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_the_penalty_is_the_one_that_suits_the_validation_images(learned, theirs, small, recorded):
    val = small.split("val")
    seen = by_hand(recorded, val.images())
    losses = {p: log_loss(val.labels, theirs(p, 32).predict_proba(seen), labels=range(10)) for p in PENALTIES}
    assert learned[0].penalty == min(losses, key=losses.get)


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_the_curve_is_fits_with_more_and_more_iterations(learned, theirs, small, recorded):
    outcome, told = learned
    rows = [epoch.scores for epoch in told["epochs"]]
    assert rows == outcome.history
    epochs = [row.epoch for row in rows]
    assert epochs[:5] == [1, 2, 4, 8, 16]
    assert [row.passes for row in rows] == epochs
    val = small.split("val")
    expected = theirs(outcome.penalty, 4).predict_proba(by_hand(recorded, val.images()))
    assert rows[2].val_loss == pytest.approx(log_loss(val.labels, expected, labels=range(10)), rel=1e-3)
    assert rows[-1].loss < rows[2].loss < rows[0].loss < np.log(10)
    np.testing.assert_allclose(told["epochs"][2].probabilities, expected, atol=1e-3)
    assert told["measuring"][-1].done == told["measuring"][-1].total == 2 * 150 + 20
    assert [look.seconds for look in told["looks"]] == [row.seconds for row in rows]


def test_the_same_seed_gives_the_same_network(learned, small, recorded):
    again = training.reuse(CONFIG, small, recorded)
    assert_identical(again.model.get_weights(), learned[0].model.get_weights())
    other = training.reuse(replace(CONFIG, training=replace(CONFIG.training, seed=4)), small, recorded)
    kernels = [outcome.model.get_layer("logits").kernel.numpy() for outcome in (other, again)]
    assert (kernels[0] != kernels[1]).any(), "other images"


def test_a_stop_leaves_the_last_fit_and_one_before_the_first_a_network_that_knows_nothing(small, recorded):
    told = []
    outcome = training.reuse(CONFIG, small, recorded, on_epoch=told.append, should_stop=lambda: len(told) == 3)
    assert (outcome.is_finished, [row.epoch for row in outcome.history]) == (False, [1, 2, 4])
    val = small.split("val")
    np.testing.assert_allclose(training.predictor(outcome.model)(val.images()), told[-1].probabilities, atol=1e-4)
    nothing = training.reuse(CONFIG, small, recorded, should_stop=lambda: True)
    np.testing.assert_allclose(training.predictor(nothing.model)(val.images()), 0.1)


def with_labels(small, change):
    splits = {name: replace(small.split(name), labels=change(small.split(name).labels)) for name in small.splits}
    return replace(small, splits=splits)


def test_two_classes_are_two_logits_and_one_is_refused(small, recorded):
    own = OwnData("Pets", ("cat", "dog"), 260, 20, 60)
    config = replace(
        CONFIG, data_set="pets@1a2b3c4d", own=own, network=replace(CONFIG.network, classes=2),
        training=replace(CONFIG.training, training_images=None, flip=False),
    )  # fmt: skip
    halves = with_labels(small, lambda labels: labels // 5)
    outcome = training.reuse(config, halves, recorded)
    train, test = halves.split("train"), halves.split("test")
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=outcome.penalty, max_iter=32))
    expected = pipeline.fit(by_hand(recorded, train.images()), train.labels).predict_proba(
        by_hand(recorded, test.images())
    )
    np.testing.assert_allclose(training.predictor(outcome.model)(test.images()), expected, atol=1e-4)
    with pytest.raises(DataError, match="of one class only; two classes are the least"):
        training.reuse(config, with_labels(small, lambda labels: 0 * labels), recorded)


def test_a_class_without_a_training_image_is_never_the_answer(small, recorded):
    lacking = with_labels(small, lambda labels: np.where(labels == 7, 6, labels))
    outcome = training.reuse(CONFIG, lacking, recorded)
    assert training.predictor(outcome.model)(small.split("test").images())[:, 7].max() < 1e-6


@pytest.mark.parametrize("change", [{"blocks": (Block(6, 1), Block(9, 2))}, {"blocks": (Block(6, 2), Block(8, 2))}])
def test_kernels_that_do_not_fit_are_refused(change, small, recorded):
    with pytest.raises(ConfigError, match=r"kernels of teacher do not fit .*: its blocks are others"):
        training.reuse(replace(CONFIG, network=replace(CONFIG.network, **change)), small, recorded)


def test_settings_that_contradict_reuse_are_refused():
    for change in ({"network": replace(CONFIG.network, dense_units=(5,))},
                   {"training": replace(CONFIG.training, validate_on="test")}):  # fmt: skip
        with pytest.raises(ConfigError, match="Reuse learns the last layer alone"):
            replace(CONFIG, **change)


@pytest.fixture
def bursts():
    """The state of a set of two classes that differ in nothing but what each burst of four frames happens to show."""
    rng = np.random.default_rng(0)
    name = data.own.create("Bursts", ["heads", "tails"]).name
    for number in range(32):
        frame = rng.integers(20, 236, (4, 4, 3)).repeat(8, 0).repeat(8, 1)
        frames = (frame + rng.integers(-5, 6, (4, 32, 32, 3))).astype(np.uint8)
        data.own.add(name, data.own.find(name).classes[number % 2].id, frames, f"burst {number}")
    return data.own.latest(name)


def test_a_careless_split_knows_the_frames_of_a_burst_and_the_honest_one_guesses(bursts):
    wide = replace(RECORDED, blocks=(Block(24, 1), Block(48, 2)))
    recorded, found = lived_in(wide), data.load(bursts)
    training_config = replace(CONFIG.training, training_images=None)
    usual = replace(CONFIG, network=replace(wide, head="blocks"), training=training_config)
    config = data.on(usual, bursts)
    outcome, test = training.reuse(config, found, recorded), found.split("test")
    honest = (training.predictor(outcome.model)(test.images()).argmax(1) == test.labels).mean()
    careless = training.careless(outcome, config, found)
    assert honest < 0.75 < 0.9 < careless.accuracy
    assert careless.n == len(test)
    assert careless == training.careless(outcome, config, found), "the draws follow from the seed"
    assert training.careless(outcome, usual, found) is None, "it is no own data set"
    data.own.remove(bursts.partition("@")[0])
    assert training.careless(outcome, config, found) is None, "somebody has removed it"


class TestRun:
    @pytest.fixture
    def teacher(self, recorded, tiny_data_dir):
        """A recorded run with that network."""
        run = write_finished_run(ExperimentConfig(data_set="cifar10", network=RECORDED))
        recorded.save(run.keras_path)
        run.classifier_path.touch()
        runs.files.recorded_dir().mkdir()
        run.path.rename(runs.files.recorded_dir() / "teacher")

    @pytest.fixture
    def config(self):
        return replace(CONFIG, data_set="cifar10")

    def test_it_is_a_run_like_all_others(self, teacher, config, tiny_data, recorded):
        run = runs.create(config)
        assert work(run) == 0
        assert run.state() == RunState.FINISHED, run.reason()
        test = tiny_data.split("test")
        _, probabilities = run.predictions()
        expected = training.predictor(training.reuse(config, tiny_data, recorded).model)(test.images())
        np.testing.assert_allclose(probabilities, expected, atol=1e-5)
        np.testing.assert_allclose(Classifier(run.classifier_path).predict(test.images()), expected, atol=1e-4)
        logits = Network.open(run.network_file(), run.anatomy()).backward_pass().logits(test.images())
        powers = np.exp(logits.astype(float))
        np.testing.assert_allclose(powers / powers.sum(1, keepdims=True), expected, atol=1e-4)
        assert list(run.history()["epoch"][:4]) == run.snapshot_epochs()[:4] == [1, 2, 4, 8]
        assert run.snapshot(4).probabilities.shape == (20, 10)
        assert run.projection().center.shape == (2 * (6 + 8),)
        assert run.careless() is None
        assert diagnose(run.history(), config) is None, "no advice about learning rates"
        assert complete(run) == Completed(), "it lacks nothing"

    def test_stopped_it_begins_again_when_it_is_resumed(self, teacher, config, tiny_data):
        run = runs.create(config)
        assert work(run, on_epoch=lambda epoch: runs.request_stop(run) if epoch.scores.epoch == 2 else None) == 0
        assert run.state() == RunState.STOPPED
        assert (run.scores().epoch, run.is_tested()) == (2, True)
        assert runs.is_resumable(run)
        assert work(run) == 0
        assert run.state() == RunState.FINISHED
        assert list(run.history()["epoch"][:4]) == [1, 2, 4, 8]

    def test_without_the_recorded_run_it_says_so(self, config, tiny_data_dir):
        run = runs.create(config)
        assert work(run) == 1
        assert run.reason() == "The kernels of 'teacher' are not here: the project came without that recorded run."

    def test_what_a_careless_split_shows_is_kept_and_checked(self, run_with_network):
        run_with_network.keras_path.touch()
        assert run_with_network.careless() is None
        file = run_with_network.path / runs.files.CARELESS
        file.write_bytes(write_arrays(Careless(0.97, 24).to_arrays()))
        assert run_with_network.careless() == (0.97, 24)
        half, n = np.array(0.5), np.array(24)
        odd = [{"accuracy": np.array(1.2), "n": n}, {"accuracy": half}, {"accuracy": np.array(np.nan), "n": n}]
        for arrays in (*odd, {"accuracy": half, "n": np.array(0)}, {"accuracy": half, "n": half}):
            file.write_bytes(write_arrays(arrays))
            with pytest.raises(runs.RunError, match=r"careless\.npz is damaged"):
                run_with_network.careless()


def test_what_takes_no_steps_is_told_without_the_settings_of_steps():
    told = differences(data.on(reusing(), "shapes10"), data.on(PRESETS["minute"], "shapes10"))
    found = {difference.setting: (difference.a, difference.b) for difference in told}
    assert found["Kernels"] == ("those of minute-8-epochs, kept", "learned")
    assert found["Head"] == ("mean and largest of all blocks", "the largest")
    assert not found.keys() & {"Optimizer", "Learning rate", "Batch size", "Stop after", "Shift"}
    names = dict(about_settings(data.on(reusing(), "shapes10")))
    assert names["Kernels kept from"] == "minute-8-epochs"
    assert "Optimizer" not in names


def test_the_preset_keeps_the_kernels_of_a_run_that_came_with_the_project():
    from pathlib import Path

    config = data.on(reusing(), "shapes10")
    run = runs.Run(Path(__file__).parents[1] / "assets" / "runs" / config.reuse)
    assert replace(run.config.network, head="blocks") == config.network
    kept = training.load_weights(run.config.network, run.keras_path)
    outcome = training.reuse(config, make_data_set(), kept, on_epoch=ignore)
    assert outcome.history[-1].val_accuracy > 0.5, "ten brightnesses"
