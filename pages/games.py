"""The games page: sort pictures against the network, and find a hidden kernel."""

from pages.ui import frame, guidance, presenter, steps
from pages.ui.games import PARTS

PART = "games.part"

frame.header("Games", "Are you better than the network? And can you find a kernel that is hidden?")
chosen = steps.choose(PARTS, PART, default="network", label="Game")
if not presenter.is_on():  # the figure stands above the fold of a beamer
    guidance.what_to_do("games", chosen)
PARTS[chosen].show()
guidance.what_to_notice("games", chosen)
steps.show_way(PARTS, PART, chosen, "games.py")
