"""A network rebuilt from its weights, in a process of its own, for a run that came in a zip.

    python -m cnn_core.rebuilding RUN_DIRECTORY

The weights lie in the folder, and have passed. Its last line is JSON: what was found out, or why it is refused. It ends
when whoever started it ends, which closes the pipe to its standard input.
"""

import json
import os
import sys
import threading
from pathlib import Path

import numpy as np

from cnn_core import data, processes, runs
from cnn_core.architecture import totals
from cnn_core.convolution.activations import softmax
from cnn_core.inference import Classifier, Network
from cnn_core.inference.keras_file import ANSWERS, questions

_CLOSE = 1e-3  # of a probability, of the same weights
_SAME = 0.01  # of a probability that another machine computed in another order
_IMAGES, _WORK = 200, 1e11  # test images whose predictions are compared; fewer of a network with much to compute


def rebuild(run: runs.Run) -> str:
    """Write the network of this run; what its predictions proved to be, in a sentence. Raises RunError if it is odd."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from cnn_core import training  # three seconds of TensorFlow

    weights, network = runs.read_weights(run), run.config.network
    said = weights.pop(ANSWERS)
    keras_file, litert_file, anatomy = training.export_model(training.from_weights(network, weights))
    runs.put_network(run, keras_file, litert_file, anatomy)
    logits = Network.open(litert_file, anatomy).backward_pass().logits(questions())
    classifier = Classifier(run.classifier_path)
    for answers in (classifier.predict(questions()), softmax(logits)):
        if not np.abs(answers - said).max() < _CLOSE:  # also where one is not a number
            raise runs.RunError(
                "Rebuilt from its weights, its network does not answer as the zip says: the two are of two trainings."
            )
    return _compare_predictions(run, classifier)


def _compare_predictions(run: runs.Run, classifier: Classifier) -> str:
    """Whether what it is said to have predicted is what it predicts, where its test images are at hand."""
    name = data.learned(run.config).title
    if not data.is_ready(run.config.data_set):
        return f"Whether its predictions are its network's was not checked: {name} is not on this machine."
    try:
        labels, probabilities = run.predictions()
    except runs.RunError:
        return "It has no predictions that could be checked."
    test = data.load(run.config.data_set).split("test")
    if not np.array_equal(test.labels, labels):
        raise runs.RunError(f"Its predictions are not of the test images that {name} has here.")
    n = int(np.clip(_WORK / totals(run.config.network).multiply_adds, 10, min(_IMAGES, len(labels))))
    if np.abs(classifier.predict(test.images(slice(0, n))) - probabilities[:n]).max() > _SAME:
        raise runs.RunError("Its predictions are not those of its network: one of the two has been changed.")
    return f"The predictions of the first {n} test images are its network's."


def _end_with_who_started_it() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


def main() -> int:
    threading.Thread(target=_end_with_who_started_it, daemon=True).start()
    processes.step_back()
    try:
        outcome = {"found": rebuild(runs.Run(Path(sys.argv[1])))}
    except (runs.RunError, data.DataError) as error:
        outcome = {"refused": str(error)}
    except Exception as error:  # TensorFlow's, or the disk's
        outcome = {"refused": f"The network could not be rebuilt: {runs.reason_of(error)}"}
    print(json.dumps(outcome), flush=True)
    return 0 if "found" in outcome else 1


if __name__ == "__main__":
    sys.exit(main())
