"""The names under which this server may be asked.

A page of anybody can let its own name point to a visitor's machine or into a school's network, and then reads what
answers there as if it were its own (DNS rebinding). So a server answers to names that nobody outside can own: numeric
addresses, names without a dot, those that are reserved for local networks, its machine's own. CNN_HOSTS, or Streamlit's
`server.allowedHosts` or `browser.serverAddress`, names the others; then only those and the machine itself are answered.
"""

import os
import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address

import streamlit as st

from cnn_core import places

VARIABLE = "CNN_HOSTS"
_FORM = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.IGNORECASE)
_HERE = ("localhost", "127.0.0.1", "::1")
# Nobody outside can own a name below these; streamlit.app is Community Cloud's.
_RESERVED = (".localhost", ".local", ".internal", ".home.arpa", ".lan", ".streamlit.app")


@dataclass(frozen=True)
class Hosts:
    named: tuple[str, ...] = ()  # by the operator, in small letters; "*.school.example" are all below it, "*" is any
    own: str = ""  # the machine's own name
    origins: tuple[str, ...] = ()  # of pages elsewhere that may connect, as server.corsAllowedOrigins has them
    is_cloud: bool = False  # Community Cloud: its proxy decides who gets here, and may use any name
    checks_origin: bool = True

    @classmethod
    def of_this_server(cls) -> "Hosts":
        names = [*os.environ.get(VARIABLE, "").split(","), *st.get_option("server.allowedHosts")]
        if (address := st.get_option("browser.serverAddress")) != "localhost":  # Streamlit's default
            names.append(address)
        named = filter(None, (_bare(name) for name in names))
        return cls(
            tuple(named),
            socket.gethostname().lower(),
            tuple(st.get_option("server.corsAllowedOrigins")),
            is_cloud=places.is_community_cloud(),
            checks_origin=st.get_option("server.enableCORS"),
        )

    def knows(self, host: str | None) -> bool:
        """Whether a request with this Host header is answered. Without one it is no browser's."""
        if host is None or self.is_cloud:
            return True
        if not (name := _name(host)):
            return False
        if name in _HERE:
            return True
        if self.named:
            return self._is_named(name)
        return "." not in name or name == self.own or name.endswith(_RESERVED) or _is_address(name)

    def trusts(self, origin: str | None, host: str | None) -> bool:
        """Whether a page of this origin may connect: this server's own, or one that the operator named."""
        if origin is None or not self.checks_origin or origin in self.origins:
            return True
        address = origin.lower().partition("//")[2]
        return bool(_name(address)) and (address == (host or "").lower() or self._is_named(_name(address)))

    def advice(self, host: str | None) -> str:
        """What to do about a refused name."""
        name = _name((host or "").rsplit("/")[-1])
        if not name:
            return "This server knows no such name."
        return (
            f"This server does not go by the name {name}. Who runs it starts it with {VARIABLE}={name} (several with "
            "commas between them) if that is one of its names; its numeric address works without."
        )

    def _is_named(self, name: str) -> bool:
        return any(
            pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:]))
            for pattern in self.named
        )


def _name(host: str) -> str:
    """The name or address in a Host header, without its port; empty if it is malformed."""
    found = _FORM.fullmatch(host)
    return found[1].strip("[]").lower().rstrip(".") if found else ""


def _bare(name: str) -> str:
    """A name as an operator may give it: with https:// and with a port it is taken too."""
    name = name.strip().lower()
    if "//" in name:
        name = name.partition("//")[2].partition("/")[0]
    return _name(name) or name.rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
