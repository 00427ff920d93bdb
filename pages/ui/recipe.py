"""The widgets that make a training recipe.

They have no limits of their own. A number outside of a browser's limits stays on the page in red while the last one
inside is used, so that a run would get other values than are shown; the config refuses it in a sentence instead. What
the server allows at most stands in the label, and no preset fills in more.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial

import streamlit as st

from cnn_core import limits
from cnn_core.config import FALL, OPTIMIZERS, PRECISIONS, SCHEDULES, TEST_TIME_VIEWS, TrainingConfig
from cnn_core.facts import ablation
from pages.ui import teacher
from pages.ui.lessons import locks

_PRESET, _BASE = (
    "training.preset",
    "training.base",
)  # in the session: what filled the widgets in; the recipe
_LIMITS = {"seconds": "a time", "epochs": "a number of epochs"}


def choose_recipe(preset: str, usual: TrainingConfig, learned: str = "") -> TrainingConfig:
    """A recipe: `usual`, that of `preset`, until the visitor changes it; another preset fills the widgets in again.

    `learned`: the own data set that it is for, which has recipes of its own. Raises ConfigError, once all widgets are
    drawn, for values that cannot be used.
    """
    if st.session_state.get(_PRESET) != (preset, learned):
        fill_in(usual, preset=preset, learned=learned)
    with _row():
        limit = _choose_limit()
    with st.expander("Advanced"):
        st.caption("Steps")
        with _row():
            steps = _choose_steps()
        with _row():
            details = _choose_details()
        st.caption("Images")
        with _row():
            images = _choose_images()
    return replace(st.session_state[_BASE], **limit, **steps, **details, **images)


def fill_in(recipe: TrainingConfig, *, preset: str, learned: str = "") -> None:
    """Set every widget to what `recipe` says, and keep what has no widget, until another preset than this is chosen.

    The form has one limit; of a recipe with both it takes the seconds. What the server does not allow is shortened. A
    pupil's is a time, as long as it may be.
    """
    recipe, allowed = limits.without_time_limit(limits.fitted(recipe)), limits.current()
    st.session_state.update({_PRESET: (preset, learned), _BASE: recipe})
    values = {field.name: getattr(recipe, field.name) for field in fields(recipe)}
    most = min(allowed.seconds, teacher.longest_training())
    values |= {
        "seconds": int(min(recipe.seconds or 60, most)),
        "epochs": recipe.epochs or int(min(10, allowed.epochs)),
    }
    values["limit"] = "seconds" if recipe.seconds or teacher.longest_training() < float("inf") else "epochs"
    st.session_state.update({f"training.{name}": value for name, value in values.items()})


def _row():
    return st.container(horizontal=True, vertical_alignment="bottom")


def _setting(field: str, widget: Callable, label: str, *arguments: object, **options: object) -> dict[str, object]:
    """The value of one field of the recipe; the visitor keeps it from page to page."""
    options = {"width": 160, "key": f"training.{field}", "persist_state": "session", **options}
    options["disabled"] = options.get("disabled", False) or locks.is_locked("recipe")
    return {field: widget(label, *arguments, **options)}


_whole = partial(st.number_input, step=1)
_decimal = partial(st.number_input, step=0.01, format="%g")


def _choose_limit() -> dict[str, object]:
    limit = st.segmented_control(
        "Stop after",
        list(_LIMITS),
        format_func=_LIMITS.get,
        required=True,
        key="training.limit",
        persist_state="session",
        disabled=locks.is_locked("recipe"),
    )
    if limit == "seconds":
        label, width = _up_to("Seconds", min(limits.current().seconds, teacher.longest_training()))
        return {"epochs": None, **_setting("seconds", partial(_whole, step=30), label, width=width)}
    label, width = _up_to("Epochs", limits.current().epochs)
    return {"seconds": None, **_setting("epochs", _whole, label, width=width)}


def _up_to(label: str, most: float) -> tuple[str, int]:
    """A label that says how many this visitor may ask for, and the width that it needs."""
    return (label, 140) if most == float("inf") else (f"{label}, up to {most:,.0f}", 180)


def _choose_steps() -> dict[str, object]:
    """How the weights move."""
    return {
        **_setting(
            "optimizer",
            st.selectbox,
            "Optimizer",
            OPTIMIZERS,
            help="How gradients become steps. `muon` lets a convolution learn in all directions at the same speed "
            f"(Jordan et al. 2024). {ablation().sentence('With `adam` instead', 'adam')}",
        ),
        **_setting(
            "learning_rate",
            partial(_decimal, step=1e-3),
            "Learning rate",
            help="How far each batch moves the weights. Too small: the network learns slowly. Too large: it does not "
            "learn at all.",
        ),
        **_setting(
            "schedule",
            st.selectbox,
            "Schedule",
            SCHEDULES,
            help="`linear` and `cosine` lower the learning rate to 0 by the end of the run, whether epochs or seconds "
            f"limit it; `trapezoid` keeps it up, and lowers it in the last {FALL:.0%} only. "
            f"{ablation().sentence('With a constant learning rate', 'constant')}",
        ),
        **_setting(
            "batch_size",
            partial(_whole, step=32),
            "Batch size",
            help="How many images each step looks at. Large batches need more memory.",
        ),
        **_setting(
            "precision",
            st.selectbox,
            "Precision",
            PRECISIONS,
            help="`auto` multiplies in bfloat16 if the processor can; the weights themselves stay float32.",
        ),
    }


def _choose_details() -> dict[str, object]:
    """What is computed along with each step."""
    return {
        **_setting(
            "bias_rate_multiplier",
            _decimal,
            "Bias learning-rate multiplier",
            width=215,
            help="Biases and batch-norm offsets get the learning rate times this number (Page 2019; Jordan 2024: 64). "
            f"{ablation().sentence('With one learning rate for all weights', 'one_rate')}",
        ),
        **_setting(
            "head_rate_multiplier",
            _decimal,
            "Head learning-rate multiplier",
            width=215,
            help="The weights of the last dense layer get the learning rate times this number.",
        ),
        **_setting(
            "label_smoothing",
            partial(_decimal, step=0.05),
            "Label smoothing",
            width=140,
            help="This share of each label is divided among all classes, so that the network is not pushed to be "
            f"certain (Szegedy et al. 2016). {ablation().sentence('Without it', 'hard_labels')} Half a point is noise.",
        ),
        **_setting(
            "ema_momentum",
            _decimal,
            "Weight averaging",
            width=140,
            help="0: off. Otherwise the network is tested with a running average of its weights, which keeps this "
            "share of itself at each step (Polyak and Juditsky 1992). Needs a decaying learning rate and many steps. "
            f"{ablation().sentence('With 0.95', 'ema_95')}",
        ),
        **_setting(
            "seed",
            _whole,
            "Seed",
            width=130,
            help="The same seed and settings give the same network, unless the clock decides when to stop.",
        ),
    }


def _choose_images() -> dict[str, object]:
    """Which images it trains on, how they are augmented, and how many views of each the final test averages."""
    return {
        **_setting(
            "training_images",
            partial(_whole, step=1000, value=None),
            "Training images",
            placeholder="all",
            help="Train on this many images, drawn with the seed. With fewer, epochs are shorter and overfitting is "
            "easier to see.",
        ),
        **_setting("shift", _whole, "Shift", help="Move each image by up to this many pixels, anew each epoch."),
        **_setting(
            "cutout",
            _whole,
            "Cutout",
            help="Cover a square of this many pixels a side in each image, at another place each epoch, so that no "
            "class is learned from one detail (DeVries and Taylor 2017). Helps in long training.",
        ),
        **_setting(
            "test_time_views",
            st.selectbox,
            "Test-time augmentation",
            TEST_TIME_VIEWS,
            help="The final test also averages over 2 views of each image (mirrored) or 6 (also moved by a pixel; "
            f"Jordan 2024). After one epoch of `minute`, 2 views add {ablation().points_of_2_views} points and 6 views "
            f"{ablation().points_of_6_views()}.",
        ),
        **_choose_flips(),
    }


def _choose_flips() -> dict[str, object]:
    flip = _setting("flip", st.toggle, "Flip", width="content", help="Mirror a random half of the images each epoch.")
    alternating = _setting(
        "alternating_flip",
        st.toggle,
        "Alternating flip",
        width="content",
        disabled=not flip["flip"],
        help="With Flip: mirror the other half in every second epoch, instead of a new half each time (Jordan 2024). "
        "In the first epoch there is no difference.",
    )
    return flip | alternating
