"""A small CIFAR-10 in the official layout, and a server for it that misbehaves as told."""

import hashlib
import http.server
import io
import re
import struct
import tarfile
import threading
from contextlib import contextmanager

import numpy as np

from cnn_core.data.cifar10 import FOLDER, OFFICIAL, Release

BATCH_SIZE = 20
NAMES = tuple(OFFICIAL.batches)


def images_and_labels():
    """Six batches: pixels (6, 20, 3072) uint8 as the authors lay them out, channel by channel, and labels (6, 20)."""
    rng = np.random.default_rng(7)
    pixels = rng.integers(0, 256, (6, BATCH_SIZE, 3072), np.uint8)
    labels = np.stack([rng.permutation(BATCH_SIZE) % 10 for _ in NAMES])
    return pixels, labels


def batch_files():
    """File name: content, pickled as Python 2 did in 2009."""
    return {name: pickled(*content) for name, *content in zip(NAMES, *images_and_labels(), strict=True)}


def pickled(pixels, labels):
    """The opcodes of an official batch; Python 3 cannot write them, because its strings are not bytes."""
    rows, columns = pixels.shape
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    kind = b"cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    content = b"T" + struct.pack("<i", pixels.size) + pixels.tobytes()
    state = b"(K\x01K" + bytes([rows]) + b"M" + struct.pack("<H", columns) + b"\x86" + kind + b"\x89" + content + b"tb"
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(U\x06labels" + numbers + b"U\x04data" + array + state + b"u."


def packed(files, mode="w:gz", folder=FOLDER + "/"):
    """A tar archive of these files, the last first: the official one is not in order either."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in [("readme.html", b"<a href>"), *reversed(files.items())]:
            member = tarfile.TarInfo(folder + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def release_of(files, archive=b"", url="http://127.0.0.1:9/"):
    return Release(
        url=url,
        archive_bytes=len(archive),
        archive_sha256=hashlib.sha256(archive).hexdigest(),
        batches={name: hashlib.md5(content).hexdigest() for name, content in files.items()},
        batch_size=BATCH_SIZE,
    )


class Server:
    """Serves `content` at `url`, with ranges. `plan` holds one misbehaviour a request, done in order; then it behaves.

    A misbehaviour is a status (404), {"cut": bytes} after which the line breaks, or {"ignore": "range"}.
    """

    def __init__(self, content):
        self.content = content
        self.etag = '"1"'
        self.plan = []
        self.ranges = []  # the Range header of each request, or None
        self.users = []  # likewise its Authorization header
        self.open = threading.Event()  # answers wait for it
        self.open.set()
        self.url = ""

    def answer(self, request):
        self.ranges.append(request.headers.get("Range"))
        self.users.append(request.headers.get("Authorization"))
        fault = self.plan.pop(0) if self.plan else {}
        self.open.wait(20)
        if isinstance(fault, int):
            request.send_error(fault)
            return
        start = self._start(request.headers) if "ignore" not in fault else 0
        body = self.content[start:]
        if start and not body:
            request.send_error(416)
            return
        request.send_response(206 if start else 200)
        if self.etag:
            request.send_header("ETag", self.etag)
        request.send_header("Content-Length", str(len(body)))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        request.end_headers()
        request.wfile.write(body[: fault.get("cut")])
        request.close_connection = True

    def _start(self, headers):
        asked = re.fullmatch(r"bytes=(\d+)-", headers.get("Range", ""))
        return int(asked[1]) if asked and headers.get("If-Range", self.etag) == self.etag else 0


@contextmanager
def serving(content):
    server = Server(content)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            server.answer(self)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        server.url = f"http://127.0.0.1:{listener.server_port}/cifar-10-python.tar.gz"
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.open.set()
            listener.shutdown()
            thread.join()
