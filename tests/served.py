"""The real app for tests that speak with its server: started by a shell's command, and spoken to byte by byte."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from cnn_core.data import shapes10
from tests.small_training import store_data_set

ROOT = Path(__file__).parents[1]
APP = "streamlit_app.py"
_PATIENCE = 60  # seconds until the server answers


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path, method="GET", body=None, **headers) -> tuple[http.client.HTTPResponse, bytes]:
        """The answer and its body; an underscore in a header's name stands for a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, named, encode_chunked="Transfer-Encoding" in named)
            answer = connection.getresponse()
            return answer, answer.read()
        finally:
            connection.close()

    def connect(self, base="", host="127.0.0.1", origin=None) -> ClientConnection:
        """A websocket, as a page opens it, under whatever name."""
        return connect(
            f"ws://{host}:{self.port}{base}/_stcore/stream",
            sock=socket.create_connection(("127.0.0.1", self.port)),
            subprotocols=["streamlit"],
            origin=origin,
            max_size=None,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(
    runs: Path, data: Path, log: Path, *options: str, folder: Path = ROOT, script: str = APP, **variables: str
) -> Iterator[Server]:
    """The app of this folder, until the block ends; then it has to stop by itself, and with 0. Or another script."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.headless=true"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, f"--server.port={port}", *options],
            cwd=folder,
            env={**os.environ, "CNN_DATA_DIR": str(data), "CNN_RUNS_DIR": str(runs), **variables},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, process, log)
        yield Server(port, process, log)
        if script == APP:  # another may have threads that do not end
            process.terminate()
            assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"The app did not start:\n{log.read_text(errors='replace')}")


def open_page(connection: ClientConnection, query="", page="", states=()) -> tuple[str, list[ForwardMsg], bytes]:
    """Ask for a page until it is drawn: the session's id, what came, and all of it as bytes."""
    question = BackMsg()
    question.rerun_script.query_string, question.rerun_script.page_name = query, page
    question.rerun_script.widget_states.widgets.extend(states)
    connection.send(question.SerializeToString())
    session, messages, raw = "", [], b""
    for data in connection:
        message = ForwardMsg.FromString(data)
        raw += data
        messages.append(message)
        kind = message.WhichOneof("type")
        if kind == "new_session":
            session = message.new_session.initialize.session_id
        elif kind == "navigation":
            question.rerun_script.page_script_hash = message.navigation.page_script_hash
        elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            break
    return session, messages, raw


def kinds_until(connection: ClientConnection, last: str) -> list[str]:
    """What the server says until a message of this kind."""
    kinds = []
    while last not in kinds:
        kinds.append(ForwardMsg.FromString(connection.recv(timeout=30)).WhichOneof("type"))
    return kinds


def tiny_shapes(folder: Path) -> Path:
    """A data folder with a stand-in for Shapes-10, which takes seconds to draw: each class a brightness with noise."""
    store_data_set(folder / f"shapes10-v{shapes10.VERSION}")
    return folder
