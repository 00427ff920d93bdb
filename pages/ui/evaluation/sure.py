"""How sure the network is and how sure it may be: the reliability diagram, and what happens if it may be silent."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core import evaluation, plotting, sureness
from pages.ui import address, guidance, onward, presenter
from pages.ui.components.gallery import gallery
from pages.ui.components.reliability import reliability
from pages.ui.controls import ChosenImage
from pages.ui.evaluation.subject import Subject
from pages.ui.sureness import follow, is_raw, show_switch

_BIN, _LEAST = "evaluation.bin", "evaluation.least"
_LEVELS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)  # finer where networks live
_USUAL_LEVEL = 0.9
_IMAGES, _SIZE = 8, 64  # beside the diagram at a time; pixels of each, at least
_SILENT = 16  # of the images that get no answer, at a time
_FEWEST = 30  # images of a bin that a question can be about
_DIAGRAM_AND_BIN = (3, 2)  # of the width


@dataclass(frozen=True)
class _Said:
    """The test images that this page judges by, and how sure the network is of each.

    Its megabyte is made anew in each run: what a fragment is given stays as long as the session.
    """

    labels: np.ndarray  # (n,)
    positions: np.ndarray  # (n,): their places in the test split
    raw: np.ndarray  # float32 (n, classes): softmax, as trained
    after: np.ndarray | None  # calibrated; None in a run without a temperature
    is_raw: bool  # whether the visitor wants it so

    @property
    def is_after(self) -> bool:
        return self.after is not None and not self.is_raw

    @property
    def shown(self) -> np.ndarray:
        return self.after if self.is_after else self.raw


def show(on: Subject) -> None:
    """The diagram and the pictures of a bin; below them a question, and the network that may be silent."""
    found = sureness.of_run(on.run)
    _show_reliability(on, found, is_raw())
    _ask(on, _judge(on, found))
    _show_coverage(on, found)


def _judge(on: Subject, found: sureness.Sureness) -> _Said:
    labels, raw = found.unseen(on.predictions)
    positions = np.arange(on.scores.n - len(labels), on.scores.n)  # a temperature of test images is of the first ones
    return _Said(labels, positions, raw, found.of(raw) if found.is_calibrated else None, is_raw())


@st.fragment
def _show_reliability(on: Subject, found: sureness.Sureness, was_raw: bool) -> None:
    follow(was_raw)
    said = _judge(on, found)
    raw = evaluation.reliability(said.labels, said.raw)
    after = None if said.after is None else evaluation.reliability(said.labels, said.after)
    left, right = st.columns(_DIAGRAM_AND_BIN, gap="medium")
    with left:
        place = st.container()
        show_switch(on.run)
        shown = after if said.is_after else raw
        at = _open_bin(shown)
        sentence = plotting.describe_reliability(raw, after)
        with place:
            reliability(
                plotting.reliability_bins(shown),
                key="evaluation.reliability",
                alt=sentence.replace("*", ""),
                says="calibrated, it says" if said.is_after else "softmax says",
                picked=at,
                on_pick=lambda chosen: st.session_state.update({_BIN: chosen}),
            )
        st.markdown(sentence)
        st.caption(f"ECE: the mean gap between bar and mark, each bin weighted by its images.{_whence(said, found)}")
    with right:
        _show_bin(on, said, shown, at)


def _whence(said: _Said, found: sureness.Sureness) -> str:
    """Where the temperature comes from."""
    if not found.is_calibrated:
        return ""
    by = f" The logits are divided by the temperature {found.calibration.temperature:.2f}, fitted on {found.fitted_on}"
    if found.calibration.split == "test":
        by += (
            ", since this run trained on the validation images too. All of this is measured on the other "
            f"{len(said.labels):,}"
        )
    return f"{by}. No answer changes."


def _open_bin(shown: evaluation.Reliability) -> int:
    """The bin that was picked, unless it is empty here; else the one whose gap weighs most."""
    picked = st.session_state.get(_BIN)
    if picked is not None and shown.counts[picked]:
        return picked
    return int((np.abs(shown.accuracy - shown.confidence) * shown.counts + 1e-9 * shown.counts).argmax())


def _show_bin(on: Subject, said: _Said, shown: evaluation.Reliability, at: int) -> None:
    """The images of a bin: the mistakes first, the surest of them before the others."""
    sure, predicted = said.shown.max(axis=1), said.shown.argmax(axis=1)
    inside = np.flatnonzero(evaluation.bin_of(sure) == at)
    is_right = predicted[inside] == said.labels[inside]
    order = inside[np.lexsort((-sure[inside], is_right))]
    st.header(plotting.name_bin(shown, at).capitalize(), anchor=False)
    words = (
        f"{len(inside):,} test image{'' if len(inside) == 1 else 's'}, of which {is_right.sum():,} "
        f"right: {evaluation.of_hundred(float(shown.accuracy[at]))} of 100. On average it says "
        f"{shown.confidence[at]:.1%}."
    )
    if on.images is None:
        st.caption(f"{words} The images are not on this machine.")
        return
    st.caption(f"{words} The **mistakes first**.")
    picked = _gallery(on, said, order, _IMAGES, f"bin.{at}", plotting.name_bin(shown, at), picks=True)
    if picked is not None:
        onward.offer(ChosenImage(on.data_set, "test", picked), key="evaluation.sure")


def _gallery(
    on: Subject, said: _Said, order: np.ndarray, at_a_time: int, name: str, label: str, *, picks: bool
) -> int | None:  # fmt: skip
    """Some of these images, with what was said, how surely, and the label; the place in the split of the picked one."""
    pages = -(-len(order) // at_a_time)
    place = st.container()
    page = st.pagination(pages, key=f"evaluation.page.{name}") if pages > 1 else 1
    shown = order[at_a_time * (page - 1) : at_a_time * page]
    predicted, labels = said.shown[shown].argmax(axis=1), said.labels[shown]
    captions = [
        f"{on.class_names[answer]} {evaluation.percent(share)}"
        + ("" if answer == label else f"\nis: {on.class_names[label]}")
        for answer, share, label in zip(predicted, said.shown[shown].max(axis=1), labels, strict=True)
    ]
    with place:
        picked = gallery(
            on.images.images(said.positions[shown]),
            captions,
            marks=list(predicted == labels),
            key=f"evaluation.{name.split('.')[0]}.images",
            label=label,
            picked=0 if picks else None,
            picks=picks,
            size=round(_SIZE * presenter.scale()),
            columns=at_a_time // 2,
        )
    return None if picked is None else int(said.positions[shown[picked]])


def _ask(on: Subject, said: _Said) -> None:
    """Is the percentage the chance of being right? The bin of softmax where that is furthest from true."""
    raw = evaluation.reliability(said.labels, said.raw)
    gaps = np.where(raw.counts >= _FEWEST, np.abs(raw.accuracy - raw.confidence), -1)
    at = int(gaps.argmax())
    if gaps[at] < 0:
        return
    right, promised = (round(100 * float(of[at])) for of in (raw.accuracy, raw.confidence))
    others = (promised, 2 * promised - right, right - 15, right + 15)
    wrong = [number for number in others if 0 <= number <= 100 and abs(number - right) >= 4][:2]
    mean, count = f"{raw.confidence[at]:.0%}", int(raw.counts[at])
    name = plotting.name_bin(raw, at)
    guidance.ask(
        f"sure.{on.run.id}.{on.scores.n}.{at}",
        f"As trained, the network's softmax is {name} of {count:,} test images, {mean} on average. In how many of 100 "
        "of them is it right?",
        [str(number) for number in sorted({right, *wrong})],
        str(right),
        hint="Shares that add up to 100% are not yet chances. How could one find out whether they are?",
        why=f"{round(count * raw.accuracy[at]):,} of the {count:,} are recognised. {_why(on, right - promised)}",
    )


def _why(on: Subject, points: int) -> str:
    """Why softmax was off by so many points, as far as the settings tell."""
    if points > 1 and on.run.config.training.label_smoothing:
        smoothing = on.run.config.training.label_smoothing
        return (
            f"Training with label smoothing ({smoothing:g}) never asked for 100%, so softmax stays timid. "
            "The percentage is the network's own measure; only counting tells how often it is right."
        )
    if points < -1:
        return (
            "The network was trained until it was sure of its training images, and it is as sure of new ones. "
            "The percentage is the network's own measure; only counting tells how often it is right."
        )
    return "Here the percentage comes close to the chance of being right. Only counting could tell."


@st.fragment
def _show_coverage(on: Subject, found: sureness.Sureness) -> None:
    """What it answers and gets right if it need not answer when it is not sure."""
    said = _judge(on, found)
    st.header("If it may say “I do not know”", anchor=False)
    coverage = evaluation.coverage(said.labels, said.shown)
    left, right = st.columns((1, 1), gap="medium")
    with left:
        place = st.container(gap="small")
        threshold = _choose_level()
        sentence = plotting.describe_coverage(coverage, threshold)
        with place:
            st.markdown(sentence)
            figure = plotting.enlarged(plotting.coverage_curve(coverage, threshold), presenter.scale())
            st.plotly_chart(figure, config={"displayModeBar": False}, alt=sentence.replace("*", ""))
    with right:
        _show_silent(on, said, threshold)


def _choose_level() -> float:
    names = {level: _name_level(level) for level in _LEVELS}
    address.allow(_LEAST, names.values())
    return st.select_slider(
        "It answers if it is at least so sure", list(names), value=_USUAL_LEVEL, format_func=names.get,
        key=_LEAST, bind="query-params",
    )  # fmt: skip


def _name_level(level: float) -> str:
    return f"{100 * level:g}%" if level else "always"


def _show_silent(on: Subject, said: _Said, threshold: float) -> None:
    """The images that it leaves to people: which classes they are of, and the images themselves on demand."""
    sure = said.shown.max(axis=1)
    silent = np.flatnonzero(sure < threshold)
    if not len(silent):
        return
    counts = np.bincount(said.labels[silent], minlength=len(on.class_names))
    often = np.argsort(-counts, kind="stable")[:3]
    most = [f"{on.class_names[place]} ({counts[place]:,})" for place in often if counts[place]]
    st.subheader("What it leaves to people", anchor=False)
    images = f"{len(silent):,} test image{'' if len(silent) == 1 else 's'}"
    st.caption(f"{images}; the most frequent classes: {', '.join(most)}.")
    if on.images is None:
        return
    if st.toggle("Show them, the least sure first", key="evaluation.silent"):
        order = silent[np.argsort(sure[silent], kind="stable")]
        _gallery(on, said, order, _SILENT, f"silent.{threshold}", "images without an answer", picks=False)
