"""What is said where the images of an own data set are not on this server, or not any more."""

from cnn_core import data
from cnn_core.config import ExperimentConfig
from pages.ui.text import plain


def gone(config: ExperimentConfig) -> str:
    """Of the data set that this run has learned; a sentence in Markdown."""
    return f"The images of {plain(data.learned(config).title)} are no longer on this server."
