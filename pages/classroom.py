"""The class page: open a class, let pupils join, ask a question, follow a lesson."""

from pages.ui import frame

frame.header("The class", "Let the class take part: with their phones, without names.")
