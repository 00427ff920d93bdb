"""The usual way to show a network with Streamlit, as tutorials do: for comparison with `benchmarks/thirty_visitors.py`.

    streamlit run benchmarks/usual_way.py

TensorFlow is in the web process. The model is loaded once (`st.cache_resource`) and asked by `model.predict`;
`model.fit` runs in a thread, so that it outlives a click, and all visitors see its curves. Images stay uint8, a quarter
of what the usual `/ 255` takes. The network, the images and the seconds between two looks at the training are those of
the app. It has what the journey of the comparison can use, and no more: no numbers to touch, no evidence, no replay.
USUAL_WAY_COUNTS names a file for the number of images trained on so far.
"""

import os
import threading
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import plotly.express as px
import streamlit as st
from PIL import Image
from tensorflow import nn

from cnn_core import data, runs

NAME, BATCH = "shapes10", 128
KERNELS = {
    "Vertical edges": [[1, 0, -1]] * 3,
    "Horizontal edges": [[1, 1, 1], [0, 0, 0], [-1, -1, -1]],
    "Box blur": [[1 / 9] * 3] * 3,
}


@st.cache_resource
def load_images(split: str) -> tuple[np.ndarray, np.ndarray]:
    part = data.load(NAME).split(split)
    return part.images(slice(None)), np.array(part.labels)


@st.cache_resource
def load_model() -> keras.Model:
    return keras.models.load_model(runs.find_run("lesson").keras_path, compile=False)


@st.cache_resource
def the_training() -> dict:
    return {"thread": None, "images": 0, "loss": []}


@st.cache_data
def predict_test() -> np.ndarray:
    return load_model().predict(load_images("test")[0], verbose=0)


class Count(keras.callbacks.Callback):
    """Tells the page, and the benchmark, how far the training is."""

    def on_train_batch_end(self, batch: int, logs: dict) -> None:
        state = the_training()
        state["images"] += BATCH
        if batch % 20 == 0:
            state["loss"].append(logs["loss"])
            if path := os.environ.get("USUAL_WAY_COUNTS"):
                Path(path).write_text(str(state["images"]))


def train() -> None:
    images = keras.Input((32, 32, 3))
    maps = keras.layers.Rescaling(1 / 255)(images)
    for filters in (16, 32, 64):
        maps = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv_{filters}")(maps)
        maps = keras.layers.BatchNormalization(name=f"norm_{filters}")(maps)
        maps = keras.layers.MaxPooling2D(name=f"pool_{filters}")(maps)
    values = keras.layers.Dense(64, activation="relu", name="dense")(keras.layers.Flatten()(maps))
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax", name="classes")(values))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(
        *load_images("train"),
        batch_size=BATCH,
        epochs=10_000,
        validation_data=load_images("val"),
        callbacks=[Count()],
        verbose=0,
    )


def home() -> None:
    st.title("Image classification")
    st.write("Look at the images, try a kernel, train the network, and classify a photo.")


def dataset() -> None:
    st.title("The data set")
    names = ["all", *data.about(NAME).class_names]
    split = st.segmented_control("Split", ["train", "val", "test"], default="train", required=True)
    images, labels = load_images(split)
    name = st.selectbox("Class", names)
    if st.button("Show other images"):
        st.session_state["seed"] = st.session_state.get("seed", 0) + 1
    chosen = np.flatnonzero(labels == names.index(name) - 1) if name != "all" else np.arange(len(images))
    chosen = np.random.default_rng(st.session_state.get("seed", 0)).permutation(chosen)
    page = st.pagination(len(chosen) // 20)
    for column, place in zip([*st.columns(5) * 4], chosen[20 * (page - 1) :], strict=False):
        column.image(images[place], data.about(NAME).class_names[labels[place]], width=96)


def convolution() -> None:
    st.title("Convolution")
    images, _ = load_images("test")
    image = images[st.number_input("Number", 0, len(images) - 1)]
    kernel = np.array(KERNELS[st.selectbox("Kernel", list(KERNELS))], "float32")
    contrast = st.slider("Contrast", 0.5, 5.0, 1.0, 0.5)
    gray = image.mean(axis=-1, dtype="float32")[None, ..., None] / 255
    result = nn.conv2d(gray, kernel[..., None, None], 1, "VALID").numpy()[0, ..., 0]
    left, right = st.columns(2)
    left.image(image, width=280)
    right.image(np.clip(0.5 + contrast * result / 2, 0, 1), width=280)


def network() -> None:
    st.title("Network")
    lines = []
    load_model().summary(print_fn=lines.append)
    st.code("\n".join(lines))


def training() -> None:
    st.title("Training")
    state = the_training()
    if st.button("Start training", disabled=state["thread"] is not None):
        state["thread"] = threading.Thread(target=train, daemon=True)
        state["thread"].start()

    @st.fragment(run_every=1.25)
    def live() -> None:
        st.write(f"{state['images']:,} images")
        st.line_chart(state["loss"][-500:])

    live()


def evaluation() -> None:
    st.title("Evaluation")
    labels, names = load_images("test")[1], data.about(NAME).class_names
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, predict_test().argmax(axis=1)), 1)
    by = st.segmented_control("Show", ["counts", "% of actual"], default="counts", required=True)
    shown = counts if by == "counts" else 100 * counts / counts.sum(axis=1, keepdims=True)
    st.metric("Test accuracy", f"{np.trace(counts) / counts.sum():.2%}")
    st.plotly_chart(px.imshow(shown, x=names, y=names, text_auto=True))


def inside() -> None:
    st.title("Feature maps")
    images, _ = load_images("test")
    image = images[st.number_input("Number", 0, len(images) - 1)]
    model = load_model()
    layers = {layer.name: layer for layer in model.layers if "conv" in layer.name}
    layer = layers[st.selectbox("Layer", list(layers))]
    maps = keras.Model(model.inputs, layer.output).predict(image[None], verbose=0)[0]
    st.image(image, width=160)
    for column, values in zip([*st.columns(8) * 2], np.moveaxis(maps, -1, 0), strict=False):
        column.image((values - values.min()) / (np.ptp(values) + 1e-6), width=96)


def prediction() -> None:
    st.title("Prediction")
    source = st.segmented_control("Image", ["Your photo", "Test image"], default="Your photo", required=True)
    if source == "Test image":
        images, _ = load_images("test")
        if st.button("Show other images"):
            st.session_state["shown"] = int(np.random.default_rng().integers(len(images)))
        image = images[st.session_state.get("shown", 0)]
    elif file := st.file_uploader("Photo", ["jpg", "png"]):
        image = np.asarray(Image.open(file).convert("RGB").resize((32, 32)))
    else:
        return
    shares = load_model().predict(image[None], verbose=0)[0]
    names = data.about(NAME).class_names
    st.image(image, width=192)
    st.header(f"{names[shares.argmax()]}, {shares.max():.1%}")
    st.bar_chart(pd.DataFrame({"share": shares}, index=names))


PAGES = (home, dataset, convolution, network, training, evaluation, inside, prediction)
if __name__ == "__main__":
    st.navigation([st.Page(page, default=page is home) for page in PAGES]).run()
