"""The child process of `start_background_preparation`; people use `python -m cnn_core data`."""

import json
import sys

from cnn_core.data.cifar10 import Release
from cnn_core.data.dataset import DataError
from cnn_core.data.preparation import prepare_cifar10

if __name__ == "__main__":
    try:
        prepare_cifar10(release=Release(**json.loads(sys.argv[1])))
    except DataError as error:  # every visitor reads it in the status
        sys.exit(str(error))
