"""The machines that train one run together, as TensorFlow's own variable TF_CONFIG names them.

    TF_CONFIG='{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", "index": 0}}'

Without it there is one machine. The first worker is the chief: it alone writes the run directory.
"""

import json
import os

from cnn_core.config import ConfigError


def size() -> int:
    return max(1, len(_setting("cluster", {}).get("worker", [])))


def is_chief() -> bool:
    return _setting("task", {}).get("index", 0) == 0


def _setting(name: str, default: dict) -> dict:
    text = os.environ.get("TF_CONFIG") or "{}"
    try:
        return json.loads(text).get(name, default)
    except (json.JSONDecodeError, AttributeError):
        raise ConfigError(f"TF_CONFIG is a JSON object with cluster and task; it is {text!r}.") from None
