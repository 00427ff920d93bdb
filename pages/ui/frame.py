"""The frame around every page: browser tab, logo, navigation, header. `PAGES` has the pages in a lesson's order.

Streamlit's old router looks into a folder called pages/ and may catch the first deep link after a server start; it then
runs a page without its frame. So every page calls `header` first, and `header` opens the frame if nobody has.
"""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

_OPEN = "frame.open"
_LOGO = Path(__file__).parents[2] / "assets" / "logo.svg"  # a Material icon as the tab's would be fetched from the web


@dataclass(frozen=True)
class PageEntry:
    """One page of the app, in the order in which a lesson visits them."""

    file: str
    section: str
    title: str
    icon: str
    lead: str  # what a visitor does there, as shown on the home page

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
        "convolution.py", "Learn", "Convolution", ":material/grid_on:", "Slide a kernel over an image, sum by sum."
    ),
    PageEntry(
        "network.py", "Build", "Network", ":material/account_tree:", "Stack layers, and see what each one costs."
    ),
    PageEntry(
        "training.py", "Build", "Training", ":material/model_training:", "Start a run, and watch the network learn."
    ),
    PageEntry(
        "evaluation.py", "Understand", "Evaluation", ":material/grid_on:", "See which classes the network confuses."
    ),
    PageEntry(
        "prediction.py",
        "Understand",
        "Prediction",
        ":material/image_search:",
        "Let the network classify a photo of your own.",
    ),
)


def run() -> None:
    """Open the frame and run the page that the address names."""
    st.session_state[_OPEN] = True
    st.set_page_config(page_title="CNN Classroom", page_icon=_LOGO, layout="wide", initial_sidebar_state=240)
    st.logo(_LOGO, size="large")
    sections: dict[str, list] = {}
    for entry in PAGES:
        page = st.Page(entry.path, title=entry.title, icon=entry.icon, default=entry.file == "home.py")
        sections.setdefault(entry.section, []).append(page)
    st.navigation(sections, expanded=True).run()


def header(title: str, lead: str) -> None:
    """Title and lead, side by side where there is room; every page calls this first. Content starts above y = 150."""
    if _OPEN not in st.session_state:
        run()
        st.stop()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.title(title, anchor=False, width="content")
        st.markdown(lead, width="content")


def lead_on(page: str) -> None:
    """The next step of the lesson after `page`, its file's name; every page ends with it."""
    files = [entry.file for entry in PAGES]
    place = files.index(page) + 1
    if place < len(PAGES):
        entry = PAGES[place]
        st.page_link(entry.path, label=f"**Next: {entry.title}.** {entry.lead}", icon=":material/arrow_forward:")
