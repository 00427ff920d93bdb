"""How sure a network is, on a page: calibrated percentages, or its raw softmax outputs where the visitor wants them.

The choice belongs to the visit, as presenter mode does: a link has it (`?raw=1`), and it stays on from page to page.
"""

import numpy as np
import streamlit as st

from cnn_core import sureness
from cnn_core.runs import Predictions, Run
from cnn_core.sureness import Sureness
from pages.ui.visit import VisitSwitch

# On Inside: its networks are changed, or see covered images, and the temperature is that of neither.
RAW_HERE = (
    "Percentages here are raw softmax outputs, what the network itself computes; the prediction page calibrates them."
)
_SWITCH = VisitSwitch("raw", "sureness")


def is_raw() -> bool:
    """Whether the visitor wants raw softmax outputs."""
    return _SWITCH.is_on()


def of_run(run: Run) -> Sureness:
    """What turns this run's probabilities into those to show; it leaves them as they are if the visitor wants that."""
    return Sureness(None) if is_raw() else sureness.of_run(run)


def shown(run: Run, predictions: Predictions) -> Predictions:
    """The run's answers to its test images with the probabilities to show."""
    return Predictions(predictions.labels, of_run(run).of(predictions.probabilities))


def name(run: Run) -> str:
    """What a percentage of this run is called."""
    return "probability" if of_run(run).is_calibrated else "raw softmax output"


def show_switch(*runs: Run) -> None:
    """Raw or calibrated, and what the choice means for these runs. Once on a page; in a fragment with `follow`."""
    found = [sureness.of_run(run) for run in runs]
    calibrated = [one for one in found if one.is_calibrated]
    if not calibrated:
        if len(found) == 1:
            st.caption(found[0].lacks)
        return
    temperatures = " and ".join(f"{one.calibration.temperature:.2f}" for one in calibrated)
    fitted = " and ".join(dict.fromkeys(one.fitted_on for one in calibrated))
    _SWITCH.show(
        "Raw softmax outputs",
        help="Off: percentages are calibrated, so that of 100 answers given with 80% about 80 are right. Each logit is "
        f"divided by the run's temperature, {temperatures}, before softmax; it was fitted on {fitted}. The order of "
        "the classes stays. On: what the network's own softmax says.",
    )


def follow(was_raw: bool) -> None:
    """In a fragment that holds the switch: run the whole page if it has been turned since the page was drawn."""
    if is_raw() != was_raw:
        st.rerun()


def when_so_sure(run: Run, raw: np.ndarray) -> str:
    """In how many of 100 such cases it is right: about one answer, the raw probabilities (classes,); no full stop.

    Raises RunError if another visitor has just deleted or resumed the run.
    """
    predictions, found = run.predictions(), sureness.of_run(run)
    is_calibrated = found.is_calibrated and not is_raw()
    record = (found if is_calibrated else Sureness(None)).when_so_sure(predictions, raw)
    when = "it is this sure" if is_calibrated else "softmax says this"
    return f"When {when}, it is right in **{record.of_100}** ({record.rests_on})"
