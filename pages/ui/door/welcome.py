"""The server's beginning and end in the terminal.

Streamlit's own greeting asks a server in the internet for this machine's address, so it is off in the configuration.
"""

import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
import uvicorn
from streamlit import cli_util

from pages.ui.door import uploads

_GOODBYE = 5  # seconds for what is still being sent when the server stops
_EVERYWHERE = (None, "", "0.0.0.0", "::")
_ELSEWHERE = ("192.0.2.1", 9)  # an address for documentation: nobody has it, and nothing is sent to it


@asynccontextmanager
async def opened(_app: st.App) -> AsyncIterator[None]:
    """What happens around the serving: the lifespan of the app."""
    uploads.keep_in_memory()
    _stop_quietly()
    own, network = addresses()
    print(f"\n  CNN Classroom is at {own}", flush=True)
    if network:
        print(f"  and for others in your network at {network}", flush=True)
    print("  Ctrl-C stops it; a training goes on.\n", flush=True)
    if not st.get_option("server.headless"):
        cli_util.open_browser(own)
    yield


def addresses() -> tuple[str, str | None]:
    """Where the app is for who started it, and for others in the network, if it answers them."""
    bound, named = st.get_option("server.address"), st.get_option("browser.serverAddress")
    if named != "localhost":
        return _url(named), None
    if bound in _EVERYWHERE:
        address = _own_address()
        return _url("localhost"), _url(address) if address else None
    return _url(bound), None


def _url(host: str) -> str:
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    path = st.get_option("server.baseUrlPath").strip("/")
    host = f"[{host}]" if ":" in host else host
    return f"{scheme}://{host}:{st.get_option('browser.serverPort')}/{path}".rstrip("/")


def _own_address() -> str | None:
    """This machine's address on the way out; a datagram socket sends nothing when it connects."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
        try:
            way.connect(_ELSEWHERE)
            return way.getsockname()[0]
        except OSError:
            return None  # no network


def _stop_quietly() -> None:
    """Ctrl-C and a service's stop end the server with 0; uvicorn alone would raise the signal once more afterwards."""
    for number in (signal.SIGINT, signal.SIGTERM):
        server = getattr(signal.getsignal(number), "__self__", None)
        if isinstance(server, uvicorn.Server):
            server.config.timeout_graceful_shutdown = _GOODBYE
            signal.signal(number, lambda *_, server=server: _stop(server))


def _stop(server: uvicorn.Server) -> None:
    """Say goodbye to everybody; a second time, wait for nobody."""
    server.force_exit = server.should_exit
    server.should_exit = True
