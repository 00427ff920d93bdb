"""The real app for a real browser: a server of its own, and when a page has come to rest."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect

ROOT = Path(__file__).parents[2]
LAUNCH_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]  # root in a container with a small /dev/shm
START_SECONDS = 60


def find_chromium() -> str | None:
    """An installed chromium: CHROMIUM_PATH, or the first on the path."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("CHROMIUM_PATH") or next(filter(None, map(shutil.which, names)), None)


def give_shapes(data_dir: Path) -> None:
    """Put Shapes-10 into a data folder: a link to what has been drawn beside the program already, or drawn now."""
    data_dir.mkdir(parents=True, exist_ok=True)
    for drawn in (ROOT / "data").glob("shapes10-*"):
        (data_dir / drawn.name).symlink_to(drawn, target_is_directory=True)
    draw = [sys.executable, "-c", "from cnn_core import data; data.load('shapes10')"]  # nothing to do after a link
    subprocess.run(draw, cwd=ROOT, env={**os.environ, "CNN_DATA_DIR": str(data_dir)}, check=True)


@contextmanager
def serve(data_dir: Path, runs_dir: Path) -> Iterator[str]:
    """The address of the app, served until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {"headless": "true", "port": port, "address": "127.0.0.1"}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
            + [f"--server.{name}={value}" for name, value in options.items()],
            cwd=ROOT,
            env={
                **os.environ,
                "CNN_DATA_DIR": str(data_dir),
                "CNN_RUNS_DIR": str(runs_dir),
                "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",  # so that a test can say what broke a page
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            if not _becomes_healthy(url, server):
                log.seek(0)
                raise RuntimeError(f"The app did not start:\n{log.read().decode(errors='replace')}")
            yield url
        finally:
            server.terminate()
            server.wait(10)


def wait_until_idle(page: Page, timeout: float = 30_000) -> None:
    """Connected, no script running, nothing stale or loading. A chart may paint a moment later: wait for it too."""
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=timeout)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=timeout)
    expect(page.locator("[data-stale=true]")).to_have_count(0, timeout=timeout)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=timeout)
    errors = page.get_by_test_id("stException").all_inner_texts()
    assert not errors, errors[0]


def _becomes_healthy(url: str, server: subprocess.Popen) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url + "/_stcore/health", timeout=1) as answer:
                if answer.read() == b"ok":
                    return True
        except OSError:
            time.sleep(0.1)
    return False
