"""Where phones find this app: the address under which the teacher sees it, or this machine's own in its networks.

Nothing is asked of anybody: a datagram socket that connects sends nothing, it only chooses a way out.
"""

import socket
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

import streamlit as st

_EVERYWHERE = (None, "", "0.0.0.0", "::")
# An address for documentation, which nobody has, shows the way to the internet; the others the ways into networks that
# have none. The last belong to the networks that devices make up by themselves.
_ELSEWHERE = ("192.0.2.1", "192.168.255.254", "10.255.255.254", "172.31.255.254", "169.254.255.254")


def addresses(url: str | None) -> list[str]:
    """The app's addresses for other devices, the best first; empty if there is none: see `answers_others`.

    url: that of the page as the teacher's browser shows it. Seen from elsewhere, it is the only one: what other names
    this server has, behind a proxy say, only its owner knows.
    """
    shown = urlsplit(url or "")
    if shown.hostname and not is_here(shown.hostname):
        return [_home(shown)]
    if not answers_others():
        return []
    port = shown.port or (None if shown.hostname else st.get_option("server.port"))
    scheme = shown.scheme or "http"
    return [_home(shown._replace(scheme=scheme, netloc=f"{host}:{port}" if port else host)) for host in _own_hosts()]


def answers_others() -> bool:
    """Whether this server answers other machines than its own, by whatever address they reach it."""
    return st.get_option("server.address") in _EVERYWHERE


def is_here(host: str) -> bool:
    """Whether on every device this name is the device itself."""
    return host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")


def link(address: str, code: str, page: str = "") -> str:
    """What a phone opens to join the class."""
    return f"{address}/{page}?{urlencode({'class': code})}"


def _home(url: SplitResult) -> str:
    """Without the page, which is the last part of the path."""
    return urlunsplit((url.scheme, url.netloc, url.path.rpartition("/")[0], "", ""))


def _own_hosts() -> list[str]:
    hosts = []
    for elsewhere in _ELSEWHERE:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            try:
                way.connect((elsewhere, 9))
                hosts.append(way.getsockname()[0])
            except OSError:  # no way there
                continue
    return list(dict.fromkeys(host for host in hosts if not is_here(host)))
