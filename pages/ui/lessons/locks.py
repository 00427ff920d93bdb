"""What a step of a lesson locks or hides: groups of controls, by the keys of their widgets.

Pages pass `disabled=locks.is_locked(group)`. Streamlit enforces that on the server: a disabled widget keeps its value,
whatever a browser sends. What a component or a callback changes asks here itself. A hidden group is locked too.
"""

import re
from dataclasses import fields

import streamlit as st

from cnn_core.config import TrainingConfig
from cnn_core.lessons import GROUPS
from pages.ui.lessons.following import following

_LAB = "convolution"
KEYS = {  # of the group's widgets; a star stands for whatever follows
    "data set": ("data_set",),
    "split": ("dataset.split", "dataset.class"),
    "image": (
        *(f"dataset.{name}" for name in ("order", "seed", "others", "page", "gallery")), f"{_LAB}.image",
        "inside.number", "prediction.gallery", "prediction.others", "evaluation.seed", "evaluation.others",
    ),
    "picture": (f"{_LAB}.picture", "inside.source", "inside.drawing", "prediction.source"),
    "photo": tuple(f"{page}.{source}*" for page in (_LAB, "inside", "prediction")
                   for source in ("upload", "camera", "live", "samples")),
    "kernel": tuple(f"{_LAB}.{name}" for name in ("kernel*", "preset", "changes", "weights")),
    "geometry": tuple(f"{_LAB}.{name}" for name in ("side", "window", "stride", "padding", "zeros", "dilation")),
    "activation": tuple(f"{_LAB}.{name}" for name in ("activation", "bias", "volume_bias", "pool*")),
    "network": ("network.*", "training.network"),
    "recipe": ("training.recipe", "training.limit", *(f"training.{field.name}" for field in fields(TrainingConfig))),
    "actions": ("training.start", "training.stop*", "training.finish*", "training.this"),
    "run": ("evaluation.run", "evaluation.against", "inside.run", "prediction.run", f"{_LAB}.run*", "training.table"),
    "experiment": ("inside.cover.size", "inside.change", "inside.surgery.*", "inside.truth.again"),
    "part": (f"{_LAB}.step", "evaluation.part", "inside.part", "games.part", "steps.way*"),
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
    selectors = (_selector(key) for group in on.step.hidden for key in KEYS[group])
    st.html(f"<style>{', '.join(selectors)} {{ display: none }}</style>")


def _selector(key: str) -> str:
    name = f"st-key-{re.sub('[^a-zA-Z0-9_-]', '-', key.rstrip('*'))}"
    return f'[class*="{name}"]' if key.endswith("*") else f".{name}"
