"""A changed network on the test set: its accuracy, the classes that moved, and the images whose answers changed."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from cnn_core import evaluation, plotting
from cnn_core.data import Split
from cnn_core.runs import RunError
from pages.ui import onward, presenter
from pages.ui.components.gallery import gallery
from pages.ui.controls import ChosenImage
from pages.ui.inside import tested
from pages.ui.inside.subject import Subject

IMAGES = 1000  # the first of the test split
_PIECE, _SHOWN = 100, 24
_SCORE, _MOVED = "inside.surgery.score", "inside.surgery.moved"
_WAYS = {
    "lost": "Right before, wrong now",
    "won": "Wrong before, right now",
    "other": "Wrong before, another wrong answer now",
}


def show(on: Subject, change: str, title: str, logits: Callable[[np.ndarray], np.ndarray]) -> int:
    """How many images it has scored. `change` names it for the cache; `logits` are the changed network's."""
    st.header(f"{title}: the test set", anchor=False)
    split = tested.test_split(on.run)
    if split is None:
        return 0
    n = min(IMAGES, len(split))
    if not st.toggle(f"Score {n:,} test images after each change", key=_SCORE):
        return 0
    labels = np.asarray(split.labels[:n])
    before = _usual(on, split, n)
    after = _answers(on, split, n, change, logits)
    _show_figures(labels, before, after, on.class_names)
    _show_moved(on, split, labels, before, after)
    return n


def _usual(on: Subject, split: Split, n: int) -> np.ndarray:
    """The network's own answers (n,): those of its final test, if it was tested on these images."""
    try:
        predictions = on.run.predictions()
        if np.array_equal(predictions.labels, split.labels):
            return predictions.probabilities[:n].argmax(1)
    except RunError:
        pass
    return _answers(on, split, n, "unchanged", on.passes.logits)


def _answers(on: Subject, split: Split, n: int, change: str, logits: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    def answer(piece: int) -> np.ndarray:
        return logits(split.images(slice(piece * _PIECE, min((piece + 1) * _PIECE, n)))).argmax(1)

    return np.concatenate(tested.in_pieces(on, f"{change}.test", -(-n // _PIECE), answer, f"{n:,} test images …"))


def _show_figures(labels: np.ndarray, before: np.ndarray, after: np.ndarray, class_names: tuple[str, ...]) -> None:
    n = len(labels)
    right = [(answers == labels) for answers in (before, after)]
    accuracies = [float(hits.mean()) for hits in right]
    recalls = [evaluation.per_class(labels, answers, class_names)["recall"].to_numpy() for answers in (before, after)]
    left, wide = st.columns([2, 5], gap="medium")
    with left:
        change = 100 * (accuracies[1] - accuracies[0])
        st.metric(f"Accuracy on {n:,} test images", f"{accuracies[1]:.1%}", f"{change:+.1f} points")
        lost, won = int((right[0] & ~right[1]).sum()), int((~right[0] & right[1]).sum())
        st.markdown(
            f"Before: {accuracies[0]:.1%}. Images that were right and are wrong now: {lost:,}; the other way: {won:,}. "
            f"{plotting.describe_recalls(*recalls, class_names)}"
        )
    with wide:
        said = plotting.describe_recalls(*recalls, class_names)
        chart = plotting.enlarged(plotting.recall_change(*recalls, class_names), presenter.scale())
        st.plotly_chart(chart, config={"displayModeBar": False}, alt=said)
        st.caption(f"Recall: of each class's images among these {n:,}, the share that is recognised, before → after.")


def _show_moved(on: Subject, split: Split, labels: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
    """The images whose answers changed; a picture opens."""
    changed = before != after
    groups = {
        "lost": changed & (before == labels),
        "won": changed & (after == labels),
        "other": changed & (before != labels) & (after != labels),
    }
    counts = {name: int(group.sum()) for name, group in groups.items()}
    if not changed.any():
        st.markdown("No answer changed.")
        return
    some = [name for name, count in counts.items() if count]
    way = st.pills(
        "Images whose answers changed",
        some,
        format_func=lambda name: f"{_WAYS[name]} · {counts[name]:,}",
        default=some[0],
        required=True,
        key=f"{_MOVED}.{'.'.join(some)}",
    )
    positions = np.flatnonzero(groups[way])[:_SHOWN]
    names = on.class_names
    captions = [f"is: {names[labels[at]]}\n{names[before[at]]} → {names[after[at]]}" for at in positions]
    picked = gallery(
        split.images(positions), captions, key=f"inside.surgery.images.{way}", label=_WAYS[way],
        size=round(84 * presenter.scale()), columns=8,
    )  # fmt: skip
    if counts[way] > _SHOWN:
        st.caption(f"The first {_SHOWN} of {counts[way]:,}.")
    if picked is not None:
        _offer(ChosenImage(on.run.config.data_set, "test", int(positions[picked])))


def _offer(image: ChosenImage) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"Test image {image.index:,}:", width="content")
        st.button(
            "Look at it here",
            icon=":material/center_focus_strong:",
            on_click=tested.go_to_test_image,
            args=(image,),
            key="inside.surgery.this",
        )
        onward.offer(image, key="inside.surgery")
