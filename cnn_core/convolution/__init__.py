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
    convolution_weights,
    dense_weights,
    geometry,
    largest_dilation,
    output_size,
    receptive_fields,
)
from cnn_core.convolution.kernels import (
    KERNELS,
    SIZES,
    Preset,
    flip,
    negate,
    normalise,
    preset_of,
    read_kernel,
    resize,
    rotate,
    sum_sentence,
    write_kernel,
)
from cnn_core.convolution.pictures import DISPLAY_MODES, REPORT_IMAGE, STIMULI, Stimulus, fit, luma
from cnn_core.convolution.pooling import POOLINGS, Pooled, global_pool, pool2d

__all__ = [
    "DISPLAY_MODES",
    "FORMULA",
    "KERNELS",
    "PADDINGS",
    "POOLINGS",
    "REPORT_IMAGE",
    "SIZES",
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
    "output_size",
    "pad",
    "pool2d",
    "preset_of",
    "read_kernel",
    "receptive_fields",
    "resize",
    "rotate",
    "step",
    "sum_sentence",
    "write_kernel",
]
