"""The start: a kernel at work, the lesson as a map with what is there and what is missing, a network in short."""

import streamlit as st

from cnn_core import data, runs
from cnn_core.config import DATA_SETS
from cnn_core.presets import PRESETS
from pages.ui import controls, frame, lessons, presenter
from pages.ui.components.sweep import SAID, sweep
from pages.ui.lab import STEPS
from pages.ui.text import plain

DONE, MISSING = ":material/check_circle:", ":material/pending:"

# The report's recap (III.C), its fourth point corrected: the loss measures an answer, softmax gives it.
LAYERS = (
    (
        ":material/select_all:",
        "Convolution",
        "Slides small filters over the image and notes how strongly each place matches. "
        "We choose their number, size, stride and padding; training finds the numbers in them.",
    ),
    (
        ":material/compress:",
        "Pooling",
        "Keeps the largest of every 2 × 2 values. Width and height are halved; the strongest answers stay. "
        "Pooling has no weights to learn.",
    ),
    (
        ":material/hub:",
        "Dense layer",
        "Puts all remaining values in one row and weighs them for each of the classes. "
        "Softmax turns the ten scores into probabilities.",
    ),
    (
        ":material/straighten:",
        "Loss",
        "One number that says how far the probabilities are from the label. "
        "Training makes it smaller, one batch of images after another.",
    ),
)


def show_start() -> None:
    """What this is, in a picture that moves and three sentences."""
    picture, words = st.columns([7, 3], gap="medium", vertical_alignment="center")
    with picture:
        sweep(key="home.sweep")
        st.caption(SAID)
    with words:
        st.markdown(
            "**Touch** every number of a convolution.\n\n"
            "**Build** a network of such filters, and **train** it while the class watches.\n\n"
            "**Ask** it what it confuses, how sure it may be, and what it sees in a photo of your own."
        )
        if st.button("Start the lesson", type="primary", icon=":material/play_arrow:", width="stretch"):
            frame.go_to(frame.STEPS[1].path)


def show_path() -> None:
    """Every page as a numbered step, with what is ready for it on this machine and what is missing."""
    facts = {
        "dataset.py": describe_data(),
        "convolution.py": f"{DONE} {len(STEPS)} steps",
        "network.py": f"{DONE} {len(PRESETS)} ready networks",
        **describe_runs(),
    }
    grid = st.grid(len(facts), min_column_width=round(122 * presenter.scale()), gap="xsmall")
    for number, entry in enumerate(frame.STEPS[1:], 1):
        with grid, frame.card(f"path-{number}", height="stretch"):
            st.page_link(entry.path, label=f"**{entry.title}**")
            st.markdown(f":small[**{number}** · {entry.lead}]")
            st.caption(facts[entry.file])


def show_together() -> None:
    """What is for a class: not a step of the path."""
    others = [entry for entry in frame.PAGES if not entry.is_step]
    for column, entry in zip(st.columns(len(others), gap="xsmall"), others, strict=True):
        with column, frame.card(f"together-{entry.file.partition('.')[0]}"):
            st.page_link(entry.path, label=f"**{entry.title}**", icon=entry.icon)
            st.markdown(f":small[{entry.lead}]")


def describe_data() -> str:
    is_here = {name: name == "shapes10" or data.is_ready(name) for name in DATA_SETS}  # which are drawn when needed
    ready, missing = ([data.about(name).title for name in is_here if is_here[name] is here] for here in (True, False))
    parts = [f"{DONE} {', '.join(ready)}"] + [f"{MISSING} {title} is not here yet" for title in missing]
    if own_ones := len(data.own.sets()):
        parts.append(f"{DONE} {own_ones} of your own")
    return "  \n".join(parts)


def describe_runs() -> dict[str, str]:
    """What training, evaluation, inside and prediction have to show, by page."""
    listed = runs.list_runs()
    tested = [run for run in listed if run.is_tested()]
    own = sum(not run.is_recorded for run in tested)
    open_ones = sum(run.has_anatomy() for run in tested)
    if at_work := runs.running():
        training = f":material/play_circle: **{plain(at_work.title)}** is being trained"
    else:
        count = {0: "No run", 1: "1 run"}.get(own, f"{own} runs")
        training = f"{DONE if own else MISSING} {count} of your own"
    best = controls.best_run("cifar10")
    result = best.result() if best else None  # of the network that the prediction page opens with
    known = f"{DONE} {result.test_accuracy:.1%} of CIFAR-10 right" if result else f"{MISSING} No network for photos yet"
    return {
        "training.py": training,
        "evaluation.py": f"{DONE if tested else MISSING} {len(tested)} run{'' if len(tested) == 1 else 's'} to compare",
        "inside.py": f"{DONE if open_ones else MISSING} {open_ones} network{'' if open_ones == 1 else 's'} to open",
        "prediction.py": known,
    }


def show_recap() -> None:
    st.header("The four parts of a network", anchor=False)
    grid = st.grid(4, min_column_width=185, border=True)
    for icon, name, text in LAYERS:
        with grid.cell():
            st.subheader(f":blue[{icon}] {name}", anchor=False)
            st.markdown(text)


frame.header("CNN Classroom", "How a network learns to tell images apart.")
show_start()
show_path()
show_together()
if not presenter.is_on():
    lessons.show_on_home()
    show_recap()
