"""A run as a program that repeats it without this project: on the page, as a script and as a notebook."""

from cnn_core.code import script
from cnn_core.runs import Run, RunError
from pages.ui import code_mirror, downloads

_USUAL = 10.0  # passes, before anybody knows how many a run with a limit in seconds makes


def offer(run: Run) -> None:
    """Two files among what can be done with a run."""
    key = f"code.training.{run.id}"
    say = "Keras and tf.data, without this app; its first lines say what cannot be the same."
    make = {"Script": (script.program, ".py", "code"), "Notebook": (script.notebook, ".ipynb", "menu_book")}
    for label, (write, ending, icon) in make.items():

        def made(write=write) -> bytes:
            written = write(run.config, passes(run), run.title, early=run.finished_early())
            return written.encode() if isinstance(written, str) else written

        downloads.offer(label, made, f"{run.id}{ending}", key=f"{key}{ending}", help=say, icon=f":material/{icon}:")


def show(run: Run) -> None:
    """The script on the page; the drawings of Shapes-10 are read there, since drawing them takes 200 lines."""
    code_mirror.show(lambda: _program(run), key="code.training")


def passes(run: Run) -> float:
    """How often the whole training sees all images: known, or as the run has come so far."""
    recipe = run.config.training
    if recipe.seconds is None and not run.finished_early():
        return float(recipe.epochs)
    history, at = run.history(), run.progress()
    if not run.state().is_active and len(history):
        return round(float(history["passes"].iloc[-1]), 4)
    if at and at.fraction > 0:
        return round((at.epoch - 1 + at.batch / at.batches) / at.fraction, 1)
    return float(recipe.epochs or _USUAL)


def _program(run: Run) -> str:
    try:
        return script.program(run.config, passes(run), run.title, is_drawn=False, early=run.finished_early())
    except RunError as error:  # another visitor has just deleted it
        return f"# {error}"
