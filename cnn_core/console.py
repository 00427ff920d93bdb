"""What the command line shows of running work: one line of the terminal, rewritten again and again."""

import os
import shutil
import sys
from types import TracebackType

from cnn_core.progress import Epoch, Measuring, Progress

_BAR = 20  # characters


class ProgressLine:
    """The last line of the terminal, on stderr, while the work runs; nothing where stderr is no terminal.

    Used as a context, so that the next output, an error for instance, begins on a new line.
    """

    def __init__(self) -> None:
        self._width = 0  # of the text in the line

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        if self._width:
            print(file=sys.stderr, flush=True)
            self._width = 0

    def data(self, message: str, done: int, total: int) -> None:
        """A step of preparing data; without a `total` it is a message, which keeps a line of its own."""
        if total:
            self._show(f"{_bar(done / total)}  {message} {done / total:.0%}")
        else:
            self._wipe()
            print(message, file=sys.stderr, flush=True)

    def batch(self, progress: Progress) -> None:
        left = progress.seconds * (1 / max(progress.fraction, 1e-9) - 1)
        self._show(
            f"{_bar(progress.fraction)}  epoch {progress.epoch}, batch {progress.batch:,} of {progress.batches:,}  "
            f"accuracy {progress.accuracy:.3f}  {left:,.0f} s left  {progress.images_per_second:,.0f} images/s"
        )

    def measuring(self, measuring: Measuring) -> None:
        """A pass over many images, while no batch is trained."""
        share = measuring.done / measuring.total
        self._show(f"{_bar(share)}  {measuring.what}, {measuring.done:,} of {measuring.total:,}")

    def epoch(self, epoch: Epoch) -> None:
        """A whole epoch's figures, on stdout. If the reader has left, training continues."""
        row = epoch.scores
        self._wipe()
        try:
            print(
                f"epoch {row.epoch:3}  loss {row.loss:.4f}  accuracy {row.accuracy:.4f}  mse {row.mse:.4f}  "
                f"val_loss {row.val_loss:.4f}  val_accuracy {row.val_accuracy:.4f}  val_mse {row.val_mse:.4f}  "
                f"{row.seconds:.0f} s",
                flush=True,
            )
        except BrokenPipeError:
            leave_stdout()

    def _show(self, text: str) -> None:
        if sys.stderr.isatty():
            text = text[: shutil.get_terminal_size().columns - 1]  # a line that wraps cannot be rewritten
            print(f"\r{text:{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(text)

    def _wipe(self) -> None:
        if self._width:
            print(f"\r{'':{self._width}}", end="\r", file=sys.stderr, flush=True)
            self._width = 0


def flush_stdout() -> None:
    """Print what is left. A reader that has left, as `| head` does, is no failure."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        leave_stdout()


def leave_stdout() -> None:
    """From now on nothing is printed; otherwise Python would complain about the closed pipe again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bar(share: float) -> str:
    done = round(_BAR * min(share, 1.0))
    return "█" * done + "·" * (_BAR - done)
