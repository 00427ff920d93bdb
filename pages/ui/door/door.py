"""The middleware: each request and each connection passes here first."""

import logging
from contextlib import nullcontext

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnn_core import limits
from pages.ui.door import answers, uploads
from pages.ui.door.hosts import Hosts
from pages.ui.door.room import Room
from pages.ui.door.talk import Talk

_LOG = logging.getLogger("cnn_classroom.door")
_OPEN = ("health", "host-config", "stream", "upload_file", "bidi-components")  # of what is below _stcore
_READING = ("GET", "HEAD", "OPTIONS")
_MOST_TOLD = 50  # sentences in the log; anybody can invent more names


def middleware(script: str) -> list[Middleware]:
    """What `st.App` takes; `script` is the path of the app's script, which no visitor needs to know."""
    return [Middleware(Door, script=script)]


class Door:
    """One for the whole server; it reads the options when the server starts."""

    def __init__(self, app: ASGIApp, script: str) -> None:
        self._app = app
        self._script = script
        base = st.get_option("server.baseUrlPath").strip("/")
        self._base = f"/{base}" if base else ""
        self._hosts = Hosts.of_this_server()
        self._room = Room.of_profile(
            limits.current().name, st.get_option("server.disconnectedSessionTTL"), uploads.stored
        )
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._connect(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _texts(scope)
        added = answers.headers(asked.get("host"), self._hosts)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *added]}
            await send(message)

        is_upload = scope["method"] == "PUT"
        app = self._refusal(scope["method"], scope["path"].removeprefix(self._base), asked) or self._app
        with self._room.carrying(uploads.size(asked)) if is_upload else nullcontext():
            await app(scope, receive, send_with_headers)

    def _refusal(self, method: str, path: str, asked: dict[str, str]) -> ASGIApp | None:
        """What is answered instead of what was asked for; None if that is to be had."""
        host = asked.get("host")
        place, _, inner = path.removeprefix("/").partition("/")
        if path == "/_stcore/health":
            return None  # containers and balancers ask under names of their own; it says "ok" and no more
        if not self._hosts.knows(host):
            advice = self._hosts.advice(host)
            self._tell(f"Refused who asked for {host!r}. {advice}")
            return PlainTextResponse(advice, 403)
        if place == "_stcore" and inner.partition("/")[0] not in _OPEN:
            return PlainTextResponse("There is nothing here.", 404)
        is_upload = path.startswith(uploads.ROUTE) and method in ("PUT", "DELETE")
        if method not in _READING and not is_upload:
            return PlainTextResponse("This can only be read.", 405)
        if is_upload:
            return uploads.refusal(method, path, asked, self._room)
        if self._room.is_full() and answers.is_page(method, asked):
            return answers.full(self._room.seats)
        return None

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _texts(scope)
        host, origin = asked.get("host"), asked.get("origin")
        if not (self._hosts.knows(host) and self._hosts.trusts(origin, host)):
            self._tell(f"Refused a page of {origin!r} that asked for {host!r}. {self._hosts.advice(origin or host)}")
            await send({"type": "websocket.close", "code": 1008})
        elif self._room.is_full():
            self._tell(f"All {self._room.seats} places of this server are taken.")
            await send({"type": "websocket.close", "code": 1013})
        else:
            with self._room.seat() as seat:
                talk = Talk(receive, send, seat, self._script)
                await self._app(_from_own_page(scope, origin, host), talk.receive, talk.send)

    def _tell(self, sentence: str) -> None:
        """Write it to the log, once."""
        if sentence not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(sentence)
            _LOG.warning("%s", sentence)


def _texts(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def _from_own_page(scope: Scope, origin: str | None, host: str | None) -> Scope:
    """The scope of a connection that is let in: for any origin but its own, Streamlit asks the internet who it is."""
    if origin is None or host is None:
        return scope
    own = (b"origin", f"http://{host}".encode("latin-1"))
    return {**scope, "headers": [own, *(header for header in scope["headers"] if header[0] != b"origin")]}
