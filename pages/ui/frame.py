"""The frame around every page: browser tab, logo, navigation, header. `PAGES` has the pages in a lesson's order.

Streamlit's old router looks into a folder called pages/ and may catch the first deep link after a server start; it then
runs a page without its frame. So every page calls `header` first, and `header` opens the frame if nobody has.
"""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from cnn_core import memory
from pages.ui import lessons, presenter, server, teacher, together, visit
from pages.ui.together import offering

_SHOWN = "frame.shown"  # the file of the page that runs inside the frame
_old_router = True  # until the first visit of this process
WITH_OWN_STEPS = ("convolution.py", "evaluation.py", "inside.py")  # the presenter's keys lead through these first
_CARD = "frame-card-"
NEXT = "frame-next"  # the key of the button beside a page's steps
# The link's own area grows over the whole card. A selected segment, a slider's value and the teacher's place have the
# colour of all text: the primary colour, which has to be dark enough for white text on it, cannot be read in the dark
# theme. The button to the next step is as high as the steps; on a phone it would be a line of its own, and the page
# ends with the same.
_STYLE = f"""<style>
[class*="st-key-{_CARD}"] {{ position: relative; transition: border-color 0.1s; }}
[class*="st-key-{_CARD}"] > [data-testid=stElementContainer] {{ position: static; }}
[class*="st-key-{_CARD}"] [data-testid=stPageLink-NavLink]::after {{ content: ""; position: absolute; inset: 0; }}
[class*="st-key-{_CARD}"]:hover {{ border-color: var(--st-primary-color, #3572d8); }}
[data-testid=stButtonGroup] [data-rac] button[data-variant][data-selected=true],
[data-testid=stSliderThumbValue], [class*="st-key-{teacher.PLACE}"] [data-testid=stPopover] button {{ color: inherit; }}
.st-key-{NEXT} button {{ min-height: 2rem; padding-block: 0; }}
@media (max-width: 640px) {{ .st-key-{NEXT} {{ display: none; }} }}
</style>"""
_LOGO = Path(__file__).parents[2] / "assets" / "logo.svg"  # a Material icon as the tab's would be fetched from the web


@dataclass(frozen=True)
class PageEntry:
    """One page of the app, in the order in which a lesson visits them."""

    file: str
    section: str
    title: str
    icon: str
    lead: str  # what a visitor does there, as shown on the home page
    is_step: bool = True  # of the way from a pixel to a prediction; the others stand beside it

    @property
    def path(self) -> str:
        """The name under which st.page_link and st.switch_page know the page."""
        return f"pages/{self.file}"


PAGES = (
    PageEntry("home.py", "Learn", "Home", ":material/home:", "The way from a pixel to a confusion matrix."),
    PageEntry(
        "dataset.py", "Learn", "Data set", ":material/photo_library:", "See the images, and the numbers in them."
    ),
    PageEntry(
        "own_data.py",
        "Learn",
        "Your data",
        ":material/photo_camera:",
        "Take pictures of your own, and let a network learn them.",
        False,
    ),
    PageEntry(
        "convolution.py", "Learn", "Convolution", ":material/grid_on:", "Slide a kernel over an image, sum by sum."
    ),
    PageEntry(
        "network.py", "Build", "Network", ":material/account_tree:", "Stack layers, and see what each one costs."
    ),
    PageEntry(
        "training.py", "Build", "Training", ":material/model_training:", "Start a run, and watch the network learn."
    ),
    PageEntry(
        "evaluation.py",
        "Understand",
        "Evaluation",
        ":material/grid_on:",
        "See what it confuses, and how sure it may be.",
    ),
    PageEntry(
        "inside.py",
        "Understand",
        "Inside",
        ":material/neurology:",
        "Look inside the network, and ask why it says what it says.",
    ),
    PageEntry(
        "prediction.py",
        "Understand",
        "Prediction",
        ":material/image_search:",
        "Let the network classify a photo of your own.",
    ),
    PageEntry(
        "classroom.py", "Together", "Class", ":material/groups:", "Let pupils join, predict and follow a lesson.", False
    ),
    PageEntry(
        "games.py", "Together", "Games", ":material/stadia_controller:", "Beat the network; find a kernel.", False
    ),
)
STEPS = tuple(entry for entry in PAGES if entry.is_step)


def run() -> None:
    """Open the frame and run the page that the address names."""
    memory.give_back_large_blocks()
    server.announce()
    presenting = presenter.is_on()
    st.set_page_config(
        page_title="CNN Classroom",
        page_icon=_LOGO,
        layout="wide",
        initial_sidebar_state="collapsed" if presenting else 240,
    )
    st.logo(_LOGO, size="large")
    st.html(_STYLE)
    presenter.apply_style()
    pages = [
        st.Page(entry.path, title=entry.title, icon=entry.icon, default=entry.file == "home.py") for entry in PAGES
    ]
    _leave_the_old_router(pages)
    teacher.arrive()
    teacher.tell_if_open()
    together.arrive()
    if presenting:
        page = st.navigation(pages, position="top")
    else:
        page = st.navigation(_by_section(pages), expanded=True)
        with st.sidebar:
            presenter.show_switch()
            teacher.show_place()
    st.session_state[_SHOWN] = PAGES[pages.index(page)].file
    visit.note_page(st.session_state[_SHOWN])
    together.show_panel(offering.follow(), lessons.keep_up)
    try:
        lessons.arrive(Path(st.session_state[_SHOWN]).stem)
        lessons.show_strip(Path(st.session_state[_SHOWN]).stem)
        page.run()
    finally:
        del st.session_state[_SHOWN]


def _leave_the_old_router(pages: list) -> None:
    """Begin the server's first visit once more, without a sidebar in between.

    Until `st.navigation` has been called in this process, the old router shows its own sidebar before our page
    configuration is sent. A sidebar takes its width when it appears: that visitor's was 300 pixels wide, not 240.
    """
    global _old_router
    if _old_router:
        _old_router = False
        st.navigation(pages, position="hidden")
        time.sleep(0.3)
        st.rerun()


def _by_section(pages: list) -> dict[str, list]:
    sections: dict[str, list] = {}
    for entry, page in zip(PAGES, pages, strict=True):
        sections.setdefault(entry.section, []).append(page)
    return sections


def header(title: str, lead: str) -> None:
    """Title and lead, side by side where there is room; every page calls this first. Content starts above y = 150.

    In presenter mode the steps before and after stand there instead of the lead.
    """
    if _SHOWN not in st.session_state:
        run()
        st.stop()
    if not presenter.is_on():
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            st.title(title, anchor=False, width="content")
            st.markdown(lead, width="content")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):  # one line, also 1280 pixels wide
        st.title(title, anchor=False, width="content")
        st.space("stretch")
        shown = st.session_state[_SHOWN]
        if shown not in WITH_OWN_STEPS and not lessons.is_followed():
            show_step(shown, -1)
            show_step(shown, 1)
        presenter.show_switch()
        teacher.show_place()


def show_step(page: str, way: int) -> None:
    """A button to the page after `page`, its file's name, or before it (`way` is -1); the presenter's keys press it."""
    files = [entry.file for entry in STEPS]
    place = files.index(page) + way if page in files else -1
    if not 0 <= place < len(STEPS):
        return
    icon, key = ("arrow_forward", presenter.NEXT_KEY) if way > 0 else ("arrow_back", presenter.PREVIOUS_KEY)
    entry = STEPS[place]
    shortcut = None if lessons.is_followed() else presenter.shortcut(key)
    if st.button(entry.title, icon=f":material/{icon}:", key=f"frame.step{way}", shortcut=shortcut):
        go_to(entry.path)


def go_to(path: str) -> None:
    """Open the page now, as a click on its link does; st.switch_page alone fails where the address holds a widget."""
    st.query_params.from_dict({})
    st.switch_page(path)


def card(key: str, height: Literal["content", "stretch"] = "content") -> DeltaGenerator:
    """A frame around one page link and its words; a click anywhere in it is a click on the link."""
    return st.container(border=True, gap="xsmall", key=f"{_CARD}{key}", height=height)


def lead_on(page: str) -> None:
    """The next step of the lesson after `page`, its file's name; every page ends with it."""
    place = [entry.file for entry in STEPS].index(page) + 1
    if place < len(STEPS):
        entry = STEPS[place]
        with card("next"):
            st.page_link(entry.path, label=f"**Next: {entry.title}**", icon=":material/arrow_forward:")
            st.markdown(entry.lead)
