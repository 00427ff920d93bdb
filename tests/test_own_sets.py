"""Sets of one's own: what was saved stays, whoever else writes and whatever happens to the disk and the process."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from own_sets import content, filled, noise, shelf

from cnn_core import data
from cnn_core.data import DataError, own

ROOT = Path(__file__).parents[1]


def file_of(name):
    return data.data_dir() / "own" / name / "set.sqlite"


def refused(sentence, act, *arguments):
    """One sentence for everybody to read, without a path of this machine."""
    with pytest.raises(DataError, match=sentence) as refusal:
        act(*arguments)
    said = str(refusal.value)
    assert said.isprintable()
    assert str(data.data_dir()) not in said
    assert len(said) < 300


def test_a_set_is_made_filled_looked_at_and_mended():
    made = own.create("Pets", ["cat", "dog", "None of these"])
    cat, dog, none = (of_class.id for of_class in made.classes)
    assert own.add("pets", cat, noise(3), "first") == 3
    assert own.add("pets", cat, noise(2, 1), "second") == 2
    found = own.find("pets")
    assert [(c.name, c.images, c.bursts) for c in found.classes] == [
        ("cat", 5, 2),
        ("dog", 0, 0),
        ("None of these", 0, 0),
    ]
    assert found.images == 5
    newest = own.images("pets", cat, newest=3)
    assert [stored.group for stored in newest] == ["second", "second", "first"]
    assert np.array_equal(newest[0].image, noise(2, 1)[1])
    own.delete("pets", [newest[0].id, 12345])
    own.move("pets", [newest[1].id], dog)
    own.rename_class("pets", dog, "hound")
    own.remove_class("pets", none)
    bird = own.add_class("pets", "bird")
    own.rename("pets", "Animals")
    found = own.find("pets")
    assert (found.name, found.title) == ("pets", "Animals")
    assert [(c.id, c.name, c.images) for c in found.classes] == [(cat, "cat", 3), (dog, "hound", 1), (bird, "bird", 0)]
    assert own.sets() == [found]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Pets", "pets"),
        ("Äpfel & Birnen", "apfel-birnen"),
        ("猫と犬", "data"),
        ("../../etc", "etc"),
        ("Straße 7b", "strasse-7b"),
        ("CIFAR10", "cifar10-2"),
    ],
)
def test_a_title_gives_a_name_that_a_folder_can_have(title, name):
    made = own.create(title, ["a", "b"])
    assert (made.name, made.title) == (name, title)
    assert shelf() == [name]


def test_titles_that_differ_only_in_case_are_two_sets_that_can_be_told_apart():
    made = [own.create(title, ["a", "b"]) for title in ("Pets", "PETS", "Pets")]
    assert [own_set.name for own_set in made] == ["pets", "pets-2", "pets-3"]
    assert [own_set.title for own_set in made] == ["Pets", "PETS 2", "Pets 3"]
    refused("Another data set is called 'pets'", own.rename, "pets-2", "pets")
    own.rename("pets", "PETS")


@pytest.mark.parametrize(
    ("title", "classes", "sentence"),
    [
        ("", ["a", "b"], "at least one visible character"),
        ("\u200b\u202e", ["a", "b"], "at least one visible character"),
        ("x" * 31, ["a", "b"], "at most 30 characters"),
        ("Pets", ["cat"], "2 to 10 classes; this one would have 1"),
        ("Pets", [str(n) for n in range(11)], "2 to 10 classes; this one would have 11"),
        ("Pets", ["cat", "CAT"], "Two classes cannot both be called 'CAT'"),
        ("Pets", ["cat", " "], "at least one visible character"),
    ],
)
def test_what_cannot_be_told_apart_or_seen_is_refused(title, classes, sentence):
    refused(sentence, own.create, title, classes)
    assert shelf() == []


def test_bounds_are_the_servers_and_are_said(monkeypatch):
    monkeypatch.setenv("CNN_MAX_CLASS_IMAGES", "8")
    monkeypatch.setenv("CNN_MAX_DATA_SETS", "2")
    made = own.create("Pets", ["cat", "dog"])
    cat, dog = (of_class.id for of_class in made.classes)
    assert own.add("pets", cat, noise(6), "a") == 6
    assert own.add("pets", cat, noise(6), "b") == 2, "as many as there is room for"
    refused("cat has no room for more: a class has at most 8 images", own.add, "pets", cat, noise(1), "c")
    own.add("pets", dog, noise(1), "d")
    refused("cat has no room for more", own.move, "pets", [own.images("pets", dog)[0].id], cat)
    assert [c.images for c in own.find("pets").classes] == [8, 1]
    for number in range(8):
        own.add_class("pets", str(number))
    refused("at most 10 classes", own.add_class, "pets", "more")
    own.create("Second", ["a", "b"])
    refused("at most 2 data sets", own.create, "Third", ["a", "b"])
    assert len(shelf()) == 2


def test_what_is_not_there_any_more_is_one_sentence():
    made = filled()
    first = made.classes[0].id
    own.remove_class("pets", first)
    for act, arguments in (
        (own.add, (noise(1), "b")),
        (own.images, ()),
        (own.rename_class, ("x",)),
        (own.remove_class, ()),
    ):
        refused("somebody has removed it", act, "pets", first, *arguments)
    own.remove("pets")
    for act in (own.find, own.remove, own.latest, own.to_zip, own.states):
        refused("There is no data set 'pets'", act, "pets")
    refused("There is no data set", own.find, "../pets")
    refused("32x32 pixels were expected", own.add, filled().name, 1, np.zeros((1, 8, 8, 3), np.uint8), "b")


def test_it_says_what_it_lacks_before_it_can_be_learned():
    made = own.create("Pets", ["cat", "dog"])
    assert "cat has 0, dog has 0" in made.lacks()
    for of_class in made.classes:
        own.add("pets", of_class.id, noise(5, of_class.id), f"one {of_class.id}")
    assert "second burst" in own.find("pets").lacks()
    assert "cat, dog" in own.find("pets").lacks()
    refused("second burst", own.latest, "pets")
    for of_class in made.classes:
        own.add("pets", of_class.id, noise(1, 9 + of_class.id), f"two {of_class.id}")
    assert own.find("pets").lacks() is None
    own.remove_class("pets", made.classes[0].id)
    assert "at least 2 classes" in own.find("pets").lacks()


def test_two_threads_that_fill_one_class_lose_nothing():
    made = own.create("Pets", ["cat", "dog"])
    cat = made.classes[0].id

    def fill(pupil):
        return [own.add("pets", cat, noise(3, 100 * pupil + burst), f"{pupil} {burst}") for burst in range(6)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fill, range(4))) == [[3] * 6] * 4
    kept = {stored.image.tobytes() for stored in own.images("pets", cat)}
    assert kept == {image.tobytes() for p in range(4) for b in range(6) for image in noise(3, 100 * p + b)}


FILL = """
    import sys
    from own_sets import noise
    from cnn_core.data import own
    pupil = int(sys.argv[1])
    for burst in range(int(sys.argv[2])):
        own.add("pets", 1, noise(3, 1000 * pupil + burst), f"{pupil} {burst}")
        print(burst, flush=True)
"""


@pytest.fixture
def process():
    """Starts processes that know the tests' helpers; none outlives the test."""
    started = []

    def start(program, *arguments):
        path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
        command = [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
        environment = os.environ | {"PYTHONPATH": path}
        started.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for each in started:
        with each:  # closes its pipe and waits
            each.kill()


def test_two_processes_that_fill_one_class_lose_nothing(process):
    own.create("Pets", ["cat", "dog"])
    fillers = [process(FILL, pupil, 10) for pupil in (1, 2)]
    assert [filler.wait(60) for filler in fillers] == [0, 0]
    assert own.find("pets").classes[0].images == 60


def test_a_process_that_is_killed_while_it_adds_has_saved_what_it_said(process):
    own.create("Pets", ["cat", "dog"])
    filler = process(FILL, 1, 10_000)
    said = [int(filler.stdout.readline()) for _ in range(5)]
    filler.send_signal(signal.SIGKILL)
    said += map(int, filler.stdout.read().split())
    filler.wait(10)
    have = own.find("pets").classes[0]
    assert have.images >= 3 * len(said)
    assert have.images == 3 * have.bursts, "no half burst"
    assert own.add("pets", 1, noise(1), "after") == 1


def test_a_process_that_is_killed_within_a_change_leaves_nothing_of_it(process):
    """Its pages are in the file already, and its journal beside that; whoever opens the set next undoes them."""
    made = filled()
    before = content("pets")
    killed = process(
        """
        from own_sets import noise
        from cnn_core.data import own
        from cnn_core.data.own import database, rows, shelf
        with database.writing(shelf.file("pets")) as connection:
            connection.execute("PRAGMA cache_size = 1")
            rows.insert_images(connection, 1, noise(200), "half")
            print("written", flush=True)
            import time; time.sleep(60)
        """
    )
    assert killed.stdout.readline() == "written\n"
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    assert file_of("pets").with_name("set.sqlite-journal").exists(), "it was in the middle"
    assert content("pets") == before
    assert own.find("pets") == made


def test_a_full_disk_loses_nothing_and_says_so(monkeypatch):
    """A limit of pages is to SQLite what a full disk is."""
    from cnn_core.data.own import database

    made = filled()
    before, connect = content("pets"), database._connect

    def on_a_small_disk(file, mode):
        connection = connect(file, mode)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    monkeypatch.setattr(database, "_connect", on_a_small_disk)
    refused("disk of this machine is full", own.add, "pets", made.classes[0].id, noise(60), "too many")
    assert content("pets") == before
    assert own.add("pets", made.classes[0].id, noise(1), "little") == 1


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="the system bounds no file's size")
def test_a_file_that_cannot_grow_loses_nothing_and_says_so(process):
    filled()
    before = content("pets")
    asked = process(
        """
        import resource
        from own_sets import noise
        from cnn_core import data
        from cnn_core.data import own
        file = data.data_dir() / "own" / "pets" / "set.sqlite"
        for most, act in (
            (file.stat().st_size + 20_000, lambda: own.add("pets", 1, noise(100), "much")),
            (20_000, lambda: own.create("New", ["a", "b"])),
            (20_000, lambda: own.latest("pets")),
        ):
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            try:
                act()
            except data.DataError as error:
                print(error)
        """
    )
    said = asked.communicate(timeout=60)[0].splitlines()
    assert len(said) == 3
    assert "nothing was saved" in said[0]
    assert all(str(data.data_dir()) not in sentence for sentence in said)
    assert shelf() == ["pets"]
    assert content("pets") == before
    assert own.states("pets") == []
    assert own.load(own.latest("pets"))


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"no database" * 1000),
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(file.read_bytes()[:40_000]),
        lambda file: file.unlink(),
        lambda file: file.unlink() or file.mkdir(),
        lambda file: file.unlink() or sqlite3.connect(file).execute("CREATE TABLE x (y)").connection.close(),
        lambda file: file.write_bytes(file.read_bytes().replace(b"CREATE TABLE images", b"\xdd\xffEATE TABLE images")),
        lambda file: by_hand(file, "DROP TABLE images"),
        lambda file: by_hand(file, "DELETE FROM about"),
        lambda file: by_hand(file, "UPDATE classes SET name = 'cat'"),
        lambda file: by_hand(file, "PRAGMA user_version = 9"),
    ],
    ids=["garbage", "empty", "cut", "missing", "folder", "foreign", "bytes", "no images", "no title", "same", "later"],
)
def test_a_set_that_is_damaged_says_so_and_the_others_still_list(damage):
    filled("Broken")
    good = filled("Good")
    damage(file_of("broken"))
    broken, other = own.sets()
    assert other == good
    assert (broken.name, broken.classes) == ("broken", ())
    assert broken.lacks() == broken.trouble
    for act in (own.find, own.latest, own.to_zip):
        refused("damaged|missing|later version", act, "broken")
    own.remove("broken")
    assert shelf() == ["good"]


def by_hand(file, statement):
    connection = sqlite3.connect(file)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_an_image_that_is_damaged_by_hand_is_one_sentence():
    made = filled()
    by_hand(file_of("pets"), "PRAGMA ignore_check_constraints = ON")
    connection = sqlite3.connect(file_of("pets"))
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute("UPDATE images SET pixels = x'00' WHERE id = 1")
    connection.commit()
    connection.close()
    refused("damaged", own.images, "pets", made.classes[0].id)
    refused("damaged", own.latest, "pets")


def test_what_was_deleted_is_overwritten_and_what_was_removed_is_gone():
    made = filled()
    first = own.images("pets", made.classes[0].id)[0]
    assert first.image.tobytes()[:64] in file_of("pets").read_bytes()
    own.delete("pets", [first.id])
    assert first.image.tobytes()[:64] not in file_of("pets").read_bytes()
    own.latest("pets")
    own.remove("pets")
    assert shelf() == []
    assert own.sets() == []


def test_what_a_killed_process_left_is_swept_by_the_next_who_makes_a_set(process):
    killed = process(
        """
        from cnn_core.data.own import shelf
        def fill(file):
            file.write_bytes(b"half")
            print("half", flush=True)
            import time; time.sleep(60)
        shelf.make("Half", fill)
        """
    )
    assert killed.stdout.readline() == "half\n"
    own.create("First", ["a", "b"])
    assert len(shelf()) == 2, "it is being made, and nobody disturbs it"
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    assert [found.name for found in own.sets()] == ["first"]
    own.create("Second", ["a", "b"])
    assert shelf() == ["first", "second"]
