"""What a visitor brings is nowhere but in memory: a real server that tells of every file which it opens to write."""

import base64
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from odd_bytes import encode, jpeg_segment, noise
from PIL import Image
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds, on a busy machine
SECRET = b"where the visitor lives"
# Python runs this first; it tells of files that are opened to be written, in the process itself and in its children.
TELLER = """
import os, sys
_told = os.open(os.environ["TOLD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT) if "TOLD" in os.environ else None
def _tell(event, arguments):
    if event == "open" and _told is not None:
        path, mode, flags = arguments
        if (flags or 0) & (os.O_WRONLY | os.O_RDWR) or set(mode or "") & set("wax+"):
            os.write(_told, f"{path} {mode} {flags}\\n".encode())
sys.addaudithook(_tell)
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as the system says it on Linux")


@dataclass
class Server:
    folder: Path
    port: int
    process: subprocess.Popen

    def traces(self) -> dict[str, object]:
        """All that it has left behind so far, but in memory."""
        told = self.folder / "told"
        open_files = (os.readlink(file) for file in Path(f"/proc/{self.process.pid}/fd").iterdir())
        return {
            "written": [line for line in told.read_text().splitlines() if "/dev/null" not in line],
            "temporary": sorted(str(file) for file in (self.folder / "temporary").rglob("*")),
            "runs": sorted(str(file) for file in (self.folder / "runs").rglob("*")),
            "log": (self.folder / "log").read_text(),
            "deleted and open": [name for name in open_files if "(deleted)" in name],
        }


@pytest.fixture
def server(tmp_path):
    """The app, with folders of its own, which tells of each file that it writes."""
    for name in ("teller", "temporary", "runs", "data", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "teller" / "sitecustomize.py").write_text(TELLER)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {"TMPDIR": "temporary", "CNN_RUNS_DIR": "runs", "CNN_DATA_DIR": "data", "HOME": "home", "TOLD": "told"}
    environment = {name: str(tmp_path / folder) for name, folder in folders.items()}
    options = [f"--server.port={port}", "--server.address=127.0.0.1", "--server.headless=true", "--logger.level=debug"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *options],
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": str(tmp_path / "teller"), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health").read()
                break
            time.sleep(0.05)
        yield Server(tmp_path, port, process)
    finally:
        process.terminate()
        process.wait(30)


@dataclass
class Visitor:
    """Somebody with the page Prediction open."""

    socket: ClientConnection
    source: str
    session: str = ""
    picker: str = ""  # the widgets' ids
    camera: str = ""
    words: list[str] = field(default_factory=list)
    question: BackMsg = field(default_factory=BackMsg)

    def ask(self) -> str:
        """Ask for the page until it is drawn; all its texts."""
        self.question.rerun_script.page_name = "prediction"
        self.question.rerun_script.query_string = f"prediction.source={self.source}"
        self.socket.send(self.question.SerializeToString())
        self.words = []
        for data in self.socket:
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "new_session":
                self.session, self.words = message.new_session.initialize.session_id or self.session, []
            elif kind == "navigation":
                self.question.rerun_script.page_script_hash = message.navigation.page_script_hash
            elif kind == "delta":
                self._note(message.delta.new_element)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return " ".join(self.words)
        raise AssertionError("the server hung up")

    def _note(self, element) -> None:
        kind = element.WhichOneof("type")
        if kind == "bidi_component" and element.bidi_component.component_name == "picker":
            self.picker = element.bidi_component.id
        elif kind == "camera_input":
            self.camera = element.camera_input.id
        elif kind in ("heading", "markdown", "alert"):
            self.words.append(getattr(element, kind).body)

    def choose(self, content: bytes) -> str:
        """Give the file to the picker, as the browser does; what the page says then."""
        photo = {"name": "SECRET.jpg", "size": len(content), "content": base64.b64encode(content).decode()}
        states = self.question.rerun_script.widget_states.widgets
        states.add(
            id=f"$$STREAMLIT_INTERNAL_KEY_{self.picker}__events",
            json_trigger_value=json.dumps([{"event": "photo", "value": photo}]),
        )
        try:
            return self.ask()
        finally:
            del states[:]

    def take(self, port: int, content: bytes) -> str:
        """Give the picture to the camera's widget, as the browser does; what the page says then."""
        address = f"http://127.0.0.1:{port}/_stcore/"
        cookie = urllib.request.urlopen(f"{address}health").headers["set-cookie"].split(";")[0]
        body = (
            b'--b\r\nContent-Disposition: form-data; name="f"; filename="SECRET.jpg"\r\n\r\n'
            + content
            + b"\r\n--b--\r\n"
        )
        headers = {"Content-Type": "multipart/form-data; boundary=b", "Cookie": cookie}
        request = urllib.request.Request(f"{address}upload_file/{self.session}/1", body, headers, method="PUT")
        request.add_header("X-Xsrftoken", cookie.partition("=")[2].strip('"'))
        assert urllib.request.urlopen(request).status == 204
        state = self.question.rerun_script.widget_states.widgets.add(id=self.camera)
        state.file_uploader_state_value.uploaded_file_info.add(file_id="1", name="SECRET.jpg", size=len(content))
        return self.ask()


@contextlib.contextmanager
def visiting(server, source):
    address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
    with connect(address, subprotocols=["streamlit"], max_size=None) as socket_:
        visitor = Visitor(socket_, source)
        visitor.ask()
        yield visitor


def photo(*, is_bad=False, side=600):
    """A photo with a secret in it, in plain text where the camera writes such things; bad: its pixels are missing."""
    data = encode(Image.fromarray(np.asarray(noise(side, side, 3))), "JPEG")
    data = data[:2] + jpeg_segment(0xFE, SECRET * 10) + data[2:]
    return data[:2_000] if is_bad else data


def is_answered(page):
    return re.search(r"When it is this sure, it is right in \*\*\d", page) is not None


def test_a_photo_is_answered_and_leaves_no_trace_on_the_disk_or_in_the_log(server):
    with visiting(server, "Your photo") as chooser, visiting(server, "Camera") as taker:
        assert is_answered(chooser.choose(photo()))  # the network and the processes that open photos are there now
        before = server.traces()
        assert is_answered(chooser.choose(photo(side=700)))
        assert "damaged" in chooser.choose(photo(is_bad=True))
        assert is_answered(taker.take(server.port, photo()))
        assert is_answered(taker.ask())
        after = server.traces()
    held = urllib.request.urlopen(f"http://127.0.0.1:{server.port}/_stcore/metrics").read().decode()
    assert "UploadedFileManager" not in held, "the camera's file is taken from the server when its pixels are kept"
    assert {name: left for name, left in after.items() if name != "log"} == {
        name: left for name, left in before.items() if name != "log"
    }
    assert not after["temporary"]
    assert not after["runs"]
    assert SECRET.decode() not in after["log"]
    assert "SECRET" not in after["log"]
    with server.process:
        server.process.terminate()
    assert SECRET not in b"".join(file.read_bytes() for file in server.folder.rglob("*") if file.is_file())
