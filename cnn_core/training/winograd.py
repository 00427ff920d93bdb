"""3x3 convolutions with a quarter of the multiplications, for processors that compute in float32.

S. Winograd, "Arithmetic Complexity of Computations", 1980; for convolutional networks A. Lavin and S. Gray, "Fast
Algorithms for Convolutional Neural Networks", 2016 (arXiv 1509.09308), whose F(4x4, 3x3) this is. The map is cut into
tiles of 4x4 outputs, each of which depends on 6x6 inputs. Inputs and kernel are both transformed to 6x6 values, where
each output channel is a sum of products value by value: 36 multiplications where the sliding window needs
16 * 9 = 144. Outputs and gradients differ from the direct ones by rounding: at most 3e-4 of their standard deviation.

The price is memory, since the transformed maps are 36/16 of the plain ones: training `champion` took 2.9 GB instead of
1.8, at a batch of 256.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

TILE = 4  # outputs along a side of a tile
WINDOW = 6  # inputs along a side that they depend on

# Lavin and Gray, section 4.3. In one dimension, of six inputs d and a filter g of three, the four outputs are
# OUTPUT_TRANSFORM @ ((FILTER_TRANSFORM @ g) * (INPUT_TRANSFORM @ d)).
INPUT_TRANSFORM = np.array(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ]
)
FILTER_TRANSFORM = np.array([[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]) / 24
OUTPUT_TRANSFORM = np.array([[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]])


def may_be_faster(inputs: int, outputs: int) -> bool:
    """Whether a layer of so many channels may get faster: the products saved must outweigh the transforms.

    The feature maps' transforms pay only if many channels share them. Whether they do is for `tuning` to find out; this
    limit keeps `memory.estimate`, which counts what they take, from being far too careful.
    """
    return inputs * outputs / (inputs + outputs) >= 60


@tf.custom_gradient
def convolve(maps: tf.Tensor, kernel: tf.Tensor) -> tuple[tf.Tensor, Callable]:
    """The same as `tf.nn.conv2d(maps, kernel, 1, "SAME")`, and its gradients by the same method.

    Args:
        maps: float32 (N, height, width, in), the sizes known but for N.
        kernel: float32 (3, 3, in, out).

    Returns:
        float32 (N, height, width, out).
    """
    flat = tf.reshape(kernel, [9, *kernel.shape[2:]])
    transformed = _transform(INPUT_TRANSFORM, _tiles(maps, WINDOW))

    def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        rotated = _transform(FILTER_TRANSFORM[:, ::-1], flat)  # by 180 degrees
        products = tf.matmul(_transform(INPUT_TRANSFORM, _tiles(upstream, WINDOW)), rotated, transpose_b=True)
        of_products = _transform(OUTPUT_TRANSFORM.T, _tiles(upstream, TILE))
        of_kernel = _transform(FILTER_TRANSFORM.T, tf.matmul(transformed, of_products, transpose_a=True))
        return _put_together(products, maps.shape), tf.reshape(of_kernel, kernel.shape)

    return _put_together(tf.matmul(transformed, _transform(FILTER_TRANSFORM, flat)), maps.shape), gradient


def _put_together(products: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    """The maps, as high and wide as `shape` says, whose tiles the sums of products (36, tiles, channels) belong to."""
    down, across = _tile_count(shape)
    channels = products.shape[-1]
    grid = tf.reshape(_transform(OUTPUT_TRANSFORM, products), [TILE, TILE, -1, down, across, channels])
    maps = tf.reshape(tf.transpose(grid, [2, 3, 0, 4, 1, 5]), [-1, down * TILE, across * TILE, channels])
    return maps[:, : shape[1], : shape[2]]


def _transform(matrix: np.ndarray, values: tf.Tensor) -> tf.Tensor:
    """`matrix` (a, b) applied to rows and columns of squares of b x b values: (b * b, n, m) to (a * a, n, m)."""
    both = np.kron(matrix, matrix).astype(np.float32)
    flat = tf.matmul(both, tf.reshape(values, [both.shape[1], -1]))
    return tf.reshape(flat, [len(both), -1, values.shape[-1]])


def _tiles(maps: tf.Tensor, side: int) -> tf.Tensor:
    """Squares of `side` pixels around each tile, zero beyond the border: (side * side, N * tiles, channels)."""
    height, width, channels = maps.shape[1:]
    down, across = _tile_count(maps.shape)
    before = (side - TILE) // 2
    rows, columns = (n * TILE + 2 * before for n in (down, across))
    padded = tf.pad(maps, [[0, 0], [before, rows - before - height], [before, columns - before - width], [0, 0]])
    y = np.arange(side)[:, None] + TILE * np.arange(down)  # (side, down)
    x = np.arange(side)[:, None] + TILE * np.arange(across)  # (side, across)
    pixels = y[:, None, :, None] * columns + x[None, :, None, :]  # of one image: (side, side, down, across)
    images = tf.range(tf.shape(maps)[0]) * (rows * columns)
    indices = pixels.reshape(side * side, 1, -1).astype(np.int32) + images[:, None]
    return tf.reshape(tf.gather(tf.reshape(padded, [-1, channels]), indices), [side * side, -1, channels])


def _tile_count(shape: tf.TensorShape) -> tuple[int, int]:
    """How many tiles cover maps (N, height, width, channels), down and across."""
    return -(-shape[1] // TILE), -(-shape[2] // TILE)
