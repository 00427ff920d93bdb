"""Whether an image may be none of the classes at all: the energy score, and where to draw the line.

The energy is the logarithm of the sum of the exponentials of the logits: high where some class is strongly there. Liu
et al., "Energy-based Out-of-distribution Detection", 2020 (arXiv 2010.03759); the sign is turned, so that high means
familiar. A threshold is chosen on validation images alone.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Doubt:
    """The energies that a run's network gives to images of its own kind and to strange ones: float32 (n,) each."""

    validation: np.ndarray  # the images that the temperature was fitted on: they choose the threshold
    test: np.ndarray  # the whole test split, in official order
    strange: dict[str, np.ndarray]  # by the kind of `data.strange_images`

    def threshold(self, accepted: int) -> float:
        """The energy that `accepted` of 100 validation images reach, from 1 to 100; no test image has a say.

        The largest of which that is true, so that as few strange images as possible reach it.
        """
        refused = len(self.validation) * (100 - accepted) // 100
        return float(np.partition(self.validation, refused)[refused])

    def less_familiar_than(self, energy: float) -> float:
        """The share of the validation images that have a higher energy than this: between 0 and 1."""
        return float((self.validation > energy).mean())

    def to_arrays(self) -> dict[str, np.ndarray]:
        """For a file of arrays."""
        strange = {f"strange.{kind}": energies for kind, energies in self.strange.items()}
        return {"validation": self.validation, "test": self.test} | strange

    @classmethod
    def from_arrays(cls, n: int, validation: np.ndarray, test: np.ndarray, **strange: np.ndarray) -> "Doubt":
        """Raises ValueError if these are not energies, `n` of them of test images."""
        for energies in (validation, test, *strange.values()):
            if energies.ndim != 1 or not len(energies) or not np.isfinite(energies).all():
                raise ValueError("an energy is not a number")
        if len(test) != n or not all(name.startswith("strange.") for name in strange):
            raise ValueError("these are not the energies of this test")
        return cls(validation, test, {name.removeprefix("strange."): each for name, each in strange.items()})


def energy(logits: np.ndarray) -> np.ndarray:
    """The energy score float32 (N,) of logits (N, classes)."""
    return np.logaddexp.reduce(logits.astype(np.float64), axis=1).astype(np.float32)


def passing(energies: np.ndarray, threshold: float) -> float:
    """The share of these that the test lets through: between 0 and 1."""
    return float((energies >= threshold).mean())


def told_apart(own: np.ndarray, strange: np.ndarray) -> float:
    """How often, of one image of each sort, the own one has the higher energy: the area under the ROC curve.

    0.5: the energy tells nothing; equal ones count half. From the ranks, as Mann and Whitney do.
    """
    ordered = np.sort(own)
    below, up_to = (np.searchsorted(ordered, strange, side=side) for side in ("left", "right"))
    return float(1 - (below + up_to).mean() / (2 * len(own)))
