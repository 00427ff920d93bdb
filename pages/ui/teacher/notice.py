"""A server that answers a network and has no key belongs to everybody on it: its log is told, and the first visitor."""

import os
from ipaddress import ip_address

import streamlit as st

from pages.ui import presenter
from pages.ui.door.hosts import VARIABLE
from pages.ui.teacher import key, rights

_is_told = False  # whether a visitor of this server has been


def tell_if_open() -> None:
    """Once in the log, and once on a page; not on a beamer, where it would stand before a class."""
    global _is_told
    if rights.is_asked_for() or is_private(st.get_option("server.address")):
        return
    key.warn_once(f"Everybody who reaches this server may start and delete trainings. Set {key.NAME} to prevent that.")
    if not _is_told and not presenter.is_on():
        _is_told = True
        st.toast(
            f"Anybody here may start and delete trainings. Set `{key.NAME}` on the server to prevent that.",
            icon=":material/key_off:",
            duration="infinite",
        )


def is_private(address: str | None) -> bool:
    """Whether a server that Streamlit binds to this address answers its own machine only.

    Without an address it does not; nor with CNN_HOSTS, which names it where it is behind a proxy.
    """
    if not address or os.environ.get(VARIABLE):
        return False
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost" or address.startswith("unix:")
