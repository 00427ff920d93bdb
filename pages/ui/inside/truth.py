"""Is the map true? The network is scrambled step by step from the top; a map of what was learned has to change."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from cnn_core.architecture import last_maps
from cnn_core.code import sanity as code
from cnn_core.convolution.activations import softmax
from cnn_core.explanation import evidence, flow, sanity
from cnn_core.explanation.maps import NOT_NUMBERS
from cnn_core.inference import BackwardPass, Kernels
from cnn_core.plotting.maps import written
from pages.ui import cache, guidance, sureness
from pages.ui.components.cascade import Row, cascade
from pages.ui.inside import in_code, signed
from pages.ui.inside.columns import titles
from pages.ui.inside.subject import Subject, part
from pages.ui.lessons import locks

SEED = "inside.truth.seed"
KINDS = ("Evidence", "Edges", "Gradient")
_IMPOSTOR = "Edges"
_STEPS = 5  # each opens a network of its own: 0.1 s for a large one


@dataclass(frozen=True)
class Fall:
    """What becomes of each kind of map, and of the answer, from the whole network to one that knows nothing."""

    steps: list[tuple[str, ...]]  # the layers, in the order in which they are scrambled
    stages: dict[str, list[sanity.Stage]]  # for each of KINDS
    shares: np.ndarray  # float (stages, classes): softmax


@part
def show(on: Subject) -> None:
    label, seed = int(on.classifier.predict(on.image[np.newaxis]).argmax()), st.session_state.get(SEED, 0)
    fall = signed.once(on, ("fall", label, seed), lambda: _scramble(on, label, seed))
    if not np.isfinite(fall.shares[0]).all():
        st.error(NOT_NUMBERS, icon=":material/error:")
        return
    figure, below = st.container(), st.container()
    with below:
        is_answered = _ask(on)
    with figure:
        said = _what_happened(fall) if is_answered else ""
        _show_fall(on, fall, said)
        if said:
            st.markdown(said)
    with below:
        st.button(
            "Scramble in another way",
            icon=":material/casino:",
            key="inside.truth.again",
            disabled=locks.is_locked("experiment"),
            on_click=lambda: st.session_state.update({SEED: seed + 1}),
            help="Each layer's numbers get yet another order.",
        )
        if is_answered:  # it names the maps
            in_code.show("truth", lambda: _code(on, label, fall, seed))


def _code(on: Subject, label: int, fall: Fall, seed: int) -> str:
    layer, names = last_maps(on.run.config.network).name, on.class_names
    return code.cascade(in_code.read(on), layer, label, fall.steps, seed, names)


def _scramble(on: Subject, label: int, seed: int) -> Fall:
    """Each stage's network is opened once; the three maps and the answer are its own."""
    graph, asked = b"", np.array([label])
    law = evidence.law_of(on.run.config.network)
    shares, gradients = [], []

    def evidence_of(changed: Kernels) -> np.ndarray:
        nonlocal graph
        graph = on.network.put(graph, changed) if changed else on.network.graph()
        with cache.changing(*on.file):  # for one step only: whoever opens a network meanwhile waits
            found = BackwardPass(graph).explain(on.image[np.newaxis], asked)
        shares.append(softmax(found.logits[0]))
        gradients.append(found.image_gradient[0].sum(axis=-1))
        return evidence.of_class(lambda *_: found, on.image, label, law=law).map

    steps = sanity.steps(sanity.from_the_top(on.run.config.network), _STEPS)
    of_evidence = sanity.cascade(on.network.kernels(), steps, evidence_of, seed)
    stages = {
        "Evidence": of_evidence,
        "Edges": sanity.compare([stage.scrambled for stage in of_evidence], [sanity.edges(on.image)] * len(shares)),
        "Gradient": sanity.compare([stage.scrambled for stage in of_evidence], gradients),
    }
    return Fall(steps, stages, np.array(shares))


def _show_fall(on: Subject, fall: Fall, said: str) -> None:
    """`said`: what the maps show, once the question which is which has been answered."""
    names = [on.class_names[int(share.argmax())] if np.isfinite(share).all() else "no number" for share in fall.shares]
    answers = [(name, f"{share.max():.0%}") for name, share in zip(names, fall.shares, strict=True)]
    rows = [
        Row(
            kind if said else f"Map {number}",
            [stage.map for stage in fall.stages[kind]],
            [stage.similarity for stage in fall.stages[kind]],
        )
        for number, kind in enumerate(KINDS, 1)
    ]
    named = titles(flow.columns(on.run.config.network))
    steps = [
        [named.get(name) or name.capitalize().replace("Dense", "Dense ") for name in layers] for layers in fall.steps
    ]
    cascade(on.image, steps, answers, rows, key="inside.truth", alt=said.replace("*", ""))
    cells = fall.stages["Evidence"][0].map.size
    whitening = " The whitening stays: it was not learned." if on.run.config.network.whitening else ""
    st.caption(
        "The number below a map compares it with the map in the first column: 1 means that the places stand in the "
        "same order, from the lowest value to the highest, 0 that the orders have nothing in common, −1 the reverse "
        f"(rank correlation). For a map of {cells:,} cells chance alone gives about "
        f"±{1 / max(cells - 1, 1) ** 0.5:.1f}.{whitening} {sureness.RAW_HERE}"
    )


def _what_happened(fall: Fall) -> str:
    """What should happen, and what did, in numbers."""
    last = {kind: stages[-1].similarity for kind, stages in fall.stages.items()}
    said = [f"{kind.lower()} {_number(last[kind])}" for kind in KINDS]
    unchanged = [
        kind.lower()
        for kind in KINDS
        if all(stage.similarity is not None and stage.similarity >= sanity.ALIKE for stage in fall.stages[kind])
    ]
    verdict = f"**{' and '.join(unchanged).capitalize()}** hardly changed: no map of what was learned."
    return (
        "**What should happen:** the network forgets, so a map of what it learned must change, at the latest when "
        f"every layer is scrambled. **What did happen,** with all {sum(map(len, fall.steps))} layers scrambled: "
        f"{', '.join(said)}. {verdict if unchanged else 'All three changed.'}"
    )


def _number(value: float | None) -> str:
    return "without an order" if value is None else written(value)


def _ask(on: Subject) -> bool:
    numbered = {kind: f"Map {number}" for number, kind in enumerate(KINDS, 1)}
    return guidance.ask(
        f"inside.truth.{on.run.id}.{on.image_id}",
        "One of the three maps was drawn without asking the network at all. Which one?",
        list(numbered.values()),
        numbered[_IMPOSTOR],
        hint="Scramble more and more layers, to the last. Which map does not care?",
        why="It shows the edges of the image: how strongly the brightness changes at each pixel. It looks as if it "
        "explained something, and stays the same whatever the network knows. The others are the evidence in the cells "
        "of the last maps, and the gradient: what a brighter pixel would add to the logit.",
    )
