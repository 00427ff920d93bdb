"""The drawing of a network: its stages, named and apart."""

import itertools
from dataclasses import replace

import pytest

from cnn_core import architecture, plotting
from cnn_core.config import Block, NetworkConfig
from cnn_core.presets import PRESETS


@pytest.mark.parametrize(
    ("preset", "names"),
    [
        ("lesson", ["image", "block 1", "block 2", "block 3", "flatten", "dense", "classes"]),
        ("best", ["image", "whiten", "block 1", "block 2", "block 3", "largest", "classes"]),
        ("linear", ["image", "flatten", "classes"]),
    ],
)
def test_every_stage_of_a_network_is_drawn_under_its_name(preset, names):
    drawn = plotting.pipeline(architecture.layers(PRESETS[preset].network))
    assert [note.text.removeprefix("<b>").split("</b>")[0] for note in drawn.layout.annotations] == names


def test_a_head_of_all_blocks_is_one_stage():
    network = replace(PRESETS["minute"].network, head="blocks")
    drawn = plotting.pipeline(architecture.layers(network)).layout.annotations
    last = [note.text.removeprefix("<b>").split("</b><br>") for note in drawn][-2:]
    assert last == [["all blocks", "448"], ["classes", "10"]]


def test_the_stages_of_the_widest_network_do_not_overlap():
    widest = NetworkConfig(blocks=(Block(512, 1),) * 5)
    shapes = plotting.pipeline(architecture.layers(widest)).layout.shapes
    for one, next_one in itertools.pairwise(shapes):
        assert one.x1 < next_one.x0


def test_no_two_names_in_a_row_are_neighbours_where_there_are_many():
    """So that a phone has room for them."""
    deepest = NetworkConfig(blocks=(Block(8, 1),) * 4, dense_units=(8, 8, 8), whitening=True)
    notes = plotting.pipeline(architecture.layers(deepest)).layout.annotations
    assert len(notes) == 11
    assert all(one.y != next_one.y for one, next_one in itertools.pairwise(notes))
    few = plotting.pipeline(architecture.layers(PRESETS["champion"].network)).layout.annotations
    assert len({note.y for note in few}) == 1


def test_a_name_says_how_large_the_maps_are_and_how_many():
    drawn = plotting.pipeline(architecture.layers(PRESETS["report"].network))
    texts = [note.text for note in drawn.layout.annotations]
    assert texts[:2] == ["<b>image</b><br>32×32<br>×3", "<b>block 1</b><br>16×16<br>×32"]
    assert texts[-4:] == [
        "<b>flatten</b><br>1,024",
        "<b>dense</b><br>300",
        "<b>dense</b><br>100",
        "<b>classes</b><br>10",
    ]


def test_a_presenter_s_picture_grows_with_its_type():
    layers = architecture.layers(PRESETS["lesson"].network)
    small, large = plotting.pipeline(layers), plotting.pipeline(layers, 1.4)
    assert large.layout.height == round(1.4 * small.layout.height)
    assert large.layout.annotations[0].font.size > 1.3 * small.layout.annotations[0].font.size
