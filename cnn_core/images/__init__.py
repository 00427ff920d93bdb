"""An image from outside: opened safely, cut to a square, reduced to the 32x32 pixels that a network gets."""

from cnn_core.images.crop import PADDING, Crop, enlarge, square_crop, to_network_input, whole
from cnn_core.images.opening import FORMATS, MAX_BYTES, MAX_PIXELS, MAX_SIDE, ImageError, open_image

__all__ = [
    "FORMATS",
    "MAX_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE",
    "PADDING",
    "Crop",
    "ImageError",
    "enlarge",
    "open_image",
    "square_crop",
    "to_network_input",
    "whole",
]
