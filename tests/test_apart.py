"""The processes in which strangers' images are opened: what ends them, what they may not do, who waits for whom."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from odd_bytes import encode, noise
from odd_tiffs import bmp
from PIL import Image
from waiting import wait_for

from cnn_core import images
from cnn_core.images import ImageError, apart, protocol
from cnn_core.images.protocol import Bounds

ROOT = Path(__file__).parents[1]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="as the system says it on Linux")
PHOTO = encode(Image.fromarray(noise(60, 80, 3)), "JPEG")
ENDLESS = bmp(5_000, 5_000, 8, 1, b"\x01\x07" * 9_000_000)  # runs of one pixel, which are decoded in Python
AMPLE = Bounds(memory=10**9, seconds=60.0, patience=60.0, share=1.0)
PATIENCE = 30  # seconds, on a busy machine


@pytest.fixture
def opener():
    """A function that makes one with these bounds; all end with the test."""
    made = []

    def make(**bounds):
        made.append(apart.Opener(AMPLE._replace(**bounds)))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture
def lanes(opener, monkeypatch):
    """The two processes of `open_safely`, of this test alone."""
    monkeypatch.setattr(apart, "_quick", opener(**apart.QUICK._asdict()))
    monkeypatch.setattr(apart, "_thorough", opener(**apart.THOROUGH._asdict()))
    return apart._quick, apart._thorough


def has_ended(pid):
    """Whether the process is gone, and no zombie."""
    return not Path(f"/proc/{pid}").exists()


def is_left_to_init(pid):
    """Whether it has ended, and waits at most for the system's first process to take note of it."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2] == ["Z", "1"]
    return True


def in_background(task):
    """Start a thread; a function that waits for it and gives what it returned, or the error's sentence."""
    found = []

    def run():
        try:
            found.append(task())
        except ImageError as error:
            found.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()

    def result():
        thread.join(PATIENCE)
        return found[0]

    return result


# What it opens.


def test_a_photo_is_what_it_is_in_this_process(lanes):
    for data in (PHOTO, encode(Image.fromarray(noise(2_000, 2_400, 3)), "PNG")):
        np.testing.assert_array_equal(np.asarray(images.open_safely(data)), np.asarray(images.open_image(data)))


@pytest.mark.parametrize(
    ("size", "image_format"), [((6_000, 4_000), "JPEG"), ((8_000, 6_000), "JPEG"), ((5_000, 5_000), "PNG")]
)
def test_a_telephones_largest_photos_open_within_the_bounds(lanes, size, image_format):
    image = images.open_safely(encode(Image.new("RGB", size, "teal"), image_format))
    assert max(image.size) in (750, 1000, 1024)
    np.testing.assert_allclose(np.asarray(image)[5, 5], (0, 128, 128), atol=4)


def test_what_a_browser_sends_is_opened_in_the_quick_process_alone(lanes):
    images.open_safely(encode(Image.fromarray(noise(1_200, 1_600, 3)), "JPEG", quality=92))
    assert [bool(lane._process) for lane in lanes] == [True, False]


def test_the_process_is_kept_and_used_again(opener):
    one = opener()
    one.open(PHOTO)
    first = one._process.pid
    with pytest.raises(ImageError, match="this file is text"):
        one.open(b"dear teacher")
    one.open(PHOTO)
    assert one._process.pid == first


# What ends it.


@pytest.mark.skipif(not protocol.MEASURES_TIME, reason="the system measures no processor time")
def test_a_file_that_takes_too_long_gets_a_sentence_and_the_next_photo_opens(lanes):
    before = os.times()
    with pytest.raises(ImageError, match="takes too long to open"):
        images.open_safely(ENDLESS)
    assert images.open_safely(PHOTO).size == (80, 60)
    lanes[1].end()
    after = os.times()
    used = sum(after[2:4]) - sum(before[2:4])  # of processes that have ended
    assert used < apart.QUICK.seconds + apart.THOROUGH.seconds + 1.0  # to start takes some too


@pytest.mark.skipif(not protocol.MEASURES_TIME, reason="the system measures no processor time")
def test_who_brings_a_file_without_end_lets_nobody_wait(lanes):
    slow = in_background(lambda: images.open_safely(ENDLESS))
    wait_for(lambda: lanes[1]._turn.locked())
    for _ in range(3):
        assert images.open_safely(PHOTO).size == (80, 60)
    assert lanes[1]._turn.locked(), "three photos were opened meanwhile"
    assert "takes too long" in slow()


@LINUX
def test_a_file_that_takes_too_much_memory_gets_a_sentence(opener):
    data = encode(Image.new("RGB", (3_000, 3_000)))
    assert opener(memory=90_000_000).open(data).size == (1024, 1024)
    with pytest.raises(apart._TooMuch, match="takes too much memory"):
        opener(memory=30_000_000).open(data)


@LINUX
def test_it_takes_no_more_memory_than_it_may(lanes):
    for data in (ENDLESS[:3_000_000], encode(Image.new("RGBA", (2_800, 2_800)), "WEBP", lossless=True, method=0)):
        with suppress(ImageError):
            images.open_safely(data)
    for lane in lanes:
        lane._process = lane._process or lane._begin()
        lane._ready()
        status = Path(f"/proc/{lane._process.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0]) * 1024
        assert peak < 45e6 + lane._bounds.memory
        limits = Path(f"/proc/{lane._process.pid}/limits").read_text()
        assert limits.split("Max data size")[1].split()[0].isdecimal()


@LINUX
@pytest.mark.parametrize(
    ("number", "sentence"), [(signal.SIGSEGV, "breaks its decoder"), (signal.SIGKILL, "no memory left")]
)
def test_a_file_that_breaks_its_decoder_gets_a_sentence_and_the_next_photo_opens(opener, monkeypatch, number, sentence):
    one, is_sent, answer = opener(), threading.Event(), apart._answer
    one.open(PHOTO)
    monkeypatch.setattr(apart, "_answer", lambda process: is_sent.set() or answer(process))
    broken = in_background(lambda: one.open(ENDLESS))
    assert is_sent.wait(PATIENCE)
    os.kill(one._process.pid, number)
    assert sentence in broken()
    assert one.open(PHOTO).size == (80, 60)


@LINUX
def test_a_process_that_hangs_is_ended(opener, monkeypatch):
    monkeypatch.setattr(apart, "_GRACE", 0.1)
    one = opener(patience=0.3)
    one.open(PHOTO)
    os.kill(one._process.pid, signal.SIGSTOP)
    with pytest.raises(apart._TooMuch, match="takes too long"):
        one.open(PHOTO)
    assert one.open(PHOTO).size == (80, 60)


@LINUX
def test_a_process_that_was_ended_while_it_was_idle_is_replaced(opener):
    one = opener()
    one.open(PHOTO)
    first = one._process.pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: one._process.poll() is not None)
    assert one.open(PHOTO).size == (80, 60)
    assert one._process.pid != first


@LINUX
def test_it_ends_when_it_has_nothing_to_do_and_leaves_no_zombie(opener, monkeypatch):
    monkeypatch.setattr(apart, "IDLE", 0.05)
    one = opener()
    one.open(PHOTO)
    pid = one._process.pid if one._process else 0
    wait_for(lambda: one._process is None)
    wait_for(lambda: has_ended(pid))
    assert one.open(PHOTO).size == (80, 60)


SERVER = """
import signal, sys, threading, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell that runs the tests in the background ignores it
from cnn_core.images import apart
from tests.test_apart import ENDLESS, PHOTO
apart._quick.open(PHOTO)
threading.Thread(target=apart._thorough.open, args=(ENDLESS,), daemon=True).start()
while not apart._thorough._is_ready:
    time.sleep(0.01)
print(apart._quick._process.pid, apart._thorough._process.pid, flush=True)
threading.Event().wait()
"""


@LINUX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_process_is_left_when_the_server_ends_however_it_ends(number):
    command, silent = [sys.executable, "-c", SERVER], subprocess.DEVNULL
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    options = {"cwd": ROOT, "env": {**os.environ, "PYTHONPATH": path}, "stderr": silent, "stdin": silent}
    with subprocess.Popen(command, stdout=subprocess.PIPE, **options) as server:
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 2
        server.send_signal(number)
    for pid in pids:
        wait_for(lambda pid=pid: is_left_to_init(pid))


# Where it cannot be had, or must wait.


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false", ""])
def test_where_no_process_can_be_started_a_sentence_says_so(opener, monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(ImageError, match=r"The server cannot open photos just now; try again"):
        opener().open(PHOTO)


def test_nobody_waits_long_for_the_photos_of_others(opener, monkeypatch):
    monkeypatch.setattr(apart, "PATIENCE", 0.01)
    one = opener()
    with one._turn, pytest.raises(ImageError, match=r"Many photos are being opened .* try again"):
        one.open(PHOTO)
    assert one.open(PHOTO).size == (80, 60)


# What may come out of it, whoever has taken it over.


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"x" * 100,
        protocol.IMAGE,
        protocol.IMAGE + protocol.SIZE.pack(2**32 - 1, 2**32 - 1),
        protocol.IMAGE + protocol.SIZE.pack(0, 5),
        protocol.IMAGE + protocol.SIZE.pack(1_000, 1_000) + bytes(100),
        protocol.SENTENCE + protocol.LENGTH.pack(2**32 - 1),
        protocol.SENTENCE + protocol.LENGTH.pack(5) + b"\xff",
    ],
)
def test_nonsense_from_it_is_no_more_than_a_sentence(opener, monkeypatch, said):
    program = f"import sys, os; os.write(1, {protocol.READY + said!r}); sys.stdin.buffer.read(100)"
    begin = subprocess.Popen
    monkeypatch.setattr(
        apart.subprocess, "Popen", lambda _, **options: begin([sys.executable, "-c", program], **options)
    )
    with pytest.raises(ImageError, match="breaks its decoder"):
        opener().open(PHOTO)


AS_ANYBODY = """
import encodings.ascii, os
from cnn_core.images import opener
import_decoders = opener._import_decoders
opener._import_decoders = lambda: (import_decoders(), os.getuid() or os.setuid(65534))
opener.main()
"""


@LINUX
def test_it_opens_a_photo_for_a_user_whose_limits_hold_too(opener):
    """The system lets root start threads beyond any limit, and tests are often run by root."""
    bounds = list(map(str, apart.QUICK))
    request = protocol.LENGTH.pack(len(PHOTO)) + PHOTO
    command = [sys.executable, "-c", AS_ANYBODY, *bounds]
    said = subprocess.run(command, cwd=ROOT, input=request * 2, capture_output=True, check=True).stdout
    answer = protocol.IMAGE + protocol.SIZE.pack(80, 60) + np.asarray(images.open_image(PHOTO)).tobytes()
    assert said == protocol.READY + answer * 2


@LINUX
def test_it_ends_itself_by_the_clock_too(opener, monkeypatch):
    monkeypatch.setattr(apart, "_GRACE", PATIENCE)
    with pytest.raises(apart._TooMuch, match="takes too long"):
        opener(patience=0.3).open(ENDLESS)


PROBE = """
import os, socket, sys, tempfile
import cnn_core.images.opener as opener
loaded = {name.partition(".")[0] for name in sys.modules}
assert not loaded & {"streamlit", "tensorflow", "keras", "pandas", "scipy", "plotly", "ai_edge_litert"}, loaded
opener._import_decoders()
opener._shut_in(100_000_000)
def fails(what):
    try:
        what()
    except (OSError, MemoryError):
        return True
print(fails(lambda: open("README.md")), fails(tempfile.TemporaryFile), fails(socket.socket),
      fails(lambda: os.posix_spawn("/bin/true", ["true"], {}) if os.getuid() else open("/")),
      fails(lambda: bytes(10**8)))
"""


@LINUX
def test_it_has_only_what_decoding_needs_and_can_open_no_file_connection_or_program():
    said = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["True"] * 5


@LINUX
def test_it_knows_no_secret_of_the_server(opener, monkeypatch):
    monkeypatch.setenv("CNN_TEACHER_KEY", "a secret")
    monkeypatch.setenv("SOMEBODYS_TOKEN", "a secret")
    one = opener()
    one.open(PHOTO)
    folder = Path(f"/proc/{one._process.pid}")
    assert b"a secret" not in (folder / "environ").read_bytes()
    assert {os.readlink(file) for file in (folder / "fd").iterdir() if "pipe" not in os.readlink(file)} == {"/dev/null"}


def test_the_server_imports_no_decoder():
    probe = "import sys; from cnn_core import images; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", probe], cwd=ROOT, text=True).split()
    assert not [name for name in loaded if name.startswith("PIL.") and name.endswith("Plugin")]
