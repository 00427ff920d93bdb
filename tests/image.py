"""The steps of Dockerfile, taken without Docker: does the image's app start, is it healthy, and how large is it?

`python tests/image.py FOLDER [--python python3.12]` makes FOLDER the image's root: COPY brings what .dockerignore lets
through, RUN runs there, its Python is a fresh environment, and what Dockerfile calls /app is FOLDER/app. CMD is started
as an unprivileged user who can write to the volume alone, until HEALTHCHECK is content and a network was trained. Only
the step that makes a user is left out. As root, or as anybody, who then is that user.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.served import open_page

ROOT = Path(__file__).parents[1]
_NOBODY = 65534
_LARGE = {Path(".git"), Path(".venv"), Path("data"), Path("runs")}  # .dockerignore leaves them out too
_ABSOLUTE = re.compile(r"(?<![\w./])/(app|classroom)\b")  # the image's own folders
_TRAIN = ("python", "-m", "cnn_core", "train", "--data-set", "shapes10", "--epochs", "1", "--limit", "500", "--json")


def steps(text: str) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile and what follows each, without comments and line ends."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", "", lines)
    return [(words[0], words[1].strip()) for line in joined.splitlines() if len(words := line.split(None, 1)) == 2]


def context(ignored: str, root: Path = ROOT) -> Iterator[Path]:
    """The files below `root` that Docker would be given, relative to it; `ignored` is what .dockerignore says."""
    patterns = [line for line in ignored.splitlines() if line and not line.startswith("#")]

    def is_sent(path: Path) -> bool:
        found = True
        for pattern in patterns:
            wanted = pattern.removeprefix("!").removeprefix("**/")
            names = [part.name for part in (path, *path.parents)] if "**/" in pattern else []
            if any(fnmatch(str(part), wanted) for part in (path, *path.parents)) or wanted in names:
                found = pattern.startswith("!")
        return found

    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root)
        folders[:] = [name for name in folders if name != "__pycache__" and here / name not in _LARGE]
        yield from (here / name for name in sorted(files) if is_sent(here / name))


class Image:
    """The image so far: its root, its variables, and the folder in which the next step works."""

    def __init__(self, root: Path, python: str) -> None:
        self.root, self.here = root, root
        subprocess.run([python, "-m", "venv", root / "usr"], check=True)
        home = {"HOME": "/nonexistent", "LANG": "C.UTF-8"}
        self.variables = {**home, "PATH": f"{root / 'usr' / 'bin'}{os.pathsep}{os.environ['PATH']}"}
        self.variables |= {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
        self.health: tuple[str, ...] = ()
        self.command: tuple[str, ...] = ()

    def take(self, kind: str, what: str) -> None:
        """One step; what Docker alone does (FROM, EXPOSE) is nothing here."""
        print(f"{kind} {what}", flush=True)
        if kind == "WORKDIR":
            self.here = Path(self._below(what))
            self.here.mkdir(parents=True, exist_ok=True)
        elif kind == "ENV":
            self.variables |= dict(self._below(pair).split("=", 1) for pair in shlex.split(what))
        elif kind == "COPY":
            self._copy(*what.split())
        elif kind == "RUN" and what.startswith("useradd"):
            print("  (no user is made)")
        elif kind == "RUN":
            subprocess.run(["sh", "-c", self._below(what)], cwd=self.here, env=self.variables, check=True)
        elif kind == "VOLUME":
            volume = Path(self._below(what))
            volume.mkdir(parents=True)
            if os.getuid() == 0:
                os.chown(volume, _NOBODY, _NOBODY)
        elif kind == "HEALTHCHECK":
            self.health = tuple(json.loads(what[what.index("CMD") + 3 :]))
        elif kind == "CMD":
            self.command = tuple(json.loads(what))
        elif kind not in ("FROM", "EXPOSE", "USER"):
            raise SystemExit(f"This script knows no {kind}.")

    def start(self, command: tuple[str, ...], **options) -> subprocess.Popen:
        """A command in the container, as its user."""
        who = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
        return subprocess.Popen(command, cwd=self.here, env=self.variables, **who, **options)

    def _below(self, text: str) -> str:
        return _ABSOLUTE.sub(rf"{self.root}/\1", text)

    def _copy(self, source: str, target: str) -> None:
        for path in context((ROOT / ".dockerignore").read_text(encoding="utf-8")):
            if source in (".", str(path)):
                place = self.here / target / path
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / path, place)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="an empty folder, or one that is to be made")
    parser.add_argument("--python", default=sys.executable, help="stands for the image's Python")
    asked = parser.parse_args()
    image = Image(asked.folder.resolve(), asked.python)
    for kind, what in steps((ROOT / "Dockerfile").read_text(encoding="utf-8")):
        image.take(kind, what)
    app, packages = _megabytes(image.here), _megabytes(image.root / "usr")
    start, patience = time.monotonic(), time.monotonic() + 60
    server = image.start(image.command)
    try:
        while image.start(image.health, stderr=subprocess.DEVNULL).wait():
            if server.poll() is not None or time.monotonic() > patience:
                raise SystemExit("The app did not become healthy.")
        seconds = time.monotonic() - start
        with connect("ws://127.0.0.1:8501/_stcore/stream", subprotocols=["streamlit"], max_size=None) as page:
            words = open_page(page)[2]
        if b"Dense layer" not in words:
            raise SystemExit("The first page is not drawn.")
        trained = image.start(_TRAIN).wait()
    finally:
        server.terminate()
        code = server.wait(30)
    print(f"packages {packages:,.0f} MB, app {app:,.0f} MB; healthy after {seconds:.1f} s")
    print(f"trained: {trained}, stopped: {code}")
    print("written:", *_written(image.root), sep="\n  ")
    sys.exit(trained or code)


def _megabytes(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def _written(root: Path) -> list[str]:
    """The folders in which the container's user wrote, beside the packages."""
    mine = _NOBODY if os.getuid() == 0 else -1
    found = {path.parent for path in root.rglob("*") if path.lstat().st_uid == mine and "usr" not in path.parts}
    return sorted(str(path.relative_to(root)) for path in found)


if __name__ == "__main__":
    main()
