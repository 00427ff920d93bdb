"""How long a stop waits for its answer, in every phase, of the largest networks that the app builds.

A first stop is answered when the test begins, a second when the run has stopped and its process is gone: within three
seconds, and on a machine that is busy with other work as many times longer as it has too much of it. The networks have
up to 20 million parameters: `deep` computes most of all for an image, `dense` has the largest file, `averaged` needs a
pass over images before it can be asked anything.
"""

import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from benchmarks.fire.stage import SMALL, Ledger, changed, is_over, stage, wait_for
from benchmarks.processes import is_there
from cnn_core import data, processor, runs
from cnn_core.config import Block, ExperimentConfig, NetworkConfig
from cnn_core.presets import PRESETS
from cnn_core.progress import STUDY
from cnn_core.runs import Run, RunState

_DEEP = NetworkConfig((Block(512, 4),), kernel_size=5, head="average")  # 20 thousand million multiply-adds an image
_DENSE = NetworkConfig((Block(64, 1),), dense_units=(1200,))
_WITHIN = 3.0  # seconds
_QUICK = 0.005  # seconds between two looks


def stop(ledger: Ledger, *, is_long: bool) -> dict[str, object]:
    figures: dict[str, float] = {}

    def note(phase: str, seconds: float) -> None:
        busy = max(1.0, os.getloadavg()[0] / processor.cores())
        figures[phase] = round(seconds, 2)
        ledger.hold(seconds <= _WITHIN * busy, f"{phase}: answered after {seconds:.1f} s, on a {busy:.1f}-fold machine")
        print(phase, figures[phase], f"{busy:.1f}", file=sys.stderr, flush=True)

    with stage():
        data.load("shapes10")
        for name, scenario in _SCENARIOS.items():
            if is_long or name in _SHORT:
                scenario(name, note, ledger)
        return {"seconds": figures, "zombies": ledger.hold_no_zombies()}


Note = Callable[[str, float], None]


def _of_shapes(network: NetworkConfig, **changes: object) -> ExperimentConfig:
    return changed(replace(SMALL, data_set="shapes10", network=network), **changes)


def _in_a_long_step(name: str, note: Note, ledger: Ledger) -> None:
    """A step takes a minute: a stop leaves it, and the run is as it was before."""
    run = runs.start(_of_shapes(_DEEP, batch_size=96, epochs=5))
    wait_for(lambda: run.silence() is not None and _age(run) > 25)  # TensorFlow is there, the first step under way
    note(f"{name}, step", _first_stop(run))
    note(f"{name}, waiting for the step", _second_stop(run))
    ledger.hold(runs.is_resumable(run), f"{name}: it cannot be resumed")
    runs.delete(run)


def _in_a_long_validation(name: str, note: Note, ledger: Ledger) -> None:
    _stop_twice(_of_shapes(_DEEP, batch_size=10, training_images=10, epochs=5), name, note)


def _in_its_averages(name: str, note: Note, ledger: Ledger) -> None:
    """Before it is validated, the batch-norm statistics of averaged weights take a pass over 2,000 images."""
    network = replace(_DEEP, batch_norm=True)
    run = runs.start(_of_shapes(network, batch_size=10, training_images=10, epochs=5, ema_momentum=0.9))
    wait_for(lambda: run.silence() is not None and _age(run) > 40)
    note(f"{name}, statistics", _first_stop(run))
    time.sleep(5)
    note(f"{name}, statistics again", _second_stop(run))
    runs.delete(run)


def _in_the_export(name: str, note: Note, ledger: Ledger) -> None:
    """Of a file of 80 MB; the test of 60 images is over by then, and stays."""
    run = runs.start(replace(changed(SMALL, epochs=1), network=_DENSE))
    for phase, part in (("network's file", 0.5), ("graph", 5.0)):
        wait_for(lambda: run.state() == RunState.TESTING and run.measuring() is not None, pause=_QUICK)
        time.sleep(part)
        note(f"{name}, {phase}", _second_stop(run))
        ledger.hold(run.is_tested() and not run.has_network(), f"{name}: the measured test was lost")
        runs.resume(run)
    wait_for(lambda: is_over(run))
    ledger.hold(run.state() == RunState.FINISHED and run.has_network(), f"{name}: resumed, it is {run.state()}")
    runs.delete(run)


def _in_the_study(name: str, note: Note, ledger: Ledger) -> None:
    """The test is measured and the network written; then t-SNE takes seconds."""
    shutil.rmtree(data.data_dir() / "cifar10")  # the stand-in, which has too few images to be strange
    run = runs.start(_of_shapes(PRESETS["linear"].network, batch_size=128, training_images=512, epochs=1))
    for done in (0.1, 0.9, 1.0):
        wait_for(lambda share=done: (at := run.measuring()) and at.split == STUDY and at.done >= share * at.total)
        if done == 1:
            time.sleep(1)  # into the map
        note(f"{name}, {'map' if done == 1 else f'{done:.0%}'}", _second_stop(run))
        ledger.hold(run.is_tested() and run.has_network(), f"{name}: the measured test was lost")
        runs.resume(run)
    wait_for(lambda: is_over(run))
    ledger.hold(run.projection() is not None, f"{name}: resumed, it has no map")
    runs.delete(run)


def _over_all_views(name: str, note: Note, ledger: Ledger) -> None:
    """Six views of each test image, by the widest of the presets."""
    champion = PRESETS["champion"]
    training = replace(champion.training, training_images=256, epochs=1)
    _stop_twice(replace(champion, data_set="shapes10", training=training), name, note)


_SCENARIOS = {
    "deep": _in_a_long_validation, "deep, large batches": _in_a_long_step, "deep, averaged": _in_its_averages,
    "dense": _in_the_export, "linear": _in_the_study, "champion": _over_all_views,
}  # fmt: skip
_SHORT = ("dense", "linear")


def _stop_twice(config: ExperimentConfig, name: str, note: Note) -> None:
    run = runs.start(config)
    for split, stop_ in (("validation", _first_stop), ("test", _second_stop)):
        wait_for(lambda split=split: (at := run.measuring()) and at.split == split and at.done > 2)
        note(f"{name}, {split}", stop_(run))
    runs.delete(run)


def _first_stop(run: Run) -> float:
    """Seconds until the training has ended and its test begins."""
    began = time.monotonic()
    runs.request_stop(run)
    wait_for(lambda: run.state() != RunState.RUNNING, pause=_QUICK)
    return time.monotonic() - began


def _second_stop(run: Run) -> float:
    """Seconds until the run has stopped and its process is gone."""
    pid, began = run.worker().pid, time.monotonic()
    runs.request_stop(run)
    wait_for(lambda: is_over(run) and not is_there(pid), pause=_QUICK)
    return time.monotonic() - began


def _age(run: Run) -> float:
    """Seconds since the worker began."""
    return time.time() - run.worker().started
