"""The teacher's key: who starts, stops, resumes, renames, deletes and shows answers, where CNN_TEACHER_KEY is set.

Without a key everybody may, as on one's own laptop. With one, a session may that has given the key, or that a link
with a one-time token has opened. What a visitor may do is asked on the server at each action: a disabled button alone
keeps nobody away who speaks the browser's protocol. Where CNN_PUPILS_TRAIN allows so many seconds, a pupil may also
start a short training, and stop and delete what the own session has started.

`key` alone handles the key, `tries` says how often it may be tried, `links` keeps the tokens, `rights` says what a
session may do, `place` is the one place on every page to give the key, and `notice` tells that a server has none.
"""

from pages.ui.teacher.notice import tell_if_open
from pages.ui.teacher.place import PLACE, arrive, show_place
from pages.ui.teacher.rights import (
    KeyNeeded,
    is_asked_for,
    longest_training,
    may_act,
    may_change,
    own,
    require,
    require_change,
    require_training,
)

__all__ = [
    "PLACE",
    "KeyNeeded",
    "arrive",
    "is_asked_for",
    "longest_training",
    "may_act",
    "may_change",
    "own",
    "require",
    "require_change",
    "require_training",
    "show_place",
    "tell_if_open",
]
