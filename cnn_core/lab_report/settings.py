"""All settings of an experiment by the names that people read."""

from dataclasses import fields

from cnn_core import data
from cnn_core.config import BLOCK_ORDER_NAMES, HEAD_NAMES, OF_REUSE, ExperimentConfig
from cnn_core.schema import Settings

_IN_WORDS = {"block_order": BLOCK_ORDER_NAMES, "head": HEAD_NAMES}
_NAMES = {"dense_units": "Units of the dense layers", "validate_on": "Watched after each epoch"}
_IF_NOTHING = {"epochs": "no limit", "seconds": "no limit", "training_images": "all"}


def about_settings(config: ExperimentConfig) -> list[tuple[str, str]]:
    """Name and value of each, as text."""
    images = {split: f"{data.learned(config).sizes[split]:,}" for split in (config.training.train_on, "test")}
    training, test = images.values()
    return [
        ("Data set", data.learned(config).title),
        ("Images to train on", training),
        ("Images of the test split", test),
        ("Preset", config.preset),
        *(_of_reuse(config) if config.reuse else _of(config.training)),
        *_of(config.network),
    ]


def _of(settings: Settings, *, only: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    return [
        (_NAMES.get(field.name) or settings.label(field.name), _written(field.name, getattr(settings, field.name)))
        for field in fields(settings)
        if not only or field.name in only
    ]


def _of_reuse(config: ExperimentConfig) -> list[tuple[str, str]]:
    """A fit takes no steps, so most settings of a training mean nothing to it."""
    how = [("Kernels kept from", config.reuse), ("Learned", "the last layer, by logistic regression")]
    return how + _of(config.training, only=OF_REUSE)


def _written(name: str, value: object) -> str:
    if value is None:
        return _IF_NOTHING.get(name, "none")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ("; ".join(map(_block, value)) or "none") if name == "blocks" else ", ".join(map(str, value)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return _IN_WORDS.get(name, {}).get(value, str(value))


def _block(block: object) -> str:
    dropout = f", dropout {block.dropout:g}" if block.dropout else ""
    return f"{block.convolutions} × {block.filters} filters{dropout}"
