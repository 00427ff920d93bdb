"""A whole run without this project: as one script, and as a notebook whose cells are the script's parts."""

import re
import textwrap
from dataclasses import dataclass

from cnn_core import data as data_sets
from cnn_core.code import data, network, optimizer, recipe, reuse
from cnn_core.code.written import value
from cnn_core.config import ExperimentConfig

_SETTINGS = """SEED = {seed}
DATA = os.environ.get("DATA"{default})  # {data}
STEPS = int(os.environ.get("STEPS", 0))  # end after so many; 0: after all
keras.utils.set_random_seed(SEED)
"""
_SETTINGS_OF_REUSE = """SEED = {seed}
DATA = os.environ.get("DATA"{default})  # {data}
MODEL = os.environ.get("MODEL", "model.keras")  # the network whose kernels are kept
keras.utils.set_random_seed(SEED)
"""
_FOLDER = {"cifar10": "a folder with CIFAR-10's batches; None: Keras gets it"}
_OF_FILES = "a folder with its .npy files"


@dataclass(frozen=True)
class Section:
    """A part of the program: a heading, a sentence, and the code."""

    title: str
    said: str
    code: str


def sections(config: ExperimentConfig, passes: float, *, is_drawn: bool = True) -> list[Section]:
    """The parts in order.

    Args:
        passes: over the training images in the whole run, 3.4 for one that ended within the fourth epoch.
        is_drawn: with the program that draws Shapes-10; otherwise its files are read.
    """
    is_shapes = config.data_set == "shapes10" and is_drawn
    folder = data.folder(config.data_set)
    default = f', "{folder}"' if folder and not is_shapes else ""
    said = _FOLDER.get(config.data_set, _OF_FILES)
    settings = (_SETTINGS_OF_REUSE if config.reuse else _SETTINGS).format(
        seed=config.training.seed, default=default, data=said
    )
    drawing = data.DRAWING_IMPORTS + "\n" + data.drawing() if is_shapes else ""
    needs = f"NumPy, {'scikit-learn, ' if config.reuse else ''}and Keras 3 with TensorFlow."
    parts = [
        Section("What it needs", needs, _imports(config) + "\n" + settings),
        Section(
            "The drawings", "Ten shapes, drawn as CNN Classroom draws them: the same seed, the same pixels.", drawing
        ),
        Section("The images", "Training, validation and test split.", data.images(config, is_drawn=is_shapes)),
        Section("The network", "A layer a line.", f"{network.definition(config.network)}\nmodel.summary()\n"),
        *(_reused(config) if config.reuse else _trained(config, passes)),
        Section("The test", "Once, at the end.", recipe.final_test(config.training)),
    ]
    return [part for part in parts if part.code]


def _trained(config: ExperimentConfig, passes: float) -> list[Section]:
    """From nothing: steps and their batches."""
    averaging = recipe.averaging(config)
    return [
        Section(
            "The steps", "How many images a step looks at, and how many steps there are.", recipe.steps(config, passes)
        ),
        Section("The initial weights", "Those that are not Keras' own.", network.start(config.network, is_run=True)),
        Section(
            "The batches",
            "The order of the images and their changes follow from the seed.",
            recipe.batches(config.training, config.network.classes),
        ),
        Section("The optimizer", "How a gradient becomes a step.", optimizer.definition(config.training)),
        Section("The training", "", recipe.fit(config.training)),
        Section("The averaged weights", "Keras has put the running averages into the model.", averaging),
    ]


def _reused(config: ExperimentConfig) -> list[Section]:
    """With the kernels of another run."""
    return [
        Section("The kernels", "They stay as another run has learned them.", reuse.kept(config)),
        Section("The last layer", "Logistic regression on what the layer reads.", reuse.last_layer(config)),
    ]


def program(
    config: ExperimentConfig, passes: float, title: str = "", *, is_drawn: bool = True, early: str | None = None
) -> str:
    """The run as one Python file. early: that it was finished before its time, in words."""
    title = " ".join(title.replace("\\", "/").replace('"""', "'").split()) or config.preset
    said = promise(config, passes, early).replace('"""', "'")  # somebody has typed the data set's title
    head = f'"""{title}: this run of CNN Classroom, without CNN Classroom.\n\n{said}\n"""\n'
    body = "\n\n".join(
        f"# {part.title}. {part.said}".rstrip() + f"\n\n{part.code}"
        for part in sections(config, passes, is_drawn=is_drawn)
    )
    return f"{head}\n{body}"


def notebook(config: ExperimentConfig, passes: float, title: str = "", *, early: str | None = None) -> bytes:
    """The same as a notebook for Jupyter: a heading and a cell for each part."""
    import nbformat  # 0.1 s, and only for who asks for a notebook
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    title = re.sub(r"([^\w\s,])", r"\\\1", " ".join(title.split())) or config.preset  # as text, not as Markdown
    cells = [
        new_markdown_cell(
            f"# {title}\n\nThis run of CNN Classroom, without CNN Classroom.\n\n{promise(config, passes, early)}"
        )
    ]
    for part in sections(config, passes):
        cells += [new_markdown_cell(f"## {part.title}\n\n{part.said}".strip()), new_code_cell(part.code.strip("\n"))]
    for number, cell in enumerate(cells):  # the same run gives the same file
        cell["id"] = f"cell-{number}"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = new_notebook(cells=cells, metadata=kernel)
    nbformat.validate(made)
    return nbformat.writes(made).encode()


def promise(config: ExperimentConfig, passes: float, early: str | None = None) -> str:
    """What is as in the app, and what cannot be the same to the last bit."""
    recipe = config.training
    data_and_seed = f"Data: {data_sets.learned(config).title}. Seed: {value(recipe.seed)}."
    if config.reuse:
        return "\n".join(textwrap.fill(sentence, 100) for sentence in (data_and_seed, *_OF_REUSE))
    rates = "" if early else "each step's learning rate, "
    said = [
        data_and_seed,
        "As in the app: the images, their order and what is changed of them, the network and its initial weights, "
        f"{rates}and how many steps there are.",
        "Not to the last bit: the app's kernels add up in another order, and so does another machine. Such differences "
        "grow with every step; the final accuracy may differ by some tenths of a point.",
    ]
    if early:
        said.append(
            f"The run was {early}: its learning rate fell to zero within the last seconds. This program makes as many "
            f"passes, {passes:.4g}, over the training images; its learning rate follows the schedule over all of them."
        )
    elif recipe.seconds is not None:
        said.append(
            f"The app stopped by the clock, after {recipe.seconds:g} seconds; this program makes {passes:.4g} passes "
            "over the training images, however long they take, and its learning rate follows the steps instead."
        )
    if recipe.precision == "auto":
        said.append("Where the processor can, the app multiplies in bfloat16 while it trains; this program does not.")
    if recipe.ema_momentum:
        said.append("After each epoch Keras measures the weights as they are; the app measures their running averages.")
    if recipe.label_smoothing:
        said.append("The losses that Keras shows while it trains are of the smoothed labels; the app's are not.")
    return "\n".join(textwrap.fill(sentence, 100) for sentence in said)


_OF_REUSE = (
    "As in the app: the images, the kernels, the penalties that are tried, and how many iterations a fit has at most.",
    "Not to the last bit: another machine adds up in another order, and a fit that has not settled feels it.",
)


def _imports(config: ExperimentConfig) -> str:
    pickled = "import pickle\n" if config.data_set == "cifar10" else ""
    return (
        f"import itertools\nimport math\nimport os\n{pickled}\n"
        'os.environ["KERAS_BACKEND"] = "tensorflow"\n\n'
        "import keras\nimport numpy as np\nimport tensorflow as tf\nfrom keras import layers\n"
        + ("from sklearn.linear_model import LogisticRegression\n" if config.reuse else "")
    )
