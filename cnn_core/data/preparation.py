"""Gets CIFAR-10 onto this machine, once, however many visitors or processes ask at the same time."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from cnn_core.data import status
from cnn_core.data.cifar10 import FOLDER, OFFICIAL, Release, read
from cnn_core.data.dataset import DataError, Part, Progress, data_dir, is_stored, require_space, store, stored_bytes
from cnn_core.data.download import discard, download


def print_progress(message: str, done: int, total: int) -> None:
    """One line a message, which is rewritten until the step is done."""
    share = f" {done / total:.0%}" if total else ""
    print(f"\r{message}{share}".ljust(80), end="" if done < total else "\n", file=sys.stderr, flush=True)


def prepare_cifar10(
    source: Path | None = None, *, progress: Progress = print_progress, release: Release = OFFICIAL
) -> None:
    """Find CIFAR-10, check it and convert it; return at once if it is ready.

    Reads `source` alone if given (a tar archive, or the extracted folder); else looks in Keras' cache, then downloads
    from CNN_DATA_URL or its authors. Waits while another process prepares it. Raises DataError; trying again is safe.
    """
    with status.lock(status.AT_WORK, waiting=progress), status.recorded(progress) as report:
        if not is_stored(status.cifar10_folder()):
            _obtain(source, release, report)


def start_background_preparation(release: Release = OFFICIAL) -> None:
    """Let a child process prepare CIFAR-10, unless one does already; returns when it is at work, or has ended.

    The child belongs to no browser tab, and continues when the app stops. `preparation_status` says how far it is.
    """
    with status.lock(status.STARTING):  # of thirty clicks at once, one starts the child
        if is_stored(status.cifar10_folder()) or status.is_held(status.AT_WORK):
            return
        status.write_status(status.PreparationStatus("running", "Starting"))
        child = _spawn(release)
        while child.poll() is None and not status.is_held(status.AT_WORK):
            time.sleep(0.02)


def _obtain(source: Path | None, release: Release, progress: Progress) -> None:
    if source is not None:
        _convert(source, release, progress)
    elif not _convert_keras_copy(release, progress):
        url = os.environ.get("CNN_DATA_URL") or release.url
        # A school's mirror may have another archive of the same batches; their own checksums decide then.
        sha256 = release.archive_sha256 if url == release.url else None
        archive = data_dir() / "cifar10.download"
        require_space(data_dir(), release.archive_bytes + stored_bytes(release.sizes))
        download(url, archive, sha256=sha256, progress=progress)
        try:
            _convert(archive, release, progress)
        finally:
            discard(archive)  # no longer needed, or damaged


def _convert_keras_copy(release: Release, progress: Progress) -> bool:
    """Whether Keras has these batches in its cache, extracted or not; its versions use different folders."""
    datasets = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
    for name in (f"{FOLDER}-target", FOLDER, f"{FOLDER}-target_archive", f"{FOLDER}.tar.gz"):
        if (datasets / name).exists():
            try:
                _convert(datasets / name, release, progress)
            except DataError as error:
                progress(f"Skipping the copy in Keras' cache ({error})", 0, 0)
            else:
                return True
    return False


def _convert(source: Path, release: Release, progress: Progress) -> None:
    def reported() -> Iterator[Part]:
        progress("Checking and converting", 0, len(release.batches))
        for done, part in enumerate(read(source, release), 1):
            yield part
            progress("Checking and converting", done, len(release.batches))

    store(status.cifar10_folder(), release.sizes, reported())


def _spawn(release: Release) -> subprocess.Popen:
    with (data_dir() / "cifar10.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "cnn_core.data", json.dumps(asdict(release))],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "CNN_DATA_DIR": str(data_dir())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=child.wait, daemon=True).start()  # otherwise it stays a zombie when it ends
    return child
