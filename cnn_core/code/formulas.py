"""The sums of the convolution lab as source text: the functions that its steps call, and Keras' layer."""

CONV2D = '''
def conv2d(image, kernel, bias=0):
    """The sum of products under the window, at every place where the window stops."""
    size = len(kernel)
    rows, columns = image.shape[0] - size + 1, image.shape[1] - size + 1
    sums = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            window = image[row : row + size, column : column + size]
            sums[row, column] = (window * kernel).sum() + bias
    return sums
'''
STRIDED = '''
def conv2d(image, kernel, stride=1, dilation=1):
    """A step of `stride` from window to window, and one of `dilation` from tap to tap of the kernel."""
    span = dilation * (len(kernel) - 1) + 1
    rows, columns = (image.shape[0] - span) // stride + 1, (image.shape[1] - span) // stride + 1
    sums = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            window = image[top : top + span : dilation, left : left + span : dilation]
            sums[row, column] = (window * kernel).sum()
    return sums
'''
POOL = '''
def pool2d(maps, size, stride):
    """One number of each window."""
    rows, columns = (maps.shape[0] - size) // stride + 1, (maps.shape[1] - size) // stride + 1
    kept = np.zeros((rows, columns))
    for row in range(rows):
        for column in range(columns):
            top, left = row * stride, column * stride
            kept[row, column] = maps[top : top + size, left : left + size].{how}()
    return kept
'''
ACTIVATIONS = {
    "linear": "sums",
    "relu": "np.maximum(sums, 0)",
    "leaky_relu": "np.maximum(sums, 0.2 * sums)",
    "elu": "np.where(sums > 0, sums, np.expm1(np.minimum(sums, 0)))",
    "gelu": "0.5 * sums * (1 + np.vectorize(math.erf)(sums / math.sqrt(2)))",
    "silu": "sums * np.exp(-np.logaddexp(0, -sums))  # times its own sigmoid",
    "tanh": "np.tanh(sums)",
    "sigmoid": "np.exp(-np.logaddexp(0, -sums))  # 1 / (1 + exp(-sums))",
}
LAYER = """# One image in a batch, {channels}.
batch = {batch}.astype("float32")
layer = {layer}
layer.build(batch.shape)
layer.set_weights([{weights}])
result = np.array(layer(batch))[0, ..., 0]
print(result.shape)
print(result)"""
