"""Runs the code that pages show, in one process that cannot import this project, and brings back what it computes."""

import json
import os
import pickle
import subprocess
import sys

import numpy as np

_DRIVER = """
import json, os, pickle, sys
plan, found = json.load(open("plan.json")), {}
for name, (code, wanted, environment) in plan.items():
    os.environ.update(environment)
    variables = {"__name__": "__main__"}
    exec(compile(code, name, "exec"), variables)
    found[name] = [eval(expression, variables) for expression in wanted]
    for key in environment:
        del os.environ[key]
assert "cnn_core" not in sys.modules
pickle.dump(found, open("found.pickle", "wb"))
"""


def run(folder, plan):
    """For each name of the plan, (code, expressions, environment), what the expressions are after the code.

    The code runs in `folder`, in the order of the plan.
    """
    (folder / "plan.json").write_text(json.dumps(plan))
    hidden = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_HOME": str(folder / "keras"), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-W", "ignore", "-c", _DRIVER]
    done = subprocess.run(command, cwd=folder, env=hidden | quiet, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return pickle.loads((folder / "found.pickle").read_bytes())


def write_batches(folder, images, labels, test_images, test_labels):
    """CIFAR-10's six batches, as its authors publish them, of these images."""
    folder.mkdir()
    parts = zip(np.array_split(images, 5), np.array_split(labels, 5), strict=True)
    named = {f"data_batch_{number}": part for number, part in enumerate(parts, 1)}
    for name, (some, of_some) in {**named, "test_batch": (test_images, test_labels)}.items():
        pixels = some.transpose(0, 3, 1, 2).reshape(len(some), -1)
        batch = {b"data": np.ascontiguousarray(pixels), b"labels": [int(label) for label in of_some]}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    return folder
