"""The real app for a real browser: a server of its own, and when a page has come to rest."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, TimeoutError

from tests.served import APP, ROOT, serving

LAUNCH_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage"]  # root in a container with a small /dev/shm

CALM = 60  # milliseconds without a change: what the server has sent is on the page
COUNT_QUESTIONS = """(() => {
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (data) {
    const root = document.querySelector("[data-testid=stApp]") ?? document.documentElement;
    const answered = () => document.querySelectorAll("[data-unanswered]").forEach((e) => delete e.dataset.unanswered);
    if (!this.isHeard) this.addEventListener("message", answered);
    this.isHeard = root.dataset.unanswered = true;
    return send.call(this, data);
  };
})()"""  # for a browser's context, before the app's scripts: whether the server has not answered yet
STATE = """() => {
  const { testConnectionState, testScriptState } = document.querySelector("[data-testid=stApp]")?.dataset ?? {};
  const held = document.querySelectorAll("[data-stale=true], [data-testid=stSkeleton]").length;
  return [testConnectionState, testScriptState, held, document.querySelectorAll("[data-unanswered]").length].join();
}"""
BUSY = "[data-unanswered], [data-test-script-state=running]"
RESTS = f"""([call, calm]) => {{
  const [now, rests] = [performance.now(), ({STATE})() === "CONNECTED,notRunning,0,0"];
  if (!rests || window.resting?.call !== call) window.resting = {{ call, since: now }};
  return rests && now - window.resting.since >= calm;
}}"""
calls = itertools.count()
# Streamlit asks for these beside a deep-linked page first, and finds them at the root.
KNOWN_404 = ("/_stcore/health", "/_stcore/host-config")


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
def serve(data_dir: Path, runs_dir: Path, script: str = APP, **server_options: str | int) -> Iterator[str]:
    """The address of the app, or of another script, served until the block ends."""
    options = [f"--server.{name}={value}" for name, value in ({"address": "127.0.0.1"} | server_options).items()]
    variables = {
        "CNN_SERVER": os.environ.get("CNN_SERVER", "laptop"),  # whatever the machine on which the tests run
        "STREAMLIT_CLIENT_SHOW_ERROR_DETAILS": "full",  # so that a test can say what broke a page
    }
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(runs_dir, data_dir, Path(folder, "log"), *options, script=script, **variables) as server,
    ):
        server.ask("/_stcore/health")
        yield server.url


def wait_until_idle(page: Page, timeout: float = 60_000) -> None:
    """Connected, nothing asked without an answer, no script running, nothing stale or loading; and so for a moment.

    In a browser that has `COUNT_QUESTIONS`, a click counts from its first moment, not only once the server answers.
    """
    try:
        page.wait_for_function(RESTS, arg=[next(calls), CALM], polling=20, timeout=timeout)
    except TimeoutError as error:
        raise AssertionError(f"the page does not come to rest: {page.evaluate(STATE)}") from error
    errors = page.get_by_test_id("stException").all_inner_texts()
    assert not errors, errors[0]


def open_page(context: BrowserContext) -> Page:
    """Of a context that has `COUNT_QUESTIONS`: no click and no expectation meets it while it is drawn anew.

    The old and the new stand side by side then.
    """
    page = context.new_page()

    def let_it_answer() -> None:
        with suppress(TimeoutError):  # a page may have reason to be busy
            page.wait_for_function(RESTS, arg=[next(calls), CALM], polling=20, timeout=10_000)

    page.add_locator_handler(page.locator(BUSY).first, let_it_answer, no_wait_after=True)
    return page


def note_complaints(page: Page, found: list[str]) -> list[str]:
    """Whatever error this page's browser reports from now on is added to `found`."""

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].split("?")[0].endswith(KNOWN_404):
            found.append(f"{message.text} ({message.location['url']})")

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
