"""The library behind CNN Classroom: works in a notebook and on the command line, and never imports streamlit."""

import os
import sys
import warnings

# TensorFlow reads this when it is imported. By default it uses oneDNN's kernels only where the processor has AVX-512;
# they are faster without it too (preset `minute` on an AVX2 processor: 2.1 ms an image without them, 1.5 ms with).
if "TF_ENABLE_ONEDNN_OPTS" not in os.environ:
    os.environ["TF_ENABLE_ONEDNN_OPTS"] = "1"
    if "tensorflow" in sys.modules:
        warnings.warn(
            "TensorFlow was imported before cnn_core. On a processor without AVX-512 it will train up to three times "
            "slower than it could: import cnn_core first.",
            stacklevel=2,
        )
