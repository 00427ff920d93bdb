"""How many chose what: a bar for each answer and try, and whose answer it is. Names of pupils are not in it."""

from collections.abc import Mapping, Sequence

from pages.ui.components import component

_mount = component("tally")


def tally(
    counts: Sequence[Mapping[str, int]], *, marks: Mapping[str, Sequence[str]], right: str | None, key: str
) -> None:
    """Show how often each option was chosen, in one try or two.

    marks: for an option whose it is, as `the network`. right: the one that is right, if that is to be seen.
    """
    rows = [
        {
            "option": option,
            "counts": [one.get(option, 0) for one in counts],
            "marks": list(marks.get(option, ())),
            "isRight": option == right,
        }
        for option in counts[-1]
    ]
    _mount(key=key, data={"rows": rows, "totals": [sum(one.values()) for one in counts]})
