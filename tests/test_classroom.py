"""A class: who is there, what it is asked and how it is answered; full classes, late choices, and classes that end."""

import pytest

from cnn_core.classroom import ClassError, Classroom, Classrooms, Mark, Question, Vote, pupils, room, rooms

QUESTION = Question("What is it?", ("cat", "dog"), marks=(Mark("right", "dog"), Mark("the network", "cat")))


@pytest.fixture
def now():
    """The seconds of the clock, in a list."""
    return [0.0]


@pytest.fixture
def classrooms(now):
    return Classrooms(lambda: now[0])


@pytest.fixture
def classroom(now):
    return Classroom("ACDE", lambda: now[0])


def test_every_pupil_of_a_full_class_is_somebody_else(classroom):
    tickets = [classroom.join() for _ in range(room.MOST_PUPILS)]
    assert len(set(tickets)) == len({classroom.pupil(ticket) for ticket in tickets}) == room.MOST_PUPILS
    assert all(pupil.sign in pupils.ANIMALS.values() for pupil in classroom.present())
    assert classroom.join() is None


def test_in_a_full_class_who_is_away_for_long_gives_way_and_leaves_nothing_behind(classroom, now):
    first, *others = (classroom.join() for _ in range(room.MOST_PUPILS))
    classroom.hand_in(first, "a game", 1)
    now[0] += room.GIVES_WAY
    assert all(classroom.is_here(ticket) for ticket in others)
    assert classroom.join()
    assert not classroom.is_here(first)
    assert classroom.handed_in("a game") == {}
    assert classroom.join() is None, "the others are there"


def test_who_hands_in_without_end_takes_the_place_of_nobody(classroom):
    quiet, busy = classroom.join(), classroom.join()
    for topic in ("first", "second"):
        classroom.hand_in(quiet, topic, topic)
    for number in range(200):
        classroom.hand_in(busy, f"{number}", number)
        classroom.hand_in(busy, "first", number)
    assert classroom.handed_in("second") == {classroom.pupil(quiet): "second"}
    assert classroom.handed_in("first") == {classroom.pupil(quiet): "first", classroom.pupil(busy): 199}
    kept = [number for number in range(200) if classroom.handed_in(f"{number}")]
    assert kept == list(range(200 - len(kept), 200))
    assert 10 < len(kept) < 100


def test_who_gives_no_sign_keeps_the_place_but_is_not_there(classroom, now):
    ticket = classroom.join()
    pupil = classroom.pupil(ticket)
    now[0] += room.PRESENCE + 1
    assert classroom.present() == []
    assert classroom.is_here(ticket)
    assert classroom.present() == [pupil]
    assert not classroom.is_here("made up")


def test_a_choice_may_be_changed_until_the_vote_is_over_and_is_counted_once(classroom):
    ticket = classroom.join()
    classroom.ask(QUESTION)
    for option in ("cat", "dog", "a horse"):
        classroom.cast(ticket, option, number=1, try_=1)
    classroom.cast("made up", "cat", number=1, try_=1)
    classroom.cast(classroom.teacher, "cat", number=1, try_=1)
    assert classroom.vote().counts() == {"cat": 0, "dog": 1}
    classroom.change_vote(Vote.reveal)
    classroom.cast(ticket, "cat", number=1, try_=1)
    assert classroom.vote().counts() == {"cat": 0, "dog": 1}


def test_the_second_try_begins_anew_and_the_first_is_kept(classroom):
    ticket = classroom.join()
    classroom.ask(QUESTION)
    classroom.cast(ticket, "cat", number=1, try_=1)
    classroom.change_vote(Vote.explain)
    classroom.change_vote(Vote.explain)
    classroom.cast(ticket, "cat", number=1, try_=1)  # sent before the hint was read
    assert classroom.vote().choice(ticket) is None
    classroom.cast(ticket, "dog", number=1, try_=2)
    assert [classroom.vote().counts(try_) for try_ in (0, 1)] == [{"cat": 1, "dog": 0}, {"cat": 0, "dog": 1}]
    assert classroom.vote().tries == 2


def test_who_leaves_and_comes_back_as_somebody_else_counts_once(classroom):
    left, stayed = classroom.join(), classroom.join()
    classroom.ask(QUESTION)
    for ticket in (left, stayed):
        classroom.cast(ticket, "cat", number=1, try_=1)
    classroom.leave(left)
    classroom.leave(classroom.teacher)
    assert classroom.vote().counts() == {"cat": 1, "dog": 0}
    classroom.cast(classroom.join(), "dog", number=1, try_=1)
    classroom.change_vote(Vote.reveal)
    classroom.leave(stayed)
    assert classroom.vote().counts() == {"cat": 1, "dog": 1}, "what was revealed stays"


def test_what_comes_late_changes_no_other_question(classroom):
    ticket = classroom.join()
    classroom.ask(QUESTION)
    classroom.ask(QUESTION)
    classroom.cast(ticket, "cat", number=1, try_=1)
    classroom.change_vote(Vote.reveal, 1)
    classroom.put_away(1)
    assert classroom.vote() == Vote(QUESTION, number=2)
    classroom.put_away(2)
    assert classroom.vote() is None


@pytest.mark.parametrize("options", [("only one",), ("the same", "the same"), tuple("abcdefghijk")])
def test_a_question_has_2_to_10_different_answers(options):
    with pytest.raises(ValueError, match="2 to 10 different answers"):
        Question("?", options)


def test_a_mark_is_one_of_the_answers():
    with pytest.raises(ValueError, match="'horse' is none of the answers"):
        Question("?", ("cat", "dog"), marks=(Mark("right", "horse"),))


def test_a_class_is_found_by_its_code_however_it_is_typed(classrooms):
    opened = classrooms.open()
    typed = f" {opened.code[:2].lower()} {opened.code[2:]}"
    assert classrooms.find(typed) is opened
    assert classrooms.find("") is classrooms.find("x" * 1_000_000) is None
    classrooms.close(opened.code)
    assert classrooms.find(opened.code) is None


def test_a_class_ends_when_its_teacher_has_been_away_for_long(classrooms, now):
    left, kept = classrooms.open(), classrooms.open()
    now[0] += rooms.AWAY
    kept.is_here(kept.teacher)
    now[0] += 1
    assert classrooms.find(left.code) is None
    assert classrooms.find(kept.code) is kept


def test_a_server_takes_so_many_classes_and_a_deserted_one_makes_room(classrooms, now):
    opened = [classrooms.open() for _ in range(rooms.MOST)]
    with pytest.raises(ClassError, match="20 classes are open"):
        classrooms.open()
    now[0] += rooms.GIVES_WAY
    for one in opened[2:]:
        one.is_here(one.teacher)
    opened[0].join()  # without a teacher, but not deserted
    classrooms.open()
    assert classrooms.find(opened[0].code) is opened[0]
    assert classrooms.find(opened[1].code) is None
    with pytest.raises(ClassError, match="20 classes are open"):
        classrooms.open()
