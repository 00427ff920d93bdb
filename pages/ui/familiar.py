"""Whether a picture may be none of the classes: how much it gives the network to go on, beside its own images."""

import numpy as np
import streamlit as st

from cnn_core import data, evaluation
from cnn_core.inference import Classifier
from cnn_core.runs import Run, RunError

_ACCEPTED = 95  # of 100 images of the network's own kind: below them a picture is unfamiliar


def say(run: Run, network: Classifier, image: np.ndarray, *, always: bool = False) -> None:
    """One sentence if the image, uint8 (32, 32, 3), is less familiar to the run's network than nearly all of its own.

    With `always` also if it is not, since silence would be taken for "it knows this". Nothing in a run of an older
    version.
    """
    try:
        doubt = run.doubt()
    except RunError:
        return
    if doubt is None:
        return
    logits = network.feature_maps(image)["logits"]  # of the file that is open already: the backward pass costs 50 MB
    energy = float(evaluation.energy(logits[np.newaxis])[0])
    if np.isfinite(energy) and (text := sentence(doubt, energy, always=always)):
        st.caption(text)


def sentence(doubt: evaluation.Doubt, energy: float, *, always: bool) -> str | None:
    """What to say of an image with this energy; None if it is as familiar as others and nobody asked."""
    threshold = doubt.threshold(_ACCEPTED)
    is_unfamiliar = energy < threshold
    if not (is_unfamiliar or always):
        return None
    less = evaluation.of_hundred(doubt.less_familiar_than(energy))
    passes = _what_passes(doubt, threshold)
    if is_unfamiliar:
        start = f"This picture gives the network less to go on than {less} of 100 images of its own kind."
        said = f":material/help: **{start}** It may show none of its classes."
        return f"{said} No proof either way: {passes}." if passes else said
    said = f"{less} of 100 images of its own kind give the network more to go on than this picture."
    return f"{said} That does not prove that it shows one of its classes: {passes}." if passes else said


def _what_passes(doubt: evaluation.Doubt, threshold: float) -> str | None:
    """The share of the first strange kind that passes for familiar."""
    for kind, energies in doubt.strange.items():
        share = evaluation.of_hundred(evaluation.passing(energies, threshold))
        return f"{share} of 100 {data.STRANGE.get(kind, kind)} pass this test all the same"
    return None
