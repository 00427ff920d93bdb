"""While a class votes on what the network will say of an image, the page shows the image and nothing of the answer."""

import numpy as np
import streamlit as st

from cnn_core import images
from pages.ui import presenter, together
from pages.ui.inside.subject import Subject, explained
from pages.ui.together import foretelling

_SIDE = 256  # pixels of the enlarged image


def offer(on: Subject) -> None:
    """The button for the teacher of a class."""
    if together.as_teacher():
        with explained():
            foretelling.offer(on.image_id, on.class_names, _said(on), on.label)


def keeps_back(on: Subject) -> bool:
    """Whether the page has to wait for the reveal; the image then stands in its place."""
    if not foretelling.is_kept_back(on.image_id):
        return False
    with explained():
        foretelling.ask(on.image_id, on.class_names, _said(on), on.label)
        width = presenter.pixels(_SIDE)
        st.image(images.enlarge(on.image), width=width, output_format="PNG", alt="The image as 32 × 32 pixels")
    return True


def _said(on: Subject) -> int:
    return int(on.classifier.predict(on.image[np.newaxis])[0].argmax())
