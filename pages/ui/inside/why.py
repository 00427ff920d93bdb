"""Why this class and not that: what each cell of the last maps adds to a logit, and each pixel to a difference."""

import numpy as np
import streamlit as st

from cnn_core.architecture import last_maps, totals
from cnn_core.code import inside as code
from cnn_core.config import IMAGE_SHAPE
from cnn_core.convolution import place
from cnn_core.explanation import evidence, gradients, maps
from cnn_core.explanation.evidence import Evidence
from cnn_core.images import PADDING
from cnn_core.plotting import maps as figures
from cnn_core.plotting.maps import written
from pages.ui import guidance
from pages.ui.inside import in_code, signed
from pages.ui.inside.subject import Subject, part

GRADCAM, PIXELS = "inside.why.gradcam", "inside.why.pixels"
_GRADCAM_IS = (
    "**Grad-CAM** weighs each map by the mean of its gradients and leaves out what is below 0. So it credits all cells "
    "in which a filter is active, also those that this sum does not use. It has no signs, a scale of its own, and "
    "does not add up to anything. It is here because many programs show it."
)
_WHY_GRAY = (
    "The way begins at an even gray, the mean of CIFAR-10's training images, which shows no object. If it began at "
    "black, every black pixel of the image would count for nothing."
)


@part
def show(on: Subject) -> None:
    logits = signed.logits(on)
    if logits is None:
        return
    figure, controls = st.container(), st.container()
    with controls, st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        first, second = _choose_classes(on, logits)
        pixels = st.toggle("Pixel by pixel", key=PIXELS, help="Integrated gradients, over all 32 × 32 pixels.")
        gradcam = st.toggle("Grad-CAM beside it", key=GRADCAM, help="A well-known map, for comparison.")
    with figure:
        one = _show_evidence(on, first, second)
    if pixels:
        _show_pixels(on, first, second)
    if gradcam:
        _show_gradcam(on, one, first, second)
    _ask(on, first)
    named = [(label, on.class_names[label]) for label in (first, second)]
    layer = last_maps(on.run.config.network).name
    in_code.show("why", lambda: code.evidence(in_code.read(on), layer, *named, head=on.run.config.network.head))


def _choose_classes(on: Subject, logits: np.ndarray) -> tuple[int, int]:
    """The answer, and the label if the answer is wrong, else the runner-up; or what the visitor chooses."""
    order = [int(label) for label in np.argsort(-logits)]
    written_as = {label: f"{on.class_names[label]} ({written(logits[label])})" for label in order}
    key = f"inside.why.{on.run.id}.{on.image_id}"
    first = st.selectbox("Why", order, format_func=written_as.get, key=f"{key}.first", width=220)
    others = [label for label in order if label != first]
    is_wrong = on.label is not None and on.label != order[0]
    wanted = on.label if is_wrong and on.label != first else others[0]
    second = st.selectbox(
        "and not",
        others,
        index=others.index(wanted),
        format_func=written_as.get,
        key=f"{key}.second.{first}",
        width=220,
        help="In brackets: the class's logit, the sum that softmax turns into a share.",
    )
    return first, second


def _show_evidence(on: Subject, first: int, second: int) -> Evidence:
    """The image and three maps on one scale, each with its sum; returns the evidence for the first class."""
    law = evidence.law_of(on.run.config.network)

    def ask() -> list[Evidence]:
        return evidence.of_classes(on.passes.explain, on.image, [first, second], law=law)

    one, other = signed.once(on, ("evidence", first, second), ask)
    against = one - other
    titles = [on.class_names[first], on.class_names[second]]
    found = [(f"For {titles[0]}", one), (f"For {titles[1]}", other), (f"{titles[0]} − {titles[1]}", against)]
    limit = figures.limit_of([of.map for _, of in found])
    with signed.row("inside-why-maps"):
        signed.show_image(on)
        for title, of in found:
            _show_one(on, title, of, limit)
    signed.show_scale(limit, "takes from the logit", "adds to the logit")
    rows, columns = one.map.shape
    field = totals(on.run.config.network).receptive_field
    side = min(field, IMAGE_SHAPE[0])
    st.caption(
        f"{one.law} The last maps have {rows} × {columns} cells. Each is computed from up to {side} × {side} pixels, "
        "more than it covers in the picture."
        if field > 1
        else f"{one.law} This network has no convolution: its cells are the pixels."
    )
    return one


def _show_one(on: Subject, title: str, of: Evidence, limit: float) -> None:
    word = "bias" if of.is_exact else "rest"
    logit, rest = round(of.logit, 2), round(of.rest, 2)
    cells = written(logit - rest)  # the rounded numbers add up too
    sums = f"= cells {cells} + {word} {written(rest)}"
    total = f"**{written(logit)}** :small[{sums}]"
    if why := maps.nothing_to_show(of.map):
        signed.show_map(title, on.image, of.map, 1.0, total, why, says=why)
        return
    row, column = np.unravel_index(np.abs(of.map).argmax(), of.map.shape)
    strongest = f"The strongest cell is in row {row + 1}, column {column + 1}."
    says = f"{title}: {written(logit)} {sums}. {strongest}"
    signed.show_map(title, on.image, of.map, limit, total, says=says)


def _show_pixels(on: Subject, first: int, second: int) -> None:
    weights = np.zeros(len(on.class_names))
    weights[first], weights[second] = 1, -1
    gray = np.full(on.image.shape, PADDING, float)

    def ask() -> gradients.Integrated:
        return gradients.integrated_gradients(on.passes.explain, on.image, weights, gray)

    found = signed.once(on, ("pixels", first, second), ask)
    title = f"{on.class_names[first]} − {on.class_names[second]}"
    st.header(f"Pixel by pixel: {title}", anchor=False)
    if why := maps.nothing_to_show(found.map):
        st.info(why, icon=":material/info:")
        return
    limit = figures.limit_of([found.map])
    logit, gray_logit = round(found.logit, 2), round(found.baseline_logit, 2)
    with st.container(horizontal=True, gap="medium"):
        says = f"Integrated gradients: all pixels together add {written(found.sum)} to {title}"
        signed.show_map("Integrated gradients", on.image, found.map, limit, says=says)
        with st.container(width=480):
            st.markdown(
                f"All pixels together: **{written(found.sum)}**. The difference of the logits is "
                f"{written(logit)} for this image and {written(gray_logit)} for a gray one: "
                f"{written(logit)} − {_bracketed(gray_logit)} = **{written(logit - gray_logit)}**. "
                f"The sum is off by {found.error:.1%}, after {found.steps} steps from gray to the image."
            )
            if found.error > gradients.TOLERANCE:
                st.warning(f"More than 1% is missing even after {found.steps} steps.", icon=":material/warning:")
            st.caption(f"{_WHY_GRAY} Each pixel is its change on the way times the gradients met on it.")
            signed.show_scale(limit, "takes", "adds")


def _bracketed(value: float) -> str:
    return f"({written(value)})" if value < 0 else written(value)


def _show_gradcam(on: Subject, one: Evidence, first: int, second: int) -> None:
    st.header("Grad-CAM, for comparison", anchor=False)
    names = [on.class_names[label] for label in (first, second)]
    found = [evidence.grad_cam(on.passes.explain, on.image, label) for label in (first, second)]
    with st.container(horizontal=True, gap="medium"):
        for name, values in zip(names, found, strict=True):
            why = maps.nothing_to_show(values)
            limit = figures.limit_of([values])
            line = why or f"Strongest in {place(*np.unravel_index(values.argmax(), values.shape))}."
            signed.show_map(f"Grad-CAM for {name}", on.image, values, limit, line, says=f"Grad-CAM for {name}. {line}")
        with st.container(width=360):
            st.markdown(_GRADCAM_IS)
            st.markdown(_compared(found[0], one.map, names[0]))


def _compared(gradcam: np.ndarray, cells: np.ndarray, name: str) -> str:
    """Whether both maps of a class have their strongest cell in the same place."""
    theirs, ours = (np.unravel_index(values.argmax(), values.shape) for values in (gradcam, cells))
    if theirs == ours:
        return f"Here both find the same cell most in favour of {name}: {place(*ours)}."
    return f"Here its strongest cell for {name} is in {place(*theirs)}; the cell that adds most is in {place(*ours)}."


def _ask(on: Subject, first: int) -> None:
    guidance.ask(
        "inside.why",
        f"Suppose a cell of the map for {on.class_names[first]} shows 0.00. Did the network read the pixels there?",
        ["Yes, as it reads all pixels", "No, it left them out", "Only if an object is there"],
        "Yes, as it reads all pixels",
        hint="Think of the window of a convolution: which places does it leave out?",
        why="Every window is computed for every image. That cell adds nothing to this one sum; it may add to another "
        "class, or turn the answer once its pixels change. A map of evidence is a list of summands.",
    )
