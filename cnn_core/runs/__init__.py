"""The run directory: one training, in files that outlive every process and can be copied anywhere.

    config.json     what was asked: written once, before the worker starts; with library versions
    events.jsonl    append-only, one JSON object a line, written by the worker alone:
                    started · batch (at most 2 a second) · epoch · testing · finished | stopped | failed
    worker.json     the worker's process and machine, to be shown
    snapshots/      after each epoch: first kernels, probabilities of the first 2,000 validation images (float16)
    checkpoint.npz  everything a resume needs
    model.keras     the network            model.tflite  the same for LiteRT, with every layer's output
    predictions.npz test labels and probabilities, in the data set's official order
    title · STOP · worker.log · worker.lock

State is read, never remembered: a final event, else the worker's lock, else interrupted. Every file but the log and the
events appears by `os.replace`, so a reader never sees half of one. Nobody outside this package knows a file's name.
"""

from cnn_core.runs.control import (
    check_resumable,
    create,
    delete,
    list_runs,
    rename,
    request_stop,
    resume,
    running,
    start,
    write_zip,
)
from cnn_core.runs.record import BUSY_EXIT_CODE, Busy, Record, for_json, open_record
from cnn_core.runs.run import Predictions, Run, RunError, RunState, Snapshot, find_run, recorded_dir, runs_dir

__all__ = [
    "BUSY_EXIT_CODE",
    "Busy",
    "Predictions",
    "Record",
    "Run",
    "RunError",
    "RunState",
    "Snapshot",
    "check_resumable",
    "create",
    "delete",
    "find_run",
    "for_json",
    "list_runs",
    "open_record",
    "recorded_dir",
    "rename",
    "request_stop",
    "resume",
    "running",
    "runs_dir",
    "start",
    "write_zip",
]
