"""The sums themselves: a kernel over an image, with channels, filters, bias, stride, padding and dilation.

What networks call convolution is cross-correlation: the kernel is laid on the image as it is written. The convolution
of mathematics turns it by 180 degrees first, as `kernels.flip` does.
"""

import numpy as np

from cnn_core.convolution.geometry import Geometry, GeometryError, Padding, geometry


def conv2d(
    image: np.ndarray,
    kernel: np.ndarray,
    bias: float | np.ndarray = 0.0,
    *,
    stride: int = 1,
    padding: Padding = "valid",
    dilation: int = 1,
) -> np.ndarray:
    """The sum of products under the window, at every place the window stops.

    Args:
        image: (H, W) or (H, W, C), any real dtype.
        kernel: (kh, kw) for an image without channels; (kh, kw, C) for one filter; (kh, kw, C, N) for N filters.
        bias: added to every sum: one number, or one a filter (N,).

    Returns:
        float64 (h, w), or (h, w, N) for N filters.

    Raises:
        GeometryError: the shapes do not fit together, or the kernel does not fit on the image.
    """
    volume, filters = _volume(image, kernel), _filters(kernel)
    walk = geometry(volume.shape[:2], filters.shape[:2], stride=stride, padding=padding, dilation=dilation)
    padded = pad(volume, walk)
    height, width = walk.output_shape
    sums = np.zeros((height, width, filters.shape[3]))
    for i, j in np.ndindex(filters.shape[:2]):  # one weight meets all its pixels at once
        top, left = i * dilation, j * dilation
        met = padded[top : top + height * stride : stride, left : left + width * stride : stride]
        for channel in range(volume.shape[2]):
            sums += met[..., channel, None] * filters[i, j, channel]
    sums += bias
    return sums if np.ndim(kernel) == 4 else sums[..., 0]


def pad(image: np.ndarray, walk: Geometry, value: float = 0.0) -> np.ndarray:
    """`image` (H, W, ...) as float64 with the walk's padding around it."""
    around = [(walk.rows.before, walk.rows.after), (walk.columns.before, walk.columns.after)]
    around += [(0, 0)] * (np.ndim(image) - 2)
    return np.pad(np.asarray(image, float), around, constant_values=value)


def _volume(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The image as (H, W, C)."""
    image, kernel = np.asarray(image), np.asarray(kernel)
    if image.ndim == 2 and kernel.ndim == 2:
        return image[..., None]
    if image.ndim == 3 and kernel.ndim in (3, 4) and image.shape[2] == kernel.shape[2]:
        return image
    raise GeometryError(
        f"An image (H, W) needs a kernel (kh, kw); an image (H, W, C) needs (kh, kw, C) or (kh, kw, C, N); "
        f"these are {image.shape} and {kernel.shape}."
    )


def _filters(kernel: np.ndarray) -> np.ndarray:
    """The kernel as float64 (kh, kw, C, N)."""
    kernel = np.asarray(kernel, float)
    return kernel.reshape(*kernel.shape, *[1] * (4 - kernel.ndim))
