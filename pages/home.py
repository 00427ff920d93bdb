"""The start: what the app is, and the path through it."""

from pages.ui import frame

frame.header("CNN Classroom", "From a pixel to a confusion matrix.")
