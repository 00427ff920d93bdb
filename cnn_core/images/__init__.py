"""An image from outside: opened safely, cut to a square, reduced to the 32x32 pixels that a network gets.

Where there is none: three pictures drawn here.
"""

from cnn_core.images.crop import PADDING, Crop, enlarge, square_crop, to_network_input, whole
from cnn_core.images.opening import FORMATS, MAX_BYTES, MAX_PIXELS, MAX_SIDE, ImageError, open_image
from cnn_core.images.samples import SAMPLES, Sample

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "PADDING",
    "SAMPLES",
    "Crop",
    "ImageError",
    "Sample",
    "enlarge",
    "open_image",
    "square_crop",
    "to_network_input",
    "whole",
]
