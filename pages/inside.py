"""The inside page: the whole network on one image, and why it says what it says."""

import streamlit as st

from cnn_core import data
from pages.ui import address, cache, controls, frame
from pages.ui.inside import PARTS
from pages.ui.inside.subject import Subject, open_run

PART = "inside.part"


def choose_part() -> str:
    address.allow(PART, [part.title for part in PARTS.values()])
    return st.segmented_control(
        "Part",
        list(PARTS),
        format_func=lambda name: PARTS[name].title,
        default="network",
        required=True,
        key=PART,
        bind="query-params",
        label_visibility="collapsed",
    )


frame.header("Inside", "Look inside the network, and ask why it says what it says.")
part = choose_part()
run = controls.choose_run("inside.run", suits=lambda run: run.has_anatomy(), best_for="cifar10")
opened = open_run(run) if run else None
if run and opened:
    images = cache.data_set(run.config.data_set if data.is_ready(run.config.data_set) else "shapes10").split("test")
    subject = Subject(run, *opened, images.images(slice(0, 1))[0], "test.0", int(images.labels[0]), run.config.data_set)
    PARTS[part].show(subject)
frame.lead_on("inside.py")
