"""What every answer says about itself, and the page for whom there is no place."""

import hashlib
import os
import re
from base64 import b64encode
from functools import cache
from pathlib import Path

import streamlit as st
from starlette.responses import HTMLResponse

from pages.ui.door.hosts import Hosts

FRAMES = "CNN_FRAMES"  # origins whose pages may show this one in a frame, with spaces between: a school's Moodle
# Nothing is loaded from elsewhere, nothing is sent there, and no script runs that did not come with the app. Streamlit
# writes its styles into the page and makes its components' scripts into blobs.
_POLICY = (
    "default-src 'self'; script-src 'self' blob: {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "connect-src 'self' data: blob: {sockets}; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self' {frames}"
)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_FULL = """<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="20">
<meta name="viewport" content="width=device-width"><title>CNN Classroom is full</title>
<body style="font: 1.1rem/1.5 sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem">
<h1>The classroom is full</h1>
<p>{seats} pages of this server are open, and it allows no more. This page tries again every 20 seconds; you get in when
somebody has closed one.</p>"""


def headers(host: str | None, hosts: Hosts) -> list[tuple[bytes, bytes]]:
    """The headers of every answer to a request with this Host header."""
    added = {"x-content-type-options": "nosniff", "referrer-policy": "same-origin"}
    if not hosts.is_cloud:  # which shows apps in frames, its own and those of other pages, and adds to them
        frames = os.environ.get(FRAMES, "")
        # Older browsers do not count the page's own websocket to 'self'.
        sockets = f"ws://{host} wss://{host}" if host and hosts.knows(host) else ""
        policy = _POLICY.format(scripts=_own_scripts(), sockets=sockets, frames=frames)
        added["content-security-policy"] = policy.replace(" ;", ";").rstrip()
        if not frames:
            added["x-frame-options"] = "SAMEORIGIN"
    return [(name.encode(), value.encode("latin-1")) for name, value in added.items()]


def is_page(method: str, asked: dict[str, str]) -> bool:
    """Whether a browser opens a page, and not what belongs to one."""
    return method == "GET" and "text/html" in asked.get("accept", "")


def full(seats: int) -> HTMLResponse:
    return HTMLResponse(_FULL.format(seats=seats), 503, {"retry-after": "20", "cache-control": "no-store"})


@cache
def _own_scripts() -> str:
    """The scripts that stand in Streamlit's page itself, by their digests; all others are files of the server."""
    try:
        page = (Path(st.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    except OSError:
        return "'unsafe-inline'"
    digests = (hashlib.sha256(script.encode()).digest() for script in _SCRIPT.findall(page))
    return " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
