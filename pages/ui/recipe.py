"""The widgets that make a training recipe."""

from dataclasses import replace

import streamlit as st

from cnn_core.config import OPTIMIZERS, PRECISIONS, SCHEDULES, TEST_TIME_VIEWS, TrainingConfig
from cnn_core.presets import PRESETS

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
        return replace(base, **limits, **_choose_steps(), **_choose_pictures())


def _choose_steps() -> dict:
    """How the weights move: the optimizer and its rates, and what is computed along with each step."""
    st.caption("Steps")
    optimizer, rate, schedule, batch, precision = st.columns(5)
    bias, head, smoothing, averaging, seed = st.columns(5)
    return {
        "optimizer": optimizer.selectbox(
            "Optimizer",
            OPTIMIZERS,
            key="training.optimizer",
            help="How gradients become steps. `muon` lets a convolution learn in all directions at the same speed "
            "(Jordan et al. 2024): 9.7 points more than `adam` in an epoch of `minute`.",
            **_STAY,
        ),
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
            help="`linear` and `cosine` let the learning rate fall to 0 over the run, however it is limited: "
            "worth 14.8 points in an epoch of `minute`.",
            **_STAY,
        ),
        "batch_size": batch.number_input(
            "Batch size", 1, 2048, step=32, key="training.batch", help="Images between two steps.", **_STAY
        ),
        "precision": precision.selectbox(
            "Precision",
            PRECISIONS,
            key="training.precision",
            help="`auto` multiplies in bfloat16 where the processor can; the weights themselves stay float32.",
            **_STAY,
        ),
        "bias_rate_multiplier": bias.number_input(
            "Bias rate",
            0.0,
            1000.0,
            format="%g",
            key="training.bias_rate",
            help="The learning rate of biases and normalization offsets, as a multiple of the learning rate "
            "(Page 2019; Jordan 2024: 64). With the last layer's: worth 2.2 points in an epoch of `minute`.",
            **_STAY,
        ),
        "head_rate_multiplier": head.number_input(
            "Last layer's rate",
            0.0,
            1000.0,
            format="%g",
            key="training.head_rate",
            help="The learning rate of the last layer, as a multiple of the learning rate.",
            **_STAY,
        ),
        "label_smoothing": smoothing.number_input(
            "Label smoothing",
            0.0,
            0.9,
            step=0.05,
            format="%g",
            key="training.smoothing",
            help="This share of the label is divided among all classes, so that the network is not pushed to be "
            "certain (Szegedy et al. 2016). Nothing to be measured in an epoch of `minute`.",
            **_STAY,
        ),
        "ema_momentum": averaging.number_input(
            "Weight averaging",
            0.0,
            0.9999,
            step=0.01,
            format="%g",
            key="training.averaging",
            help="0: off. Else the network that is tested has a running average of the weights, which keeps this "
            "share at every step (Polyak and Juditsky 1992). It wants a schedule that falls, and many "
            "steps: 0.95 takes half a point from an epoch of `minute`.",
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
    }


def _choose_pictures() -> dict:
    """Which pictures it trains on, how they are varied, and how many views of one the final test looks at."""
    st.caption("Pictures")
    images, shift, cutout, views, flips = st.columns(5, vertical_alignment="bottom")
    is_flipped = flips.toggle(
        "Flip", key="training.flip", help="Mirror half of the pictures, anew each epoch.", **_STAY
    )
    return {
        "training_images": images.number_input(
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
        "shift": shift.number_input(
            "Shift", 0, 8, key="training.shift", help="Move each picture by up to this many pixels.", **_STAY
        ),
        "cutout": cutout.number_input(
            "Cutout",
            0,
            16,
            key="training.cutout",
            help="Cover a square of so many pixels a side in each picture, somewhere else each epoch, so that a class "
            "is not learned by one detail (DeVries and Taylor 2017). For long trainings.",
            **_STAY,
        ),
        "test_time_views": views.selectbox(
            "Views in the test",
            TEST_TIME_VIEWS,
            key="training.views",
            help="The final test also averages over 2 views (mirrored) or 6 (also moved by a pixel) of each picture "
            "(Jordan 2024, arXiv 2404.00498). After an epoch of `minute`: 1.1 points more, and 1.6.",
            **_STAY,
        ),
        "flip": is_flipped,
        "alternating_flip": flips.toggle(
            "Alternating",
            key="training.alternating",
            disabled=not is_flipped,
            help="With Flip: mirror the other half in every second epoch, instead of a new half each time "
            "(Jordan 2024, arXiv 2404.00498). In the first epoch there is no difference.",
            **_STAY,
        ),
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
        "images": recipe.training_images,
        "seed": recipe.seed,
        "shift": recipe.shift,
        "cutout": recipe.cutout,
        "flip": recipe.flip,
        "bias_rate": recipe.bias_rate_multiplier,
        "head_rate": recipe.head_rate_multiplier,
        "smoothing": recipe.label_smoothing,
        "averaging": recipe.ema_momentum,
        "views": recipe.test_time_views,
        "precision": recipe.precision,
        "alternating": recipe.alternating_flip,
    }
    st.session_state.update({f"training.{name}": value for name, value in values.items()})
