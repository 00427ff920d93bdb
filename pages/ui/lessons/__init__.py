"""Following a lesson: its steps, its locks, and making one.

`following` says which lesson and step a session follows, `opening` opens a step's page, `strip` leads through it,
`locks` keeps pupils from changing what a step locks, `desk` offers the lessons, and `workshop` makes one.
"""

from pages.ui.lessons.desk import show_desk, show_on_home
from pages.ui.lessons.following import is_followed, keep_up
from pages.ui.lessons.opening import arrive
from pages.ui.lessons.strip import show_strip

__all__ = ["arrive", "is_followed", "keep_up", "show_desk", "show_on_home", "show_strip"]
