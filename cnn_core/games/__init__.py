"""The rules of the games: what is asked, and how it is scored.

`sorting` is for beating the network. `hidden` hides a kernel, `likeness` compares it with the player's, and `descent`
finds it by gradient descent.
"""

from cnn_core.games.descent import Descent, descend
from cnn_core.games.hidden import LEVELS, Level, clearest, hide, hints
from cnn_core.games.likeness import Likeness, compare, response
from cnn_core.games.sorting import IMAGES, ROUNDS, Sorting, count_answers, draw, read_sorting, sides

__all__ = [
    "IMAGES",
    "LEVELS",
    "ROUNDS",
    "Descent",
    "Level",
    "Likeness",
    "Sorting",
    "clearest",
    "compare",
    "count_answers",
    "descend",
    "draw",
    "hide",
    "hints",
    "read_sorting",
    "response",
    "sides",
]
