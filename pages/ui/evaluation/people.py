"""What is known of CIFAR-10's test images themselves: whose labels people doubt, how people vote, which were seen."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import streamlit as st

from cnn_core import cifar10_facts, data, evaluation
from pages.ui import cache
from pages.ui.components.gallery import gallery
from pages.ui.evaluation.subject import Subject

_PAIRS = 6  # twins that are shown


def is_official(on: Subject) -> bool:
    """Whether the run was tested on CIFAR-10's own test split, of which these facts tell."""
    errors, labels = cifar10_facts.label_errors().by_image, on.predictions.labels
    if on.data_set != "cifar10" or len(labels) <= max(errors):
        return False
    return all(labels[place] == error.label for place, error in errors.items())


def label_errors_of(on: Subject) -> Mapping[int, cifar10_facts.LabelError]:
    """By place in the run's test split; none of another test than CIFAR-10's own."""
    return cifar10_facts.label_errors().by_image if is_official(on) else {}


def twins_of(on: Subject) -> Mapping[int, int]:
    """The places of the test images that have a twin among the official training images, with the twin's."""
    return cifar10_facts.duplicates().twins if is_official(on) else {}


def show_people(on: Subject) -> None:
    """How often people agree with the labels, beside this run."""
    st.header("How people vote", anchor=False)
    known, names = cifar10_facts.people(), on.class_names
    labels, answers = on.predictions.labels, on.predictions.probabilities.argmax(axis=1)
    shares = evaluation.normalize(evaluation.confusion_matrix(labels, answers, len(on.class_names)), "actual")

    def ours(actual: str, answer: str) -> float:
        return shares[names.index(actual), names.index(answer)]

    rows = {"agrees with the label": (known.one_vote, on.scores.accuracy)}
    rows |= {f"agrees with the label *{name}*": (share, ours(name, name)) for name, share in known.hardest.items()}
    for actual, answer, share in known.confusions:
        rows[f"says *{answer}* where the label is *{actual}*"] = (share, ours(actual, answer))
    table = pd.DataFrame(rows, index=["one person", "this network"]).T
    st.table(table.map("{:.1%}".format))
    hardest = " and ".join(known.hardest)
    st.caption(
        f"All 10,000 test images. One person agrees with the label in {known.one_vote:.1%}; the majority of about "
        f"fifty in {known.majority:.2%}. The hardest for people are {hardest}. Quoted from {known.source}."
    )
    _say_label_errors(on)


def _say_label_errors(on: Subject) -> None:
    known = cifar10_facts.label_errors()
    places = np.array(list(known.by_image))
    apart = evaluation.accuracy_apart(on.predictions.labels, on.predictions.probabilities, places)
    wrong = round(apart.n * (1 - apart.of_chosen))
    proposed = sum(
        on.predictions.probabilities[place].argmax() == error.other for place, error in known.by_image.items()
    )
    st.markdown(
        f"**Labels that people do not confirm**: {apart.n}. Five people each looked at {known.candidates} test images "
        f"whose label a program doubted; these {apart.n} labels were kept by fewer than three. On {wrong} of them this "
        f"network is “wrong”; on {proposed} it says what the program proposed."
    )
    st.caption(f"From {known.source}; [data]({known.file}), {known.licence}.")


def show_twins(on: Subject) -> None:
    """How much of the accuracy rests on test images that the training set has too."""
    st.header("Seen before: twins in the training images", anchor=False)
    known = cifar10_facts.duplicates()
    labels, probabilities = on.predictions
    apart = evaluation.accuracy_apart(labels, probabilities, np.array(list(known.twins)))
    st.markdown(
        f"**{apart.n} of the {len(labels):,} test images have a twin** among the 50,000 official training images: the "
        f"same picture, moved, mirrored or with another contrast. This network is right on {apart.of_chosen:.1%} of "
        f"them and on {apart.of_rest:.1%} of the rest. So the test accuracy without twins is {apart.of_rest:.2%}; with "
        f"them it is {on.scores.accuracy:.2%}."
    )
    if on.images is not None:
        _show_pairs(on, known)
    st.caption(
        f"Proposed by a network's features, confirmed by pixels (`{known.command.removesuffix(' --write')}`). Others "
        f"counted {known.published}: {known.source}. A run that keeps validation images has not seen all of these."
    )


def _show_pairs(on: Subject, known: cifar10_facts.Duplicates) -> None:
    try:
        training = cache.data_set(on.data_set).split("train+val")
    except data.DataError:
        return
    spread = np.linspace(0, len(known.twins) - 1, min(_PAIRS, len(known.twins))).astype(int)
    pairs = [list(known.twins.items())[place] for place in spread]
    pictures = [picture for test, twin in pairs for picture in (on.images.images(test)[0], training.images(twin)[0])]
    captions = [text for test, twin in pairs for text in (f"test\n{test:,}", f"training\n{twin:,}")]
    label = f"{len(pairs)} test images, each followed by its twin"
    gallery(np.stack(pictures), captions, key="evaluation.twins", label=label, picks=False, columns=12, size=64)
