"""An image from outside: opened, cut to a square, reduced to the 32x32 pixels that a network gets.

`open_image` opens a file of one's own, `open_safely` a stranger's, in a process apart. Where there is none: three
pictures drawn here.
"""

from cnn_core.images.apart import open_safely
from cnn_core.images.crop import PADDING, Crop, enlarge, square_crop, to_network_input, whole
from cnn_core.images.kinds import FORMATS, ImageError
from cnn_core.images.opening import MAX_BYTES, MAX_SIDE, open_image
from cnn_core.images.samples import SAMPLES, Sample

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_SIDE",
    "PADDING",
    "SAMPLES",
    "Crop",
    "ImageError",
    "Sample",
    "enlarge",
    "open_image",
    "open_safely",
    "square_crop",
    "to_network_input",
    "whole",
]
