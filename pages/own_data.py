"""Your data: classes of one's own, filled by the camera, files or the whole class, and learned in two ways."""

from pages.ui import frame, own_data

frame.header("Your data", "Choose what to tell apart, take pictures of it, and let a network learn them.")
own_data.show()
