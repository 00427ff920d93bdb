"""A run or a lesson as one HTML page that opens anywhere, offline, and prints.

`records` says what a report is made of, `of_run` and `of_lesson` make one, and `write` turns it into the page: no
script, nothing that is loaded from elsewhere, and all that somebody typed is text.
"""

from cnn_core.lab_report.of_lesson import of_lesson
from cnn_core.lab_report.of_run import of_run
from cnn_core.lab_report.records import Answered, Report, Section
from cnn_core.lab_report.writing import write

__all__ = ["Answered", "Report", "Section", "of_lesson", "of_run", "write"]
