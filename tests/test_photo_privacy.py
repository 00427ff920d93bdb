"""What a visitor brings is nowhere but in memory: a real server that tells of every file which it opens to write."""

import asyncio
import base64
import contextlib
import os
import sys

import pytest
from odd_bytes import encode, jpeg_segment, noise
from PIL import Image
from served import serving

from benchmarks.protocol import visitors

SECRET = b"where the visitor lives"
# Python runs this first. It notes the files that are opened to be written, in the process itself and in its children.
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


@pytest.fixture
def server(tmp_path):
    """The app, with folders of its own, which tells of each file that it writes."""
    for name in ("teller", "temporary", "runs", "data", "home"):
        (tmp_path / name).mkdir()
    (tmp_path / "teller" / "sitecustomize.py").write_text(TELLER)
    variables = {"TMPDIR": "temporary", "HOME": "home", "TOLD": "told", "PYTHONPATH": "teller"}
    folders = {name: str(tmp_path / folder) for name, folder in variables.items()}
    options = ("--logger.level=debug", "--server.enableXsrfProtection=false")  # of which `Visitor` knows nothing
    with serving(tmp_path / "runs", tmp_path / "data", tmp_path / "log", *options, **folders) as server:
        yield server


def photo(side, *, is_cut=False):
    """A photo with a secret in it, in plain text where cameras write such things."""
    data = encode(Image.fromarray(noise(side, side, 3)), "JPEG", quality=95)
    data = data[:2] + jpeg_segment(0xFE, SECRET * 10) + data[2:]
    return data[:3_000] if is_cut else data


async def choose(visitor, content):
    """Give the file to the picker, as a browser does."""
    value = {"name": "SECRET.jpg", "size": len(content), "content": base64.b64encode(content).decode()}
    visitor.errors.clear()
    await visitor.trigger("prediction.upload", "photo", value)


def is_answered(visitor):
    return not visitor.errors and any(name.startswith("prediction.crop") for name in visitor.widgets)


def traces(server, folder):
    """All that the server has left behind so far, but in memory and in its log."""
    open_files = []
    for file in os.scandir(f"/proc/{server.process.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            open_files.append(os.readlink(file.path))
    return {
        "written": [line for line in (folder / "told").read_text().splitlines() if "/dev/null" not in line],
        "files": sorted(str(file) for file in folder.rglob("*")),
        "deleted, but open": [name for name in open_files if "(deleted)" in name],
    }


async def bring_photos(server, folder):
    """Photos by each way in, good and bad, small and large; the traces before and afterwards."""
    query = "prediction.source={}".format
    async with (
        visitors(server.url, 1, "prediction", query("Your+photo")) as [chooser],
        visitors(server.url, 1, "prediction", query("Camera")) as [taker],
    ):
        await chooser.ask()
        await taker.ask()
        await choose(chooser, photo(300))  # the network and the processes that open photos are there now
        assert is_answered(chooser)
        before = traces(server, folder)
        for content in (photo(400), photo(1_800)):
            await choose(chooser, content)
            assert is_answered(chooser)
        await choose(chooser, photo(400, is_cut=True))
        assert "damaged" in chooser.errors[0]
        for content in (photo(400), photo(1_500)):  # Streamlit's own way is a temporary file for more than a megabyte
            await taker.upload("Take a photo", "SECRET.jpg", content)
            assert is_answered(taker)
        await taker.ask()
        assert is_answered(taker)
        return before, traces(server, folder)


def test_a_photo_is_answered_and_leaves_no_trace_on_the_disk_or_in_the_log(server, tmp_path):
    before, after = asyncio.run(bring_photos(server, tmp_path))
    assert after == before
    log = (tmp_path / "log").read_text()
    assert SECRET.decode() not in log
    assert "SECRET" not in log
    assert "Runtime state" in log, "it tells much of what it does"
    assert SECRET not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
