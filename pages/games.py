"""The games page: sort pictures against the network, and find a hidden kernel."""

from pages.ui import frame

frame.header("Games", "Are you better than the network? And can you find a kernel that is hidden?")
