"""Numbers, places and kernels as text. A kernel's text gives back exactly the same numbers; what people type and paste
is read too.

Rows end at a semicolon, a line break, a bracket or a slash with a space beside it; numbers are separated by spaces,
tabs or commas. A slash within a number makes a fraction: 1/9. Any other text is refused with a sentence that says what
was expected and what came.
"""

import math
import re
from fractions import Fraction

import numpy as np

from cnn_core.convolution.geometry import GeometryError

LARGEST = 7  # rows and columns
MOST = 1000  # the largest weight, either sign: their sums stay readable
_LONGEST = 4000  # characters: 49 weights with all their digits are a quarter of that
_LARGEST_DENOMINATOR = 4096  # that of a Gaussian kernel of 7 x 7
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(?:/(\d+\.?\d*))?", re.ASCII | re.IGNORECASE)
_CALL = re.compile(
    r"\s*(?:\w+\s*=\s*)?(?:\w+\.)*(?:array|matrix|tensor)\s*\((.*?)(?:,\s*dtype[^)]*)?\)\s*;?\s*", re.DOTALL
)
# Minus signs and spaces of word processors, and what comes along unseen when one copies.
_PASTED = str.maketrans("\u2212\u2013\xa0\u2009\u202f", "--   ", "\ufeff\u200b\u2060")
_BRACKETS = str.maketrans("(){}[", " ] ] ")


def write(number: float) -> str:
    """A number as one writes it on the board: two decimals at most, two digits below 0.1, a real minus sign."""
    size = abs(number)
    if size >= 0.095 or size < 1e-4:
        text = f"{size:.2f}".rstrip("0").rstrip(".")
    else:
        text = f"{float(f'{size:.2g}'):.6f}".rstrip("0")
    return f"−{text}" if number < 0 and text != "0" else text


def place(row: int, column: int) -> str:
    """A place in an image or a map, as people count: rows and columns from 1. The arguments count from 0."""
    return f"row {row + 1}, column {column + 1}"


def write_kernel(kernel: np.ndarray) -> str:
    """The weights of a (k, k) kernel as one types them; `read_kernel` gives back exactly these."""
    return " / ".join(" ".join(_write_weight(float(weight)) for weight in row) for row in kernel)


def read_kernel(text: str) -> np.ndarray:
    """The float64 (k, k) kernel that was typed or pasted. Raises GeometryError, which says why, if it is none."""
    if len(text) > _LONGEST:
        raise GeometryError(f"This text has {len(text):,} characters; a kernel needs {_LONGEST:,} at most.")
    text = text.translate(_PASTED)
    call = _CALL.fullmatch(text)
    rows = re.split(r"[;\n\r\]]|(?<=\s)/|/(?=\s)", (call[1] if call else text).translate(_BRACKETS))
    numbers = [_read_row(row.strip(" \t,")) for row in rows if row.strip(" \t,")]
    _check_shape(numbers)
    kernel = np.array(numbers)
    if np.abs(kernel).max() > MOST:
        largest = kernel.flat[np.abs(kernel).argmax()]
        raise GeometryError(f"Weights go from −{MOST:,} to {MOST:,}; this kernel has one of {largest:g}.")
    return kernel


def _write_weight(weight: float) -> str:
    """The shortest of the whole number, the fraction and the decimal that is exactly this weight."""
    if not math.isfinite(weight):
        return repr(weight)  # which `read_kernel` refuses by name
    if weight == int(weight):
        return str(int(weight))
    fraction = Fraction(weight).limit_denominator(_LARGEST_DENOMINATOR)
    exact = [repr(weight)]
    if fraction.numerator / fraction.denominator == weight:
        exact.append(str(fraction))
    return min(exact, key=len)


def _read_row(row: str) -> list[float]:
    if re.search(r"\d,\d", row) and re.search(r"\d\s+[\d+.-]", row):
        raise GeometryError(
            "In this kernel both commas and spaces separate digits, so it is not clear where a number ends. Write "
            "decimals with a point: 0.5."
        )
    return [_read_weight(word) for word in re.split(r"\s*,\s*|\s+", row)]


def _read_weight(word: str) -> float:
    number = _NUMBER.fullmatch(word)
    divisor = float(number[2] or 1) if number else 0.0
    if not number or not divisor:
        shown = "".join(letter if letter.isalnum() or letter in "+-./" else "?" for letter in word[:12])
        what = f"`{shown}` is not a number" if word else "there is no number between two commas"
        raise GeometryError(f"A kernel is numbers such as -1, 0.5 or 1/9; {what}.")
    return float(number[1]) / divisor


def _check_shape(rows: list[list[float]]) -> None:
    if not rows:
        raise GeometryError("There is no number here. A kernel is rows of numbers, such as 1 0 -1 / 1 0 -1 / 1 0 -1.")
    lengths = sorted({len(row) for row in rows})
    if lengths == [len(rows)] and len(rows) <= LARGEST:
        return
    came = f"{len(rows)} {'row' if len(rows) == 1 else 'rows'} of {' and '.join(map(str, lengths))}"
    raise GeometryError(f"A kernel has as many rows as columns, {LARGEST} at most; this one has {came} numbers.")
