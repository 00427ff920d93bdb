"""The widgets that make a training recipe."""

from dataclasses import replace

import streamlit as st

from cnn_core.config import OPTIMIZERS, PRESETS, SCHEDULES, TrainingConfig

_STAY = {"persist_state": "session"}
_LIMITS = {"seconds": "a time", "epochs": "a number of epochs"}


def choose_recipe(preset: str) -> TrainingConfig:
    """A recipe: that of `preset` until the visitor changes it; another preset fills the widgets in again."""
    base = PRESETS[preset].training
    if st.session_state.get("training.preset") != preset:
        st.session_state["training.preset"] = preset
        _fill_in(base)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        limit = st.segmented_control(
            "Stop after", list(_LIMITS), format_func=_LIMITS.get, required=True, key="training.limit", **_STAY
        )
        if limit == "seconds":
            seconds = st.number_input("Seconds", 5, 86_400, step=30, key="training.seconds", width=140, **_STAY)
            limits = {"seconds": float(seconds), "epochs": None}
        else:
            epochs = st.number_input("Epochs", 1, 1000, key="training.epochs", width=140, **_STAY)
            limits = {"seconds": None, "epochs": epochs}
    with st.expander("Advanced"):
        return replace(base, **limits, **_choose_details())


def _choose_details() -> dict:
    """The settings that most lessons leave as they are."""
    optimizer, rate, schedule, batch = st.columns(4)
    images, seed, shift, flip = st.columns(4, vertical_alignment="bottom")
    return {
        "optimizer": optimizer.selectbox("Optimizer", OPTIMIZERS, key="training.optimizer", **_STAY),
        "learning_rate": rate.number_input(
            "Learning rate",
            1e-6,
            10.0,
            step=1e-3,
            format="%g",
            key="training.rate",
            help="How far each batch moves the weights. Too small: it learns slowly; too large: it does not learn.",
            **_STAY,
        ),
        "schedule": schedule.selectbox(
            "Schedule",
            SCHEDULES,
            key="training.schedule",
            help="`cosine` lets the learning rate fall to 0 over the run, however it is limited.",
            **_STAY,
        ),
        "batch_size": batch.number_input(
            "Batch size", 1, 2048, step=32, key="training.batch", help="Images between two steps.", **_STAY
        ),
        "images": images.number_input(
            "Training images",
            10,
            50_000,
            step=1000,
            value=None,
            placeholder="all",
            key="training.images",
            help="Train on this many, drawn with the seed. Fewer: quicker epochs, and more over-fitting to look at.",
            **_STAY,
        ),
        "seed": seed.number_input(
            "Seed",
            0,
            2**31 - 1,
            key="training.seed",
            help="The same seed and settings give the same network, unless the clock decides when to stop.",
            **_STAY,
        ),
        "shift": shift.number_input(
            "Shift", 0, 8, key="training.shift", help="Move each picture by up to this many pixels.", **_STAY
        ),
        "flip": flip.toggle("Flip", key="training.flip", help="Mirror half of the pictures, anew each epoch.", **_STAY),
    }


def _fill_in(recipe: TrainingConfig) -> None:
    values = {
        "limit": "seconds" if recipe.seconds else "epochs",
        "seconds": int(recipe.seconds or 60),
        "epochs": recipe.epochs or 10,
        "optimizer": recipe.optimizer,
        "rate": recipe.learning_rate,
        "schedule": recipe.schedule,
        "batch": recipe.batch_size,
        "images": recipe.images,
        "seed": recipe.seed,
        "shift": recipe.shift,
        "flip": recipe.flip,
    }
    st.session_state.update({f"training.{name}": value for name, value in values.items()})
