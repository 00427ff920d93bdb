"""The convolution lab: one lesson in nine steps, on an image and a kernel that are carried from step to step."""

import streamlit as st

from cnn_core import convolution
from pages.ui import address, frame, lesson, presenter
from pages.ui.lab import STEPS, given, kernel, network, subject
from pages.ui.lab.desk import Desk, Subject, lay_out

STEP = "convolution.step"


def choose_subject(step: str, desk: Desk) -> Subject:
    """The image, the kernel and the run of a step; a kernel that is larger than the image is cut."""
    suits = STEPS[step].suits
    with desk.controls:
        run = network.choose_run(step, suits) if suits else None
        picture = subject.choose_picture(step, run.config.data_set if run else None)
    with_changes = step != "kernel"  # which has them in the figure
    is_used = STEPS[step].uses_kernel and not run  # where a run is shown, the network's own kernels are
    weights = kernel.choose_kernel(desk, is_used=is_used, with_changes=with_changes)
    side = min(picture.small.shape[:2])
    if len(weights) > side:
        desk.said.warning(f"The kernel is larger than the image. Only its middle, {side - 1} × {side - 1}, is used.")
        weights = convolution.resize(weights, side - 1)
    return Subject(picture, weights, run)


def choose_step() -> str:
    address.allow(STEP, [step.title for step in STEPS.values()])
    return st.segmented_control(
        "Step",
        list(STEPS),
        format_func=lambda name: STEPS[name].title,
        default="sum",
        required=True,
        key=STEP,
        bind="query-params",
        label_visibility="collapsed",
    )


def go_to(step: str) -> None:
    st.session_state[STEP] = step


def show_way(step: str) -> None:
    """Buttons to the previous and the next step, or page; the presenter's keys press them."""
    names = list(STEPS)
    place = names.index(step)
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        for way, icon, key in ((-1, "arrow_back", presenter.PREVIOUS_KEY), (1, "arrow_forward", presenter.NEXT_KEY)):
            if 0 <= place + way < len(names):
                other = names[place + way]
                st.button(
                    STEPS[other].title,
                    icon=f":material/{icon}:",
                    on_click=go_to,
                    args=(other,),
                    shortcut=presenter.shortcut(key),
                )
            else:
                frame.show_step("convolution.py", way)


def show_next(step: str) -> None:
    """The next step, in sight while one looks at this one; beside the steps, which say its name."""
    other = dict(zip(STEPS, list(STEPS)[1:], strict=False)).get(step)
    if other:
        st.button("Next", type="primary", icon=":material/arrow_forward:", on_click=go_to, args=(other,))


frame.header("Convolution", "Touch every number: each pixel, each product and each sum, from one pixel to ten classes.")
lesson.choose_answers()
with st.container(horizontal=True):
    chosen = choose_step()
    show_next(chosen)
lesson.what_to_do("convolution", chosen)
desk = lay_out()
if chosen == "learned" and given.is_there():
    given.show(desk)
else:
    STEPS[chosen].show(desk, choose_subject(chosen, desk))
lesson.what_to_notice("convolution", chosen)
show_way(chosen)
frame.lead_on("convolution.py")
