"""The filters that a network has learned, and what the network does to their sums."""

import numpy as np
import streamlit as st

from cnn_core import convolution as lab
from cnn_core import runs
from cnn_core.architecture import Layer
from cnn_core.convolution import learned
from cnn_core.convolution.activations import ACTIVATIONS
from cnn_core.convolution.learned import Filters, Maps
from cnn_core.inference import Classifier
from pages.ui import address, controls
from pages.ui.components.stage import convolution_data
from pages.ui.lab import lesson
from pages.ui.lab.controls import show_maps
from pages.ui.lab.linked import show_stage
from pages.ui.lab.network import first_filters, open_network
from pages.ui.lab.subject import Picture, for_network
from pages.ui.text import plain

FILTER = "convolution.filter"
SHARES = ("below 10%", "10% to 50%", "50% to 90%", "above 90%")


def show(picture: Picture, kernel: np.ndarray) -> None:
    run = controls.choose_run("convolution.run", _learns_its_first_filters)
    found = _choose_filters(run) if run else None
    if not run or not found:
        st.markdown("Until then, your own kernel in the same view:")
        show_stage(convolution_data, picture.gray, kernel, key="convolution.own")
        return
    filters, network = found
    seen = for_network(picture, run.config.data_set)
    number = _choose_number(filters)
    layers = learned.chain(run.config.network)
    _show_stage(seen.rgb / 255, filters, number, layers if network else layers[:1], run)
    if network:
        maps = network.feature_maps(seen.rgb)
        _show_in_network(maps, filters, number, layers)
        _ask(maps, number, layers)
    _show_beside(seen.rgb / 255, filters, number, kernel)


def _learns_its_first_filters(run: runs.Run) -> bool:
    """Whether its first filters are learned; where a fixed whitening comes first, no learned filter reads the image."""
    return run.is_tested() and not run.config.network.whitening


def _choose_filters(run: runs.Run) -> tuple[Filters, Classifier | None] | None:
    """The filters after a chosen epoch and their network; no network: only the kernels are known."""
    if not run.config.network.blocks:
        st.info("This network has no convolution; choose another run.")
        return None
    epochs = run.snapshot_epochs()
    epoch = epochs[-1] if epochs else None
    if len(epochs) > 1:
        passes = dict(zip(*run.history()[["epoch", "passes"]].round(1).to_numpy().T, strict=True))  # 1.3: cut short
        shown = {"format_func": lambda number: f"{passes.get(number, number):g}", "width": 420}
        epoch = st.select_slider("After epoch", epochs, epoch, key=f"convolution.epoch.{run.id}", **shown)
    network = open_network(run)
    if network and (not epochs or epoch == epochs[-1]):
        return first_filters(run, network), network
    if epoch is None:
        st.info("This run has saved neither its network nor its kernels; choose another run.")
        return None
    try:
        kernels = run.snapshot(epoch).kernels.astype(float)
    except runs.RunError as error:
        st.error(str(error), icon=":material/error:")
        return None
    why = f"Only the kernels of epoch {epoch} were saved" if network else "The network of this run was not saved"
    st.caption(f"{why}: this is the sum alone, without bias, activation and batch-norm.")
    return Filters(kernels, np.zeros(kernels.shape[3]), None, None), None


def _choose_number(filters: Filters) -> int:
    """Which filter, counted from 0."""
    count = filters.kernels.shape[3]
    address.allow_number(FILTER, 1, count)
    number = st.number_input(f"Filter, 1 to {count}", 1, count, key=FILTER, bind="query-params", width=160)
    with st.expander(f"All {count} filters, each as the sum of its three slices"):
        show_maps(np.moveaxis(filters.kernels.sum(2), -1, 0), [f"{position + 1}" for position in range(count)])
    return number - 1


def _show_stage(image: np.ndarray, filters: Filters, number: int, layers: list[Layer], run: runs.Run) -> None:
    """The window's sum and what the network does to it before pooling."""
    settings = {"padding": run.config.network.padding, "bias": filters.biases[number], "channels": "RGB"}
    kinds = [layer.kind for layer in layers[:3]]
    if kinds[1:2] == ["Activation"]:
        settings["activation"] = run.config.network.activation
        if kinds[2:] == ["BatchNormalization"] and np.isfinite(filters.scales[number]):
            settings["norm"] = (filters.scales[number], filters.shifts[number])
    show_stage(convolution_data, image, filters.kernels[..., number], key="convolution.learned", **settings)
    st.caption(
        f"The first layer of *{plain(run.title)}*. Its pixels go from 0 to 1, since the network divides them by 255. "
        "Networks with fixed whitening are not offered: their first filters are computed, not learned."
    )


def _show_in_network(maps: Maps, filters: Filters, number: int, layers: list[Layer]) -> None:
    st.subheader("What the network computes from it", anchor=False)
    titles = ["Sum + bias" if layers[0].settings.get("use_bias", True) else "Sum", *map(_title, layers[1:])]
    show_maps([maps[layer.name][..., number] for layer in layers], titles, on_one_scale=False)
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


def _ask(maps: Maps, number: int, layers: list[Layer]) -> None:
    """Ask about the map that the network computes. Only ReLU makes values exactly 0."""
    bent = next((layer for layer in layers if layer.settings.get("activation") == "relu"), None)
    if bent is None:
        return
    values = maps[bent.name][..., number]
    zeros = int((values == 0).sum())
    share = zeros / values.size
    lesson.ask(
        f"learned.{number}.{share:.3f}",
        "What share of this filter's map is exactly 0 after ReLU, in the network?",
        SHARES,
        SHARES[int(np.digitize(share, [0.1, 0.5, 0.9]))],
        f"{zeros:,} of its {values.size:,} values are 0.",
    )


def _show_beside(image: np.ndarray, filters: Filters, number: int, kernel: np.ndarray) -> None:
    st.subheader("Compared with your kernel", anchor=False)
    by_hand = np.repeat(kernel[..., None], 3, -1) / 3
    sums = [lab.conv2d(image, weights, padding="same") for weights in (filters.kernels[..., number], by_hand)]
    titles = [f"Filter {number + 1}, its sum", "Your kernel, on all three channels"]
    show_maps(sums, titles, on_one_scale=False)
