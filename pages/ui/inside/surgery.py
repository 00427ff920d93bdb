"""Surgery: filters switched off, or the lab's own kernel in their place; the answer to this image, and the test set."""

from dataclasses import dataclass
from functools import cache as cache_of_one

import numpy as np
import streamlit as st

from cnn_core import convolution, plotting
from cnn_core.architecture import map_of
from cnn_core.code import surgery as code
from cnn_core.convolution.activations import softmax
from cnn_core.explanation import flow, surgery
from cnn_core.images import enlarge
from cnn_core.inference import BackwardPass
from cnn_core.plotting import lab as figures
from pages.ui import address, cache, presenter, sureness
from pages.ui.inside import in_code, questions, rescoring
from pages.ui.inside.columns import titles
from pages.ui.inside.filters import PICKED
from pages.ui.inside.subject import Subject
from pages.ui.lab.kernel import KERNEL, kept_kernel
from pages.ui.lessons import locks

LAYER, HOW, FILTERS = "inside.surgery.layer", "inside.surgery.how", "inside.surgery.filters"
_WAYS = {"off": "Switch off", "own": "Put in the lab's kernel"}
_SIDE = 116  # pixels of a picture: two stand beside each other, left of the chart
_BEAMER = 1.2  # by how much type and pictures grow at most: all pairs of bars shall be seen at once


@dataclass(frozen=True)
class Operation:
    """What is done to which filters of one layer."""

    layer: str
    layer_title: str
    filters: tuple[int, ...]  # from 0, ascending
    own: np.ndarray | None  # (k, k), of the layer's size, in place of theirs; None: they are switched off

    @property
    def id(self) -> str:
        return f"{self.layer}.{self.filters}.{'off' if self.own is None else self.own.tobytes().hex()}"

    @property
    def title(self) -> str:
        numbers = ", ".join(str(number + 1) for number in self.filters)
        what = f"filter{'s' * (len(self.filters) > 1)} {numbers} of {self.layer_title}"
        return f"Without {what}" if self.own is None else f"With the lab's kernel as {what}"


def show(on: Subject) -> None:
    layers = [layer.name for layer in surgery.convolutions(on.run.config.network)]
    if not layers:
        st.info("This network has no convolution, so it has no filter to switch off.", icon=":material/info:")
        return
    figure = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        operation = _choose(on, layers)
    if operation is None:
        st.info("Choose at least one filter.", icon=":material/info:")
        return
    with figure:
        _show_answer(on, operation, _answer(on, operation))
    _show_kernels(on, operation)
    st.caption(sureness.RAW_HERE)
    opened = cache_of_one(lambda: _open(on, operation))  # for the pieces of one scoring; cached ones need none
    scored = rescoring.show(on, operation.id, operation.title, lambda images: opened().logits(images))
    questions.ask_what_is_kept(on.run.config.network)
    in_code.show("surgery", lambda: _code(on, operation, scored))


def _code(on: Subject, operation: Operation, scored: int) -> dict[str, str]:
    """For the image, and for the test images if some were scored."""
    done = code.operation(on.run.config.network, operation.layer, operation.filters, operation.own)
    programs = {"This image": code.of_image(in_code.read(on), done, on.class_names)}
    if scored:
        many = in_code.read_test_images(on, scored)
        programs[f"{scored:,} test images"] = code.of_test_images(many, done, on.class_names)
    return programs


def _choose(on: Subject, layers: list[str]) -> Operation | None:
    """By default the filter whose map the visitor looked at last, else the most active of the first learned layer."""
    named, is_locked = titles(flow.columns(on.run.config.network)), locks.is_locked("experiment")
    seen, number, *_ = st.session_state.get(PICKED, ("", 0))
    start = seen if seen in layers else next((name for name in layers if name != "whiten"), layers[0])
    layer = st.selectbox(
        "Layer",
        layers,
        layers.index(start),
        format_func=named.get,
        key=f"{LAYER}.{on.run.id}",  # not in the address: another run may not have this layer
        width=presenter.pixels(150),
        disabled=is_locked,
    )
    by_activity = surgery.most_active(_maps(on, layer))
    first = number if layer == seen and number in by_activity else by_activity[0]
    chosen = st.multiselect(
        "Filters, the most active on this image first",
        by_activity,
        [first],
        format_func=lambda number: f"Filter {number + 1}",
        key=f"{FILTERS}.{on.run.id}.{on.image_id}.{layer}",
        width=presenter.pixels(330),
        disabled=is_locked,
    )
    address.allow(HOW, _WAYS.values())
    how = st.segmented_control(
        "What is done to them", list(_WAYS), format_func=_WAYS.get, default="off", required=True, key=HOW,
        bind="query-params", disabled=is_locked,
    )  # fmt: skip
    if not chosen:
        return None
    size = len(on.network.kernel(layer))
    own = convolution.resize(kept_kernel(), size) if how == "own" else None
    return Operation(layer, named[layer], tuple(sorted(chosen)), own)


def _maps(on: Subject, layer: str) -> np.ndarray:
    return on.classifier.feature_maps(on.image)[map_of(on.run.config.network, layer)]


def _open(on: Subject, operation: Operation) -> BackwardPass:
    """The changed network."""
    network = on.run.config.network
    needed = (operation.layer, *surgery.readers_of(network, operation.layer))
    kernels = {layer: on.network.kernel(layer) for layer in needed}
    if operation.own is None:
        changed = surgery.without_filter(kernels, network, operation.layer, *operation.filters)
    else:
        changed = surgery.with_kernel(kernels, operation.layer, operation.filters, operation.own)
    return on.network.backward_pass(changed)


def _answer(on: Subject, operation: Operation) -> np.ndarray:
    """The changed network's probabilities (classes,) for the image; it is closed again at once."""

    def ask() -> np.ndarray:
        with cache.changing(*on.file):
            return _open(on, operation).logits(on.image[np.newaxis])[0]

    return softmax(cache.answers(*on.file, f"{operation.id}.{on.image_id}", 0, ask))


def _show_answer(on: Subject, operation: Operation, after: np.ndarray) -> None:
    """Ten bars before and after, beside the image and the maps that are gone."""
    before = on.classifier.predict(on.image[np.newaxis])[0]
    left, right = st.columns([2, 5], gap="medium")
    with left, st.container(horizontal=True):
        side = round(_SIDE * min(presenter.scale(), _BEAMER))
        st.image(enlarge(on.image, 4), "The image", width=side, alt="The image that the network classifies")
        values = _maps(on, operation.layer)[..., operation.filters[0]]
        picture = figures.signed_image(values, figures.strongest(values))
        said = f"Map of filter {operation.filters[0] + 1}"
        st.image(enlarge(picture, max(1, side // len(values))), said, width=side, alt=said)
    with right:
        if not np.isfinite(after).all():
            st.warning("The answer of the changed network is not a number.", icon=":material/warning:")
            return
        said = f"{operation.title}. {plotting.describe_answer(before, after, on.class_names)}"
        st.markdown(f"**{said}**")
        chart = plotting.before_and_after(before, after, on.class_names, label=on.label)
        chart = plotting.enlarged(chart, min(presenter.scale(), _BEAMER))
        st.plotly_chart(chart, config={"displayModeBar": False}, alt=said)


def _show_kernels(on: Subject, operation: Operation) -> None:
    """The kernel that goes out, the one that comes in, and the way to the lab and back."""
    number = operation.filters[0]
    kernel = on.network.kernel(operation.layer)
    learned, channels = kernel[..., number].mean(-1), kernel.shape[2]
    with st.container(horizontal=True):
        _show_kernel(learned, f"Filter {number + 1}, mean of its {channels} channels")
        if operation.own is not None:
            _show_kernel(operation.own, "The lab's kernel")
        with st.container(horizontal=True, width="stretch"):
            if st.button("Edit the lab's kernel", icon=":material/edit:", key="inside.surgery.edit"):
                _open_in_lab(kept_kernel())
            if st.button(
                f"Take filter {number + 1}'s kernel to the lab",
                icon=":material/grid_on:",
                key="inside.surgery.take",
                help=f"The mean of its kernels for the {channels} channels that it reads, to three digits.",
            ):
                _open_in_lab(np.vectorize(lambda weight: float(f"{weight:.3g}"))(learned))
    if operation.own is not None:
        st.caption(
            f"The kernel from the lab{_cut(operation.own)} weighs all {channels} channels alike. It is scaled to the "
            "length of the filter's own weights: what follows was learned for sums of that size."
        )
    else:
        st.caption(
            "Switched off: wherever the next layer reads this filter's map, it reads 0. Activation, batch-norm and "
            "pooling come before that."
        )


def _cut(own: np.ndarray) -> str:
    size, kept = len(own), len(kept_kernel())
    if size == kept:
        return ""
    return (
        f", of which the middle {size} × {size} fits here,"
        if size < kept
        else f", in a frame of zeros to {size} × {size},"
    )


def _show_kernel(kernel: np.ndarray, said: str) -> None:
    picture = figures.signed_image(kernel, float(np.abs(kernel).max()))
    side = presenter.pixels(110)
    st.image(enlarge(picture, max(1, side // len(kernel))), said, width=side, alt=said)


def _open_in_lab(kernel: np.ndarray) -> None:
    query = {KERNEL: convolution.write_kernel(kernel), "convolution.step": "Kernel"}
    st.switch_page("pages/convolution.py", query_params=query)
