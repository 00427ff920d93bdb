"""The filters that a network has learned, and what the network does to their sums."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import runs
from cnn_core.architecture import Layer
from cnn_core.code import convolution as code
from cnn_core.convolution import learned
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.convolution.learned import Filters, Maps
from cnn_core.inference import Classifier
from pages.ui import address, guidance, presenter
from pages.ui.class_view import kernel_track
from pages.ui.components import player
from pages.ui.components.stage import convolution_data
from pages.ui.lab import in_code
from pages.ui.lab.controls import choose_contrast, show_maps
from pages.ui.lab.desk import Desk, Subject
from pages.ui.lab.linked import show_stage
from pages.ui.lab.network import first_filters, open_network
from pages.ui.lab.subject import Picture, for_network
from pages.ui.text import plain

FILTER, CHOSEN = "convolution.filter", "convolution.own_filter"  # the one shown; the one that the visitor chose


def show(desk: Desk, on: Subject) -> None:
    with desk.controls:
        network = open_network(on.run) if on.run else None
        found = _choose_filters(desk, on.run, network) if on.run else None
    if not on.run or not found:
        with desk.figure:
            st.markdown("Until then, your own kernel in the same view:")
            show_stage(convolution_data, on.picture.gray, on.kernel, key="convolution.own")
        return
    filters, is_whole = found
    with desk.below:
        seen = for_network(on.picture, on.run.config.data_set)
    layers = learned.chain(on.run.config.network)
    maps = network.feature_maps(seen.rgb) if network else None
    with desk.controls:
        number = _choose_number(_liveliest(maps, layers, filters, seen.rgb), filters.kernels.shape[3])
        contrast = choose_contrast()
    with desk.figure:
        settings = _show_stage(seen.rgb / 255, filters, number, layers if is_whole else layers[:1], on.run, contrast)
    in_code.show(desk, lambda: _code(seen, filters.kernels[..., number], **settings))
    with desk.below:
        st.caption(
            f"The first layer of *{plain(on.run.title)}*. Its pixels go from 0 to 1, since the network divides them by "
            "255. Networks with fixed whitening are not offered: their first filters are computed, not learned."
        )
        if maps and is_whole:
            _ask(filters, layers)
            _show_in_network(maps, filters, number, layers, contrast)
        _play_epochs(on.run)
        _show_beside(seen.rgb / 255, filters, number, on.kernel, contrast)


def learns_its_first_filters(run: runs.Run) -> bool:
    """Whether its first filters are learned; where a fixed whitening comes first, no learned filter reads the image."""
    return run.is_tested() and not run.config.network.whitening


def _choose_filters(desk: Desk, run: runs.Run, network: Classifier | None) -> tuple[Filters, bool] | None:
    """The filters after a chosen epoch, and whether they are the network's; else only their kernels are known."""
    if not run.config.network.blocks:
        st.info("This network has no convolution; choose another run.")
        return None
    epochs = run.snapshot_epochs()
    epoch = epochs[-1] if epochs else None
    if len(epochs) > 1:
        passes = _passes(run)
        shown = {"format_func": lambda number: f"{passes.get(number, number):g}", "width": presenter.pixels(200)}
        epoch = st.select_slider("After epoch", epochs, epoch, key=f"convolution.epoch.{run.id}", **shown)
    if network and (not epochs or epoch == epochs[-1]):
        return first_filters(run, network), True
    if epoch is None:
        st.info("This run has saved neither its network nor its kernels; choose another run.")
        return None
    try:
        kernels = run.snapshot(epoch).kernels.astype(float)
    except runs.RunError as error:
        st.error(str(error), icon=":material/error:")
        return None
    why = f"Only the kernels of epoch {epoch} were saved" if network else "The network of this run was not saved"
    desk.below.caption(f"{why}: this is the sum alone, without bias, activation and batch-norm.")
    return Filters(kernels, np.zeros(kernels.shape[3]), None, None), False


def _liveliest(maps: Maps | None, layers: list[Layer], filters: Filters, image: np.ndarray) -> int:
    """The filter with which the step begins: the one that shows most on this image.

    The trained network decides at every epoch, so that the filter stays while one goes through the epochs.
    """
    if not maps:
        sums = lab.conv2d(image / 255, filters.kernels)
        return learned.liveliest(sums, sums)
    bent = next((layer for layer in layers if layer.kind == "Activation"), layers[0])
    return learned.liveliest(maps[layers[0].name], maps[bent.name])


def _choose_number(liveliest: int, count: int) -> int:
    """Which filter, counted from 0: the visitor's own choice, else the one that shows most on this image."""
    address.allow_number(FILTER, 1, count)
    if CHOSEN in st.session_state and FILTER not in st.session_state:
        st.session_state[FILTER] = min(st.session_state[CHOSEN], count)  # back from another step or page
    elif CHOSEN not in st.session_state and FILTER not in st.query_params:
        st.session_state[FILTER] = liveliest + 1
    number = st.number_input(
        f"Filter, 1 to {count}",
        1,
        count,
        liveliest + 1,
        key=FILTER,
        bind="query-params",
        on_change=lambda: st.session_state.update({CHOSEN: st.session_state[FILTER]}),
        help="Until you choose one, it is the filter whose map has the most edges on this image.",
        width=presenter.pixels(150),
    )
    if FILTER in st.query_params:
        st.session_state[CHOSEN] = number
    return number - 1


def _show_stage(
    image: np.ndarray, filters: Filters, number: int, layers: list[Layer], run: runs.Run, contrast: float
) -> dict:
    """The window's sum and what the network does to it before pooling; returns the settings of the stage."""
    settings = {"padding": run.config.network.padding, "bias": filters.biases[number], "channels": "RGB"}
    kinds = [layer.kind for layer in layers[:3]]
    if kinds[1:2] == ["Activation"]:
        settings["activation"] = run.config.network.activation
        if kinds[2:] == ["BatchNormalization"] and np.isfinite(filters.scales[number]):
            settings["norm"] = (filters.scales[number], filters.shifts[number])
    settings["contrast"] = contrast
    show_stage(convolution_data, image, filters.kernels[..., number], key="convolution.learned", **settings)
    return settings


def _code(
    seen: Picture,
    kernel: np.ndarray,
    *,
    padding: str,
    bias: float,
    activation: str = "linear",
    norm: tuple[float, float] | None = None,
    **_: object,
) -> dict[str, str]:
    is_gray = not in_code.is_colour(seen)
    return code.learned(in_code.read(seen), kernel, bias, padding, activation, norm, is_gray=is_gray)


def _show_in_network(maps: Maps, filters: Filters, number: int, layers: list[Layer], contrast: float) -> None:
    st.header("What the network computes from it", anchor=False)
    titles = ["Sum + bias" if layers[0].settings.get("use_bias", True) else "Sum", *map(_title, layers[1:])]
    shown = [maps[layer.name][..., number] for layer in layers]
    show_maps(shown, titles, on_one_scale=False, contrast=contrast)
    bent = next((layer for layer in layers if layer.settings.get("activation") == "relu"), None)
    if bent:
        values = maps[bent.name][..., number]
        st.markdown(f"{int((values == 0).sum()):,} of its {values.size:,} values are 0 after ReLU.")
    if filters.scales is None:
        return
    if np.isfinite(filters.scales[number]):
        scale, shift = lab.write(filters.scales[number]), lab.write(filters.shifts[number])
        st.markdown(f"Batch-norm multiplies every value of this map by **{scale}** and adds **{shift}**.")
    else:
        st.markdown("This filter has the same value everywhere, so batch-norm has nothing to scale.")


def _title(layer: Layer) -> str:
    """The title of a map after this layer."""
    if layer.kind == "Activation":
        return f"After {ACTIVATIONS[layer.settings['activation']].title}"
    names = {"BatchNormalization": "batch-norm", "MaxPooling2D": "max pooling", "AveragePooling2D": "average pooling"}
    return f"After {names[layer.kind]}"


def _ask(filters: Filters, layers: list[Layer]) -> None:
    """Ask for the size of the layer; its parts are on the screen, its count is not."""
    size, _, _, count = filters.kernels.shape
    has_bias = layers[0].settings.get("use_bias", True)
    one = size * size * 3 + has_bias
    what = f"{count} filters{'' if has_bias else ' and no biases'}"
    each = f"({size} × {size} × 3 + 1)" if has_bias else f"{size} × {size} × 3"
    guidance.ask(
        f"learned.{count}.{size}.{has_bias}",
        f"This layer has {what}. How many numbers has training set in it?",
        [f"{number:,}" for number in sorted({one, count * size * size, count * one, 3 * count * one})],
        f"{count * one:,}",
        hint="Count one filter first: its slices, and its bias." if has_bias else "Count one filter first: its slices.",
        why=f"{count} × {each} = {count * one:,}.",
    )


def _play_epochs(run: runs.Run) -> None:
    """How all the filters changed from epoch to epoch, played in the browser."""
    epochs = run.snapshot_epochs()
    try:
        kernels = [run.snapshot(epoch).kernels.astype(float) for epoch in epochs]
    except runs.RunError as error:
        st.error(str(error), icon=":material/error:")
        return
    if len(epochs) < 2:
        return
    st.header("How they were learned", anchor=False)
    passes = _passes(run)
    track = kernel_track(epochs, kernels, np.abs(kernels[-1]).max(axis=(0, 1, 2)) + np.finfo(float).tiny)
    player.film(
        {"kernels": track},
        epochs,
        [f"after epoch {passes.get(epoch, epoch):g}" for epoch in epochs],
        key=f"convolution.epochs.{run.id}",
        label="The kernels of the first layer, epoch after epoch",
        speeds=[(2, "2 epochs a second"), (1, "1 epoch a second"), (5, "5 epochs a second")],
        plays=False,
    )


def _passes(run: runs.Run) -> dict[int, float]:
    """For each epoch how many times all images have been seen: 1.3 for one that was cut short."""
    return dict(zip(*run.history()[["epoch", "passes"]].round(1).to_numpy().T, strict=True))


def _show_beside(image: np.ndarray, filters: Filters, number: int, kernel: np.ndarray, contrast: float) -> None:
    st.header("Compared with your kernel", anchor=False)
    by_hand = np.repeat(kernel[..., None], 3, -1) / 3
    sums = [lab.conv2d(image, weights, padding="same") for weights in (filters.kernels[..., number], by_hand)]
    name = lab.preset_of(kernel)
    titles = [f"Filter {number + 1}, its sum", f"{lab.KERNELS[name].title if name else 'Your kernel'}, on all channels"]
    show_maps(sums, titles, on_one_scale=False, contrast=contrast)
