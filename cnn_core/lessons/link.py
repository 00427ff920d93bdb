"""A lesson's text in a link: compressed, in characters that an address takes. What comes back is trusted in nothing."""

import base64
import binascii
import zlib

from cnn_core.lessons.lesson import LONGEST_TEXT, Lesson, LessonError
from cnn_core.lessons.reading import read
from cnn_core.lessons.writing import write

LONGEST = 6_000  # characters in an address
_BYTES = 4 * LONGEST_TEXT  # that a text of that length has at most
_DAMAGED = "This link's lesson is damaged: it should be a long row of letters and numbers. Copy the whole link again."


def pack(lesson: Lesson) -> str:
    """What stands behind `?lesson=`. Raises LessonError for one that is too long."""
    packed = base64.urlsafe_b64encode(zlib.compress(write(lesson).encode(), 9)).decode().rstrip("=")
    if len(packed) > LONGEST:
        raise LessonError(
            f"A link holds {LONGEST:,} characters, and this lesson takes {len(packed):,}. Shorten its texts, or hand "
            "it on as a file."
        )
    return packed


def unpack(packed: str) -> Lesson:
    """The lesson of a link. Raises LessonError with one sentence for whatever is none; nothing large is made of it."""
    if len(packed) > LONGEST:
        raise LessonError(f"A link's lesson has at most {LONGEST:,} characters, and this one has {len(packed):,}.")
    try:
        compressed = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        opened = zlib.decompressobj()
        text = opened.decompress(compressed, _BYTES + 1)
        if len(text) > _BYTES or not opened.eof or opened.unused_data:
            raise LessonError(_DAMAGED)
        return read(text.decode())
    except LessonError:
        raise
    except (binascii.Error, zlib.error, ValueError) as error:
        raise LessonError(_DAMAGED) from error
