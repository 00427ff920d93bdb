"""What if the image were a little different: the probabilities over the whole range of a change, and the test set."""

from functools import cache as cache_of_one

import numpy as np
import streamlit as st

from cnn_core import data, plotting
from cnn_core.code import changes as code
from cnn_core.explanation import robustness
from cnn_core.explanation.changes import CHANGES, Varied, vary
from cnn_core.explanation.robustness import IMAGES, Curve
from cnn_core.runs import RunError
from pages.ui import address, cache, guidance, presenter, sureness
from pages.ui.components.dial import dial
from pages.ui.controls import ChosenImage
from pages.ui.inside import in_code, tested
from pages.ui.inside.subject import Subject
from pages.ui.inside.tested import go_to_test_image
from pages.ui.lessons import locks
from pages.ui.text import plain

CHANGE = "inside.change"
_MEASURE = "inside.change.measure"
_SHIFTS = ("across", "down")


def show(on: Subject) -> None:
    figure, said = st.container(), st.container()
    name, offer = _choose(), st.container()
    images, probabilities = _varied(on, name)
    if not np.isfinite(probabilities).all():
        said.warning("Some of this network's answers are not numbers, so there are no lines to draw.")
        return
    with figure:
        dial(images, plotting.probability_lines(name, probabilities, on.class_names, on.label), key="inside.dial")
    with said:
        st.markdown(f"**{plotting.describe_flips(name, probabilities, on.class_names)}** {_MORE.get(name, '')}")
        st.caption(sureness.RAW_HERE)
    measured = _show_test_set(on, name)
    if measured:
        with offer:
            _offer_unsteady(on, name, measured)
    in_code.show("change", lambda: _code(on, name, measured.n if measured else 0))


def _code(on: Subject, name: str, n: int) -> dict[str, str]:
    """For the image, and for n test images if they have been measured."""
    programs = {"This image": code.of_image(in_code.read(on), name, on.class_names)}
    if n:
        programs[f"{n:,} test images"] = code.of_test_images(in_code.read_test_images(on, n), name)
    return programs


def _choose() -> str:
    titles = {name: change.title for name, change in CHANGES.items()}
    address.allow(CHANGE, titles.values())
    return st.segmented_control(
        "Change the image",
        list(titles),
        format_func=titles.get,
        default="across",
        required=True,
        key=CHANGE,
        bind="query-params",
        label_visibility="collapsed",
        disabled=locks.is_locked("experiment"),
    )


_MIRRORED = "The gap at the border is filled with the mirrored image."
_MORE = {
    "across": _MIRRORED,
    "down": _MIRRORED,
    "rotation": "The gaps at the corners are filled with the mirrored image.",
    "scale": "A gap at the border is filled with the mirrored image.",
    "attack": (
        "Each number of the image goes up or down by the same amount. The gradient says which of the two makes the "
        "network's answer less probable (Goodfellow, Shlens and Szegedy, 2015)."
    ),
}


def _varied(on: Subject, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The image under each strength of the change, uint8 (S, 32, 32, 3), and its probabilities (S, classes)."""

    def answer() -> tuple[np.ndarray, np.ndarray]:
        image = on.image[np.newaxis]
        at_each = vary(name, image, on.passes.explain, on.classifier.predict(image).argmax(1))
        images = np.concatenate([at_each(strength) for strength in CHANGES[name].strengths])
        return images, on.classifier.predict(images)

    return cache.varied(*on.file, on.image_id, name, answer)


def _offer_unsteady(on: Subject, name: str, measured: Curve) -> None:
    """A way to the next test image whose answer changes at once."""
    data_set = on.run.config.data_set
    if not len(measured.unsteady) or not data.is_ready(data_set):
        return
    shown = int(on.image_id.rpartition(".")[2]) if on.image_id.startswith(f"{data_set}.test.") else -1
    later = measured.unsteady[measured.unsteady > shown]
    number = int(later[0] if len(later) else measured.unsteady[0])
    st.button(
        "Show an image that one pixel flips" if name in _SHIFTS else "Show an image that flips early",
        icon=":material/flip:",
        on_click=go_to_test_image,
        args=(ChosenImage(data_set, "test", number),),
    )


def _show_test_set(on: Subject, name: str) -> Curve | None:
    """How many test images are recognised over the same range, once the visitor has predicted."""
    st.header("The same for the test set", anchor=False)
    measured = _recorded(on, name) or _measured(on, name)
    if measured is None or (name == "across" and not _ask(on, measured)):
        return measured
    st.plotly_chart(
        plotting.enlarged(plotting.accuracy_over(name, measured, len(on.class_names)), presenter.scale()),
        config={"displayModeBar": False},
        alt=plotting.describe_accuracy(name, measured),
    )
    st.markdown(f"{plotting.describe_accuracy(name, measured)} {_describe_changed(measured, name)}")
    return measured


def _ask(on: Subject, measured: Curve) -> bool:
    """How many answers one pixel changes; the curve is held back until then."""
    at = measured.strengths.tolist().index(1)
    count = int(measured.changed[at])
    return guidance.ask(
        f"one pixel.{on.run.id}",
        f"{measured.n:,} test images are moved by one pixel to the right. To how many of them does the network give "
        "another answer?",
        guidance.numbers(0, count // 6, count, min(5 * count + 3, measured.n)),
        guidance.numbers(count)[0],
        hint="The layers behind the first filters get other numbers now. But most answers win by a wide margin.",
        why=f"{count:,} of {measured.n:,} answers change, though the objects are the same. Nobody tells a network that "
        "the place does not matter; it has to learn that (Azulay and Weiss, 2019, found the same).",
    )


def _describe_changed(measured: Curve, name: str) -> str:
    if name == "attack":
        return "Here the step is taken against each image's label."
    if name not in _SHIFTS:
        return ""
    at = measured.strengths.tolist().index(1)
    return f"One pixel changes {int(measured.changed[at]):,} of the {measured.n:,} answers, right or wrong."


def _recorded(on: Subject, name: str) -> Curve | None:
    """What came with the run."""
    try:
        found = cache.robustness(*on.file, on.run)
    except RunError as error:
        st.warning(plain(str(error)), icon=":material/warning:")
        return None
    return found.get(name) if found else None


def _measured(on: Subject, name: str) -> Curve | None:
    """What the first test images say now, for all visitors once; None before anybody asked."""
    split = tested.test_split(on.run)
    if split is None:
        return None
    n, change = min(IMAGES, len(split)), CHANGES[name]
    asked: set[str] = st.session_state.setdefault(_MEASURE, set())
    what = f"{on.run.id}.{name}"
    if what not in asked:
        st.button(
            f"Measure it on {n:,} test images",
            icon=":material/speed:",
            on_click=lambda: asked.add(what),
            width=presenter.pixels(320),
        )
        return None
    images, labels = split.images(slice(0, n)), np.asarray(split.labels[:n])

    @cache_of_one
    def at_each() -> Varied:
        return vary(name, images, on.passes.explain, labels)

    def answer(piece: int) -> np.ndarray:
        return on.classifier.predict(at_each()(change.rough[piece])).argmax(1)

    pieces = len(change.rough)
    found = tested.in_pieces(on, f"{name}.{n}", pieces, answer, f"{n:,} test images at {pieces} strengths …")
    return robustness.curve(name, found, labels)
