"""What is found out about a trained network once, because it takes TensorFlow and thousands of images."""

from typing import NamedTuple

from cnn_core.evaluation.calibration import Calibration
from cnn_core.evaluation.doubt import Doubt
from cnn_core.evaluation.neighbours import Neighbours
from cnn_core.evaluation.projection import Projection


class Study(NamedTuple):
    calibration: Calibration
    doubt: Doubt
    neighbours: Neighbours
    projection: Projection
