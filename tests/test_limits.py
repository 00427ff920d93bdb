"""What a server allows: found out from files of a Linux machine that the tests write, or said by the teacher."""

import os
from dataclasses import replace

import pytest

from cnn_core import control_groups, limits, memory, processor
from cnn_core.config import ConfigError, TrainingConfig
from cnn_core.presets import PRESETS

INFINITE = float("inf")
SECOND, FIRST = "sys/fs/cgroup", "sys/fs/cgroup/memory"
UNLIMITED = "9223372036854771712\n"
MACHINES = {  # its files, its limits in bytes and in cores, and the profile that they make
    "laptop": ({"proc/meminfo": "MemTotal: 2000000 kB\n"}, INFINITE, INFINITE, "laptop"),
    "version 2 without limits": (
        {"proc/self/cgroup": "0::/\n", f"{SECOND}/memory.max": "max\n", f"{SECOND}/cpu.max": "max 100000\n"},
        INFINITE,
        INFINITE,
        "laptop",
    ),
    "a service within a limited slice": (
        {
            "proc/self/cgroup": "0::/slice/app\n",
            f"{SECOND}/slice/app/memory.max": "max\n",
            f"{SECOND}/slice/memory.max": "2700000000\n",
            f"{SECOND}/slice/cpu.max": "150000 100000\n",
        },
        2.7e9,
        1.5,
        "small",
    ),
    "a large container": (
        {"proc/self/cgroup": "0::/\n", f"{SECOND}/memory.max": "8000000000\n", f"{SECOND}/cpu.max": "400000 100000\n"},
        8e9,
        4.0,
        "laptop",
    ),
    "a fifth of a core": (
        {"proc/self/cgroup": "0::/\n", f"{SECOND}/cpu.max": "20000 100000\n"},
        INFINITE,
        0.2,
        "small",
    ),
    "version 1 without limits": (
        {
            "proc/self/cgroup": "9:memory:/\n3:cpu,cpuacct:/\n",
            f"{FIRST}/memory.limit_in_bytes": UNLIMITED,
            f"{SECOND}/cpu/cpu.cfs_quota_us": "-1\n",
            f"{SECOND}/cpu/cpu.cfs_period_us": "100000\n",
        },
        float(UNLIMITED),
        INFINITE,
        "laptop",
    ),
    "version 1 in a container": (  # the host's path, of which the container sees the end alone
        {
            "proc/self/cgroup": "9:memory:/docker/ab\n3:cpu,cpuacct:/docker/ab\n0::/\n",
            f"{FIRST}/memory.limit_in_bytes": "1000000000\n",
            f"{SECOND}/cpu/cpu.cfs_quota_us": "20000\n",
            f"{SECOND}/cpu/cpu.cfs_period_us": "100000\n",
        },
        1e9,
        0.2,
        "small",
    ),
    "version 1, a group of its own": (
        {
            "proc/self/cgroup": "9:memory:/here\n3:cpu:/here\n",
            f"{FIRST}/memory.limit_in_bytes": UNLIMITED,
            f"{FIRST}/here/memory.limit_in_bytes": "3900000000\n",
            f"{SECOND}/cpu/here/cpu.cfs_quota_us": "250000\n",
            f"{SECOND}/cpu/here/cpu.cfs_period_us": "100000\n",
        },
        3.9e9,
        2.5,
        "small",
    ),
    "Community Cloud": (
        {"mount/src/fork/app.py": "", "home/adminuser/venv/pyvenv.cfg": ""},
        INFINITE,
        INFINITE,
        "small",
    ),
    "somebody's own folder of that name": ({"mount/src/app.py": ""}, INFINITE, INFINITE, "laptop"),
    "damaged files": (
        {"proc/self/cgroup": "0::/\n", f"{SECOND}/memory.max": "\n", f"{SECOND}/cpu.max": "a b\n"},
        INFINITE,
        INFINITE,
        "laptop",
    ),
}


@pytest.mark.parametrize(("files", "memory_limit", "cores", "profile"), MACHINES.values(), ids=MACHINES)
def test_what_a_machine_is_can_be_found_out(machine, files, memory_limit, cores, profile):
    root = machine(files)
    assert min(control_groups.memory_limits(root), default=INFINITE) == memory_limit
    assert min(control_groups.processor_limits(root), default=INFINITE) == cores
    name, why = limits.profile(root, {})
    assert name == profile
    assert why


@pytest.mark.parametrize(
    ("files", "cores"),
    [("laptop", 3), ("a fifth of a core", 1), ("a service within a limited slice", 2), ("a large container", 3)],
)
def test_cores_are_those_that_this_process_may_use_and_never_none(files, cores, machine, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 5}, raising=False)
    assert processor.cores(machine(MACHINES[files][0])) == cores


@pytest.mark.parametrize(
    ("said", "profile"), [("laptop", "laptop"), ("small", "small"), ("Small", "small"), ("big", "small")]
)
def test_one_variable_decides_and_a_word_that_is_none_is_the_safe_choice(machine, said, profile):
    """Wherever it runs; the log says what was expected and what came."""
    for files in ("laptop", "a fifth of a core"):
        name, why = limits.profile(machine(MACHINES[files][0]), {"CNN_SERVER": said})
        assert name == profile
        assert said in limits.PROFILES or why == f"CNN_SERVER must be laptop or small, and is {said!r}"


def test_a_teacher_changes_single_numbers():
    teacher = {"CNN_MAX_SECONDS": "120", "CNN_MAX_RUNS": "inf", "CNN_MAX_UPLOAD": "2.5"}
    allowed, complaints = limits.limits("small", teacher)
    assert allowed == replace(limits.PROFILES["small"], seconds=120.0, runs=INFINITE, upload=2.5e6)
    assert not complaints
    assert limits.limits("laptop", {"CNN_MAX_SECONDS": "120"})[0].seconds == 120


@pytest.mark.parametrize("text", ["ten", "0", "-5", "nan", "1e", "0.5"])
def test_a_number_that_is_none_is_passed_over_with_a_sentence(text):
    allowed, complaints = limits.limits("small", {"CNN_MAX_EPOCHS": text, "CNN_MAX_RUNS": "3"})
    assert allowed == replace(limits.PROFILES["small"], runs=3)
    assert complaints == [f"CNN_MAX_EPOCHS must be a number of at least 1, and is {text!r}; it is passed over."]


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setenv("CNN_SERVER", "small")
    return limits.current()


LONG = TrainingConfig(epochs=1000, seconds=86_400.0)


def test_a_laptop_limits_no_training():
    assert limits.refusal(LONG) is None
    assert limits.fitted(LONG) == limits.with_time_limit(LONG) == LONG
    assert limits.with_time_limit(PRESETS["champion"].training) == PRESETS["champion"].training


def test_a_small_server_says_how_long_it_trains(small):
    for recipe, words in (
        (replace(LONG, epochs=None), "at most 600 seconds, not 86,400. Choose 600 or fewer."),
        (replace(LONG, seconds=600.0), "at most 60 epochs, not 1,000. Choose 60 or fewer."),
        (replace(LONG, epochs=5, seconds=None), "has no limit in time"),
    ):
        with pytest.raises(ConfigError, match=words):
            limits.check(recipe)
    limits.check(replace(LONG, epochs=60, seconds=600.0))


def test_epochs_alone_get_a_limit_in_time_and_a_visitor_s_own_seconds_stay(small):
    epochs, both = TrainingConfig(epochs=5), TrainingConfig(epochs=5, seconds=30.0)
    assert limits.with_time_limit(epochs) == replace(epochs, seconds=600.0)
    assert limits.with_time_limit(both) == both
    for recipe in (epochs, both):
        assert limits.without_time_limit(limits.with_time_limit(recipe)) == recipe
    alone = TrainingConfig(epochs=None, seconds=600.0)
    assert limits.without_time_limit(alone) == alone


def test_what_is_fitted_is_never_refused(small):
    for recipe in (LONG, TrainingConfig(epochs=61), TrainingConfig(epochs=None, seconds=601.0)):
        limits.check(limits.fitted(recipe))
    for preset in PRESETS.values():
        limits.check(limits.fitted(preset.training))


def test_a_limit_beyond_what_a_recipe_can_say_still_makes_one(monkeypatch):
    monkeypatch.setenv("CNN_MAX_SECONDS", "1e9")
    recipe = limits.with_time_limit(TrainingConfig(epochs=5))
    assert recipe.seconds == 86_400
    assert limits.without_time_limit(recipe) == TrainingConfig(epochs=5)


def test_the_memory_of_a_training_is_limited_beside_what_the_machine_has(small, monkeypatch):
    monkeypatch.setattr(processor, "has_bfloat16", lambda: False)
    for there, says in ((5e9, "this server allows 1.6 GB for it"), (1.2e9, "this machine has 1.2 GB for it")):
        monkeypatch.setattr(memory, "available", lambda there=there: there)
        assert says in memory.refusal(PRESETS["champion"])
    assert memory.refusal(PRESETS["lesson"]) is None


def test_where_tensorflow_does_not_fit_nothing_smaller_is_advised(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 7e8)
    for name in ("lesson", "champion"):
        sentence = memory.refusal(PRESETS[name])
        assert sentence.startswith("Any training takes at least 930 MB of memory; this machine has 700 MB for it.")
        assert "batch" not in sentence
