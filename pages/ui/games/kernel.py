"""Find the kernel: a hidden kernel has made the target; nine numbers, a score and hints. Gradient descent ends it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import games
from cnn_core.games import LEVELS, Likeness
from cnn_core.images import enlarge
from pages.ui import address, own_answers
from pages.ui.components.weights import weights
from pages.ui.games import in_code
from pages.ui.games.film import picture, show_descent
from pages.ui.games.rounds import Round, choose_round, say_what_to_do

LEVEL = "games.level"
_EDITOR = "games.weights"
_CANDIDATES = 24  # test images of which the clearest is taken
_START = lab.KERNELS["identity"].weights()
_SHAPE = _START.shape


@dataclass(frozen=True)
class Puzzle:
    """image: gray, float64 (32, 32), 0 to 1, `position` in the test split; hidden: (3, 3); target: (30, 30)."""

    level: str
    number: int
    position: int
    image: np.ndarray
    hidden: np.ndarray
    target: np.ndarray

    def key(self, what: str) -> str:
        """Where the session keeps something of this puzzle."""
        return f"games.kernel.{what}.{self.level}.{self.number}"

    @property
    def kernel(self) -> np.ndarray:
        """The player's, float64 (3, 3)."""
        return st.session_state.get(self.key("numbers"), _START)


def show() -> None:
    say_what_to_do("kernel")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        of = choose_round()
        level = _choose_level()
    puzzle = make_puzzle(of, level)
    own, like = _compared(puzzle)
    _note(puzzle, like)
    editor, pictures = st.columns([1, 3])
    with editor:
        st.markdown("**Your kernel**")
        weights(puzzle.kernel, key=_EDITOR, on_edit=lambda: _take_edit(puzzle))
        if refused := st.session_state.pop(puzzle.key("refused"), None):
            st.error(refused, icon=":material/error:")
        _show_score(puzzle, like)
    with pictures:
        _show_pictures(puzzle, own)
        _say(puzzle, like)
    _show_help(puzzle, like)
    if (start := st.session_state.get(puzzle.key("descent"))) is not None:
        show_descent(
            puzzle.image, puzzle.target, puzzle.hidden, start, f"level {LEVELS[level].title}, round {of.number}"
        )
    told = puzzle.hidden if like.is_found or start is not None else None
    in_code.show_kernel(of, puzzle.position, puzzle.kernel, puzzle.target, told, start)


def make_puzzle(of: Round, level: str) -> Puzzle:
    rng = np.random.default_rng([list(LEVELS).index(level), of.number])
    candidates = rng.choice(len(of.split), min(_CANDIDATES, len(of.split)), replace=False)
    (place, image), hidden = games.clearest(of.split.images(candidates)), games.hide(level, of.number)
    return Puzzle(level, of.number, int(candidates[place]), image, hidden, games.response(image, hidden))


def _compared(puzzle: Puzzle) -> tuple[np.ndarray, Likeness]:
    """The picture that the player's kernel makes, float64 (30, 30), and how near it is."""
    own = games.response(puzzle.image, puzzle.kernel)
    return own, games.compare(own, puzzle.target)


def _note(puzzle: Puzzle, like: Likeness) -> None:
    """For the lab report, once the player has changed a number."""
    if puzzle.key("numbers") not in st.session_state:
        return
    taken = st.session_state.get(puzzle.key("hints"), 0)
    stands = "found" if like.is_found else "not found yet"
    result = f"{stands}, correlation {like.correlation:.3f}, {taken} hint{'' if taken == 1 else 's'}"
    title = f"Find the kernel: level {LEVELS[puzzle.level].title}, round {puzzle.number}"
    own_answers.note_game(puzzle.key("result"), title, result)


def _show_score(puzzle: Puzzle, like: Likeness) -> None:
    """The correlation, and what the last change did to it."""
    before = st.session_state.get(puzzle.key("before"))
    change = None if before is None else f"{like.correlation - before:+.3f}".replace("-", "−")
    colour = "off" if change in (None, "+0.000", "−0.000") else "red" if change.startswith("−") else "green"
    st.metric("Correlation", f"{like.correlation:.3f}".replace("-", "−"), change, delta_color=colour, delta_arrow="off")


def _choose_level() -> str:
    address.allow(LEVEL, [level.title for level in LEVELS.values()])
    return st.segmented_control(
        "Level",
        list(LEVELS),
        format_func=lambda name: LEVELS[name].title,
        default=next(iter(LEVELS)),
        required=True,
        key=LEVEL,
        bind="query-params",
    )


def _take_edit(puzzle: Puzzle) -> None:
    """For callbacks: a number was typed over, or a kernel pasted. A wrong text changes nothing, and is explained."""
    edit = (st.session_state.get(_EDITOR) or {}).get("edit")
    if not edit:
        return
    try:
        changed, before = edited(puzzle.kernel, edit), _compared(puzzle)[1].correlation
        st.session_state.update({puzzle.key("numbers"): changed, puzzle.key("before"): before})
    except lab.GeometryError as error:
        st.session_state[puzzle.key("refused")] = f"{error} The kernel is unchanged."


def edited(kernel: np.ndarray, edit: Any) -> np.ndarray:
    """The kernel (3, 3) after {"text", "cell": [row, column]}, or {"text"} of all nine; GeometryError if it is none."""
    text, cell = (edit.get("text"), edit.get("cell")) if isinstance(edit, dict) else (None, None)
    typed = lab.read_kernel(text if isinstance(text, str) else "")
    if cell is None and typed.shape == _SHAPE:
        return typed
    if typed.shape != (1, 1) or cell not in [list(place) for place in np.ndindex(_SHAPE)]:
        raise lab.GeometryError("The kernel has three rows of three numbers.")
    changed = kernel.copy()
    changed[tuple(cell)] = typed[0, 0]
    return changed


def _show_pictures(puzzle: Puzzle, own: np.ndarray) -> None:
    shown = np.rint(255 * np.stack([puzzle.image] * 3, -1)).astype(np.uint8)
    with st.grid(3, wrap=False, min_column_width=90):
        for title, pixels in {
            "The image": shown,
            "Yours": picture(own, puzzle.target),
            "The target": picture(puzzle.target, puzzle.target),
        }.items():
            with st.container(gap="xsmall"):
                st.markdown(f"**{title}**")
                st.image(enlarge(pixels), width="stretch", alt=title)


def _say(puzzle: Puzzle, like: Likeness) -> None:
    """How near it is; what correlation cannot tell is said."""
    if like.is_found:
        taken = st.session_state.get(puzzle.key("hints"), 0)
        with_hints = f"with {taken} hint{'s' if taken > 1 else ''}" if taken else "without a hint"
        is_exact = np.allclose(puzzle.kernel, puzzle.hidden)
        times = f"Yours times {lab.write(like.factor)} is the hidden kernel: the same picture, only stronger or weaker."
        said = "Exactly the hidden numbers." if is_exact else times
        st.success(f"Found, {with_hints}. {said}", icon=":material/check:")
    elif like.is_turned:
        st.warning("The same picture with all signs the other way round. What is missing?", icon=":material/help:")
    else:
        st.caption(
            "Not yet found. Correlation 1 is the same pattern, 0 is none in common. A kernel counts as found when its "
            "picture is the target up to one positive factor. A high correlation alone is not enough: all blurs of an "
            "image look alike."
        )


def _show_help(puzzle: Puzzle, like: Likeness) -> None:
    told = games.hints(puzzle.hidden)
    taken = st.session_state.get(puzzle.key("hints"), 0)
    st.markdown(LEVELS[puzzle.level].about + "".join(f"\n- {hint}" for hint in told[:taken]))
    with st.container(horizontal=True):
        if like.is_found and (following := _after(puzzle.level)):
            label = f"Next: {LEVELS[following].title}"
            st.button(label, type="primary", on_click=st.session_state.__setitem__, args=(LEVEL, following))
        if taken < len(told) and not like.is_found:
            label = f"Hint {taken + 1} of {len(told)}"
            args = (puzzle.key("hints"), taken + 1)
            st.button(label, icon=":material/lightbulb:", on_click=st.session_state.__setitem__, args=args)
        st.button(
            "Let gradient descent find it",
            icon=":material/trending_down:",
            on_click=st.session_state.__setitem__,
            args=(puzzle.key("descent"), puzzle.kernel),
            help="It starts with your nine numbers, and shows the hidden ones at the end.",
        )
        if not np.array_equal(puzzle.kernel, _START):
            st.button("Start again", on_click=_start_again, args=(puzzle,))


def _start_again(puzzle: Puzzle) -> None:
    for what in ("numbers", "before"):
        st.session_state.pop(puzzle.key(what), None)


def _after(level: str) -> str | None:
    names = list(LEVELS)
    place = names.index(level) + 1
    return names[place] if place < len(names) else None
