"""Two runs compared: which settings differ, by how much their accuracy, may that be chance, and their curves."""

import pandas as pd
import streamlit as st

from cnn_core import comparing, data, differences, plotting, runs
from cnn_core.differences import Difference
from cnn_core.evaluation import comparison
from cnn_core.evaluation.comparison import Paired
from cnn_core.runs import Predictions, Run
from pages.ui import address, diagnosed, presenter, sureness
from pages.ui.evaluation import moved
from pages.ui.evaluation.against import choose_against
from pages.ui.evaluation.subject import Subject, read
from pages.ui.text import plain

_OVER = {"epochs": "over epochs", "seconds": "over seconds"}
_ANSWER_AND_CHOICE = (3, 2)  # of the width
_ROW = 30  # pixels
_ROWS = 8  # settings in sight at once; the table scrolls


def show(on: Subject) -> None:
    answer, choice = st.columns(_ANSWER_AND_CHOICE, gap="medium")  # on a phone the answer comes first
    with choice:
        other = choose_against(on.run)
    if other is None:
        return
    of_other = read(other, other.predictions)
    found = comparing.settings_that_differ(on.run, other)
    why_not = comparing.why_not(on.run, other, on.predictions, of_other)
    with answer:
        st.header(differences.headline(found), anchor=False)
        st.markdown(f"**A** {plain(on.run.title)} · **B** {plain(other.title)}")
        if why_not:
            st.warning(plain(why_not), icon=":material/warning:")
        else:
            _show_difference(on, other, of_other, found)
    with choice:
        _show_settings(found)
    _show_curves(on.run, other)
    if not why_not:
        moved.show(on, other)
        if on.images is not None:
            sureness.show_switch(on.run, other)


def _show_difference(on: Subject, other: Run, of_other: Predictions, found: list[Difference]) -> None:
    """What follows from the settings, the interval, the test, and what another seed would change."""
    counts = comparison.paired(
        on.predictions.labels, on.predictions.probabilities.argmax(1), of_other.probabilities.argmax(1)
    )
    if differences.is_confounded(found):
        st.warning(differences.consequence(found), icon=":material/warning:")
    else:
        st.markdown(differences.consequence(found))
    said = comparison.describe_interval(counts)
    spread = comparing.spread(on.run, other, runs.list_runs())
    of_seeds = comparing.describe_spread(on.run, other, counts.difference, spread)
    st.markdown(f"**{said}**")
    _show_strip(counts, comparing.between_seeds(on.run, other, spread), f"{said} {of_seeds}")
    st.markdown(f"{comparison.describe_test(counts)}\n\n{of_seeds}")
    for group in spread.groups if spread else ():
        pairs = zip(group.runs, group.accuracies, strict=True)
        each = ", ".join(f"{plain(run.title)} (seed {run.config.training.seed}): {share:.2%}" for run, share in pairs)
        st.caption(f"Repetitions on this machine: {each}.")


def _show_strip(counts: Paired, between_seeds: float | None, said: str) -> None:
    figure = plotting.difference_strip(counts.difference, comparison.interval(counts), between_seeds)
    figure = plotting.enlarged(figure, presenter.scale())
    st.plotly_chart(figure, config={"displayModeBar": False}, alt=said, key="evaluation.compare.strip")


def _show_settings(found: list[Difference]) -> None:
    if found:
        table = pd.DataFrame([(one.setting, one.a, one.b) for one in found], columns=["what differs", "A", "B"])
        height = presenter.pixels(_ROW * (_ROWS + 1)) if len(found) > _ROWS else "content"
        st.table(table, hide_index=True, height=height)


def _show_curves(a: Run, b: Run) -> None:
    st.header("Their curves", anchor=False)
    charts, said = st.columns(2, gap="medium"), st.container()
    address.allow("evaluation.over", _OVER.values())
    over = st.segmented_control(
        "Show", list(_OVER), format_func=_OVER.get, default="epochs", required=True, key="evaluation.over",
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    histories = [run.history() for run in (a, b)]
    watched = [run.config.training.validate_on for run in (a, b)]
    split = " or ".join(dict.fromkeys({"test": "test", "val": "validation"}[split] for split in watched))
    sentence = plotting.describe_two_curves(*histories, over, split=split)
    for place, metric in zip(charts, ("accuracy", "loss"), strict=True):
        figure = plotting.two_curves(*histories, metric, over, split=split)
        figure = plotting.enlarged(figure, min(presenter.scale(), 1.2))
        key = f"evaluation.compare.{metric}"
        place.plotly_chart(figure, config={"displayModeBar": False}, alt=sentence, key=key)
    said.markdown(f"{sentence} {_about_images(a, b, watched)}")
    for name, run in (("A", a), ("B", b)):
        diagnosed.show_elsewhere(run, name)


def _about_images(a: Run, b: Run, watched: list[str]) -> str:
    """Which images the curves are of, and what makes two of them unlike."""
    images = [f"{data.learned(run.config).sizes[split]:,}" for run, split in zip((a, b), watched, strict=True)]
    splits = [{"test": "test", "val": "validation"}[split] for split in watched]
    each = [f"{n} {split} images" for n, split in zip(images, splits, strict=True)]
    notes = []
    if watched[0] != watched[1]:
        one = "A" if watched[0] == "test" else "B"
        notes.append(
            f"A is measured on {each[0]}, B on {each[1]}: {one} watched the test split while it trained, so the two "
            "lines count different images."
        )
    elif a.config.data_set != b.config.data_set:
        titles = differences.data_sets(a.config, b.config)
        notes.append(f"A is measured on {each[0]} of {titles[0]}, B on {each[1]} of {titles[1]}.")
    else:
        notes.append(f"Both are measured on the same {each[0]}.")
    if a.config.training.label_smoothing != b.config.training.label_smoothing:
        notes.append("Label smoothing makes a network less sure and its loss higher: compare their accuracies.")
    return " ".join(notes)
