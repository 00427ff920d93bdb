"""What this server allows and how long it keeps what is trained, in the words of its log and of the training page."""

import logging
import os
from dataclasses import replace
from functools import cache

import streamlit as st

from cnn_core import limits, memory, places, runs
from cnn_core.config import ConfigError, ExperimentConfig
from cnn_core.presets import PRESETS
from pages.ui.run_words import duration
from pages.ui.text import plain

_UNLIMITED = float("inf")
_log = logging.getLogger(__name__)


@cache
def announce() -> None:
    """Say in the log, once a process, what limits this server and where it keeps things, if that is not the usual."""
    name, why = limits.profile()
    if name != "laptop":
        _log.warning("This server has the limits of a small one: %s. CNN_SERVER=laptop lifts them.", why)
    sentences = limits.limits(name, os.environ)[1]
    for folder, variable in places.VARIABLES.items():
        if sentence := places.trouble(folder):
            sentences.append(sentence)
        elif not os.environ.get(variable) and places.folder(folder) != places.beside(folder):
            there = places.folder(folder)
            sentences.append(f"Nothing can be written beside the program, so {folder} are kept in {there}.")
    if not places.is_lasting():
        sentences.append("What is trained here may be gone when the server restarts.")
    for sentence in sentences:
        _log.warning("%s", sentence)


def stores_few() -> bool:
    """Whether the runs that are stored are limited, so that those that matter have to be kept by hand."""
    allowed = limits.current()
    return min(allowed.runs, allowed.stored) < _UNLIMITED


def show_refusal(why: str, name: str) -> None:
    """Why what the form says is not trained; of a preset that never is here, what to choose instead.

    Where nothing can be trained at all, nobody has done anything wrong.
    """
    trained = [preset for preset in PRESETS if _is_trained(PRESETS[preset])]
    if not trained:
        st.info(why, icon=":material/memory:")
        return
    *names, last = (f"`{preset}`" for preset in trained)
    instead = f" Or choose {', '.join(names)} or {last}." if names else f" Or choose {last}."
    st.error(f"{why}{instead if name in PRESETS and name not in trained else ''}", icon=":material/error:")


def show_terms(name: str, config: ExperimentConfig) -> None:
    """What this server makes of a start: how long it trains at most, and what becomes of the runs that are stored."""
    said = [*_on_time(name, config), *_on_room(config)]
    if said:
        st.caption(" ".join(said))


def on_lasting() -> str:
    """Whether the runs of this server last: one sentence if they may not, else nothing."""
    return "" if places.is_lasting() else "Yours may be gone when this server restarts: download what you want to keep."


def _on_time(name: str, config: ExperimentConfig) -> list[str]:
    recipe, allowed, said = config.training, limits.current(), []
    preset = PRESETS[name].training if name in PRESETS else None
    if preset and preset.seconds and preset.seconds > allowed.seconds:
        said.append(
            f"`{name}` is meant for {duration(preset.seconds)}; here it gets at most {duration(allowed.seconds)}."
        )
    if preset and preset.epochs and preset.epochs > allowed.epochs:
        said.append(f"`{name}` is meant for {preset.epochs} epochs; here it gets at most {allowed.epochs:,.0f}.")
    if recipe.epochs and recipe.seconds:
        said.append(f"Training ends after {duration(recipe.seconds)} at the latest.")
    return said


def _on_room(config: ExperimentConfig) -> list[str]:
    ahead = runs.outlook(runs.expected_size(config))
    if not ahead:
        return []
    if ahead.refusal:
        return [f"**{ahead.refusal}**"]
    allowed = limits.current()
    stored = (
        f"{ahead.runs} of {allowed.runs:,.0f} runs stored"
        if allowed.runs < _UNLIMITED
        else f"Runs take {memory.in_words(ahead.size)} of {memory.in_words(allowed.stored)}"
    )
    if not ahead.going:
        return [f"{stored}. When there is no more room, the oldest that nobody kept is deleted."]
    names = ", ".join(f"**{plain(run.title)}**" for run in ahead.going)
    return [f"{stored}: a start deletes {names}, the oldest that nobody kept."]


def _is_trained(config: ExperimentConfig) -> bool:
    try:
        runs.allowed(replace(config, training=limits.fitted(config.training)))
    except ConfigError:
        return False
    return True
