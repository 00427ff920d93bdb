"""Files that change rarely, read once and kept: a list of 500 runs is drawn again every second."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from cnn_core.runs.opening import open_file

_UNSETTLED = 50_000_000  # nanoseconds within which two changes may carry the same time
Content = TypeVar("Content")


class Cached(Generic[Content]):
    """Reads files through `parse` and keeps the results until the file changes; raises what reading raises."""

    def __init__(self, parse: Callable[[bytes], Content], *, entries: int = 10_000, size: int = 1_000_000) -> None:
        self._parse, self._entries, self._size = parse, entries, size
        self._kept: OrderedDict[str, tuple[tuple[int, ...], Content]] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, path: str) -> Content:
        status = os.lstat(path)
        stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
        kept = self._kept.get(path)
        if kept and kept[0] == stamp:
            return kept[1]
        with open_file(path) as file:
            content = self._parse(file.read(self._size))
        if abs(time.time_ns() - status.st_mtime_ns) > _UNSETTLED:  # otherwise it may change again with the same stamp
            with self._lock:
                self._kept[path] = (stamp, content)
                while len(self._kept) > self._entries:
                    self._kept.popitem(last=False)
        return content
