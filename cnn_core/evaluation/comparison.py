"""Two runs on the same test images: the difference of their accuracies, its interval, and McNemar's test.

The images are the same, so only those count that one run gets right and the other wrong. What another training, from
another seed, would change is not in here: the interval and the test are about other test images.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

METHOD = "Newcombe's interval for paired proportions (1998, method 10), 95%"
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Paired:
    """How many of the same images two runs, A and B, get right."""

    both: int
    only_a: int
    only_b: int
    neither: int

    @property
    def n(self) -> int:
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def accuracy_a(self) -> float:
        return (self.both + self.only_a) / self.n

    @property
    def accuracy_b(self) -> float:
        return (self.both + self.only_b) / self.n

    @property
    def difference(self) -> float:
        """The accuracy of B less that of A, -1 to 1."""
        return (self.only_b - self.only_a) / self.n

    @property
    def swapped(self) -> "Paired":
        """The same with B in place of A."""
        return Paired(self.both, self.only_b, self.only_a, self.neither)


def paired(labels: np.ndarray, predicted_a: np.ndarray, predicted_b: np.ndarray) -> Paired:
    """What two runs said of the same images, counted. Raises ValueError unless there is one of each for every image."""
    if not len(labels) == len(predicted_a) == len(predicted_b) or not len(labels):
        raise ValueError(
            "A comparison needs two answers for each of the same images; "
            f"{len(predicted_a)} and {len(predicted_b)} came for {len(labels)} labels."
        )
    a, b = predicted_a == labels, predicted_b == labels
    return Paired(*(int(count.sum()) for count in (a & b, a & ~b, ~a & b, ~a & ~b)))


def interval(counts: Paired) -> tuple[float, float]:
    """The 95% interval of `difference`, -1 to 1: Newcombe's square-and-add method.

    R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on paired
    data", Statistics in Medicine 17, 1998, method 10. It stays within -1 and 1 and has a width where both runs agree
    on every image, which Wald's has not; Fagerland, Lydersen and Laake (2014) recommend it.
    """
    b, a = counts.accuracy_b, counts.accuracy_a
    (low_b, high_b), (low_a, high_a) = (_wilson(share, counts.n) for share in (b, a))
    phi = _correlation(counts)
    down = math.sqrt((b - low_b) ** 2 - 2 * phi * (b - low_b) * (high_a - a) + (high_a - a) ** 2)
    up = math.sqrt((high_b - b) ** 2 - 2 * phi * (high_b - b) * (a - low_a) + (a - low_a) ** 2)
    return max(counts.difference - down, -1.0), min(counts.difference + up, 1.0)  # beyond by a rounding error only


def mcnemar(counts: Paired) -> float:
    """The p value of McNemar's test, exact and two-sided, 0 to 1.

    Were both runs equally good, each image that only one of them gets right would be the toss of a coin: the value is
    the chance of a split at least as lopsided as this one. The binomial sum is exact at every size, in whole numbers,
    so no approximation for large counts is needed (Q. McNemar, Psychometrika 12, 1947; a little cautious for few
    images: Fagerland, Lydersen and Laake, BMC Medical Research Methodology 13:91, 2013).
    """
    tosses, fewer = counts.only_a + counts.only_b, min(counts.only_a, counts.only_b)
    ways = tail = 1
    for k in range(fewer):
        ways = ways * (tosses - k) // (k + 1)
        tail += ways
    return min(1.0, 2 * tail / 2**tosses)


def describe_interval(counts: Paired) -> str:
    """The difference and its interval, in a sentence."""
    low, high = interval(counts)
    open_ = " 0 lies within, so it stays open which of them is better." if low <= 0 <= high else ""
    return (
        f"A gets {counts.accuracy_a:.2%} of the {counts.n:,} test images right, B {counts.accuracy_b:.2%}: B − A is "
        f"{signed(counts.difference)} points, 95% interval {signed(low)} to {signed(high)}.{open_}"
    )


def describe_test(counts: Paired) -> str:
    """McNemar's test, as a teacher says it."""
    if not counts.only_a + counts.only_b:
        return f"Both get the same {counts.both:,} of the {counts.n:,} test images right, so neither is the better one."
    p = mcnemar(counts)
    return (
        f"Of {counts.n:,} test images A alone gets {counts.only_a:,} right, B alone {counts.only_b:,} (both "
        f"{counts.both:,}, neither {counts.neither:,}). If both were equally good, a split at least so lopsided would "
        f"happen by chance in {_in_cases(p)} (McNemar's test)."
    )


def signed(share: float, digits: int = 1) -> str:
    """A difference of two shares in percentage points, with its sign; a small one that is not 0 gets more digits."""
    points = 100 * share
    while digits < 3 and share and round(points, digits) == 0:
        digits += 1
    return f"{'−' if points < 0 else '+' if points > 0 else ''}{abs(points):.{digits}f}"


def _in_cases(p: float) -> str:
    """A chance as a number of cases."""
    if p < 0.001:
        return "fewer than 1 of 1,000 cases"
    if p < 0.0995:
        return f"{1000 * p:.0f} of 1,000 cases"
    return f"{100 * p:.0f} of 100 cases" if p < 0.995 else "nearly every case"


def moved_positions(
    labels: np.ndarray, predicted_a: np.ndarray, predicted_b: np.ndarray, actual: int, predicted: int
) -> tuple[np.ndarray, np.ndarray]:
    """The images that are in this cell of one run's matrix only: positions int64, in order, under A and under B."""
    in_a, in_b = ((labels == actual) & (answers == predicted) for answers in (predicted_a, predicted_b))
    return np.flatnonzero(in_a & ~in_b), np.flatnonzero(in_b & ~in_a)


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's interval of one proportion (1927)."""
    middle = share + _Z**2 / (2 * n)
    half = _Z * math.sqrt(share * (1 - share) / n + (_Z / (2 * n)) ** 2)
    return (middle - half) / (1 + _Z**2 / n), (middle + half) / (1 + _Z**2 / n)


def _correlation(counts: Paired) -> float:
    """Of the two runs' being right, 0 to 1 or less; Newcombe corrects it for the steps of small counts."""
    a, b, n = counts.both + counts.only_a, counts.both + counts.only_b, counts.n
    spread = a * (n - a) * b * (n - b)
    if not spread:
        return 0.0
    product = counts.both * counts.neither - counts.only_a * counts.only_b
    corrected = max(product - n / 2, 0.0) if product > 0 else product
    return corrected / math.sqrt(spread)
