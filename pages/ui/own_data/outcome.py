"""What came of a way to learn an own data set: its training while it lasts, then the accuracy, the matrix, ways on."""

import streamlit as st

from cnn_core import data, evaluation, plotting
from cnn_core.data import own
from cnn_core.data.own import OwnSet
from cnn_core.runs import Run, RunError
from pages.ui import audience, guidance, run_controls, watched
from pages.ui.components.matrix import matrix
from pages.ui.evaluation.subject import Subject, look_at
from pages.ui.run_display import show_small
from pages.ui.run_view import read_view
from pages.ui.text import plain

_CLOSE = 1  # images by which two tests may differ and still say the same


def show(own_set: OwnSet, run: Run | None) -> None:
    """Of the latest run of one way; nothing before the first."""
    if run is None:
        return
    try:
        if run.state().is_active:
            _follow(run)
        elif run.is_tested() and not run.has_diverged():
            _show_result(own_set, look_at(run))
        else:
            show_small(read_view(run))
    except RunError as error:  # another visitor deletes it, or its files are damaged
        st.error(plain(str(error)), icon=":material/error:")


def _follow(run: Run) -> None:
    """Its progress, renewed until it is over; a class shares the renewals."""

    @st.fragment(run_every=audience.pace(is_moving=True))
    def live() -> None:
        if not run.exists() or not run.state().is_active:
            st.rerun()
        show_small(read_view(run))
        with st.container(horizontal=True):
            run_controls.show_first_action(run)

    live()
    if st.button("Watch the curves", icon=":material/show_chart:", key=f"own_data.watch.{run.id}"):
        watched.watch(run.id)
        st.switch_page("pages/training.py")


def _show_result(own_set: OwnSet, on: Subject) -> None:
    counts = evaluation.confusion_matrix(
        on.predictions.labels, on.predictions.probabilities.argmax(axis=1), len(on.class_names)
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.metric("Test accuracy", f"{on.scores.accuracy:.1%}", width="content")
        st.caption(f"{_in_words(on)} {_of_which_state(own_set, on.run)}", width=290)
    said = plotting.describe_matrix(counts, on.class_names)
    matrix(counts, on.class_names, key=f"own_data.matrix.{on.run.id}", picked=None, on_pick=None, alt=said)
    query = {"run": on.run.id}
    with st.container(horizontal=True, gap="small"):
        st.page_link("pages/evaluation.py", label="Evaluation", icon=":material/grid_on:", query_params=query)
        st.page_link("pages/inside.py", label="Inside", icon=":material/neurology:", query_params=query)
        shown = {**query, "prediction.source": "Live"}
        st.page_link("pages/prediction.py", label="Try it", icon=":material/videocam:", query_params=shown)


def _in_words(on: Subject) -> str:
    """How many test images that is, and what so few can tell."""
    n, right = on.scores.n, round(on.scores.accuracy * on.scores.n)
    record = evaluation.TrackRecord(n, right, 0.0, 1.0)
    return f"{right:,} of {n:,} test images are right; of new ones like them, {record.of_100}."


def _of_which_state(own_set: OwnSet, run: Run) -> str:
    """Whether the set has changed since; a new title alone is no change."""
    learned, present = data.learned(run.config), own.present(own_set.name)
    size = learned.sizes["train+val"] + learned.sizes["test"]
    names = tuple(one.name for one in own_set.classes)
    if run.config.data_set == present or (not present and (size, learned.class_names) == (own_set.images, names)):
        return ""
    return f"Learned on an earlier state of **{plain(own_set.title)}**, of {size:,} images."


def teach(run: Run | None) -> None:
    """The shortcut: what a careless split would have said of the same network, as a question first."""
    try:
        if run is None or not run.is_tested() or run.has_diverged():
            return
        careless, honest = run.careless(), run.result()
    except RunError:
        return
    if not careless or not honest:
        return
    share, n = careless
    more = share - honest.test_accuracy
    answer = _OPTIONS[1 if abs(more) * min(n, honest.test_n) <= _CLOSE else 0 if more > 0 else 2]
    st.header("Would another split have said the same?", anchor=False)
    question = (
        f"The test images come from bursts of which training saw no image: {honest.test_accuracy:.0%} are right "
        f"(n = {honest.test_n:,}). Divide the same images one by one instead, and images of one burst lie on both "
        "sides. What would that test say of such a network?"
    )
    why = (
        f"With a careless split, images of one burst on both sides, the test would have said **{share:.0%}** "
        f"on average (n = {n:,}); with whole bursts kept apart it says **{honest.test_accuracy:.0%}** "
        f"(n = {honest.test_n:,}). {_WHY[answer]}"
    )
    hint = "Two images of one burst are nearly the same picture, with the same background."
    guidance.ask(f"careless.{run.id}", question, _OPTIONS, answer, hint=hint, why=why)


_OPTIONS = ("more are right", "about as many", "fewer are right")
_WHY = {
    _OPTIONS[0]: "The difference is what it remembers of a burst: the place, the light, the hand. Only the lower "
    "number says what it does with a new picture.",
    _OPTIONS[1]: "Here it makes no difference that so few images could show: the bursts are alike, or the network "
    "looks at the things and not at the place.",
    _OPTIONS[2]: "That is chance: with so few images a test may be off by as much.",
}
