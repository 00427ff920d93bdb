"""Questions to predict before one sees: how many maps, how many weights a filter has, what a network keeps."""

from itertools import pairwise
from math import prod

from cnn_core.architecture import totals
from cnn_core.config import IMAGE_SHAPE, NetworkConfig
from cnn_core.explanation.flow import Column
from pages.ui import guidance


def asked_about(found: list[Column]) -> tuple[Column, Column] | None:
    """Two columns of which the second reads the maps of the first and has another number of them."""
    pairs = pairwise(found)
    return next((pair for pair in pairs if _count(pair[0]) != _count(pair[1])), None)


def ask(before: Column, after: Column, title: str) -> bool:
    """How many maps come out, and then how many weights a filter has; True once the first is answered."""
    reads, makes = _count(before), _count(after)
    knows = guidance.ask(
        f"inside.maps.{reads}.{makes}",
        f"{reads:,} maps go into {title}, which has {makes:,} filters. How many maps come out?",
        [f"{number:,}" for number in sorted({makes, reads + makes, reads * makes})],
        f"{makes:,}",
        hint="Each filter reads all the maps and adds everything up, at every place. What is left of one filter?",
        why=f"A filter adds up its products over all {reads:,} maps, so each of the {makes:,} filters makes one map, "
        f"not {reads:,} × {makes:,} = {reads * makes:,}.",
    )
    if knows:
        _ask_weights(after, reads, title)
    return knows


def _ask_weights(column: Column, reads: int, title: str) -> None:
    size = column.kernel_size
    one = size * size
    guidance.ask(
        f"inside.weights.{size}.{reads}",
        f"A filter of {title} is {size} × {size} cells large. How many weights has it, not counting a bias?",
        [f"{number:,}" for number in sorted({one, one + reads, one * reads, 3 * one})],
        f"{one * reads:,}",
        hint="It reads several maps. Has it one kernel for all of them, or a slice for each?",
        why=f"{size} × {size} × {reads:,} = {one * reads:,}: a slice for each map that it reads, each with weights of "
        "its own.",
    )


def ask_what_is_kept(network: NetworkConfig) -> None:
    """Many think that a network stores pictures, or that somebody gave it rules."""
    numbers = totals(network).parameters
    images = -(-numbers // prod(IMAGE_SHAPE))
    guidance.ask(
        f"inside.kept.{numbers}",
        "What does this network keep of the images that it was trained on?",
        ["The images, made small", "A rule for each class, written by people", "Only its weights"],
        "Only its weights",
        hint="You take filters away here. What is a filter made of?",
        why=f"It is {numbers:,} numbers, no more than {images:,} image{'s have' if images > 1 else ' has'}. Each batch "
        "of images moved them a little, so that the loss fell, and was gone. While the network is used they stay.",
    )


def _count(column: Column) -> int:
    return column.maps.output_shape[2]
