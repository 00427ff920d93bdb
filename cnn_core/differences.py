"""The settings in which two experiments differ, in the words of the pages where one chooses them.

What a run's settings do not use is not told: two networks without dense layers do not differ in the activation of
these, and test-time augmentation does not touch the accuracy of one view, which is compared. The seed is one of the
differences, but it confounds nothing: another network or recipe draws other numbers from the same seed anyway, and how
far those move a result is to be measured, not avoided.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

from cnn_core import data
from cnn_core.config import (
    BLOCK_ORDER_NAMES,
    HEAD_NAMES,
    OF_REUSE,
    Block,
    ExperimentConfig,
    NetworkConfig,
    TrainingConfig,
)
from cnn_core.convolution.activations import ACTIVATIONS

SEED = "Seed"
LENGTH = "Trained for"  # not a setting: how far a run came that somebody stopped, or finished early
_NAMED = 4  # settings in a headline, at most
_OF_BLOCKS = ("kernel_size", "padding", "activation", "batch_norm", "pooling", "block_order", "head", "initialization")
Told = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting, as the pages call it, and its value in each run, as text."""

    setting: str
    a: str
    b: str


def differences(a: ExperimentConfig, b: ExperimentConfig) -> list[Difference]:
    """What differs between two experiments: data set, network, training, and the seed last."""
    pairs = [
        ("Data set", *data_sets(a, b)),
        ("Kernels", _kernels(a), _kernels(b)),
        *_of_networks(a.network, b.network),
        *_of_trainings(a, b),
        (SEED, str(a.training.seed), str(b.training.seed)),
    ]
    return [Difference(*told) for told in pairs if told[1] != told[2]]


def data_sets(a: ExperimentConfig, b: ExperimentConfig) -> tuple[str, str]:
    """What each has learned; with the state of it where both have learned another state of one set, or of its like."""
    one, other = (data.learned(config).title for config in (a, b))
    if a.data_set != b.data_set and one == other:
        return tuple(f"{one}, state {config.data_set.rpartition('@')[2]}" for config in (a, b))
    return one, other


def without_seed(found: Sequence[Difference]) -> list[Difference]:
    return [difference for difference in found if difference.setting != SEED]


def is_confounded(found: Sequence[Difference]) -> bool:
    """Whether what differs in the results cannot be given to one setting."""
    return len(without_seed(found)) > 1


def is_repetition(a: ExperimentConfig, b: ExperimentConfig) -> bool:
    """Whether at most the seed differs; the name of the preset that it started from does not count."""
    return not without_seed(differences(a, b))


def headline(found: Sequence[Difference]) -> str:
    """What differs, in one sentence."""
    settings, seeds = without_seed(found), [difference for difference in found if difference.setting == SEED]
    if len(settings) > 1:
        named = [_lowered(one.setting) for one in settings]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        return f"{len(named)} settings differ: {', '.join(named[:_NAMED])}{more}."
    if settings:
        besides = " besides the seed" if seeds else ""
        return f"The only difference{besides}: {_against(settings[0])}."
    if seeds:
        return f"A repetition: the settings are the same but for the seed, {seeds[0].a} against {seeds[0].b}."
    return "The settings are the same, the seed too."


def consequence(found: Sequence[Difference]) -> str:
    """What follows from that for the results."""
    settings = without_seed(found)
    if len(settings) > 1:
        return (
            "The comparison is confounded: what differs in accuracy cannot be given to one of them. To learn what one "
            "of them does, change that one alone."
        )
    if settings:
        return "So what differs in accuracy comes from it, or from chance."
    if found:
        return "So what differs in accuracy is what another seed changes, and nothing else."
    return "So any difference comes from the clock that ended the training, or from the machine's arithmetic."


def _against(difference: Difference) -> str:
    return f"{_lowered(difference.setting)} {difference.a} against {difference.b}"


def _lowered(setting: str) -> str:
    return setting[0].lower() + setting[1:]


def _of_networks(a: NetworkConfig, b: NetworkConfig) -> Iterator[Told]:
    yield "Convolution blocks", _number(a.blocks), _number(b.blocks)
    for field in fields(Block):
        yield from _of_blocks(field.name, a.blocks, b.blocks)
    shared = list(_OF_BLOCKS) if a.blocks and b.blocks else []
    if shared and a.batch_norm and b.batch_norm:
        shared.append("batch_norm_momentum")
    if a.dense_units and b.dense_units:
        shared.append("dense_activation")
    for name in ("whitening", *shared):
        yield _told(NetworkConfig, name, a, b)
    yield "Hidden dense layers", _dense(a), _dense(b)


def _of_blocks(name: str, a: Sequence[Block], b: Sequence[Block]) -> Iterator[Told]:
    """One setting of the blocks that both have: of one block if it differs there only, else of all."""
    values = [(getattr(one, name), getattr(other, name)) for one, other in zip(a, b, strict=False)]
    differing = [number for number, (one, other) in enumerate(values, 1) if one != other]
    label = Block.label(name)
    if len(differing) == 1 and len(values) > 1:
        one, other = values[differing[0] - 1]
        yield f"{label} of block {differing[0]}", _value(one), _value(other)
    elif differing:
        yield label, _listed([getattr(block, name) for block in a]), _listed([getattr(block, name) for block in b])


def _kernels(config: ExperimentConfig) -> str:
    return f"those of {config.reuse}, kept" if config.reuse else "learned"


def _of_trainings(one: ExperimentConfig, other: ExperimentConfig) -> Iterator[Told]:
    """Of one that takes no steps, and another: only what both heed."""
    a, b = one.training, other.training
    heeded = OF_REUSE if one.reuse or other.reuse else [field.name for field in fields(TrainingConfig)]
    if bool(one.reuse) == bool(other.reuse):
        yield "Stop after", _limit(a), _limit(b)
    told_apart = {"seconds", "epochs", "flip", "alternating_flip", "seed", "test_time_views"}
    for field in fields(TrainingConfig):
        if field.name == "flip":
            yield "Flip", _flip(a), _flip(b)
        elif field.name not in told_apart and field.name in heeded:
            yield _told(TrainingConfig, field.name, a, b)


def _told(kind: type[NetworkConfig | TrainingConfig], name: str, a: object, b: object) -> Told:
    written = _WRITTEN.get(name, _value)
    return kind.label(name), written(getattr(a, name)), written(getattr(b, name))


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:,.6g}" if isinstance(value, int | float) else str(value)


def _listed(values: Sequence[object]) -> str:
    """One value where all are the same, else all."""
    return _value(values[0]) if len(set(values)) == 1 else ", ".join(map(_value, values))


def _number(blocks: Sequence[Block]) -> str:
    return str(len(blocks) or "none")


def _dense(network: NetworkConfig) -> str:
    return f"{' and '.join(map(_value, network.dense_units))} units" if network.dense_units else "none"


def _limit(training: TrainingConfig) -> str:
    epochs = training.epochs and f"{training.epochs:,} epoch{'' if training.epochs == 1 else 's'}"
    seconds = training.seconds and f"{training.seconds:,g} seconds"
    return " or ".join(filter(None, (seconds, epochs)))


def _flip(training: TrainingConfig) -> str:
    return "off" if not training.flip else "alternating" if training.alternating_flip else "on"


def _activation(name: str) -> str:
    return ACTIVATIONS[name].title


_WRITTEN: dict[str, Callable[[object], str]] = {
    "activation": _activation,
    "dense_activation": _activation,
    "block_order": BLOCK_ORDER_NAMES.__getitem__,
    "head": HEAD_NAMES.__getitem__,
    "optimizer": lambda name: {"sgd": "SGD"}.get(name, str(name).capitalize()),
    "training_images": lambda images: "all" if images is None else f"{images:,}",
    "kernel_size": lambda size: f"{size} × {size}",
    "validate_on": {
        "val": "the validation split",
        "test": "the test split, and trained on the validation images too",
    }.__getitem__,
}
