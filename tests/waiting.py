"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], patience: float = 180.0, pause: float = 0.02) -> float:
    """How many seconds it took until the condition held; raises TimeoutError.

    On a busy machine TensorFlow alone takes a minute.
    """
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > patience:
            raise TimeoutError(f"it took more than {patience:.0f} s")
        time.sleep(pause)
    return time.monotonic() - began
