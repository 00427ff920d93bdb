"""The split said plainly: which bursts of a class are for training, for validation and for the test."""

import numpy as np
import streamlit as st

from cnn_core.data import DataError, own
from cnn_core.data.own import OwnSet, Plan
from pages.ui.text import plain

SPLITS = {"train": "training", "val": "validation", "test": "test"}  # as a plan calls them, and as the page does
_OPEN = "own_data.splits"
_LISTED = 5  # bursts by their numbers; more are counted


def show(own_set: OwnSet) -> None:
    """What a network would learn now and be tested on; nothing while there is too little."""
    if own_set.lacks():
        return
    label, icon = "Which pictures are for training, and which for the test", ":material/call_split:"
    place = st.expander(label, icon=icon, key=_OPEN, on_change="rerun")
    if not place.open:  # every picture is read for it
        return
    with place:
        try:
            plan = own.planned(own_set.name)
        except DataError as error:
            st.info(plain(str(error)), icon=":material/hourglass_empty:")
            return
        st.markdown("\n".join(["| Class | Training | Validation | Test |", "| - | - | - | - |", *_rows(plan)]))
        st.caption(
            "No burst is divided between training and test: the newest are the test, so take the second of each class "
            "in another place."
        )
        if plan.shares_burst:
            st.caption(
                ":material/info: Where a class has too few bursts, validation shares a burst with training, so its "
                "accuracy flatters; the test shares none. A third burst ends that."
            )


def burst_numbers(plan: Plan, label: int) -> np.ndarray:
    """For each picture of a class the number of its burst, (n,) int64: 1 is the oldest of the class."""
    is_of = plan.labels == label
    _, place = np.unique(plan.bursts[is_of], return_inverse=True)
    oldest = np.full(place.max() + 1, plan.ids.max())
    np.minimum.at(oldest, place, plan.ids[is_of])
    return np.argsort(np.argsort(oldest))[place] + 1


def captions(plan: Plan) -> dict[int, str]:
    """By the id of each picture, the number of its burst and what it is for."""
    names = [SPLITS[split] for split in own.PARTS]
    found = {}
    for label in range(len(plan.class_names)):
        is_of = plan.labels == label
        numbers = burst_numbers(plan, label).tolist()
        for id_, number, part in zip(plan.ids[is_of].tolist(), numbers, plan.parts[is_of].tolist(), strict=True):
            found[id_] = f"burst {number}, {names[part]}"
    return found


def _rows(plan: Plan) -> list[str]:
    rows = []
    for label, name in enumerate(plan.class_names):
        parts, numbers = plan.parts[plan.labels == label], burst_numbers(plan, label)
        cells = [_cell(numbers[parts == part]) for part in own.PARTS.values()]
        rows.append(f"| {plain(name)} | {' | '.join(cells)} |")
    return rows


def _cell(numbers: np.ndarray) -> str:
    """How many pictures of which bursts."""
    bursts = np.unique(numbers).tolist()
    if len(bursts) > _LISTED:
        return f"{len(numbers)} of {len(bursts)} bursts"
    return f"{len(numbers)} of burst {', '.join(map(str, bursts))}" if bursts else "none"
