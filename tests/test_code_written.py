"""The programs as texts: what people call their classes stays text in them, and a beamer shows whole lines."""

import ast

import numpy as np
import pytest

from cnn_core import presets
from cnn_core.architecture import last_maps
from cnn_core.code import changes, convolution, evaluation, games, image, inside, own_data, prediction, sanity, surgery
from cnn_core.code.written import names
from cnn_core.config import Block, NetworkConfig
from cnn_core.data import about
from cnn_core.data.own import Division
from cnn_core.data.own.names import checked_classes

TYPED = (
    *('"', "\\", '"""', "'''", "{0} {names}", "\\N{DASH}", "ä 😀"),
    *("# a\nimport os", "a\u2028b\x85c\rd", '"]; import os; ["'),
)
NETWORK = NetworkConfig(blocks=(Block(4, 1), Block(5, 2)), head="blocks")
ONE = image.of_data_set("pets@1a2b3c4d", "test", 5)
MANY = image.of_test_images("pets@1a2b3c4d", 50)


def programs(class_names, label):
    layer, name = last_maps(NETWORK).name, class_names[label]
    off = surgery.operation(NETWORK, "block1_conv1", (0, 2), None)
    return [
        changes.of_image(ONE, "blur", class_names),
        convolution.answer(range(len(class_names)), label, class_names),
        evaluation.matrix(class_names),
        evaluation.ranked("surest", None, class_names, is_raw=True),
        evaluation.passing(95, None),
        games.sorting("pets@1a2b3c4d", 1, [4, 2], class_names, [0, 1], has_network=True),
        image.as_numbers("pets@1a2b3c4d", "test", 5, (0, 1), class_names),
        inside.cover(ONE, 8, 4, label, name),
        inside.evidence(ONE, layer, (label, name), (0, class_names[0]), head="blocks"),
        prediction.answer(ONE, class_names, 1.1),
        sanity.cascade(ONE, layer, label, [("logits",)], 0, class_names),
        surgery.of_image(ONE, off, class_names),
        surgery.of_test_images(MANY, off, class_names),
    ]


@pytest.mark.parametrize("label", range(len(TYPED)))
def test_no_name_of_a_class_gets_out_of_its_place(label):
    """The program is the one of harmless names, but for what its texts are."""
    typed, harmless = checked_classes(TYPED), [f"name{number}" for number in range(len(TYPED))]
    for ours, theirs in zip(programs(typed, label), programs(harmless, label), strict=True):
        said = ast.unparse(ast.parse(theirs))
        for name, other in zip(typed, harmless, strict=True):
            said = said.replace(repr(other), repr(name))
        assert ast.unparse(ast.parse(ours)) == said


def test_names_are_a_list_in_lines_that_can_be_read():
    assert names(about("cifar10").class_names).count("\n") == 0
    longest = checked_classes(f"{'m' * 29}{number}" for number in range(10))
    program = names(longest)
    assert max(map(len, program.splitlines())) <= 100
    assert ast.literal_eval(program.removeprefix("names = ")) == longest


def test_a_beamer_shows_whole_lines():
    """It shows 100 characters of a line."""
    kernel, division = np.arange(9).reshape(3, 3) / 7, Division([*range(60)], [*range(60, 120)], True)
    others = [
        games.descent(ONE, kernel, kernel),
        games.likeness(ONE, kernel, None),
        games.likeness(ONE, kernel, kernel),
        own_data.reused("apples-and-pears", division, presets.reusing()),
        own_data.splits("apples-and-pears", division),
        own_data.splits("apples-and-pears", None),
    ]
    for program in [*programs(about("cifar10").class_names, 1), *others]:
        compile(program, "program", "exec")
        assert [line for line in program.splitlines() if len(line) > 100] == []
