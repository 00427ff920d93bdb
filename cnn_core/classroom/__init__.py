"""A class that takes part: who is there, what it is asked, and what was handed in. It lives in memory only.

`rooms` keeps the classes of a server, `room` is one of them, `pupils` names who joins without asking for a name,
`question` is what can be asked, `vote` asks it. Nothing here is written to a disk or sent anywhere.
"""

from cnn_core.classroom.pupils import Pupil
from cnn_core.classroom.question import Mark, Question
from cnn_core.classroom.room import Classroom
from cnn_core.classroom.rooms import ClassError, Classrooms
from cnn_core.classroom.vote import Vote

__all__ = ["ClassError", "Classroom", "Classrooms", "Mark", "Pupil", "Question", "Vote"]
