"""States of sets: split honestly, known by all that is in them, stored whole or not at all."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from own_sets import filled, noise, shelf

from cnn_core import data
from cnn_core.config import ExperimentConfig
from cnn_core.data import DataError, own
from cnn_core.data.own.splitting import TEST, TRAIN, VAL, split

ROOT = Path(__file__).parents[1]
SPLITS = ("train", "val", "test")


def random_class(rng, first):
    """The bursts of a class: some photos, some bursts, at least two of them and five images."""
    while True:
        sizes = [*rng.integers(2, 40, rng.integers(0, 5)), *[1] * rng.integers(0, 60)]
        if len(sizes) >= 2 and sum(sizes) >= own.LEAST:
            return np.repeat(first + rng.permutation(len(sizes)), rng.permuted(sizes))


def check_split(classes, shares_burst, parts):
    everything, all_parts = np.concatenate(classes), np.concatenate(parts)
    tested = set(everything[all_parts == TEST])
    assert not tested & set(everything[all_parts != TEST]), "no burst is on both sides"
    between = set(everything[all_parts == TRAIN]) & set(everything[all_parts == VAL])
    assert bool(between) <= shares_burst
    for part in parts:
        assert {TRAIN, VAL, TEST} == set(part.tolist()), "each class is in each split"


@pytest.mark.parametrize("seed", range(60))
def test_no_burst_is_ever_divided_between_training_and_test(seed):
    rng = np.random.default_rng(seed)
    classes = [random_class(rng, 1000 * number) for number in range(rng.integers(2, 11))]
    parts, shares_burst = split(classes)
    check_split(classes, shares_burst, parts)
    for groups, part in zip(classes, parts, strict=True):
        assert (part == TEST).mean() <= 0.5
        if len(set(groups)) > 2 and max(np.bincount(groups)) == 1:
            assert (part == TEST).mean() == pytest.approx(0.2, abs=0.1)
            assert (part == VAL).mean() == pytest.approx(0.15, abs=0.1)
    again = split(classes)
    assert all(np.array_equal(one, other) for one, other in zip(parts, again.parts, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_nor_is_one_whose_images_were_moved_to_another_class(seed):
    rng = np.random.default_rng(seed)
    classes = [random_class(rng, 1000 * number) for number in range(4)]
    for _ in range(rng.integers(1, 6)):
        giving, taking = rng.choice(4, 2, replace=False)
        moved = rng.choice(len(classes[giving]), 2, replace=False)
        classes[taking] = np.append(classes[taking], classes[giving][moved])
        if len(set(np.delete(classes[giving], moved))) >= 2 and len(classes[giving]) >= own.LEAST + 2:
            classes[giving] = np.delete(classes[giving], moved)
    parts, shares_burst = split(classes)
    check_split(classes, shares_burst, parts)


def test_bursts_that_leave_no_test_are_refused_in_a_sentence():
    with pytest.raises(DataError, match="no burst is left to test a class on"):
        split([np.array(2 * [0] + 3 * [1]), np.array(3 * [1] + 2 * [2]), np.array(2 * [0] + 3 * [2])])


def test_a_photo_that_was_given_twice_is_not_on_both_sides():
    """Each file is a burst of its own, but the same pixels are the same photo."""
    made = own.create("Twice", ["cat", "dog"])
    for of_class in made.classes:
        for number in range(40):
            own.add(made.name, of_class.id, noise(1, seed=of_class.id * 100 + number % 20), f"{of_class.id} {number}")
    state = own.load(own.latest(made.name))
    tested = {image.tobytes() for image in state.split("test").images()}
    assert tested
    assert not tested & {image.tobytes() for image in state.split("train+val").images()}


def test_the_newest_burst_is_the_test_and_validation_gets_one_of_its_own_where_there_are_three():
    (part, _), shares_burst = split([np.repeat([0, 1, 2], 10), np.repeat([5, 6, 7], 10)])
    assert (
        part.tolist() == [TRAIN] * 10 + [VAL] * 10 + [TEST] * 10
        or part.tolist() == [VAL] * 10 + [TRAIN] * 10 + [TEST] * 10
    )
    assert not shares_burst


def test_of_two_bursts_the_older_gives_its_last_fifth_to_validation_and_that_is_said():
    (part, other), shares_burst = split([np.repeat([0, 1], 10), np.repeat([5, 6], [4, 1])])
    assert part.tolist() == [TRAIN] * 8 + [VAL] * 2 + [TEST] * 10
    assert other.tolist() == [TRAIN] * 3 + [VAL, TEST]
    assert shares_burst


def test_a_state_is_a_data_set_like_any_other():
    filled(bursts=(6, 5, 4))
    state = own.latest("pets")
    known, found = data.about(state), data.load(state)
    assert (known.name, known.title, known.class_names) == (state, "Pets", ("cat", "dog"))
    assert known.sizes == {name: len(rows) for name, rows in found.splits.items()}
    assert known.sizes == {"train": 12, "val": 10, "train+val": 22, "test": 8}
    assert data.is_ready(state)
    everything = [image for split_name in SPLITS for image in found.split(split_name).images()]
    kept = [s.image for of_class in own.find("pets").classes for s in own.images("pets", of_class.id)]
    assert sorted(image.tobytes() for image in everything) == sorted(image.tobytes() for image in kept)
    for name in SPLITS:
        rows = found.split(name)
        for image, label in zip(rows.images(), rows.labels, strict=True):
            of_class = own.find("pets").classes[label]
            assert any(np.array_equal(image, s.image) for s in own.images("pets", of_class.id))
    assert not found.split("train").source.flags.writeable
    config = data.on(ExperimentConfig(), state)
    assert (config.network.classes, data.learned(config).sizes) == (2, dict(known.sizes))


def test_the_digest_changes_with_images_names_order_and_split_and_only_then():
    def state_of(change=lambda: None):
        change()
        return own.latest("pets").split("@")[1]

    made = filled(bursts=(6, 5, 4))
    cat, dog = (of_class.id for of_class in made.classes)
    first = state_of()
    assert state_of() == first
    assert state_of(lambda: own.rename("pets", "Animals")) == first
    assert state_of(lambda: own.add("pets", cat, noise(1, 77), "cat 2")) not in (first, None)
    assert state_of(lambda: own.delete("pets", [own.images("pets", cat, newest=1)[0].id])) == first
    assert state_of(lambda: own.rename_class("pets", cat, "kitten")) != first
    assert state_of(lambda: own.rename_class("pets", cat, "cat")) == first
    bird = own.add_class("pets", "bird")
    assert own.find("pets").lacks()
    assert state_of(lambda: own.remove_class("pets", bird)) == first
    moved = own.images("pets", cat)[-1].id
    assert state_of(lambda: own.move("pets", [moved], dog)) != first
    assert state_of(lambda: own.move("pets", [moved], cat)) == first
    assert len(own.states("pets")) == 4


def test_the_digest_changes_with_the_order_of_classes_and_the_bursts():
    def made_of(classes, bursts):
        own_set = own.create("Pets", classes)
        for of_class in own_set.classes:
            images = noise(10, 1 + ["cat", "dog"].index(of_class.name))
            for burst in range(0, 10, bursts):
                own.add(own_set.name, of_class.id, images[burst : burst + bursts], f"{of_class.name} {burst}")
        state = own.latest(own_set.name)
        own.remove(own_set.name)
        return state

    same = [made_of(["cat", "dog"], 5) for _ in range(2)]
    assert same[0] == same[1]
    assert len({same[0], made_of(["dog", "cat"], 5), made_of(["cat", "dog"], 2)}) == 3


def test_a_state_stays_when_its_set_changes_and_goes_when_no_run_uses_it():
    filled()
    first = own.latest("pets")
    images = data.load(first).split("test").images()
    own.add("pets", 1, noise(7, 50), "more")
    second = own.latest("pets")
    own.rename("pets", "Animals")
    assert own.present("pets") == second, "a title is not of the state"
    assert np.array_equal(data.load(first).split("test").images(), images)
    assert data.about(first).title == "Animals"
    assert own.states("pets") == sorted([first, second])
    own.sweep("pets", {second})
    assert own.states("pets") == [second]
    assert not data.is_ready(first)
    with pytest.raises(DataError, match="not on this machine"):
        data.load(first)
    own.remove("pets")
    assert not data.is_ready(second)
    assert shelf() == []


@pytest.mark.parametrize(
    "name", ["pets", "pets@", "pets@12345678", "../pets@12345678", "pets@../../x", "petz@12345678"]
)
def test_a_state_that_is_not_here_is_one_sentence(name):
    filled()
    assert not own.is_here(name)
    for read in (own.about, own.load):
        with pytest.raises(DataError) as refusal:
            read(name)
        assert str(data.data_dir()) not in str(refusal.value)


def test_a_careless_split_is_as_large_and_has_bursts_on_both_sides():
    filled(bursts=(20, 20, 20))
    state = own.latest("pets")
    known, of_burst = data.load(state), own.bursts(state)
    found = own.careless(state, 0)
    for name, rows in zip(SPLITS, found, strict=True):
        assert len(rows) == len(known.split(name))
    assert sorted(np.concatenate(found)) == list(range(120))
    assert set(of_burst[found.train]) & set(of_burst[found.test])
    honest_train = np.concatenate([np.flatnonzero(known.split("train+val").labels >= 0)])
    assert not set(of_burst[honest_train]) & set(of_burst[len(honest_train) :])
    assert np.array_equal(own.careless(state, 0).test, found.test)
    assert not np.array_equal(own.careless(state, 1).test, found.test)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        *(
            (f"{name}.{kind}", change)
            for name, kind in (("about", "json"), ("in_val", "npy"), ("train_images", "npy"), ("test_images", "npy"))
            for change in (lambda content: b"", lambda content: b"garbage", lambda content: content[:-40])
        ),
        ("test_labels.npy", lambda content: content[:-1] + b"\x02"),  # of two classes
        ("about.json", lambda content: b"[" * 100_000),
        ("about.json", lambda content: content.replace(b'"train": ', b'"train": 1e999, "x": ')),
        ("about.json", lambda content: content.replace(b'["cat", "dog"]', b'"cat"')),
        ("about.json", lambda content: content.replace(b'"dog"', b'"cat"')),
        ("about.json", lambda content: content.replace(b'"dog"', b'""')),
        ("about.json", lambda content: content.replace(b'"Pets"', b'["Pets"]')),
    ],
)
def test_a_damaged_state_is_one_sentence(file, change):
    filled()
    state = own.latest("pets")
    path = data.data_dir() / "own" / "pets" / state.split("@")[1] / file
    content = path.read_bytes()
    path.write_bytes(change(content))
    assert path.read_bytes() != content
    with pytest.raises(DataError) as refusal:
        own.load(state)
    assert "damaged" in str(refusal.value)
    assert str(data.data_dir()) not in str(refusal.value)


def test_two_who_freeze_at_once_get_one_state():
    filled(bursts=(50, 50, 50))
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(own.latest, ["pets"] * 4))) == 1
    assert len(own.states("pets")) == 1


def test_a_process_that_is_killed_while_it_freezes_leaves_no_half_state():
    filled()
    program = """
        from cnn_core.data import own
        from cnn_core.data.own import freezing
        whole = freezing._pixels
        def slow(ids, connection):
            for number, pixels in enumerate(whole(ids, connection)):
                if len(ids) < 20 and number == 3:  # it is digested, and is being written
                    print("half", flush=True)
                    import time; time.sleep(60)
                yield pixels
        freezing._pixels = slow
        own.latest("pets")
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout.readline() == "half\n"
        killed.send_signal(signal.SIGKILL)
    assert own.states("pets") == []
    assert any(path.name.endswith(".new") for path in (data.data_dir() / "own" / "pets").iterdir()), "it was at it"
    assert data.load(own.latest("pets"))
    own.sweep("pets", set())
    left = sorted(path.name for path in (data.data_dir() / "own" / "pets").iterdir())
    assert left == ["set.lock", "set.sqlite"]


def test_a_state_whose_files_were_deleted_is_stored_again():
    filled()
    state = own.latest("pets")
    shutil.rmtree(data.data_dir() / "own" / "pets" / state.split("@")[1])
    assert not own.is_here(state)
    assert own.latest("pets") == state
    assert own.is_here(state)


def test_a_set_that_is_removed_while_it_is_frozen_does_not_come_back(monkeypatch):
    from cnn_core.data.own.freezing import Plan

    filled()
    monkeypatch.setattr(Plan, "digest", lambda plan, connection: own.remove("pets") or "12345678")
    with pytest.raises(DataError):
        own.latest("pets")
    assert shelf() == []


def test_a_removal_waits_for_the_state_that_is_being_stored_and_leaves_nothing_of_it(monkeypatch):
    from cnn_core.data.own.freezing import Plan

    filled()
    removing, write = threading.Thread(target=own.remove, args=("pets",)), Plan.write

    def meanwhile(plan, folder, connection):
        removing.start()
        removing.join(0.2)  # without a turn of its own it would be done by now
        write(plan, folder, connection)

    monkeypatch.setattr(Plan, "write", meanwhile)
    own.latest("pets")
    removing.join()
    assert shelf() == []
