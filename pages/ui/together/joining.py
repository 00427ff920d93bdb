"""The class page before the first question: how to get into a class, and who is there."""

from urllib.parse import urlencode

import streamlit as st

from cnn_core.classroom import ClassError
from pages.ui import presenter, teacher
from pages.ui.text import plain
from pages.ui.together import membership, reachable
from pages.ui.together.membership import TEACHERS, Member
from pages.ui.together.panel import pace

_CODE, _MESSAGE, _TOKEN, _WHERE = (f"together.{name}" for name in ("code", "message", "token", "where"))
_SIDE = 300  # pixels of the QR code, times the presenter's scale
_CLOSED = (
    "This server answers this computer only. For phones start it with "
    "`streamlit run streamlit_app.py --server.address 0.0.0.0`."
)
_NO_NETWORK = (
    "This computer is in no network. Join the one of the phones, or a phone's hotspot, and load this page again."
)
_HELP = """
- **The phones must be in the same network** as this computer. A guest network often keeps its devices apart.
- **A firewall may be in the way.** Let this computer accept connections to port {port}; Windows and macOS ask when the
  app starts for the first time.
- **No network will do?** Make a hotspot with a phone. Once this computer and all phones use it, load this page again.
- **The app runs elsewhere**, in a container or behind a proxy? Open this page here by the address that phones can use;
  the code follows it.
"""


def show_door() -> None:
    """For a visitor who is in no class: join one; and the teacher opens one."""
    _show_message()
    pupils, teachers = st.columns(2, gap="large")
    with pupils, st.form("together.join", border=True):
        st.header("Join a class", anchor=False)
        st.text_input("The code on the beamer", key=_CODE, max_chars=12, autocomplete="off", placeholder="KXW4")
        st.form_submit_button("Join", type="primary", icon=":material/login:", on_click=_join)
        st.caption("Nobody asks for your name: you are a colour and an animal. Nothing of it is kept afterwards.")
    with teachers, st.container(border=True):
        st.header("Open a class", anchor=False)
        st.markdown(
            "Pupils join with their phones. You ask, they predict, everybody sees what the class thinks, "
            "and then what is right."
        )
        if teacher.may_act():
            st.button("Open a class", icon=":material/groups:", on_click=_open)
        else:
            st.caption("The teacher does that, with the teacher's key.")


def show_pupil(member: Member) -> None:
    pupil = member.pupil
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        if pupil:
            st.header(pupil.sign, anchor=False, width="content")
            st.markdown(f"You are **{pupil.name}** in class **{member.room.code}**.", width="stretch")
        st.button("Leave the class", icon=":material/logout:", on_click=membership.leave)
    st.markdown("Look at any page you like: the questions come to you, at the bottom of the screen.")


def show_join(member: Member) -> None:
    """For the teacher: the code for a camera and for fingers, and who is there."""
    _show_message()
    found = reachable.addresses(st.context.url)
    code, words = st.columns([2, 3], gap="large")
    with words:
        address = _choose(found)
        if address:
            _show_ways_in(address, member.room.code)
        st.fragment(_show_present, run_every=pace(member.room))()
        _show_end(member)
    with code:
        if address:
            _show_code(reachable.link(address, member.room.code, "classroom"))
        else:
            st.warning(_NO_NETWORK if reachable.answers_others() else _CLOSED, icon=":material/wifi_off:")
    if not presenter.is_on():
        with st.expander("A phone cannot open it?", icon=":material/help:"):
            st.markdown(_HELP.format(port=st.get_option("server.port")))
        _show_second_device(address)


def _choose(found: list[str]) -> str | None:
    """The address for phones; a computer in several networks has several, and the teacher knows which is theirs."""
    if len(found) < 2:
        return found[0] if found else None
    return st.selectbox("Address in the network of the phones", found, key=_WHERE, format_func=_short)


def _show_ways_in(address: str, code: str) -> None:
    st.markdown("Point the phone's camera at the picture, or open")
    st.header(plain(_short(reachable.link(address, code))), anchor=False)


def _show_code(link: str) -> None:
    """Black on white in both themes: cameras expect that."""
    import segno  # 20 ms that nobody else need wait for

    drawn = segno.make(link, error="m", micro=False).svg_data_uri(border=3, dark="#000", light="#fff")
    st.image(drawn, width=presenter.pixels(_SIDE), alt=f"QR code of {link}")


def _show_present() -> None:
    if not (place := membership.member()):
        st.rerun()
    here = place.room.present()
    with st.container(horizontal=True, gap="large"):
        st.metric("Code of the class", place.room.code, width="content")
        st.metric("Pupils here", len(here), width="content")
    st.markdown(" · ".join(f"{pupil.sign} {pupil.colour} {pupil.animal}" for pupil in here) or "Nobody yet.")


def _show_end(member: Member) -> None:
    with st.popover("End the class", icon=":material/logout:"):
        st.markdown("It ends for everybody, and what was answered and handed in is gone.")
        st.button("End it now", type="primary", key="together.end", on_click=membership.end_class)


def _show_second_device(address: str | None) -> None:
    """Not on a beamer, where somebody could be faster than the teacher."""
    with st.expander("A second device for the teacher", icon=":material/devices:"):
        st.markdown("With this link one more device, a phone in your hand say, can ask and reveal as well.")
        token = st.session_state.get(_TOKEN)
        if token and membership.links.is_open(token):
            base = address or (st.context.url or "").rpartition("/")[0]
            st.code(f"{base}/classroom?{urlencode({TEACHERS: token})}", language=None)
            st.caption("It works once, within ten minutes, for whoever opens it.")
        else:
            st.button("Make a link", icon=":material/link:", key="together.link", on_click=_make_link)


def _short(address: str) -> str:
    """As one types it."""
    return address.removeprefix("http://")


def _show_message() -> None:
    if message := st.session_state.pop(_MESSAGE, None):
        st.error(message, icon=":material/error:")


def _join() -> None:
    if typed := st.session_state[_CODE].strip():
        st.session_state[_MESSAGE] = membership.enter(typed)


def _open() -> None:
    try:
        membership.open_class()
    except (ClassError, teacher.KeyNeeded) as error:
        st.session_state[_MESSAGE] = str(error)


def _make_link() -> None:
    st.session_state[_TOKEN] = membership.make_link()
