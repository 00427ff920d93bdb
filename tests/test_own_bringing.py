"""Sets from folders and zips: honest ones are taken as they are, others are one sentence and leave nothing."""

import io
import json
import stat
import struct
import zipfile

import numpy as np
import pytest
from own_sets import content, filled, noise, png, shelf
from PIL import Image
from zips import entry, with_bytes, zip_of

from cnn_core import data
from cnn_core.data import DataError, own
from cnn_core.data.own import bringing

CATS, DOGS = [png(image) for image in noise(6, 1)], [png(image) for image in noise(6, 2)]
FILES = {f"pets/{name}/{n}.png": file for name, files in (("cat", CATS), ("dog", DOGS)) for n, file in enumerate(files)}


def with_files(changes=None):
    """A zip of two classes with these files more, or others."""
    return zip_of([*(FILES | (changes or {})).items()])


def refused(sentence, act, *arguments):
    """One sentence, no path of this machine, and nothing left."""
    before = shelf()
    with pytest.raises(DataError, match=sentence) as refusal:
        act(*arguments)
    said = str(refusal.value)
    assert said.isprintable()
    assert len(said) < 300
    assert str(data.data_dir()) not in said
    assert shelf() == before


def counted(found):
    return {of_class.name: of_class.images for of_class in found.classes}


def test_a_zip_with_a_folder_a_class_becomes_a_set_of_single_photos():
    found = own.bring_zip(with_files())
    assert (found.name, found.title, found.notes) == ("pets", "pets", ())
    assert counted(found) == {"cat": 6, "dog": 6}
    assert [of_class.bursts for of_class in found.classes] == [6, 6]
    assert np.array_equal(own.images("pets", found.classes[0].id)[-1].image, noise(6, 1)[0])
    assert data.load(own.latest("pets"))
    assert own.bring_zip(with_files(), "Other").title == "Other"


def test_a_folder_becomes_the_same_set_as_its_zip(tmp_path):
    for name, file in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(file)
    (tmp_path / "pets" / "link").symlink_to(tmp_path)
    (tmp_path / "pets" / "cat" / "link.png").symlink_to(tmp_path / "pets" / "cat" / "1.png")
    one, other = own.bring_folder(tmp_path / "pets"), own.bring_zip(with_files())
    assert one.title == "pets"
    assert own.latest(one.name).split("@")[1] == own.latest(other.name).split("@")[1]
    refused("There is no folder called 'petz'", own.bring_folder, tmp_path / "petz")
    (tmp_path / "nothing").mkdir()
    refused("There is no image in it", own.bring_folder, tmp_path / "nothing")


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        (["cat/1", "dog/1"], ["cat", "dog"]),
        (["a/b/cat/1", "a/b/dog/1"], ["cat", "dog"]),
        (["pets/cat/in/1", "pets/cat/out/2", "pets/dog/1"], ["cat", "dog"]),
        (["pets/train/cat/1", "pets/test/cat/2", "pets/train/dog/1"], ["cat", "dog"]),
        (["pets/cat/1", "pets/dog/1", "pets/cover"], ["cat", "dog"]),
        (["10 b/1", "9 a/1"], ["9 a", "10 b"]),
        (["x" * 40 + "/1", "y/1"], ["x" * 30, "y"]),
        (["a\\cat\\1", "a\\dog\\1"], ["cat", "dog"]),
    ],
)
def test_the_classes_are_the_innermost_folders_that_differ(names, classes):
    images = noise(len(names))
    found = own.bring_zip(zip_of([(f"{name}.png", png(image)) for name, image in zip(names, images, strict=True)]))
    assert [of_class.name for of_class in found.classes] == classes


def test_images_come_in_the_order_of_their_numbers():
    images = noise(12, 3)
    zip_file = zip_of([(f"{name}/img{n}.png", png(images[n])) for n in range(12) for name in ("a", "b")])
    found = own.bring_zip(zip_file)
    newest = own.images(found.name, found.classes[0].id, newest=2)
    assert [stored.image.tobytes() for stored in newest] == [images[11].tobytes(), images[10].tobytes()]


def test_names_in_other_encodings_are_read_as_they_were_meant():
    """macOS writes UTF-8 without saying so, and decomposed; old Windows writes its own code page."""
    meant = {"Äpfel": "A\u0308pfel".encode(), "Birnçn": "Birnçn".encode("cp437")}
    placeholders = {name: name[0].encode("ascii", "replace") * len(raw) for name, raw in meant.items()}
    zip_file = zip_of([(f"{place.decode()}/1.png", CATS[n]) for n, place in enumerate(placeholders.values())])
    for name, raw in meant.items():
        zip_file = with_bytes(zip_file, placeholders[name], raw)
    assert {of_class.name for of_class in own.bring_zip(zip_file).classes} == {"Äpfel", "Birnçn"}


def test_what_systems_add_is_passed_over_in_silence_and_other_files_are_counted():
    junk = {
        "__MACOSX/pets/cat/._1.png": b"x",
        "pets/.DS_Store": b"x",
        "pets/cat/Thumbs.db": b"x",
        "pets/dog/.hidden.png": b"x",
        "pets/dog/": b"",
    }
    found = own.bring_zip(with_files(junk))
    assert (counted(found), found.notes) == ({"cat": 6, "dog": 6}, ())
    found = own.bring_zip(
        with_files(junk | {"pets/README.txt": b"x", "pets/cat/labels.csv": b"x", "pets/a.zip": b"PK"})
    )
    assert found.notes == ("3 files passed over: no image in a class's folder.",)
    found = own.bring_zip(with_files({"pets/README.txt": b"x"}))
    assert found.notes == ("1 file passed over: no image in a class's folder.",)


def test_images_that_cannot_be_opened_are_counted_unless_none_is_left(monkeypatch):
    broken = {"pets/cat/7.jpg": b"no image", "pets/cat/8.png": CATS[0][:60], "pets/dog/9.heic": b"\0\0\0\x18ftypheic"}
    found = own.bring_zip(with_files(broken))
    assert counted(found) == {"cat": 6, "dog": 6}
    assert found.notes == ("3 files left out: not to be opened as an image.",)
    refused("Not one image of 'bird' could be opened", own.bring_zip, with_files({"pets/bird/1.jpg": b"no image"}))
    monkeypatch.setenv("CNN_MAX_UPLOAD", "1")
    large = io.BytesIO()
    Image.fromarray(np.tile(noise(400).reshape(-1, 640, 3), (1, 1, 1))).save(large, "BMP")
    assert len(large.getvalue()) > 1_000_000
    opened, read_photo = [], own.read_photo
    monkeypatch.setattr(bringing, "read_photo", lambda content: opened.append(len(content)) or read_photo(content))
    found = own.bring_zip(with_files({"pets/cat/9.bmp": large.getvalue()}))
    assert found.notes == ("1 file left out: not to be opened as an image.",)
    assert max(opened) < 1_000_000, "it takes no memory"


def test_the_same_image_twice_in_a_class_is_taken_once():
    """One for the test and one to learn from would not be honest."""
    found = own.bring_zip(with_files({"pets/cat/copy.png": CATS[0], "pets/dog/cat.png": CATS[0]}))
    assert counted(found) == {"cat": 6, "dog": 7}
    assert found.notes == ("1 file taken once only: the same image is in the same class.",)


def test_of_a_class_with_too_many_images_the_first_are_taken_and_that_is_said(monkeypatch):
    monkeypatch.setenv("CNN_MAX_CLASS_IMAGES", "5")
    found = own.bring_zip(with_files())
    assert counted(found) == {"cat": 5, "dog": 5}
    assert found.notes == tuple(f"{name} has more than 5 images: the first 5 were taken." for name in ("cat", "dog"))
    assert np.array_equal(own.images("pets", found.classes[0].id)[-1].image, noise(6, 1)[0])


BOMB = bytes(3_000_000)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("zip_file", "sentence"),
    [
        (b"", "The file is empty"),
        (b"PK", "no zip archive, or it is cut off"),
        (with_files()[:-200], "no zip archive, or it is cut off"),
        (zip_of([]), "There is no image in it"),
        (zip_of([("a/readme.txt", b"x"), ("b/", b"")]), "There is no image in it"),
        (zip_of([("1.png", CATS[0])]), "There is no image in it: a folder for each class is expected"),
        (zip_of([("cat/1.png", CATS[0])]), "2 to 10 classes; this one would have 1"),
        (zip_of([(f"{n}/1.png", CATS[0]) for n in range(11)]), "2 to 10 classes; this one would have 11"),
        (zip_of([("é" * 29 + "ab/1.png", CATS[0]), ("é" * 29 + "ac/1.png", CATS[1])]), "cannot both be called"),
        (zip_of([("\u200b/1.png", CATS[0]), ("\u200c/1.png", CATS[1])]), "cannot both be called"),
        (with_files({"../evil.png": CATS[0]}), "leads out of its folder"),
        (with_files({"/etc/evil.png": CATS[0]}), "leads out of its folder"),
        (with_files({"C:\\evil.png": CATS[0]}), "leads out of its folder"),
        (with_files({"pets\\..\\..\\evil.png": CATS[0]}), "leads out of its folder"),
        (zip_of([*FILES.items(), (entry("pets/cat/l.png", stat.S_IFLNK), b"/etc/passwd")]), "is a link or a device"),
        (lambda: zip_of([*FILES.items(), ("pets/cat/1.png", CATS[0])]), "is in it twice"),
        (with_files({"pets/cat/bomb.bmp": BOMB}), "unpacks to far more than an honest file"),
        (
            lambda: zip_of([*FILES.items(), *((f"pets/cat/{n}x.txt", b"") for n in range(10_001))]),
            "more than 10,000 files",
        ),
        (zip_of([*FILES.items()], compression=zipfile.ZIP_LZMA), "Pack it as a plain zip"),
        (zip_of([("a.zip", with_files()), ("b.zip", with_files())]), "There is no image in it"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_zip_that_is_none_or_a_trap_is_one_sentence(zip_file, sentence):
    refused(sentence, own.bring_zip, zip_file() if callable(zip_file) else zip_file)


def test_an_encrypted_zip_is_refused():
    zip_file = bytearray(with_files())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        place = zip_file.index(mark) + offset
        zip_file[place : place + 2] = struct.pack("<H", 1)
    refused("It is encrypted", own.bring_zip, bytes(zip_file))


def test_what_would_unpack_to_gigabytes_is_refused_whatever_its_entry_says():
    huge = with_bytes(
        with_files({"x.txt": b"1" * 987_654}), struct.pack("<I", 987_654), struct.pack("<I", 2_000_000_000)
    )
    refused("would unpack to more than 1,000 MB", own.bring_zip, huge)


def test_images_that_take_for_ever_are_refused(monkeypatch):
    monkeypatch.setattr(bringing, "_LONGEST", -60.0)
    refused("take more than", own.bring_zip, with_files())


def test_what_was_packed_here_comes_back_with_the_same_states():
    made = filled("Äpfel & Birnen", ("Apfel/rot", "Birne"), (6, 5, 4))
    moved = own.images(made.name, made.classes[0].id, newest=1)[0]
    own.move(made.name, [moved.id], made.classes[1].id)
    packed = own.to_zip(made.name)
    assert packed == own.to_zip(made.name)
    again = own.bring_zip(packed)
    assert (again.name, again.title, again.notes) == ("apfel-birnen-2", "Äpfel & Birnen 2", ())
    assert [c.name for c in again.classes] == ["Apfel/rot", "Birne"]
    assert own.latest(again.name).split("@")[1] == own.latest(made.name).split("@")[1]
    for of_class in content(made.name):
        pixels = [[image for _, image in content(each.name)[of_class]] for each in (made, again)]
        assert pixels[0] == pixels[1]
    own.remove(made.name)
    own.remove(again.name)
    assert own.bring_zip(packed).name == "apfel-birnen"


def test_the_zip_of_a_set_can_be_read_by_people():
    made = filled(bursts=(2, 1))
    with zipfile.ZipFile(io.BytesIO(own.to_zip(made.name))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
    assert names[:3] == [f"pets/01-cat/000{n}.png" for n in (1, 2, 3)]
    assert names[-1] == "pets/data-set.json"


def test_an_empty_class_and_one_that_is_too_large_here_come_back_too(monkeypatch):
    made = filled(bursts=(3, 3))
    own.add_class(made.name, "None of these")
    packed = own.to_zip(made.name)
    assert counted(own.bring_zip(packed)) == {"cat": 6, "dog": 6, "None of these": 0}
    monkeypatch.setenv("CNN_MAX_CLASS_IMAGES", "4")
    found = own.bring_zip(packed)
    assert counted(found) == {"cat": 4, "dog": 4, "None of these": 0}
    assert "cat has more than 4 images: the first 4 were taken." in found.notes


@pytest.mark.parametrize(
    ("page", "sentence"),
    [
        (b"", "data-set.json in it is damaged"),
        (b"[" * 100_000, "data-set.json in it is damaged"),
        (b"[]", "data-set.json in it is damaged"),
        (b'{"version": "x"}', "data-set.json in it is damaged"),
        (b'{"version": 9, "title": "", "classes": []}', "later version"),
        ({"classes": []}, "There is no image in it"),
        ({"classes": [{"name": "cat", "images": [["cat/0.png"]]}]}, "data-set.json in it is damaged"),
        ({"classes": [{"name": "cat", "images": [["cat/0.png", 1]]}]}, "would have 1"),
        ({"classes": [{"name": "\u200b", "images": [["cat/0.png", 1]]}] * 2}, "visible character"),
        (
            {"classes": [{"name": n, "images": [["../cat/0.png", 1]]} for n in "ab"]},
            "is not there: 'pets/../cat/0.png'",
        ),
        ({"classes": [{"name": n, "images": [["cat/note.png", 1]]} for n in "ab"]}, "An image in it is damaged"),
        ({"classes": [{"name": n, "images": [["cat/0.png", ""]]} for n in "ab"]}, "A burst's name has"),
    ],
)
def test_a_damaged_page_of_a_set_is_one_sentence(page, sentence):
    page = page if isinstance(page, bytes) else json.dumps({"version": 1, "title": "Pets"} | page).encode()
    refused(sentence, own.bring_zip, with_files({"pets/data-set.json": page, "pets/cat/note.png": b"x"}))


def test_a_full_server_takes_no_more_and_opens_nothing(monkeypatch):
    filled()
    monkeypatch.setenv("CNN_MAX_DATA_SETS", "1")
    monkeypatch.setattr(bringing, "read_photo", lambda content: pytest.fail("no image is opened"))
    refused("at most 1 data sets", own.bring_zip, with_files())


def test_a_photo_becomes_the_square_in_its_middle():
    buffer = io.BytesIO()
    photo = Image.new("RGB", (400, 200), "red")
    photo.paste("blue", (100, 0, 300, 200))
    photo.save(buffer, "JPEG", quality=100, subsampling=0)
    image = own.read_photo(buffer.getvalue())
    assert (image.shape, image.dtype) == ((32, 32, 3), np.uint8)
    assert np.abs(image.astype(int) - (0, 0, 255)).max() < 30
    with pytest.raises(DataError, match="A photo was expected, but this file is text"):
        own.read_photo(b"hello")
