"""The convolution lab's mathematics, in NumPy written to be read; held against SciPy and Keras by the tests.

What it does not promise: gradients, batches, or the speed of a framework.
"""

from cnn_core.convolution.arithmetic import Step, conv2d, pad, step
from cnn_core.convolution.geometry import (
    FORMULA,
    PADDINGS,
    Axis,
    Geometry,
    GeometryError,
    Padding,
    geometry,
    largest_dilation,
    output_size,
    receptive_fields,
)
from cnn_core.convolution.kernels import KERNELS, Preset, flip, negate, normalise, preset_of, rotate, sum_sentence
from cnn_core.convolution.pictures import DISPLAY_MODES, REPORT_IMAGE, STIMULI, Stimulus, luma
from cnn_core.convolution.pooling import POOLINGS, Pooled, global_pool, pool2d

__all__ = [
    "DISPLAY_MODES",
    "FORMULA",
    "KERNELS",
    "PADDINGS",
    "POOLINGS",
    "REPORT_IMAGE",
    "STIMULI",
    "Axis",
    "Geometry",
    "GeometryError",
    "Padding",
    "Pooled",
    "Preset",
    "Step",
    "Stimulus",
    "conv2d",
    "flip",
    "geometry",
    "global_pool",
    "largest_dilation",
    "luma",
    "negate",
    "normalise",
    "output_size",
    "pad",
    "pool2d",
    "preset_of",
    "receptive_fields",
    "rotate",
    "step",
    "sum_sentence",
]
