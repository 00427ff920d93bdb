"""Two runs compared: the arithmetic against SciPy, published examples and a bootstrap; settings and seeds in words."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from handmade import write_event_line, write_finished_run
from scipy.stats import binomtest

from cnn_core import comparing, differences, runs
from cnn_core.config import Block, ExperimentConfig, NetworkConfig, TrainingConfig
from cnn_core.evaluation import comparison
from cnn_core.evaluation.comparison import Paired
from cnn_core.presets import PRESETS
from cnn_core.runs import RunError

COUNTS = [Paired(8131, 216, 908, 745), Paired(1, 7, 1, 12), Paired(5, 0, 3, 2), Paired(20, 40, 40, 0)]


class TestCounts:
    def test_by_hand(self):
        labels = np.array([0, 1, 2, 3, 4])
        a, b = np.array([0, 1, 2, 0, 0]), np.array([0, 1, 9, 3, 9])
        counts = comparison.paired(labels, a, b)
        assert counts == Paired(both=2, only_a=1, only_b=1, neither=1)
        assert (counts.n, counts.accuracy_a, counts.accuracy_b, counts.difference) == (5, 0.6, 0.6, 0.0)

    @pytest.mark.parametrize("b", [np.array([1]), np.array([1, 2, 3])])
    def test_two_answers_for_each_image_are_needed(self, b):
        with pytest.raises(ValueError, match="two answers for each of the same images"):
            comparison.paired(np.array([1, 2]), np.array([1, 2]), b)

    def test_moved_are_the_images_in_one_of_the_two_cells(self):
        labels = np.array([3, 3, 3, 3, 5])
        a, b = np.array([5, 5, 3, 3, 5]), np.array([5, 3, 5, 3, 5])
        left, came = comparison.moved_positions(labels, a, b, actual=3, predicted=5)
        assert (left.tolist(), came.tolist()) == ([1], [2])


class TestInterval:
    @pytest.mark.parametrize(
        ("counts", "published"),
        [  # read as the first proportion less the second, so B is the first
            (Paired(both=36, only_b=12, only_a=2, neither=0), (0.0569, 0.3404)),  # Newcombe 1998
            (Paired(both=14, only_b=5, only_a=0, neither=22), (0.011, 0.226)),  # Altman 2000, table 6.2
            (Paired(both=1, only_b=1, only_a=7, neither=12), (-0.507, -0.026)),  # Fagerland, Lydersen, Laake 2014
        ],
    )
    def test_is_that_of_the_published_examples(self, counts, published):
        assert comparison.interval(counts) == pytest.approx(published, abs=6e-4)

    def test_is_that_of_a_bootstrap_over_the_images(self):
        counts = Paired(700, 60, 110, 130)
        shares = np.array([counts.both, counts.only_a, counts.only_b, counts.neither]) / counts.n
        drawn = np.random.default_rng(0).multinomial(counts.n, shares, 20_000)
        low, high = np.quantile((drawn[:, 2] - drawn[:, 1]) / counts.n, [0.025, 0.975])
        assert comparison.interval(counts) == pytest.approx((low, high), abs=0.002)

    @pytest.mark.parametrize("counts", [*COUNTS, Paired(9, 0, 0, 0), Paired(0, 9, 0, 0), Paired(0, 0, 0, 9)])
    def test_holds_the_difference_and_turns_with_the_runs(self, counts):
        low, high = comparison.interval(counts)
        assert -1 <= low <= counts.difference <= high <= 1
        assert low < high, "also where both agree on every image"
        assert comparison.interval(counts.swapped) == pytest.approx((-high, -low))


class TestMcNemar:
    @pytest.mark.parametrize("counts", COUNTS)
    def test_is_scipy_s_exact_binomial(self, counts):
        tosses = counts.only_a + counts.only_b
        assert comparison.mcnemar(counts) == pytest.approx(binomtest(counts.only_a, tosses).pvalue, rel=1e-9)
        assert comparison.mcnemar(counts.swapped) == comparison.mcnemar(counts)

    def test_by_hand(self):
        assert comparison.mcnemar(Paired(1, 7, 1, 12)) == 2 * (1 + 8) / 256
        assert comparison.mcnemar(Paired(50, 0, 0, 50)) == 1

    def test_ten_thousand_disagreements_are_no_infinity(self):
        assert comparison.mcnemar(Paired(0, 10_000, 0, 0)) == 0
        assert math.isfinite(comparison.mcnemar(Paired(0, 4_990, 5_010, 0)))

    @pytest.mark.parametrize(
        ("counts", "said"),
        [
            (Paired(8131, 216, 908, 745), "A alone gets 216 right, B alone 908"),
            (Paired(8131, 216, 908, 745), "fewer than 1 of 1,000 cases"),
            (Paired(1, 7, 1, 12), "in 70 of 1,000 cases"),
            (Paired(1, 7, 3, 12), "in 34 of 100 cases"),
            (Paired(1, 5, 5, 12), "in nearly every case"),
            (Paired(6, 0, 0, 4), "Both get the same 6 of the 10 test images right"),
        ],
    )
    def test_is_said_in_cases(self, counts, said):
        words = comparison.describe_test(counts)
        assert said in words
        assert "significant" not in words

    def test_an_interval_around_0_leaves_it_open(self):
        assert "stays open" in comparison.describe_interval(Paired(20, 40, 40, 0))
        assert "stays open" not in comparison.describe_interval(Paired(8131, 216, 908, 745))


def lesson(**changes):
    """The preset with other settings of its training, or network."""
    base = PRESETS["lesson"]
    network = {name: changes.pop(name) for name in list(changes) if hasattr(base.network, name)}
    data_set = changes.pop("data_set", base.data_set)
    training = replace(base.training, **changes)
    return replace(base, data_set=data_set, network=replace(base.network, **network), training=training)


def told(a, b):
    return [(one.setting, one.a, one.b) for one in differences.differences(a, b)]


BLOCKS = (Block(16, 1), Block(32, 1), Block(64, 1))


class TestSettings:
    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({}, []),
            ({"seed": 7}, [("Seed", "0", "7")]),
            ({"data_set": "shapes10"}, [("Data set", "CIFAR-10", "Shapes-10")]),
            ({"seconds": None, "epochs": 1}, [("Stop after", "60 seconds", "1 epoch")]),
            ({"flip": False, "alternating_flip": True}, [("Flip", "on", "off")]),
            ({"alternating_flip": True}, [("Flip", "on", "alternating")]),
            ({"training_images": 5000}, [("Training images", "all", "5,000")]),
            ({"optimizer": "sgd"}, [("Optimizer", "Adam", "SGD")]),
            ({"ema_momentum": 0.95}, [("Weight averaging", "0", "0.95")]),
            ({"test_time_views": 6}, []),
            ({"activation": "gelu"}, [("Activation", "ReLU", "GELU")]),
            ({"batch_norm": False, "batch_norm_momentum": 0.5}, [("Batch-norm", "on", "off")]),
            ({"kernel_size": 5}, [("Kernel size", "3 × 3", "5 × 5")]),
            ({"head": "max"}, [("Head", "every value", "the largest")]),
            ({"dense_units": ()}, [("Hidden dense layers", "64 units", "none")]),
            ({"dense_units": (), "dense_activation": "tanh"}, [("Hidden dense layers", "64 units", "none")]),
            ({"blocks": (*BLOCKS[:2], Block(64, 1, 0.2))}, [("Dropout of block 3", "0", "0.2")]),
            ({"blocks": tuple(replace(block, dropout=0.2) for block in BLOCKS)}, [("Dropout", "0", "0.2")]),
            ({"blocks": BLOCKS[:2]}, [("Convolution blocks", "3", "2")]),
            ({"blocks": BLOCKS[1:]}, [("Convolution blocks", "3", "2"), ("Filters", "16, 32, 64", "32, 64")]),
            ({"blocks": (), "kernel_size": 5, "head": "max"}, [("Convolution blocks", "3", "none")]),
        ],
        ids=str,
    )  # fmt: skip
    def test_what_differs_is_told_as_the_pages_call_it(self, changes, expected):
        assert told(lesson(), lesson(**changes)) == expected
        assert told(lesson(**changes), lesson()) == [(name, b, a) for name, a, b in expected]

    def test_every_setting_is_told_but_those_without_effect(self):
        """A setting that is added one day is not forgotten here."""
        a, b = NetworkConfig(dense_units=(8,)), NetworkConfig(
            blocks=(Block(8, 2, 0.5),) * 3, kernel_size=1, padding="valid", activation="elu", batch_norm_momentum=0.5,
            pooling="average", dense_units=(9,), dense_activation="elu", whitening=True, head="max",
            block_order="pool_norm_activation", initialization="identity",
        )  # fmt: skip
        training = TrainingConfig(
            optimizer="sgd", learning_rate=1.0, bias_rate_multiplier=2.0, head_rate_multiplier=2.0, epochs=3,
            schedule="linear", label_smoothing=0.1, ema_momentum=0.5, batch_size=8, training_images=10, flip=False,
            shift=1, cutout=1, validate_on="test", precision="float32", seed=9,
        )  # fmt: skip
        found = told(ExperimentConfig(network=a), ExperimentConfig("shapes10", network=b, training=training))
        of_networks = len(fields(NetworkConfig)) - 3 + len(fields(Block))  # no batch_norm, no classes; blocks by fields
        of_trainings = len(fields(TrainingConfig)) - 3  # one limit, one flip, no views
        assert len(found) == 1 + of_networks + of_trainings

    def test_one_setting_is_the_headline_and_several_confound(self):
        dropout = lesson(blocks=tuple(replace(block, dropout=0.2) for block in BLOCKS))
        one = differences.differences(dropout, lesson())
        assert differences.headline(one) == "The only difference: dropout 0.2 against 0."
        assert not differences.is_confounded(one)
        seed_too = differences.differences(dropout, lesson(seed=1))
        assert differences.headline(seed_too) == "The only difference besides the seed: dropout 0.2 against 0."
        assert not differences.is_confounded(seed_too)
        two = differences.differences(dropout, lesson(batch_size=64))
        assert differences.headline(two) == "2 settings differ: dropout, batch size."
        assert differences.is_confounded(two)
        assert "confounded" in differences.consequence(two)
        many = differences.differences(PRESETS["minute"], PRESETS["report"])
        assert differences.headline(many).endswith(" and 17 more.")

    def test_without_one_it_is_a_repetition_or_the_same(self):
        repeated = differences.differences(lesson(), lesson(seed=3))
        assert differences.headline(repeated).startswith("A repetition")
        assert differences.headline([]) == "The settings are the same, the seed too."
        assert differences.is_repetition(lesson(), replace(lesson(seed=3), preset="custom"))
        assert not differences.is_repetition(lesson(), lesson(batch_size=64))


class TestRuns:
    def test_the_nearest_has_the_data_set_and_the_fewest_differences(self, tiny_config):
        run = write_finished_run(tiny_config)
        assert comparing.nearest(run, runs.list_runs()) is None
        drawn = write_finished_run(replace(tiny_config, data_set="shapes10"))
        assert comparing.nearest(run, runs.list_runs()) == drawn, "for want of a better one"
        far = write_finished_run(replace(tiny_config, training=replace(tiny_config.training, shift=0, batch_size=8)))
        assert comparing.nearest(run, runs.list_runs()) == far
        near = write_finished_run(replace(tiny_config, training=replace(tiny_config.training, shift=0)))
        assert comparing.nearest(run, runs.list_runs()) == near

    def test_a_stopped_run_differs_in_how_long_it_was_trained(self, tiny_config):
        run, other = write_finished_run(tiny_config), write_finished_run(tiny_config)
        assert comparing.settings_that_differ(run, other) == []
        write_event_line(other, event="epoch", epoch=3, **{**epoch_of(other), "passes": 3.0})
        write_event_line(other, event="stopped", reason="on request", **result_of(run))
        assert [one.setting for one in comparing.settings_that_differ(run, other)] == ["Trained for"]
        assert comparing.settings_that_differ(run, other)[0].b == "3 epochs, then stopped"

    def test_other_test_images_are_a_sentence(self, tiny_config):
        run = write_finished_run(tiny_config)
        drawn = write_finished_run(replace(tiny_config, data_set="shapes10"), title="Drawn")
        with pytest.raises(RunError, match="'Drawn' on Shapes-10"):
            comparing.compare(run, drawn)
        shorter = write_finished_run(tiny_config, n=40)
        with pytest.raises(RunError, match="were tested on different images"):
            comparing.compare(run, shorter)


class TestSeeds:
    @staticmethod
    def write(config, *pairs):
        return [
            write_finished_run(replace(config, training=replace(config.training, seed=seed)), test_accuracy=accuracy)
            for seed, accuracy in pairs
        ]

    def test_the_spread_is_that_within_each_group(self, tiny_config):
        other = replace(tiny_config, training=replace(tiny_config.training, shift=0))
        a, *_ = self.write(tiny_config, (0, 0.50), (1, 0.52), (2, 0.54))
        b, *_ = self.write(other, (0, 0.70), (5, 0.78))
        found = comparing.spread(a, b, runs.list_runs())
        assert found.n == 5
        assert found.widest == pytest.approx(0.08)
        assert found.sd == pytest.approx(math.sqrt((2 * 0.02**2 + 0.0032) / 3))
        said = comparing.describe_spread(a, b, 0.2, found)
        assert "3 seeds of A's settings and 2 seeds of B's settings differ by up to 8.0 points" in said
        assert "larger than that" in said
        assert "no larger than what another seed changes" in comparing.describe_spread(a, b, -0.03, found)
        assert "rough guide" not in said

    def test_two_seeds_are_said_to_be_few(self, tiny_config):
        a, _ = self.write(tiny_config, (0, 0.50), (1, 0.52))
        (b,) = self.write(replace(tiny_config, training=replace(tiny_config.training, shift=0)), (0, 0.6))
        said = comparing.describe_spread(a, b, 0.1, comparing.spread(a, b, runs.list_runs()))
        assert said.endswith("Two seeds are a rough guide.")

    def test_the_same_seed_twice_and_a_stopped_run_are_no_repetitions(self, tiny_config):
        a, _ = self.write(tiny_config, (0, 0.50), (0, 0.9))
        (stopped,) = self.write(tiny_config, (1, 0.9))
        write_event_line(stopped, event="stopped", reason="on request", **result_of(stopped))
        assert comparing.spread(a, a, runs.list_runs()) is None

    def test_a_repetition_is_one_of_the_group(self, tiny_config):
        a, b, _ = self.write(tiny_config, (0, 0.50), (1, 0.52), (2, 0.51))
        found = comparing.spread(a, b, runs.list_runs())
        assert found.n == 3
        assert "These two are among them." in comparing.describe_spread(a, b, 0.02, found)

    def test_without_one_the_measured_presets_are_told(self, tiny_config):
        (a,) = self.write(tiny_config, (0, 0.5))
        (b,) = self.write(PRESETS["minute"], (4, 0.8))
        assert comparing.spread(a, b, runs.list_runs()) is None
        said = comparing.describe_spread(a, b, 0.3, None)
        assert "5 seeds of B's settings ended between 81.1% and 84.0% (standard deviation 1.1 points)" in said
        assert "2.9 points for 5 seeds of minute" in comparing.describe_spread(a, a, 0.3, None)


def result_of(run):
    result = run.result()
    return {name: getattr(result, name) for name in result.__dataclass_fields__}


def epoch_of(run):
    return {name: value for name, value in run.history().iloc[-1].to_dict().items() if name != "epoch"}
