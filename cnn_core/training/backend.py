"""Sets Keras up as this folder needs it, whatever another course left in the environment or in keras.json.

This must be the first module here: Keras reads KERAS_BACKEND once, when it is imported.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras

if keras.config.backend() != "tensorflow":
    raise ImportError(
        f"Keras already runs on {keras.config.backend()} in this process, but these networks need TensorFlow. "
        "Import cnn_core.training before keras."
    )
keras.config.set_image_data_format("channels_last")
keras.config.set_floatx("float32")
