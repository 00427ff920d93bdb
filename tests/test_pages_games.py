"""The games page as the app runs it: alone, in a class, as its teacher, without a run and without images."""

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
import snippets
import streamlit as st
from app import labels, metric, player, text, with_label
from handmade import write_finished_run
from PIL import Image
from sklearn.metrics import confusion_matrix

from cnn_core import data, games
from cnn_core.convolution import GeometryError
from pages.ui import cache, downloads
from pages.ui.games import kernel, network
from pages.ui.games.rounds import Round

KERNEL = {"games.part": "Find the kernel"}


@pytest.fixture
def hand_in(monkeypatch):
    """A function that lets the browser hand in answers, once: AppTest knows no trigger of a component."""
    waiting, asked = [], []

    def sorter(images, names, **given):
        asked.append((images, given))
        return waiting.pop() if waiting else None

    def give(app, answers, seconds=None):
        monkeypatch.setattr(network, "sorter", sorter)
        waiting.append({"answers": answers, "seconds": seconds or [2.0] * len(answers)})
        return app.run()

    give.asked = asked
    return give


@pytest.fixture
def classroom(fresh_caches):
    cache.classrooms.clear()
    yield cache.classrooms().open()
    cache.classrooms.clear()


def enter(app, room, ticket):
    app.session_state["together.member"] = f"{room.code}.{ticket}"
    return app.run()


def components(app, holds):
    return [json.loads(c.proto.json) for c in app.get("bidi_component") if holds in c.proto.json]


def round_one():
    return Round(1, cache.data_set("cifar10"))


def wrong_in(labels, places):
    """Answers that are wrong at these places, by the class after the right one."""
    return [int((label + (place in places)) % 10) for place, label in enumerate(labels)]


class TestBeforeHandingIn:
    def test_the_browser_gets_the_round_s_images_and_nothing_of_their_labels(self, open_page, finished_run, tiny_data):
        app = open_page("games")
        assert not app.exception
        (sent,) = [json.loads(c.proto.json) for c in app.get("bidi_component")]
        assert set(sent) == {"sprite", "count", "names", "attempt"}
        assert (sent["count"], sent["names"]) == (20, list(data.about("cifar10").class_names))
        png = Image.open(io.BytesIO(base64.b64decode(sent["sprite"].split(",")[1])))
        assert np.array_equal(np.asarray(png).reshape(20, 32, 32, 3), round_one().images)
        assert not png.info

    def test_another_round_has_other_images_and_a_bad_one_is_refused(self, open_page, tiny_data):
        first, second = (
            components(open_page("games", **{"games.round": number}), "sprite")[0] for number in ("1", "2")
        )
        assert first["sprite"] != second["sprite"]
        assert open_page("games", **{"games.round": "-3"}).number_input[0].value == 1

    def test_without_cifar10_the_shapes_are_played(self, open_page, shapes_only):
        app = open_page("games")
        assert not app.exception
        assert components(app, "sprite")[0]["names"] == list(data.about("shapes10").class_names)

    def test_images_that_cannot_be_opened_are_explained(self, open_page, tiny_data_dir):
        (tiny_data_dir / "test_images.npy").write_bytes(b"")
        app = open_page("games")
        assert not app.exception
        assert "damaged" in app.error[0].value


class TestResult:
    def test_scores_and_matrices_are_those_of_the_answers(self, open_page, finished_run, tiny_data, hand_in):
        app, of = open_page("games"), round_one()
        answers = wrong_in(of.labels, {0, 5, 7})
        hand_in(app, answers, [1.0] * 10 + [2.0] * 10)
        assert not app.exception
        assert "1.6 s for an image on average where you were right, 1.0 s where you were wrong" in text(app)
        said = finished_run.predictions().probabilities[of.positions].argmax(axis=1)
        assert metric(app, "You") == "17 of 20"
        assert metric(app, "Your seconds an image") == "1.5"
        assert metric(app, "The network") == f"{(said == of.labels).sum()} of 20"
        mine, networks = components(app, "shades")
        for sent, given, whose in ((mine, answers, "you said"), (networks, said, "the network said")):
            counts = confusion_matrix(of.labels, given, labels=range(10))
            assert [[int(cell or 0) for cell in row] for row in sent["written"]] == counts.tolist()
            assert sent["said"] == whose
        shown = components(app, "captions")
        assert sum(len(group["captions"]) for group in shown) == 20
        sides = games.sides(of.labels, np.array(answers), said)
        expected = [len(sides[who]) for who in ("one", "other", "neither", "both") if len(sides[who])]
        assert [len(group["captions"]) for group in shown] == expected

    def test_what_no_honest_browser_sends_is_refused_and_one_plays_again(self, open_page, tiny_data, hand_in):
        app = open_page("games")
        hand_in(app, [0] * 19)
        assert "20 answers" in app.error[0].value
        assert hand_in.asked[-1][1]["attempt"] == 1
        assert "You" not in labels(app.metric)

    def test_without_a_run_the_pupil_still_sees_the_own_matrix(self, open_page, tiny_data, hand_in):
        app = hand_in(open_page("games"), wrong_in(round_one().labels, {1}))
        assert not app.exception
        assert metric(app, "You") == "19 of 20"
        assert "Train a network first" in app.info[0].value
        assert len(components(app, "shades")) == 1

    def test_the_next_round_begins_anew(self, open_page, tiny_data, hand_in):
        app = hand_in(open_page("games"), wrong_in(round_one().labels, set()))
        with_label(app.button, "Play the next round").click().run()
        assert app.number_input[0].value == 2
        assert "You" not in labels(app.metric)

    def test_a_label_that_people_do_not_confirm_is_told_with_their_votes(
        self, open_page, tiny_data, hand_in, monkeypatch
    ):
        """The tiny data set in the place of CIFAR-10's own test split, with one doubted label."""
        from cnn_core.cifar10_facts import LabelError

        doubted = {23: LabelError(label=3, other=5, kept=1, changed=4, neither=0, both=0)}
        monkeypatch.setattr(Round, "doubted", doubted)
        app = hand_in(open_page("games"), wrong_in(round_one().labels, set()))
        assert "Of five people who were asked, four see a dog, one sees a cat (its label)." in text(app)
        assert "95.2%" in text(app)


@pytest.mark.usefixtures("tiny_data")
class TestClass:
    def test_a_pupil_s_answers_reach_the_class_once_and_outlive_a_reload(self, open_page, classroom, hand_in):
        of, ticket = round_one(), classroom.join()
        app = enter(open_page("games"), classroom, ticket)
        assert classroom.pupil(ticket).name in text(app)
        hand_in(app, wrong_in(of.labels, {3}))
        (handed,) = classroom.handed_in(of.topic).values()
        assert handed.right(of.labels) == 19
        again = enter(open_page("games"), classroom, ticket)
        assert metric(again, "You") == "19 of 20"
        hand_in(again, wrong_in(of.labels, set()))
        assert metric(again, "You") == "19 of 20"
        assert classroom.handed_in(of.topic)[classroom.pupil(ticket)] == handed

    def test_who_played_alone_and_joins_later_hands_in_then(self, open_page, classroom, hand_in):
        app = hand_in(open_page("games"), wrong_in(round_one().labels, {2, 3}))
        assert not classroom.handed_in(round_one().topic)
        enter(app, classroom, classroom.join())
        assert len(classroom.handed_in(round_one().topic)) == 1
        assert metric(app, "The class, mean of 1") == "18.0 of 20"

    def test_the_teacher_sees_the_class_and_its_images_only_when_asked(self, open_page, classroom, finished_run):
        of, tickets = round_one(), [classroom.join() for _ in range(4)]
        app = enter(open_page("games"), classroom, classroom.teacher)
        assert metric(app, "Handed in") == "0 of 4"
        assert "Nobody has handed in yet" in app.info[0].value
        for ticket, wrong in zip(tickets, ({0, 1}, {0}, {0, 2}), strict=False):
            answers = wrong_in(of.labels, wrong)
            classroom.hand_in(ticket, of.topic, games.Sorting(tuple(answers), (1.0,) * 20))
        app.run()
        assert not app.exception
        assert metric(app, "Handed in") == "3 of 4"
        assert metric(app, "The class, mean of 3") == f"{(18 + 19 + 18) / 3:.1f} of 20"
        together, _ = components(app, "shades")
        assert sum(int(cell or 0) for row in together["written"] for cell in row) == 60
        assert together["accuracy"] == "91.7"
        assert not components(app, "captions")
        with_label(app.toggle, "Show the images").set_value(True).run()
        assert sum(len(group["captions"]) for group in components(app, "captions")) == 20
        names = data.about("cifar10").class_names
        label = of.labels[0]
        assert f"3 of 3 in this class say *{names[(label + 1) % 10]}* where the label is *{names[label]}*" in text(app)

    def test_a_pupil_gets_no_view_of_the_teacher(self, open_page, classroom):
        app = enter(open_page("games"), classroom, classroom.join())
        assert "Handed in" not in labels(app.metric)
        assert "Show the images with their labels" not in labels(app.toggle)


@pytest.mark.usefixtures("tiny_data")
class TestKernel:
    def puzzle(self, level="blur"):
        return kernel.make_puzzle(round_one(), level)

    def test_the_page_shows_both_pictures_and_does_not_tell_the_kernel(self, open_page):
        app = open_page("games", **KERNEL)
        assert not app.exception
        (sent,) = components(app, "kernel")
        assert sent == {"kernel": [0, 0, 0, 0, 1, 0, 0, 0, 0], "side": 3}
        assert len(app.get("image")) == 3
        puzzle = self.puzzle()
        like = games.compare(games.response(puzzle.image, kernel._START), puzzle.target)
        assert metric(app, "Correlation") == f"{like.correlation:.3f}"
        assert "Not yet found" in text(app)

    def test_the_hidden_numbers_times_any_factor_are_found(self, open_page):
        app, puzzle = open_page("games", **KERNEL), self.puzzle()
        app.session_state[puzzle.key("numbers")] = 3 * puzzle.hidden
        app.run()
        assert metric(app, "Correlation") == "1.000"
        assert "Yours times 0.33 is the hidden kernel" in app.success[0].value
        with_label(app.button, "Next: 2 Edge").click().run()
        assert "Found" not in text(app)
        edge = self.puzzle("edge")
        app.session_state[edge.key("numbers")] = -edge.hidden
        assert "signs the other way round" in app.run().warning[0].value

    def test_hints_come_one_by_one_and_are_counted(self, open_page):
        app, puzzle = open_page("games", **KERNEL, **{"games.level": "5 Decimals"}), self.puzzle("decimal")
        told = games.hints(puzzle.hidden)
        for number, hint in enumerate(told, 1):
            assert hint not in text(app)
            with_label(app.button, f"Hint {number}").click().run()
            assert hint in text(app)
        app.session_state[puzzle.key("numbers")] = puzzle.hidden
        assert "with 3 hints. Exactly the hidden numbers" in app.run().success[0].value

    def test_gradient_descent_ends_at_the_hidden_numbers_in_a_film_of_two_seconds(self, open_page):
        app = open_page("games", **KERNEL, **{"games.level": "5 Decimals"})
        with_label(app.button, "Let gradient descent").click().run()
        assert not app.exception
        film, hidden = player(app), self.puzzle("decimal").hidden
        track = film["tracks"]["descent"]
        assert np.allclose(np.reshape(track["kernels"][-1], (3, 3)), hidden, atol=0.05)
        assert len(track["kernels"]) == len(track["losses"]) == len(film["moments"]) == len(film["places"])
        assert film["moments"][-1] / film["speed"] == pytest.approx(2)

    def test_a_number_that_is_typed_takes_its_place_and_a_wrong_one_is_explained(self, monkeypatch):
        puzzle = self.puzzle()
        state = {kernel._EDITOR: {"edit": {"cell": [1, 2], "text": "−1/4"}}}
        monkeypatch.setattr(st, "session_state", state)
        kernel._take_edit(puzzle)
        assert state[puzzle.key("numbers")].tolist() == [[0, 0, 0], [0, 1, -0.25], [0, 0, 0]]
        start = games.compare(games.response(puzzle.image, kernel._START), puzzle.target)
        assert state[puzzle.key("before")] == start.correlation
        state[kernel._EDITOR] = {"edit": {"cell": [0, 0], "text": "two"}}
        kernel._take_edit(puzzle)
        assert "two" in state[puzzle.key("refused")]
        assert puzzle.kernel.tolist() == [[0, 0, 0], [0, 1, -0.25], [0, 0, 0]]

    def test_only_nine_numbers_are_a_kernel_here(self):
        assert kernel.edited(np.eye(3), {"text": "1 2 3 / 4 5 6 / 7 8 9"}).sum() == 45
        for wrong in (
            {"text": "1 2 / 3 4"},
            {"cell": [3, 0], "text": "1"},
            {"cell": [0, 0], "text": "1 2 / 3 4"},
            {"cell": "00", "text": "1"},
            {"cell": [0, 0], "text": 5},
            "1",
        ):
            with pytest.raises(GeometryError):
                kernel.edited(np.eye(3), wrong)


def opened_code(app, game):
    app.session_state[f"code.games.{game}"] = True
    app.run()
    assert not app.exception
    return [code.value for code in app.code]


class TestSortingInCode:
    """The programs run where the data set's files are, in a process that cannot import this project."""

    def sorted_round(self, open_page, hand_in, data_set):
        of = Round(1, cache.data_set(data_set))
        answers = wrong_in(of.labels, {0, 5, 7})
        return hand_in(open_page("games"), answers), of, answers

    @pytest.mark.parametrize(("data_set", "here"), [("cifar10", "tiny_data"), ("shapes10", "shapes_only")])
    def test_it_gives_the_images_the_scores_and_both_matrices(
        self, open_page, hand_in, tiny_config, tmp_path, request, data_set, here
    ):
        request.getfixturevalue(here)
        run = write_finished_run(replace(tiny_config, data_set=data_set))
        app, of, answers = self.sorted_round(open_page, hand_in, data_set)
        assert not app.code
        (program,) = opened_code(app, "network")
        folder = data.data_dir()
        whole, test = of.data_set.split("train+val"), of.split
        snippets.write_batches(folder / "cifar-10-batches-py", whole.images(), whole.labels, test.images(), test.labels)
        (folder / "predictions.npz").write_bytes((run.path / "predictions.npz").read_bytes())
        wanted = ["images", "matrix(you)", "matrix(network)", "np.flatnonzero(mine & ~others)"]
        images, mine, networks, alone = snippets.run(folder, {"sorting": (program, wanted, {})})["sorting"]
        np.testing.assert_array_equal(images, of.images)
        np.testing.assert_array_equal(np.hstack(of.images), Image.open(folder / "round.png"))
        said = run.predictions().probabilities[of.positions].argmax(axis=1)
        np.testing.assert_array_equal(mine, confusion_matrix(of.labels, answers, labels=range(10)))
        np.testing.assert_array_equal(networks, confusion_matrix(of.labels, said, labels=range(10)))
        np.testing.assert_array_equal(alone, games.sides(of.labels, np.array(answers), said)["one"])

    def test_before_handing_in_there_is_none_and_without_a_run_no_network_is_in_it(self, open_page, hand_in, tiny_data):
        assert "The same in code" not in labels(open_page("games").expander)
        app, _, _ = self.sorted_round(open_page, hand_in, "cifar10")
        (program,) = opened_code(app, "network")
        assert "network" not in program
        assert "# Round 1," in program
        with_label(app.button, "Play the next round").click().run()
        assert not app.code


@pytest.mark.usefixtures("tiny_data")
class TestKernelInCode:
    def executed(self, programs, tmp_path, offered, *wanted):
        known = data.load("cifar10")
        whole, test = known.split("train+val"), known.split("test")
        folder = tmp_path / "code"
        folder.mkdir()
        snippets.write_batches(folder / "cifar-10-batches-py", whole.images(), whole.labels, test.images(), test.labels)
        for name, make in offered.items():
            (folder / name).write_bytes(make())
        plan = {str(number): (text, wanted, {}) for number, text in enumerate(programs)}
        return snippets.run(folder, plan)

    @pytest.fixture
    def offered(self, monkeypatch):
        found = {}
        monkeypatch.setattr(downloads, "offer", lambda label, make, name, **_: found.update({name: make}))
        return found

    def test_the_score_is_the_page_s_and_the_hidden_kernel_is_not_told(self, open_page, offered, tmp_path):
        app = open_page("games", **KERNEL, **{"games.level": "5 Decimals"})
        puzzle = kernel.make_puzzle(round_one(), "decimal")
        app.session_state[puzzle.key("numbers")] = np.arange(9).reshape(3, 3) / 4
        (program,) = opened_code(app, "kernel")
        assert "hidden =" not in program
        assert "0.25, 0.5" in program
        wanted = ("correlation", "factor", "rest", "bool(is_found)")
        found = self.executed([program], tmp_path, offered, *wanted)["0"]
        own = games.response(puzzle.image, np.arange(9).reshape(3, 3) / 4)
        like = games.compare(own, puzzle.target)
        assert found == pytest.approx([like.correlation, like.factor, like.rest, like.is_found])
        assert metric(app, "Correlation") == f"{found[0]:.3f}".replace("-", "−")

    def test_nothing_but_zeros_has_a_score_too(self, open_page, offered, tmp_path):
        app, puzzle = open_page("games", **KERNEL), kernel.make_puzzle(round_one(), "blur")
        app.session_state[puzzle.key("numbers")] = np.zeros((3, 3))
        found = self.executed(opened_code(app, "kernel"), tmp_path, offered, "correlation", "bool(is_found)")
        assert found["0"] == [0, False]

    def test_who_has_found_it_gets_it_in_the_program_and_no_file(self, open_page, offered, tmp_path):
        app, puzzle = open_page("games", **KERNEL), kernel.make_puzzle(round_one(), "blur")
        app.session_state[puzzle.key("numbers")] = 3 * puzzle.hidden
        programs = opened_code(app, "kernel")
        assert not offered
        ((hidden, factor, is_found),) = self.executed(
            programs, tmp_path, {}, "hidden", "factor", "bool(is_found)"
        ).values()
        np.testing.assert_array_equal(hidden, puzzle.hidden)
        assert (factor, is_found) == (pytest.approx(1 / 3), True)

    def test_gradient_descent_is_the_film_s_once_it_was_shown(self, open_page, offered, tmp_path):
        app = open_page("games", **KERNEL, **{"games.level": "5 Decimals"})
        puzzle = kernel.make_puzzle(round_one(), "decimal")
        with_label(app.button, "Let gradient descent").click().run()
        app.session_state[puzzle.key("numbers")] = np.ones((3, 3))  # the descent began with the numbers before
        programs = opened_code(app, "kernel")
        assert len(programs) == 2
        wanted = ("step", "loss", "kernel", "learning_rate", "momentum")
        found = self.executed(programs[1:], tmp_path, {}, *wanted)["0"]
        expected = games.descend(puzzle.image, puzzle.target, kernel._START)
        assert found[0] == expected.steps[-1]
        assert found[1] == pytest.approx(expected.losses[-1], rel=1e-3)
        np.testing.assert_allclose(found[2].reshape(3, 3), expected.kernels[-1], atol=1e-6)
        assert found[3:] == pytest.approx([expected.learning_rate, expected.momentum])
