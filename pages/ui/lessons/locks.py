"""What a step of a lesson locks or hides: groups of controls, by the keys of their widgets.

Pages pass `disabled=locks.is_locked(group)`. Streamlit enforces that on the server: a disabled widget keeps its value,
whatever a browser sends. What a component or a callback changes asks here itself. A hidden group is locked too.
"""

import re

import streamlit as st

from cnn_core.lessons import GROUPS
from pages.ui.lessons.following import following

KEYS = {  # with what the keys of the group's widgets begin
    "data set": ("data_set",),
    "split": ("dataset.split", "dataset.class"),
    "image": (
        "dataset.order", "dataset.seed", "dataset.others", "dataset.page", "dataset.gallery", "convolution.image",
        "inside.number", "prediction.gallery", "prediction.others", "evaluation.seed", "evaluation.others",
    ),
    "picture": ("convolution.picture", "inside.source", "inside.drawing", "prediction.source"),
    "photo": tuple(f"{page}.{source}" for page in ("convolution", "inside", "prediction")
                   for source in ("upload", "camera", "samples")),
    "kernel": ("convolution.kernel", "convolution.preset", "convolution.changes", "convolution.weights"),
    "geometry": tuple(f"convolution.{name}" for name in ("side", "window", "stride", "padding", "zeros", "dilation")),
    "activation": ("convolution.activation", "convolution.bias", "convolution.volume_bias", "convolution.pool"),
    "network": ("network.", "training.network"),
    "recipe": ("training.recipe",),
    "actions": ("training.start", "training.stop", "training.this"),
    "run": ("evaluation.run", "inside.run", "prediction.run", "convolution.run", "training.table"),
    "part": ("convolution.step", "evaluation.part", "inside.part", "frame-next", "steps.way"),
    "answers": ("answers",),
}  # fmt: skip


def is_locked(group: str) -> bool:
    """Whether this visitor cannot use these controls now; the teacher can."""
    if group not in GROUPS:
        raise KeyError(group)
    on = following()
    return on is not None and group in (*on.step.locked, *on.step.hidden) and not on.is_teacher


def hide() -> None:
    """Take what is hidden from the page; it is disabled as well."""
    on = following()
    if on is None or not on.step.hidden or on.is_teacher:
        return
    classes = [f"st-key-{re.sub('[^a-zA-Z0-9_-]', '-', key)}" for group in on.step.hidden for key in KEYS[group]]
    selectors = ", ".join(f'[class*="{name}"]' for name in classes)
    st.html(f"<style>{selectors} {{ display: none }}</style>")
