"""The map: 2,000 test images, those close together that the network finds alike; chosen ones beside it."""

from functools import partial

import numpy as np
import streamlit as st

from cnn_core import architecture, data, evaluation, images
from cnn_core.evaluation import Projection
from cnn_core.inference import ClassifierError
from pages.ui import address, cache, photos, presenter
from pages.ui.components.gallery import gallery
from pages.ui.components.matrix import matrix
from pages.ui.components.scatter import AROUND, Group, Newcomer, draw_sheet, hold_sheet, scatter
from pages.ui.evaluation.subject import Subject, read
from pages.ui.text import plain

_LAYOUTS = {"spread": "t-SNE", "flat": "PCA"}
_COLOURINGS = {"label": "Class", "answer": "Answer", "right": "Right or wrong"}
# Ten hues that differ in lightness too; each reads on white and on near-black.
_HUES = (
    "#3572d8", "#d9730d", "#0b8f6b", "#a44fb0", "#8c6d4f", "#e0559a", "#5aa9c8", "#b8a000", "#7c7f8a", "#c23b3b",
)  # fmt: skip
_RIGHT, _WRONG = Group("right", "#8791a3"), Group("wrong", "#d9730d", is_on_top=True)
_MAP_AND_CHOICE = (3, 2)  # of the width
_PICTURES = 15  # of a choice at a time


def show(on: Subject) -> None:
    """Raises RunError if the run's map is damaged."""
    projection = read(on.run, on.run.projection)
    if projection is None:
        st.info(
            f"This run was trained before there were maps. `python -m cnn_core complete {on.run.id}` draws its map.",
            icon=":material/info:",
        )
        return
    _show_map(on, projection)


@st.fragment
def _show_map(on: Subject, projection: Projection) -> None:
    left, right = st.columns(_MAP_AND_CHOICE, gap="medium")
    with left:
        place = st.container()
        with st.container(horizontal=True):
            layout = _choose("Layout", "evaluation.layout", _LAYOUTS)
            colouring = _choose("Colour", "evaluation.colour", _COLOURINGS)
    places = getattr(projection, layout)
    with place:
        chosen = _draw(on, projection, places, layout, colouring)
    if on.images is not None:
        with left:  # below all that is seen
            _hold_sheet(on.data_set, on.images, len(places))
    with right:
        if len(chosen):
            _show_chosen(on, chosen)
        else:
            st.markdown("**Nothing is chosen.** Draw a line around points, or click one to choose the "
                        f"{AROUND} around it: their pictures appear here, and their part of the matrix.")  # fmt: skip


def _choose(label: str, key: str, options: dict[str, str]) -> str:
    address.allow(key, options.values())
    given = {"format_func": options.get, "default": next(iter(options)), "required": True}
    return st.segmented_control(
        label, list(options), key=key, bind="query-params", label_visibility="collapsed", **given
    )


def _draw(on: Subject, projection: Projection, places: np.ndarray, layout: str, colouring: str) -> np.ndarray:
    """The map with its sentence; which images are chosen."""
    n = len(places)
    labels, answers = on.predictions.labels[:n], on.predictions.probabilities[:n].argmax(axis=1)
    groups = [Group(name, hue) for name, hue in zip(on.class_names, _HUES, strict=False)]
    colours = {"label": labels, "answer": answers, "right": (labels != answers).astype(int)}[colouring]
    path, mtime = on.file
    nearby = cache.nearby(path, mtime, layout, partial(evaluation.same_class_nearby, places, labels))
    around = min(evaluation.projection.AROUND, n - 1)
    said = (
        f"{n:,} test images. Of the {around} nearest to an image on this map, {around * nearby:.1f} have its class on "
        f"average; guessing gets {around / len(on.class_names):.2g}. {_MEANINGS[layout]}"
    )
    newcomer, about = _place_photo(on, projection, places)
    chosen = scatter(
        places, labels, answers, on.class_names,
        key="evaluation.map", of=f"{on.run.id}.{layout}.{mtime}", has_pictures=on.images is not None, alt=said,
        newcomer=newcomer, groups=[_RIGHT, _WRONG] if colouring == "right" else groups, colours=colours,
    )  # fmt: skip
    st.caption(said)
    if not presenter.is_on() or newcomer:
        st.caption(about)
    return chosen


def _hold_sheet(data_set: str, split: data.Split, n: int) -> None:
    drawn = cache.sheet(data_set, n, lambda: draw_sheet(split.images(slice(0, n))))
    hold_sheet(drawn, key="evaluation.map.sheet")


def _place_photo(on: Subject, projection: Projection, places: np.ndarray) -> tuple[Newcomer | None, str]:
    """Where the visitor's own photo stands, and what is to be said of it."""
    photo = photos.latest_photo()
    if photo is None:
        return None, "Take a photo on the page **Prediction**: it is then placed here too."
    seen = images.to_network_input(photo.image, photos.crop_of(photo))
    try:
        values = cache.classifier(*on.file).feature_maps(seen)[architecture.features(on.run.config.network).name]
    except (OSError, ClassifierError) as error:
        return None, plain(str(error))
    beside = projection.nearest(values.mean(axis=(0, 1)) if values.ndim == 3 else values)
    known = ", ".join(on.class_names[label] for label in on.predictions.labels[beside])
    what = "the drawn picture" if photo.is_drawn else "your photo"
    return Newcomer(places[beside].mean(axis=0), beside), (
        f"The open circle is {what}. A map has no place for a new image: it stands at the mean of the "
        f"{len(beside)} images that this network finds most like it, joined to it by lines: {known}."
    )


def _show_chosen(on: Subject, chosen: np.ndarray) -> None:
    """The chosen images, mistakes first, and their part of the matrix."""
    is_right = on.predictions.labels[chosen] == on.predictions.probabilities[chosen].argmax(axis=1)
    chosen = chosen[np.argsort(is_right, kind="stable")]
    labels, answers = on.predictions.labels[chosen], on.predictions.probabilities[chosen].argmax(axis=1)
    right = int((labels == answers).sum())
    st.markdown(f"**{len(chosen):,} chosen:** {right:,} recognised, {len(chosen) - right:,} not.")
    if on.images is not None:
        captions = [
            on.class_names[label] if label == answer else f"{on.class_names[label]} → {on.class_names[answer]}"
            for label, answer in zip(labels, answers, strict=True)
        ]
        pages = -(-len(chosen) // _PICTURES)
        place = st.container()
        page = st.pagination(pages, key=f"evaluation.map.page.{pages}") if pages > 1 else 1
        these = slice(_PICTURES * (page - 1), _PICTURES * page)
        with place:
            gallery(
                on.images.images(chosen[these]), captions[these], marks=list((labels == answers)[these]), picks=False,
                key="evaluation.map.images", label="chosen test images", size=round(56 * presenter.scale()), columns=5,
            )  # fmt: skip
    counts = evaluation.confusion_matrix(labels, answers, len(on.class_names))
    alt = f"The part of the matrix that these {len(chosen):,} images make: {right:,} on the diagonal."
    matrix(counts, on.class_names, key="evaluation.map.matrix", picked=None, on_pick=None, alt=alt)


_MEANINGS = {
    "spread": "t-SNE keeps neighbours together; how far apart two groups stand means nothing.",
    "flat": "PCA shows the two directions in which the features differ most, and lays the others on top of each other.",
}
