"""While a class votes on what the network will say of an image, the page shows the image and nothing of the answer."""

import numpy as np
import streamlit as st

from cnn_core import images
from pages.ui import presenter, together
from pages.ui.inside.subject import Subject
from pages.ui.together import foretelling

_SIDE = 256  # pixels of the enlarged image


def keeps_back(on: Subject) -> bool:
    """Offer the question to the teacher of a class; whether the page has to wait for the reveal."""
    if not together.member():
        return False
    said = int(on.classifier.predict(on.image[np.newaxis])[0].argmax())
    if not foretelling.is_kept_back(on.image_id):
        foretelling.offer(on.image_id, on.class_names, said, on.label)
        return False
    foretelling.ask(on.image_id, on.class_names, said, on.label)
    width = presenter.pixels(_SIDE)
    st.image(images.enlarge(on.image), width=width, output_format="PNG", alt="The image as 32 × 32 pixels")
    return True
