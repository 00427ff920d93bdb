"""The drawing of a network: its stages, named and apart."""

import itertools

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


def test_the_stages_of_the_widest_network_do_not_overlap():
    widest = NetworkConfig(blocks=(Block(512, 1),) * 5)
    shapes = plotting.pipeline(architecture.layers(widest)).layout.shapes
    for one, next_one in itertools.pairwise(shapes):
        assert one.x1 < next_one.x0
