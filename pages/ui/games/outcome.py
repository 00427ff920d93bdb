"""Who was right where: a pupil, the network and the class on the same twenty images, and what people say of them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core import cifar10_facts, games
from cnn_core.classroom import Pupil
from cnn_core.games import Sorting
from pages.ui import presenter
from pages.ui.components.gallery import gallery
from pages.ui.components.matrix import matrix
from pages.ui.games.rounds import Round

_NETWORK = "The network"
_FEWEST = 3  # pupils whose majority is worth a sentence
Handed = Mapping[Pupil, Sorting]


@dataclass(frozen=True)
class Side:
    """Answers to the round: counts int64 (n, classes), how many of this side said each class of each image."""

    title: str  # "You"
    said: str  # "you said"
    what: str  # what is counted: "image", "answer"
    counts: np.ndarray
    note: str = ""  # how it did beside the network

    @property
    def most(self) -> np.ndarray:
        """The most frequent answer to each image, int64 (n,)."""
        return self.counts.argmax(axis=1)

    def matrix(self, labels: np.ndarray) -> np.ndarray:
        return np.array([self.counts[labels == label].sum(axis=0) for label in range(self.counts.shape[1])])


def sides(of: Round, mine: Sorting | None, answers: np.ndarray | None, handed: Handed) -> list[Side]:
    """The player, the network and the class, as far as there are any, in this order."""
    found, best = [], None if answers is None else int((answers == of.labels).sum())
    classes = len(of.data_set.class_names)
    if mine:
        note = "" if best is None else _who_wins(mine.right(of.labels), best)
        found.append(Side("You", "you said", "image", games.count_answers([mine], classes), note))
    if answers is not None:
        counts = games.count_answers([Sorting(tuple(map(int, answers)), ())], classes)
        found.append(Side(_NETWORK, "the network said", "image", counts))
    if handed:
        counts, winners = games.count_answers(handed.values(), classes), [s.right(of.labels) for s in handed.values()]
        note = "" if best is None else f"{sum(right > best for right in winners)} of {len(handed)} beat the network"
        found.append(Side("The class", "the class said", "answer", counts, note))
    return found


def show_own(of: Round, mine: Sorting, answers: np.ndarray | None, handed: Handed) -> None:
    """A pupil's result, beside the network's, and beside the class's where one has handed in."""
    with st.container(horizontal=True):
        st.metric("You", f"{mine.right(of.labels)} of {len(of.labels)}")
        st.metric("Your seconds an image", f"{np.mean(mine.seconds):.1f}")
        _show_scores(of, answers, handed)
    _show_matrices(of, sides(of, mine, answers, handed), "own")
    if pace := _say_pace(of, mine):
        st.caption(pace)


def show_class(of: Round, handed: Handed, there: int, answers: np.ndarray | None) -> None:
    """The beamer's view: how many have handed in, and what they said together."""
    with st.container(horizontal=True):
        st.metric("Handed in", f"{len(handed)} of {max(there, len(handed))}")
        _show_scores(of, answers, handed)
        if handed:
            seconds = np.median([number for sorting in handed.values() for number in sorting.seconds])
            st.metric("Seconds an image, median", f"{seconds:.1f}")
    if handed:
        _show_matrices(of, sides(of, None, answers, handed)[::-1], "class")
    else:
        st.info("Nobody has handed in yet. Pupils open **Games** on their phones.", icon=":material/hourglass_empty:")


def show_images(of: Round, found: list[Side], handed: Handed) -> None:
    """Each image with its label: who is right where, and where people disagree with the label."""
    network = next((side for side in found if side.title == _NETWORK), None)
    person = next((side for side in found if side.title != _NETWORK), None)
    if network and person:
        _show_who_is_right(of, person, network, found)
    _show_people(of, found, handed)


def _who_wins(right: int, network: int) -> str:
    if right == network:
        return "a draw with the network"
    return f"{abs(right - network)} {'more' if right > network else 'fewer'} than the network"


def _say_pace(of: Round, mine: Sorting) -> str:
    """Whether the mistakes took longer; nothing without a mistake."""
    seconds, is_right = np.array(mine.seconds), np.array(mine.answers) == of.labels
    if is_right.all() or not is_right.any():
        return ""
    right, wrong = seconds[is_right].mean(), seconds[~is_right].mean()
    return f"You took {right:.1f} s for an image on average where you were right, {wrong:.1f} s where you were wrong."


def _show_scores(of: Round, answers: np.ndarray | None, handed: Handed) -> None:
    if answers is not None:
        st.metric("The network", f"{(answers == of.labels).sum()} of {len(of.labels)}")
    if handed:
        right = np.mean([sorting.right(of.labels) for sorting in handed.values()])
        st.metric(f"The class, mean of {len(handed)}", f"{right:.1f} of {len(of.labels)}")


def _show_matrices(of: Round, found: list[Side], key: str) -> None:
    for column, side in zip(st.columns(len(found)), found, strict=True):
        with column:
            st.markdown(f"**{side.title}**" + (f": {side.note}" if side.note else ""))
            counts = side.matrix(of.labels)
            alt = f"{side.title}: {int(counts.trace())} of {int(counts.sum())} {side.what}s are right."
            matrix(
                counts,
                of.data_set.class_names,
                key=f"games.matrix.{key}.{side.title}",
                picked=None,
                on_pick=None,
                alt=alt,
                said=side.said,
                what=side.what,
            )


def _show_who_is_right(of: Round, one: Side, network: Side, found: list[Side]) -> None:
    """The images in four groups; under each its label and what the sides said."""
    who = "You" if one.title == "You" else "Most of the class"
    titles = {
        "one": f"{who} right, the network wrong",
        "other": f"The network right, {who[0].lower()}{who[1:]} wrong",
        "neither": "Both wrong",
        "both": "Both right",
    }
    groups = games.sides(of.labels, one.most, network.most)
    st.header("Who is right where", anchor=False)
    for group, title in titles.items():
        where = groups[group]
        if not len(where):
            continue
        st.markdown(f"**{title}: {len(where)}**")
        marks = {"one": True, "other": False, "neither": False, "both": True}[group]
        gallery(
            of.images[where],
            [_caption(of, found, place) for place in where],
            marks=[marks] * len(where),
            key=f"games.images.{group}",
            label=f"{len(where)} images: {title}",
            picks=False,
            size=presenter.pixels(100),
            columns=8,
        )


def _caption(of: Round, found: list[Side], place: int) -> str:
    names, label = of.data_set.class_names, of.labels[place]
    lines = [f"is: {names[label]}"]
    for side in found:
        answer, total = int(side.most[place]), int(side.counts[place].sum())
        share = f" {side.counts[place, answer] / total:.0%}" if side.what == "answer" else ""
        lines.append(f"{side.title.removeprefix('The ').lower()}: {names[answer]}{share}")
    return "\n".join(lines)


def _show_people(of: Round, found: list[Side], handed: Handed) -> None:
    """Where people disagree with the label: this class, and those who were asked about CIFAR-10's labels."""
    st.header("Where people disagree with the label", anchor=False)
    names, said = of.data_set.class_names, []
    if len(handed) >= _FEWEST:
        counts = games.count_answers(handed.values(), len(names))
        for place in np.flatnonzero(counts.max(axis=1) * 2 > len(handed)):
            answer, label = int(counts[place].argmax()), of.labels[place]
            if answer != label:
                share = f"{counts[place, answer]} of {len(handed)}"
                said.append(f"{share} in this class say *{names[answer]}* where the label is *{names[label]}*.")
    for place, position in enumerate(of.positions.tolist()):
        if error := of.doubted.get(position):
            told = " · ".join(f"{side.title.lower()}: *{names[int(side.most[place])]}*" for side in found)
            said.append(
                f"One image of each round has a label that people did not confirm. Here it is a *{names[error.label]}* "
                f"by its label. {error.sentence(names)} It counts by its label. Of this image {told}."
            )
    if said:
        st.markdown("\n".join(f"- {sentence}" for sentence in said))
    if not of.doubted:
        st.caption(f"{of.data_set.title}: no label of these images is known to be doubted.")
        return
    known = cifar10_facts.people()
    actual, answer, share = known.confusions[0]
    st.caption(
        f"All 10,000 test images: one person agrees with the label in {known.one_vote:.1%}; where it is *{actual}*, "
        f"{share:.1%} say *{answer}*. Quoted from {known.source}. The doubted labels: "
        f"{cifar10_facts.label_errors().source}."
    )
