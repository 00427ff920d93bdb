"""Pupils have no name here: a colour and an animal tell them apart, unlike any other of the class."""

import random
from collections.abc import Collection
from dataclasses import dataclass

COLOURS = ("red", "orange", "yellow", "green", "blue", "violet", "gray", "white", "brown", "pink")
ANIMALS = {
    "bear": "🐻",
    "bee": "🐝",
    "butterfly": "🦋",
    "chick": "🐤",
    "dolphin": "🐬",
    "elephant": "🐘",
    "fox": "🦊",
    "hedgehog": "🦔",
    "koala": "🐨",
    "ladybird": "🐞",
    "lion": "🦁",
    "octopus": "🐙",
    "owl": "🦉",
    "panda": "🐼",
    "penguin": "🐧",
    "rabbit": "🐰",
    "snail": "🐌",
    "tiger": "🐯",
    "turtle": "🐢",
    "whale": "🐳",
}


@dataclass(frozen=True, slots=True)
class Pupil:
    colour: str
    animal: str

    @property
    def name(self) -> str:
        return f"the {self.colour} {self.animal}"

    @property
    def sign(self) -> str:
        """One character that a phone draws."""
        return ANIMALS[self.animal]


def choose(taken: Collection[Pupil], seed: random.Random) -> Pupil:
    """Any that nobody is yet. Raises IndexError if all 200 are taken."""
    everybody = [Pupil(colour, animal) for colour in COLOURS for animal in ANIMALS]
    return seed.choice([pupil for pupil in everybody if pupil not in taken])
