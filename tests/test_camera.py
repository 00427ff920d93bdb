"""What the camera takes from a browser: pictures of exactly their size, and nothing else that anybody may send."""

import base64
import zlib

import numpy as np
import pytest

from pages.ui.components.camera import MOST, read

FRAMES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3)).astype(np.uint8)
SENT = base64.b64encode(FRAMES.tobytes()).decode()


def message(**changed):
    return {"number": 7, "kind": "burst", "into": "pets 1", "count": 3, "isPacked": False, "frames": SENT} | changed


def packed(frames, **changed):
    """As a browser packs them: what each number differs by from its left neighbour, deflated."""
    rows = frames.reshape(len(frames), 1024, 3)
    differences = np.diff(rows, axis=1, prepend=np.zeros((len(rows), 1, 3), np.uint8))
    sent = base64.b64encode(zlib.compress(np.ascontiguousarray(differences).tobytes())).decode()
    return message(frames=sent, isPacked=True, count=len(frames)) | changed


def test_a_burst_arrives_pixel_by_pixel():
    shot = read(message())
    assert (shot.number, shot.kind, shot.into) == (7, "burst", "pets 1")
    np.testing.assert_array_equal(shot.frames, FRAMES)


def test_a_packed_burst_arrives_pixel_by_pixel():
    np.testing.assert_array_equal(read(packed(FRAMES)).frames, FRAMES)


def test_a_file_that_the_browser_cannot_open_arrives_as_it_is():
    assert read(message(kind="unopened", frames=base64.b64encode(b"II*\0").decode())).content == b"II*\0"


@pytest.mark.parametrize(
    "sent",
    [
        None,
        "burst",
        [],
        {},
        message(number=None),
        message(number=True),
        message(number=0),
        message(number=2**60),
        message(kind="video"),
        message(kind=["burst"]),
        message(into=3),
        message(into="x" * 200),
        message(frames=None),
        message(frames=""),
        message(frames=SENT[:-4]),  # no whole picture
        message(frames=SENT[:-1] + "="),  # a filler, so that a byte is missing
        message(count=2),
        message(count=0, frames="AAAA"),
        message(count=3.0),
        message(count=None),
        message(frames="!" * 4096, count=1),
        message(frames="é" * 4096, count=1),
        message(frames="A" * 4096 * (MOST + 1), count=MOST + 1),  # more than a message may have
        message(isPacked=True),  # but it is not
        packed(FRAMES, count=2),
        packed(FRAMES, count=4),
        packed(np.zeros((MOST * 20, 32, 32, 3), np.uint8), count=MOST),  # a bomb
        message(kind="unopened", frames="A" * 12_000_000),
    ],
    ids=lambda sent: str(sent)[:60],
)
def test_whatever_else_is_sent_is_nothing(sent):
    assert read(sent) is None
