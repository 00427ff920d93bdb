"""The run directory: one training, in files that outlive every process and can be copied anywhere.

    config.json     the settings: written once, before the worker starts; with library versions
    events.jsonl    append-only, one JSON object a line, written by the worker alone:
                    started · batch, measuring (at most 2 a second) · sample, look (every few seconds) ·
                    epoch · finishing · testing · finished | stopped | failed
    worker.json     the worker's process and machine, for the pages
    snapshots/      after each epoch: first kernels, probabilities of the first 2,000 validation images (float16)
    checkpoint.npz  everything a resume needs
    model.keras     the network            model.tflite  the same for LiteRT, with every layer's output
    anatomy.npz     what looks inside the network: its backward pass, where the files keep its kernels, its biases
    filters.npz     what wakes each filter: its share of 1,000 test images, the nine patches that excite it most
    calibration.npz how sure it may be: its temperature     doubt.npz       what is strange to it: energies
    neighbours.npz  each test image's nearest training images   map.npz     the first 2,000 test images on a map
    predictions.npz test labels and probabilities, in the data set's official order
    careless.npz    what a careless split of its own data set would have shown
    robustness.npz  how many changed test images it recognises; the recorded runs have it
    title · STOP · FINISH · kept · worker.log · worker.lock · heartbeat · killed · imported, in a run that came in a zip

Beside the runs: starting, starting.lock · training, training.lock · .deleted-*, renamed before they are removed ·
.arriving-*, arriving.lock: a run that is being brought in.

State is read, never remembered: starting, a final event, else the worker's lock, else interrupted. A result belongs to
the present course: once a run has been resumed it has none until it is tested again. Every file but the logs and the
sign of life appears by `os.replace`, so a reader never sees half of one. A file that cannot be read gives a sentence
about its run (`Run.damage`); so does a link in a run's folder, which is not followed (`opening`). No code outside this
package knows a file's name; each is in `files`, once.
"""

from cnn_core.runs.additions import Additions, open_additions
from cnn_core.runs.archive import write_zip
from cnn_core.runs.arrays import Predictions, Snapshot
from cnn_core.runs.catalogue import find_run, is_readable, list_runs, recorded, running
from cnn_core.runs.control import (
    check_resumable,
    create,
    delete,
    is_resumable,
    keep,
    rename,
    resume,
    start,
)
from cnn_core.runs.events import RunState
from cnn_core.runs.files import recorded_dir, runs_dir
from cnn_core.runs.heartbeat import SILENT, beating
from cnn_core.runs.parcel import Parcel, open_parcel
from cnn_core.runs.quota import Outlook, allowed, expected_size, make_room, outlook
from cnn_core.runs.receiving import drop_unreadable, put_network, read_weights, receive, settle
from cnn_core.runs.record import BUSY_EXIT_CODE, Busy, Record, for_json, open_record
from cnn_core.runs.requests import can_finish, request_finish, request_stop
from cnn_core.runs.run import Run
from cnn_core.runs.words import RunError, clean_title, disk_sentence, reason_of

__all__ = [
    "BUSY_EXIT_CODE",
    "SILENT",
    "Additions",
    "Busy",
    "Outlook",
    "Parcel",
    "Predictions",
    "Record",
    "Run",
    "RunError",
    "RunState",
    "Snapshot",
    "allowed",
    "beating",
    "can_finish",
    "check_resumable",
    "clean_title",
    "create",
    "delete",
    "disk_sentence",
    "drop_unreadable",
    "expected_size",
    "find_run",
    "for_json",
    "is_readable",
    "is_resumable",
    "keep",
    "list_runs",
    "make_room",
    "open_additions",
    "open_parcel",
    "open_record",
    "outlook",
    "put_network",
    "read_weights",
    "reason_of",
    "receive",
    "recorded",
    "recorded_dir",
    "rename",
    "request_finish",
    "request_stop",
    "resume",
    "running",
    "runs_dir",
    "settle",
    "start",
    "write_zip",
]
