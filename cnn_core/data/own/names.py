"""What sets and classes are called: titles and class names as people type them, and names that folders can have."""

import re
import unicodedata
from collections.abc import Iterable

from cnn_core.config import DATA_SETS, LEAST_CLASSES, LONGEST_NAME, MOST_CLASSES
from cnn_core.data.dataset import DataError
from cnn_core.text import plain

_LONGEST_SLUG = 36  # characters of a set's name; a number may follow
_NAME = re.compile(r"[a-z0-9-]{1,40}")
_STATE = re.compile(r"([a-z0-9-]{1,40})@([0-9a-f]{8})")
_NEUTRAL = "data"


def checked_title(text: str) -> str:
    """The title on one line. Raises DataError for one that nobody can see, or that is too long."""
    return _checked(text, "A data set")


def checked_class(text: str) -> str:
    return _checked(text, "A class")


def checked_classes(texts: Iterable[str]) -> list[str]:
    """The names of all classes of a set. Raises DataError unless they are 2 to 10 that differ."""
    names = [checked_class(text) for text in texts]
    if not LEAST_CLASSES <= len(names) <= MOST_CLASSES:
        raise DataError(f"A data set has {LEAST_CLASSES} to {MOST_CLASSES} classes; this one would have {len(names)}.")
    for number, name in enumerate(names):
        if known_as(name) in map(known_as, names[:number]):
            raise twice(name)
    return names


def fitting(text: str) -> str:
    """What a folder's name becomes as a title or a class name: cut to fit; empty if there is nothing to see in it."""
    return unicodedata.normalize("NFC", plain(text))[:LONGEST_NAME].strip()


def twice(name: str) -> DataError:
    return DataError(f"Two classes cannot both be called {name!r}; give one of them another name.")


def known_as(name: str) -> str:
    """What two names have in common that a person takes for the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def names_for(title: str) -> Iterable[str]:
    """Names for a set of this title, the best first: "apfel-birnen", "apfel-birnen-2", ..."""
    letters = unicodedata.normalize("NFKD", title.casefold())
    letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
    name = re.sub(r"[^a-z0-9]+", "-", letters)[:_LONGEST_SLUG].strip("-") or _NEUTRAL
    if name not in DATA_SETS:
        yield name
    for number in range(2, 1000):
        yield f"{name}-{number}"


def is_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name))


def parts_of_state(name: str) -> tuple[str, str] | None:
    """The set's name and the digest in "pets@1a2b3c4d"; None for another text."""
    found = _STATE.fullmatch(name)
    return (found[1], found[2]) if found else None


def no_such_set(name: str) -> DataError:
    return DataError(f"There is no data set {plain(str(name))[:60]!r}; perhaps somebody has removed it.")


def _checked(text: str, whose: str) -> str:
    name = unicodedata.normalize("NFC", plain(text))
    if not name:
        raise DataError(f"{whose} needs a name with at least one visible character.")
    if len(name) > LONGEST_NAME:
        cut = name[:LONGEST_NAME]
        raise DataError(f"{whose}'s name has at most {LONGEST_NAME} characters; {cut!r}... has {len(name)}.")
    return name
