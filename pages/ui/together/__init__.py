"""The class that takes part: joining it, the question it is asked, and what pupils hand in.

`membership` says which class this session belongs to, and as whom. `panel` is the question on everybody's screen.
`joining` and `asking` are parts of the class page, `reachable` finds the address under which phones come.
"""

from pages.ui.together.membership import Member, arrive, as_teacher, ask, member
from pages.ui.together.panel import show_panel

__all__ = ["Member", "arrive", "as_teacher", "ask", "member", "show_panel"]
