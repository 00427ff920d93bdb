"""What a visitor's browser and Streamlit say to each other.

Of Streamlit's messages a browser may send those that this app's pages send. The others clear everybody's caches, tell
of the project's files, or write into its folder; no button sends them here, but anybody can.
"""

import asyncio
import time

from google.protobuf.message import DecodeError
from starlette.types import Message, Receive, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.ui.door.room import Seat

_KNOWN = {"rerun_script", "stop_script", "set_run_on_save", "app_heartbeat", "file_urls_request"}
_OPERATIONS = {"deferred_file", "dataframe_chunk"}  # a download, and more rows of a table
_MOST_FILES = 100  # that a browser asks addresses for at once; for each the server draws a random number
_AT_ONCE, _A_SECOND = 60, 10  # messages; whoever sends more waits, and three of them stop nobody else
# Reading a message takes up to forty times its bytes if it has nothing but small parts. What is long in a page's
# messages is text: a photo.
_PRINTABLE, _MOST_OTHER = bytes(range(32, 127)), 10_000  # bytes
_BEGINNING = 4096  # bytes in which the message that begins a session says where its script is


class Talk:
    """One connection, between the server and Streamlit."""

    def __init__(self, receive: Receive, send: Send, seat: Seat, script: str) -> None:
        self._receive, self._send, self._seat = receive, send, seat
        self._script = script.encode()
        self._is_closed = False
        self._left, self._seen = float(_AT_ONCE), time.monotonic()

    async def receive(self) -> Message:
        """The next message that Streamlit is to see."""
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            await self._keep_pace()
            data = message.get("bytes")
            if data is None:
                return await self._close(1003)  # text, of which the protocol knows none
            if not self._seat.hold(len(data)) or len(data.translate(None, _PRINTABLE)) > _MOST_OTHER:
                return await self._close(1009)
            try:
                is_known = _is_known(BackMsg.FromString(data))
            except DecodeError:
                return await self._close(1002)
            if is_known:
                return message

    async def send(self, message: Message) -> None:
        """Send what Streamlit says, but where the script is."""
        if self._is_closed:
            return
        if message["type"] == "websocket.send" and self._script in (data := message["bytes"] or b"")[:_BEGINNING]:
            message = {**message, "bytes": _without_path(data)}
        await self._send(message)

    async def _close(self, code: int) -> Message:
        self._is_closed = True
        await self._send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}

    async def _keep_pace(self) -> None:
        now = time.monotonic()
        self._left = min(_AT_ONCE, self._left + (now - self._seen) * _A_SECOND) - 1
        self._seen = now
        if self._left < 0:
            await asyncio.sleep(-self._left / _A_SECOND)


def _is_known(message: BackMsg) -> bool:
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") in _OPERATIONS
    if kind == "file_urls_request":
        return len(message.file_urls_request.file_names) <= _MOST_FILES
    return kind in _KNOWN


def _without_path(data: bytes) -> bytes:
    message = ForwardMsg.FromString(data)
    if message.WhichOneof("type") == "new_session":
        message.new_session.main_script_path = message.new_session.name
    return message.SerializeToString()
