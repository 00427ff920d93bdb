"""What `apart` and the process that it starts, `opener`, say to each other through two pipes.

A request is a file's LENGTH and its bytes. An answer begins with one byte. Nothing is pickled: who takes over a decoder
by a file can send any bytes, and they shall be no more than pixels or a sentence.
"""

import signal
import struct
from typing import NamedTuple

LENGTH = struct.Struct("<I")  # of a file, before its bytes; of a sentence in UTF-8, before it
SIZE = struct.Struct("<II")  # width and height of an image, before its pixels (RGB, row by row)
# What an answer begins with. READY is said once, before the first request; HEAVY and NO_MEMORY are whole answers.
READY, IMAGE, SENTENCE, HEAVY, NO_MEMORY = b"r", b"i", b"s", b"h", b"m"
MEASURES_TIME = hasattr(signal, "setitimer")  # whether the system ends a process after some processor time: not Windows


class Bounds(NamedTuple):
    """What one file may take."""

    memory: int  # bytes above rest; Linux only
    seconds: float  # of the processor, where it can be measured
    patience: float  # seconds by the clock
    share: float  # of the pixels that `opening` allows; a file with more is called HEAVY and not decoded
