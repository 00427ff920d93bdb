"""The games as code: what was said of a round's images, and the kernel that is looked for."""

import io
from collections.abc import Mapping
from functools import partial

import numpy as np

from cnn_core.code import games
from cnn_core.games import Sorting
from pages.ui import code_mirror, downloads
from pages.ui.games.rounds import Round

_TARGET = "target.npy"


def show_sorting(of: Round, mine: Sorting, *, has_network: bool) -> None:
    """The player's answers, and the network's if one was chosen."""

    def make() -> str:
        known, places = of.data_set, of.positions.tolist()
        return games.sorting(known.name, of.number, places, known.class_names, mine.answers, has_network=has_network)

    code_mirror.show(make, key="code.games.network")


def show_kernel(
    of: Round,
    position: int,
    kernel: np.ndarray,
    target: np.ndarray,
    hidden: np.ndarray | None,
    start: np.ndarray | None,
) -> None:
    """The score; and gradient descent, from `start` on, once that was shown.

    Args:
        position: of the image in the test split.
        hidden: None while it is not to be told: the target is a file then, beside the program.
    """

    def make() -> Mapping[str, str]:
        picture = code_mirror.of_split(of.data_set.name, "test", position)
        made = {"Your kernel": games.likeness(picture, kernel, hidden)}
        if hidden is not None and start is not None:
            made["Gradient descent"] = games.descent(picture, hidden, start)
        return made

    def offer_target() -> None:
        given = {"key": "code.games.target", "icon": ":material/download:", "mime": "application/octet-stream"}
        downloads.offer(_TARGET, partial(_stored, target), _TARGET, **given)

    code_mirror.show(make, key="code.games.kernel", below=offer_target if hidden is None else None)


def _stored(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()
