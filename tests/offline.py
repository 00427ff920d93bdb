"""The app with the network cut: it starts, every page is drawn, a network is trained, and nobody outside is asked.

`python tests/offline.py` tells what it found as JSON. The network is cut by a namespace of its own (Linux; `unshare`,
as root or where users may make namespaces); elsewhere, or with --no-cut, only the attempts are refused and counted, by
a hook in every Python process that is started.
"""

import argparse
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.served import ROOT, open_page, serving, tiny_shapes

_QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
_TRAIN = [sys.executable, "-m", "cnn_core", "train", "--preset", "linear", "--data-set", "shapes10", "--epochs", "1"]
# Python reads a module of this name when it starts. A connection of datagrams sends nothing.
_HOOK = """
import os, socket, sys

def _watch(event, arguments):
    if event == "socket.connect":
        asked = arguments[1]
        if arguments[0].type & socket.SOCK_DGRAM or isinstance(asked, (str, bytes)):
            return
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto"):
        asked = arguments[-1] if event == "socket.sendto" else arguments
    else:
        return
    name = asked[0].decode() if isinstance(asked[0], bytes) else str(asked[0] or "localhost")
    if name not in ("localhost", "::1", "0.0.0.0", "::") and not name.startswith("127."):
        with open({attempts!r}, "a") as file:
            print(event, name, os.path.basename(sys.argv[0]), file=file)
        raise OSError(f"{{event}} to {{name}}: the network is cut")

sys.addaudithook(_watch)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-cut", action="store_true", help="leave the network on, and only refuse and count")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        _switch_loopback_on()
        print(json.dumps({"cut": True, **look()}))
    elif not asked.no_cut and (unshare := _unshare()):
        sys.exit(subprocess.run([*unshare, sys.executable, __file__, "--inside"], cwd=ROOT).returncode)
    else:
        print(json.dumps({"cut": False, **look()}))


def look() -> dict:
    """The pages and their errors, the runs that were trained, what was attempted, and paths in the run's archive."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        attempts, runs = folder / "attempts", folder / "runs"
        (folder / "hook").mkdir()
        (folder / "hook" / "sitecustomize.py").write_text(_HOOK.format(attempts=str(attempts)))
        os.environ["PYTHONPATH"] = str(folder / "hook")
        data = tiny_shapes(folder / "data")
        found = {"watched": _is_watched(attempts)}
        with serving(runs, data, folder / "log") as server:  # without an address: it looks for its own
            variables = {**os.environ, "CNN_DATA_DIR": str(data), "CNN_RUNS_DIR": str(runs)}
            training = subprocess.Popen(_TRAIN, cwd=ROOT, env=variables, **_QUIET)
            found["pages"] = {path.stem: _errors(server, path.stem) for path in (ROOT / "pages").glob("*.py")}
            found["trained"] = training.wait(120)
        found["log"] = (folder / "log").read_text().splitlines()
        found["attempts"] = attempts.read_text().splitlines()
        os.environ.update(variables)
        found["told"] = _told_by_archive(folder, [name, str(ROOT), f"{Path.home()}/"])
    return found


def _errors(server, page: str) -> list[str]:
    with server.connect() as connection:
        _, messages, _ = open_page(connection, page="" if page == "home" else page)
    elements = [message.delta.new_element for message in messages if message.HasField("delta")]
    return [element.exception.message for element in elements if element.HasField("exception")]


def _told_by_archive(folder: Path, words: list[str]) -> list[str]:
    """Which of these words are in the archive of the run, as a visitor downloads it."""
    from cnn_core import runs

    (run,) = (run for run in runs.list_runs() if run.path.is_relative_to(folder))
    with (folder / "run.zip").open("wb") as file:
        runs.write_zip(run, file)
    with zipfile.ZipFile(folder / "run.zip") as archive:
        content = b"".join(name.encode() + archive.read(name) for name in archive.namelist())
    return [word for word in words if word.encode() in content]


def _is_watched(attempts: Path) -> bool:
    """Whether the hook is at work: it notes and refuses what this asks for. The notes begin anew then."""
    asking = "import urllib.request; urllib.request.urlopen('http://example.com')"
    code = subprocess.run([sys.executable, "-c", asking], capture_output=True).returncode
    watched = code != 0 and "example.com" in attempts.read_text()
    attempts.write_text("")
    return watched


def _unshare() -> list[str] | None:
    """The command that starts another without a network; None where there is none."""
    for command in (["unshare", "--net"], ["unshare", "--net", "--map-root-user"]):
        if shutil.which("unshare") and not subprocess.run([*command, "true"], capture_output=True).returncode:
            return command
    return None


def _switch_loopback_on() -> None:
    """As `ip link set lo up` does; a new namespace has it off."""
    from fcntl import ioctl

    get_flags, set_flags, up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        flags = struct.unpack("16sh", ioctl(any_socket, get_flags, struct.pack("16sh", b"lo", 0)))[1]
        ioctl(any_socket, set_flags, struct.pack("16sh", b"lo", flags | up))


if __name__ == "__main__":
    main()
