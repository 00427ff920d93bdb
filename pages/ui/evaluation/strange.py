"""None of its classes: how familiar a network finds images of its own kind, and what strange ones slip through."""

import numpy as np
import streamlit as st

from cnn_core import data, evaluation, plotting
from cnn_core.inference import ClassifierError
from pages.ui import address, cache, presenter, sureness
from pages.ui.components.gallery import gallery
from pages.ui.evaluation import in_code
from pages.ui.evaluation.subject import Subject, read

_ACCEPTED, _KIND = "evaluation.accepted", "evaluation.kind"
_LOWEST, _USUAL, _HIGHEST = 50, 95, 99
_IMAGES, _SIZE = 12, 64  # of those that slip through; pixels of each, at least
_HIGHEST_FIGURE = 260  # pixels: the slider stands above the fold of a beamer, while presenting too
_FIGURE_AND_IMAGES = (3, 2)  # of the width


def show(on: Subject) -> None:
    """The energies and the line; beside them what slips through. One sentence where the run lacks them."""
    doubt, calibration = read(on.run, on.run.doubt), on.run.calibration()
    if doubt is None:
        st.info(
            "This run is of an older version: nobody has measured how familiar it finds its own images and strange "
            f"ones. `python -m cnn_core complete {on.run.id}` does.",
            icon=":material/info:",
        )
        return
    unseen = doubt.test[calibration.unseen] if calibration else doubt.test
    _show_line(on, doubt, unseen, calibration)


@st.fragment
def _show_line(
    on: Subject, doubt: evaluation.Doubt, own: np.ndarray, calibration: evaluation.Calibration | None
) -> None:
    """Where the line is, what it refuses, and what passes it."""
    strange = {data.STRANGE.get(kind, kind): energies for kind, energies in doubt.strange.items()}
    left, right = st.columns(_FIGURE_AND_IMAGES, gap="medium")
    with left:
        place = st.container()
        address.allow_number(_ACCEPTED, _LOWEST, _HIGHEST)
        accepted = st.slider(
            "Draw the line so that it accepts so many of 100 images of its own kind", _LOWEST, _HIGHEST, _USUAL,
            key=_ACCEPTED, bind="query-params",
        )  # fmt: skip
        threshold = doubt.threshold(accepted)
        sentence = plotting.describe_doubt(own, strange, threshold, accepted, **_whose(calibration))
        with place:
            figure = plotting.enlarged(plotting.energy_histogram(own, strange, threshold), presenter.scale())
            figure.update_layout(height=min(figure.layout.height, _HIGHEST_FIGURE))
            st.plotly_chart(figure, config={"displayModeBar": False}, alt=sentence.replace("*", ""))
        st.markdown(sentence)
        if strange:
            st.caption(_how_well(own, strange))
    with right:
        _show_passing(on, doubt, threshold)
    in_code.show_passing(accepted, calibration)


def _how_well(own: np.ndarray, strange: dict[str, np.ndarray]) -> str:
    """How well the energy tells strange images from the run's own, whatever the line."""
    pairs = [f"{name} {evaluation.of_hundred(evaluation.told_apart(own, each))}" for name, each in strange.items()]
    return (
        "Take one test image and one strange image. In so many of 100 such pairs the test image has the higher energy "
        f"(AUROC; guessing gets 50): {', '.join(pairs)}."
    )


def _whose(calibration: evaluation.Calibration | None) -> dict[str, str]:
    """The images that chose the line, and those that are counted, where they are not the usual ones."""
    if calibration and calibration.split == "test":  # it trained on the validation images too
        return {"drawn_by": f"of the first {calibration.n:,} test images", "counted": "other test images"}
    return {}


def _show_passing(on: Subject, doubt: evaluation.Doubt, threshold: float) -> None:
    """The strange images of a kind that the test lets through, those first that look most familiar to the network."""
    kind = _choose_kind(list(doubt.strange))
    if kind is None:
        return
    energies = doubt.strange[kind]
    order = np.argsort(-energies, kind="stable")[: int((energies >= threshold).sum())][:_IMAGES]
    name = data.STRANGE.get(kind, kind)
    count = f"{(energies >= threshold).sum():,} of {len(energies):,} images"
    if not len(order):
        st.caption(f"None of {len(energies):,} images passes ({name}).")
        return
    st.caption(
        f"{count} pass ({name}), each with the class that it is taken for: the **most familiar first**. The "
        "percentages mean nothing for strange images."
    )
    if kind not in data.strange_kinds(on.data_set):
        st.caption("They are not on this machine.")
        return
    images = cache.strange_images(kind)[order]
    said = _answers(on, kind, images, order)
    gallery(
        images,
        said,
        key="evaluation.strange",
        label=f"{name} that pass",
        picks=False,
        size=round(_SIZE * presenter.scale()),
        columns=4,
    )


def _choose_kind(kinds: list[str]) -> str | None:
    """The strange kind whose images are shown."""
    names = {kind: data.STRANGE.get(kind, kind) for kind in kinds}
    if not names:
        return None
    address.allow(_KIND, names.values())
    if st.session_state.get(_KIND) not in names:  # another run knows other kinds as strange
        st.session_state[_KIND] = kinds[0]
    st.header("What slips through", anchor=False)
    return st.segmented_control(
        "Strange images", kinds, format_func=names.get, required=True, key=_KIND, bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip


def _answers(on: Subject, kind: str, images: np.ndarray, order: np.ndarray) -> list[str]:
    """What the network takes each of these for, and how surely; nothing where it cannot be asked."""
    try:
        network = cache.classifier(*on.file)
    except (OSError, ClassifierError):
        return [""] * len(images)
    found = [
        cache.answers(*on.file, f"strange.{kind}", int(place), lambda image=image: network.predict(image[None]))
        for place, image in zip(order, images, strict=True)
    ]
    probabilities = sureness.of_run(on.run).of(np.concatenate(found))
    return [f"{on.class_names[row.argmax()]}\n{evaluation.percent(row.max())}" for row in probabilities]
