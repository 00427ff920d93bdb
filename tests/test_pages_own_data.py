"""The page Your data: made, filled, mended and removed; who may do what; and what anybody may send."""

import base64
import uuid

import numpy as np
import pytest
from app import labels, metric, open_app, text, with_label

from cnn_core import data
from cnn_core.data import own
from pages.ui import cache
from pages.ui.components.camera import read
from pages.ui.components.wall import Wish
from pages.ui.own_data import filling

KEY = "correct horse battery"


@pytest.fixture
def page(fresh_caches):
    """Opens the page; nothing of another test is in its caches."""
    return lambda **query: open_app("own_data", **query)


def frames(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 32, 32, 3)).astype(np.uint8)


def made(*names, images=0, bursts=2, title="Pets"):
    """A set whose classes have so many images in so many bursts each."""
    own_set = own.create(title, names or ("cat", "dog"))
    for one in own_set.classes:
        for some in np.array_split(frames(images, one.id), bursts) if images else ():
            own.add(own_set.name, one.id, some, uuid.uuid4().hex)
    return own.find(own_set.name)


def send(app, into, n=3, key=filling.CAMERA, **changed):
    """What the browser sends when a button is let go, through what AppTest knows of a component: its session state."""
    pixels = base64.b64encode(frames(n).tobytes()).decode()
    shot = {"number": 5, "kind": "burst", "into": into, "count": n, "frames": pixels}
    app.session_state[f"{key}.shot"] = read(shot | changed)
    return app.run()


def opened_split(page):
    app = page()
    app.session_state["own_data.splits"] = True
    return app.run()


def press(app, label):
    with_label(app.button, label).click()
    return app.run()


def images(own_set):
    return [one.images for one in own.find(own_set.name).classes]


class TestMaking:
    def test_a_set_is_made_with_none_of_these(self, page):
        app = page()
        app.text_input(key="own_data.new.title").input("Mug and pen")
        app.text_area(key="own_data.new.classes").input("mug\n\n  pen ")
        press(app, "Make it")
        assert not app.exception
        assert [one.name for one in own.sets()[0].classes] == ["mug", "pen", "none of these"]
        assert app.selectbox(key="own_data.set").options == ["Mug and pen"]

    def test_one_class_alone_is_refused_in_a_sentence(self, page):
        app = page()
        app.text_input(key="own_data.new.title").input("Mug")
        app.text_area(key="own_data.new.classes").input("mug")
        app.checkbox(key="own_data.new.none").uncheck()
        press(app, "Make it")
        assert "2 to 10 classes" in app.error[0].value
        assert not own.sets()

    def test_an_exported_set_is_brought_in_again(self, page):
        made(images=6)
        app = page()
        app.session_state["own_data.new"] = True
        app.run()
        app.file_uploader[0].upload("pets.zip", own.to_zip("pets"))
        app.run()
        assert not app.exception
        assert app.selectbox(key="own_data.set").value == "pets-2"
        assert [one.images for one in own.find("pets-2").classes] == [6, 6]

    def test_what_is_no_zip_is_refused_in_a_sentence(self, page):
        app = page()
        app.file_uploader[0].upload("pets.zip", b"no zip")
        app.run()
        assert len(app.error) == 1
        assert not own.sets()

    def test_a_link_opens_its_set(self, page):
        made(title="Pets")
        made("mug", "pen", title="Things")
        assert page(set="things").selectbox(key="own_data.set").value == "things"
        assert page(set="nothing").selectbox(key="own_data.set").value == "pets"

    def test_a_link_from_another_page_opens_its_set_whatever_was_looked_at_before(self, page):
        made(title="Pets")
        made("mug", "pen", title="Things")
        app = page(set="pets")
        app.selectbox(key="own_data.set").set_value("things").run()
        assert app.selectbox(key="own_data.set").value == "things"
        app.switch_page("pages/home.py").run()
        app.switch_page("pages/own_data.py")
        app.query_params["set"] = "pets"
        assert app.run().selectbox(key="own_data.set").value == "pets"


class TestFilling:
    def test_a_burst_is_one_group_and_can_be_taken_back(self, page):
        own_set = made(images=6)
        app = send(page(), f"pets {own_set.classes[1].id}", n=4)
        assert images(own_set) == [6, 10]
        assert own.find("pets").classes[1].bursts == 3
        press(app, "Take back the last 4 of dog")
        assert images(own_set) == [6, 6]

    def test_a_file_is_a_group_of_its_own(self, page):
        own_set = made()
        send(page(), f"pets {own_set.classes[0].id}", n=4, key=filling.FILES, kind="file")
        assert own.find("pets").classes[0].bursts == 4

    def test_photos_within_a_minute_are_one_burst(self, page, monkeypatch):
        own_set = made()
        into, now = f"pets {own_set.classes[0].id}", [100.0]
        monkeypatch.setattr(filling.time, "monotonic", lambda: now[0])
        app = page()
        for pause in (0, 30, 61):
            now[0] += pause
            send(app, into, n=1, kind="photo")
        assert own.find("pets").classes[0].bursts == 2

    @pytest.mark.parametrize("into", ["pets 99", "things 1", "pets", "", "pets one", "../pets 1", "pets 1 1"])
    def test_pictures_for_what_is_not_there_are_refused_in_a_sentence(self, page, into):
        own_set = made()
        app = send(page(), into)
        assert len(app.error) == 1
        assert not app.exception
        assert images(own_set) == [0, 0]

    def test_a_file_that_is_no_picture_is_refused_in_a_sentence(self, page):
        own_set = made()
        content = base64.b64encode(b"no picture").decode()
        app = send(page(), f"pets {own_set.classes[0].id}", key=filling.FILES, kind="unopened", frames=content)
        assert len(app.error) == 1
        assert images(own_set) == [0, 0]

    def test_a_full_class_says_how_many_were_left_out(self, page, monkeypatch):
        monkeypatch.setenv("CNN_MAX_CLASS_IMAGES", "5")
        own_set = made()
        app = send(page(), f"pets {own_set.classes[0].id}", n=8)
        assert "3 of the 8 pictures were left out" in app.error[0].value
        send(app, f"pets {own_set.classes[0].id}", n=1, number=6)
        assert images(own_set) == [5, 0]

    def test_a_set_that_is_removed_meanwhile_breaks_nothing(self, page):
        own_set = made(images=6)
        app = page()
        own.remove("pets")
        send(app, f"pets {own_set.classes[0].id}")
        assert not app.exception
        assert "Name the classes" in [header.value for header in app.header]


class TestMending:
    def test_the_split_is_said_burst_by_burst(self, page):
        made(images=20, bursts=2)
        said = text(opened_split(page))
        assert "| cat | 8 of burst 1 | 2 of burst 1 | 10 of burst 2 |" in said
        assert "validation shares a burst with training" in said

    def test_the_newest_burst_has_the_highest_number_and_is_the_test(self, page):
        made("cat", "dog", images=40, bursts=4)
        assert "| cat | 20 of burst 1, 2 | 10 of burst 3 | 10 of burst 4 |" in text(opened_split(page))

    def test_pictures_are_moved_and_deleted(self, page):
        own_set = made(images=6)
        cat, dog = own_set.classes
        ids = [stored.id for stored in own.images("pets", cat.id)]
        app = page()
        app.session_state["own_data.wall.pets.wish"] = Wish(tuple(ids[:2]), dog.id)
        app.run()
        app.session_state["own_data.wall.pets.wish"] = Wish(tuple(ids[2:4]), None)
        app.run()
        assert images(own_set) == [2, 8]

    def test_a_wish_for_one_set_touches_no_other(self, page):
        pets, things = made(images=6), made("mug", "pen", title="Things", images=6)
        app = page(set="pets")
        app.session_state["own_data.wall.pets.wish"] = Wish((1, 2), None)
        app.selectbox(key="own_data.set").set_value("things").run()  # before the wish was fulfilled
        assert images(things) == [6, 6]
        app.selectbox(key="own_data.set").set_value("pets").run()
        assert images(pets) == [4, 6]

    def test_classes_and_sets_are_renamed(self, page):
        own_set = made()
        app = page()
        app.text_input(key=f"own_data.class.rename.pets.{own_set.classes[0].id}.name").input("kitten")
        app.button[[button.label for button in app.button].index("Save")].click()
        app.run()
        assert own.find("pets").classes[0].name == "kitten"

    def test_classes_come_and_go(self, page):
        own_set = made("cat", "dog", "bird")
        app = page()
        app.session_state["own_data.more.pets"] = True
        app.session_state[f"own_data.class.remove.pets.{own_set.classes[0].id}"] = True
        app.run()
        app.text_input(key="own_data.added.pets").input("dog")
        press(app, "Add it")
        assert "Two classes cannot both be called" in app.error[0].value
        press(app, "Remove it")
        assert [one.name for one in own.find("pets").classes] == ["dog", "bird"]

    def test_a_damaged_set_is_said_to_be_and_can_be_deleted(self, page):
        made(images=6)
        (data.data_dir() / "own" / "pets" / "set.sqlite").write_bytes(b"no database" * 500)
        app = page()
        assert not app.exception
        assert "damaged" in app.error[0].value
        app.session_state["own_data.delete.pets"] = True
        app.run()
        press(app, "Delete it")
        assert not own.sets()

    def test_everything_goes_after_a_question(self, page):
        made(images=6)
        made("mug", "pen", title="Things")
        app = page()
        assert "Remove all of it" not in [button.label for button in app.button]
        app.session_state["own_data.everything"] = True
        app.run()
        assert "all 2 data sets" in text(app)
        assert "12 pictures" in text(app)
        press(app, "Remove all of it")
        assert not own.sets()
        assert not app.exception


class TestRights:
    def test_without_the_key_a_visitor_only_looks(self, page, monkeypatch):
        own_set = made(images=6)
        monkeypatch.setenv("CNN_TEACHER_KEY", KEY)
        app = page()
        assert not app.get("download_button")
        assert [button.label for button in app.button] == ["Unlock"]
        send(app, f"pets {own_set.classes[0].id}")
        assert "teacher" in app.error[0].value.lower()
        app.session_state["own_data.wall.pets.wish"] = Wish((1, 2), None)
        app.run()
        assert images(own_set) == [6, 6]

    def test_a_pupil_adds_to_what_is_open_and_does_nothing_else(self, page):
        own_set, other = made(images=6), made("mug", "pen", title="Things")
        room = cache.classrooms().open()
        pupil = page(**{"class": room.code})
        assert "has not opened" in text(pupil)
        assert not pupil.selectbox
        send(pupil, f"pets {own_set.classes[0].id}", number=1)
        assert images(own_set) == [6, 6], "nothing is open"
        room.collecting = "pets"
        send(pupil, f"pets {own_set.classes[0].id}", number=2)
        send(pupil, f"things {other.classes[0].id}", number=3)
        assert (images(own_set), images(other)) == ([9, 6], [0, 0])
        press(pupil, "Take back the last 3 of cat")
        assert images(own_set) == [6, 6]
        room.collecting = None
        send(pupil, f"pets {own_set.classes[0].id}", number=4)
        assert images(own_set) == [6, 6]
        assert not pupil.exception

    def test_two_phones_lose_nothing(self, page):
        own_set = made()
        room = cache.classrooms().open()
        room.collecting = "pets"
        phones = [page(**{"class": room.code}) for _ in range(2)]
        for number in (1, 2, 3):
            for phone in phones:
                send(phone, f"pets {own_set.classes[0].id}", n=5, number=number)
        assert images(own_set) == [30, 0]

    def test_the_teacher_opens_a_set_on_the_class_page(self, fresh_caches):
        made(images=6)
        app = open_app("classroom")
        press(app, "Open a class")
        code = metric(app, "Code of the class")
        app.segmented_control(key="classroom.part").set_value("collect").run()
        press(app, "Open it to class")
        room = cache.classrooms().find(code)
        assert room.collecting == "pets"
        assert not app.exception
        press(app, "Close it to the class")
        assert room.collecting is None


class TestInCode:
    """What the programs compute is in test_code_own.py."""

    def opened(self, app):
        app.session_state["code.own_data"] = True
        app.run()
        assert not app.exception
        return [code.value for code in app.code]

    def test_it_is_closed_at_first_and_not_there_without_a_picture(self, page):
        own_set = made()
        app = page()
        assert "The same in code" not in labels(app.expander)
        send(app, f"pets {own_set.classes[0].id}")
        assert "The same in code" in labels(app.expander)
        assert not app.code

    def test_what_cannot_be_learned_yet_is_read_alone(self, page):
        own_set = made()
        (program,) = self.opened(send(page(), f"pets {own_set.classes[0].id}"))
        assert 'zipfile.ZipFile("pets.zip")' in program
        assert "is_test" not in program

    def test_the_split_is_that_of_the_pictures_that_are_there_now(self, page):
        own_set = made(images=6, bursts=3)
        app = page()
        programs = self.opened(app)
        assert len(programs) == 2
        assert all("test_bursts = np.array([3, 6])" in program for program in programs)
        assert "LogisticRegression" in programs[1]
        send(app, f"pets {own_set.classes[1].id}", n=2)
        assert "test_bursts = np.array([3, 7])" in app.code[0].value
