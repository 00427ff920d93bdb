"""One script for each claim: it compares in one run and prints one JSON line."""

import cnn_core  # noqa: F401  before any of them imports TensorFlow, which it sets up
