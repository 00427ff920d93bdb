"""The class that takes part: joining it, the question it is asked, and what pupils hand in.

`membership` says which class this session belongs to, and as whom.
"""

from pages.ui.together.membership import Member, arrive, member

__all__ = ["Member", "arrive", "member"]
