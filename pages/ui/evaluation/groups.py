"""Two groups of classes against each other, animals and vehicles for instance: how many mistakes cross the border."""

import streamlit as st

from cnn_core import data, evaluation, plotting
from pages.ui.components.matrix import matrix
from pages.ui.evaluation.subject import Subject

_WIDTH = 480  # pixels at most: four numbers


def show_groups(on: Subject) -> None:
    """Nothing where the data set's classes form no groups."""
    groups = data.learned(on.run.config).groups
    if not groups:
        return
    names = tuple(groups)
    members = [[on.class_names.index(name) for name in group] for group in groups.values()]
    counts = on.confusion_matrix()
    joined = evaluation.join_classes(counts, members)
    sentence = plotting.describe_groups(counts, members, names)
    st.header(f"{names[0].capitalize()} against {names[1]}", anchor=False)
    with st.container(width=_WIDTH):
        matrix(joined, names, key="evaluation.groups", picked=None, on_pick=None, alt=sentence)
    st.markdown(sentence)
