"""The machines that train one run together, as TensorFlow's own variable TF_CONFIG names them.

    TF_CONFIG='{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'

Without it there is one machine. The first worker is the chief: it alone writes the run directory.
"""

import json
import os

from cnn_core.config import ConfigError


def size() -> int:
    return max(1, len(_read()[0]))


def is_chief() -> bool:
    return _read()[1] == 0


def _read() -> tuple[list[str], int]:
    """The workers and the place of this one. Raises ConfigError if TF_CONFIG describes no such cluster."""
    text = os.environ.get("TF_CONFIG") or "{}"
    try:
        setting = json.loads(text)
        cluster, task = setting.get("cluster", {}), setting.get("task", {})
        workers, place = cluster.get("worker", []), int(task.get("index", 0))  # TensorFlow takes "0" too
        is_worker = set(cluster) <= {"worker"} and task.get("type", "worker") == "worker"
        is_understood = is_worker and isinstance(workers, list) and 0 <= place < max(1, len(workers))
    except (AttributeError, TypeError, ValueError):
        is_understood = False
    if not is_understood:
        raise ConfigError(
            "TF_CONFIG must be a JSON object with a list of workers, the first of which is the chief, and a task of "
            f"type worker with its index in the list; it is {text!r}."
        )
    return workers, place
