"""The class page: join a class; its teacher opens it, lets pupils join, and asks."""

from pages.ui import frame, steps, together
from pages.ui.together import joining
from pages.ui.together.parts import PARTS

frame.header("The class", "Let the class take part: with their phones, without names.")
member = together.member()
if not member:
    joining.show_door()
elif member.is_teacher:
    chosen = steps.choose(PARTS, "classroom.part", default="join", label="Part")
    PARTS[chosen].show(member)
else:
    joining.show_pupil(member)
