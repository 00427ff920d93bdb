"""Gradient descent as a film: NumPy takes all steps at once, the browser plays them."""

import numpy as np
import streamlit as st

from cnn_core import games
from cnn_core.convolution import write
from cnn_core.games import Descent
from cnn_core.plotting import lab as figures
from pages.ui.components import player, png_url

_SECONDS = 2.0  # that the film lasts at its first speed


def picture(values: np.ndarray, target: np.ndarray, *, is_scaled: bool = True) -> np.ndarray:
    """A response (h, w) as an image, uint8: in gray where the target has no number below 0, else orange and blue.

    is_scaled: on a scale of its own, since a found kernel may be any number of times as strong; else on the target's.
    """
    limit = figures.strongest(values if is_scaled else target)
    if target.min() < 0:
        return figures.signed_image(values, limit)
    gray = np.rint(255 * np.clip(values / (limit or 1), 0, 1)).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=-1)


def show_descent(image: np.ndarray, target: np.ndarray, hidden: np.ndarray, start: np.ndarray, what: str) -> None:
    """The film from the kernel `start` on, and what it found; image gray (h, w), 0 to 1."""
    descent = games.descend(image, target, start)
    last = int(descent.steps[-1])
    st.header("Gradient descent", anchor=False)
    tracks = {"descent": _track(image, target, hidden, descent), "sentence": _sentences(descent)}
    places = [f"step {step:,} of {last:,}" for step in descent.steps]
    pace = max(len(places) - 1, 1) / _SECONDS
    speeds = [(pace, "2 seconds"), (pace / 5, "10 seconds"), (pace / 20, "40 seconds")]
    label = f"Gradient descent, {what}, from {_in_words(start)}"
    player.film(tracks, list(range(len(places))), places, key="games.descent", label=label, speeds=speeds, above=True)
    off = float(np.abs(descent.kernels[-1] - hidden).max())
    st.markdown(
        f"The hidden kernel is {_in_words(hidden)}. After {last:,} steps no number is further than {off:.1g} from it. "
        f"The descent saw the image and the target only. Its loss is the mean squared difference of the two pictures; "
        f"each step moves all nine numbers against the gradient (learning rate {write(descent.learning_rate)}, "
        f"momentum {descent.momentum:.2f}). A network finds its kernels in the same way."
    )


def _track(image: np.ndarray, target: np.ndarray, hidden: np.ndarray, descent: Descent) -> dict:
    made = [picture(games.response(image, kernel), target, is_scaled=False) for kernel in descent.kernels]
    return {
        "losses": [float(f"{loss:.4g}") for loss in descent.losses],
        "steps": descent.steps.tolist(),
        "kernels": descent.kernels.reshape(len(made), -1).round(4).tolist(),
        "sprite": png_url(np.concatenate(made)),
        "side": len(target),
        "target": png_url(picture(target, target)),
        "largest": float(np.abs(hidden).max()),
        "axis": f"{descent.steps[-1]:,} steps",
    }


def _sentences(descent: Descent) -> list[str]:
    steps = zip(descent.steps.tolist(), descent.losses, descent.kernels, strict=True)
    return [f"Step {step:,}: loss {loss:.2g}, kernel {_in_words(kernel)}." for step, loss, kernel in steps]


def _in_words(kernel: np.ndarray) -> str:
    """Row by row, with two decimals; what is nearly 0 is 0, without a sign."""
    rounded = np.rint(100 * kernel) / 100 + 0.0
    return " / ".join(" ".join(f"{number:g}".replace("-", "−") for number in row) for row in rounded)
