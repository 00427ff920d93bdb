"""Questions whose answer comes later: what a training will reach, say."""

from cnn_core.classroom import Question


def answered(question: Question) -> Question | str:
    """The question with its answer; a sentence why it is not known yet. One without a topic is as it was."""
    return question
