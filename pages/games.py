"""The games page: sort pictures against the network, and find a hidden kernel."""

from pages.ui import frame, guidance, steps
from pages.ui.games import PARTS

PART = "games.part"

frame.header("Games", "Are you better than the network? And can you find a kernel that is hidden?")
chosen = steps.choose(PARTS, PART, default="network", label="Game")
PARTS[chosen].show()
guidance.what_to_notice("games", chosen)
steps.show_way(PARTS, PART, chosen, "games.py")
