"""Claim: a network's backward pass takes a tenth more room on disk, some milliseconds, and little memory to open.

    python -m benchmarks.explaining --images 100

For each recorded run, each in a process of its own, as the app opens it: the size of both files together to that of the
forward file alone; the milliseconds of an image (random numbers, one at a time, the median) forward through the
classifier, and forward and backward; and by how many megabytes the process grows with the classifier, with the opened
network and its passes, and once both have worked through all images. Linux only.
"""

import argparse
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.conditions import conditions, report
from cnn_core import runs
from cnn_core.config import CLASSES, IMAGE_SHAPE
from cnn_core.inference import Classifier, Network
from cnn_core.runs.arrays import write_arrays


def megabytes() -> float:
    """What this process has in memory now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1000


def milliseconds(work: Callable[[np.ndarray], object], images: np.ndarray) -> float:
    """Of one image, the median over all; a first call, which takes memory, does not count."""
    work(images[:1])
    taken = []
    for place in range(len(images)):
        started = time.perf_counter()
        work(images[place : place + 1])
        taken.append(1000 * (time.perf_counter() - started))
    return round(median(taken), 2)


def measure(folder: Path, count: int) -> dict[str, float]:
    """The figures of one run; call it in a process that has opened nothing yet."""
    run = runs.Run(folder)
    images = np.random.default_rng(0).integers(0, 256, (count, *IMAGE_SHAPE), dtype=np.uint8)
    asked = np.eye(CLASSES)[:1]
    before = megabytes()
    classifier = Classifier(run.classifier_path)
    forward = milliseconds(classifier.predict, images)
    with_classifier = megabytes()
    content, anatomy = run.classifier_path.read_bytes(), run.anatomy()
    ratio = 1 + len(write_arrays(anatomy.to_arrays())) / len(content)
    passes = Network.open(content, anatomy).backward_pass()
    del content, anatomy
    both = milliseconds(lambda image: passes.explain(image, asked), images)
    opened = megabytes()
    passes.explain(images, asked.repeat(count, axis=0))
    classifier.predict(images)
    return {
        "file_ratio": round(ratio, 3),
        "forward_ms": forward,
        "forward_and_backward_ms": both,
        "mb_of_classifier": round(with_classifier - before),
        "mb_of_passes": round(opened - with_classifier),
        "mb_of_both_after_many_images": round(megabytes() - before),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=100)
    options = parser.parse_args()
    before = conditions()
    folders = sorted(run.path for run in runs.list_runs() if run.is_recorded)
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:  # a new process for each
        found = [pool.apply(measure, (folder, options.images)) for folder in folders]
    rows = {folder.name: row for folder, row in zip(folders, found, strict=True)}
    report(runs=rows, images=options.images, **before)


if __name__ == "__main__":
    main()
