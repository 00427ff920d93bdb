"""The convolution lab's mathematics, in NumPy written to be read; held against SciPy and Keras by the tests.

What it does not promise: gradients, batches, or the speed of a framework.
"""

from cnn_core.convolution.arithmetic import conv2d, pad
from cnn_core.convolution.drawings import DISPLAY_MODES, REPORT_IMAGE, STIMULI, Stimulus, fit, luma
from cnn_core.convolution.geometry import (
    FORMULA,
    PADDINGS,
    Axis,
    Geometry,
    GeometryError,
    Padding,
    convolution_weights,
    dense_weights,
    geometry,
    largest_dilation,
)
from cnn_core.convolution.kernels import (
    KERNELS,
    SIZES,
    Preset,
    flip,
    negate,
    normalise,
    preset_of,
    resize,
    rotate,
    sum_sentence,
)
from cnn_core.convolution.notation import MOST, place, read_kernel, write, write_kernel
from cnn_core.convolution.pooling import POOLINGS, global_pool, pool2d

__all__ = [
    "DISPLAY_MODES",
    "FORMULA",
    "KERNELS",
    "MOST",
    "PADDINGS",
    "POOLINGS",
    "REPORT_IMAGE",
    "SIZES",
    "STIMULI",
    "Axis",
    "Geometry",
    "GeometryError",
    "Padding",
    "Preset",
    "Stimulus",
    "conv2d",
    "convolution_weights",
    "dense_weights",
    "fit",
    "flip",
    "geometry",
    "global_pool",
    "largest_dilation",
    "luma",
    "negate",
    "normalise",
    "pad",
    "place",
    "pool2d",
    "preset_of",
    "read_kernel",
    "resize",
    "rotate",
    "sum_sentence",
    "write",
    "write_kernel",
]
