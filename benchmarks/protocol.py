"""A visitor who speaks Streamlit's protocol with a real server, as a browser does, without drawing anything."""

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import websockets
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

V = TypeVar("V", bound="Visitor")
COMPONENT = "bidi_component"
_KEPT_RUNS = 2  # of the page: as long as a browser keeps a large message that was not sent again


@dataclass(frozen=True)
class Widget:
    """A widget that stands on the page."""

    kind: str  # as Streamlit's messages call it: button, slider, button_group, selectbox, bidi_component, ...
    element: Message  # what the page says of it
    fragment: str  # the fragment in which it stands; empty: the page

    @property
    def options(self) -> list[str]:
        """What can be chosen in a row of buttons or a list."""
        options = self.element.options
        return [option.content for option in options] if self.kind == "button_group" else list(options)


class Visitor:
    """A visitor with one page open."""

    def __init__(self, origin: str, socket: websockets.ClientConnection, page: str, query: str = "") -> None:
        """`origin`: the app's address; `query`: what stands behind the question mark of the page's address."""
        self._origin, self._socket, self._session_id = origin, socket, ""
        self._message = BackMsg()
        self.question = self._message.rerun_script  # what is asked for next; a caller may set widgets and fragments
        self.question.page_name, self.question.query_string = page, query
        self.pause = 1.0  # seconds after which the page wants to be asked again
        self.pages: dict[str, str] = {}  # the script's hash of each page, by the last part of its address
        self.widgets: dict[str, Widget] = {}  # those of the page that can be used, by label; components by their key
        self.chosen: dict[str, str] = {}  # the choice in each row of buttons, by its label; empty where none is
        self.errors: list[str] = []  # what the page said in red, and its exceptions
        self.received = 0  # bytes
        self._kept: dict[str, tuple[int, ForwardMsg]] = {}  # large messages, by hash, with the run that sent them last
        self._runs = 0
        self._timer = ""  # the fragment that is drawn again after the pause; empty: the page asks for nothing
        self.timers: dict[str, float] = {}  # every fragment that renews itself, and its seconds

    async def ask(self) -> None:
        """Ask what `question` says: first for the page, then for what its timer renews, if it has one.

        If the page starts again meanwhile, wait for it.
        """
        self._kept = {name: kept for name, kept in self._kept.items() if self._runs - kept[0] <= _KEPT_RUNS}
        self.question.cached_message_hashes[:] = self._kept
        await self._socket.send(self._message.SerializeToString())
        async for data in self._socket:
            self.received += len(data)
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                message = self._kept[message.ref_hash][1]
                kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                self._kept[message.hash] = self._runs, message
            if kind == "navigation":  # without its hash, a page that starts again would be the home page
                self.question.page_script_hash = message.navigation.page_script_hash
                self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            elif kind == "new_session":
                self._session_id = message.new_session.initialize.session_id
                if not message.metadata.run.fragment_ids:  # the page is drawn anew
                    self.widgets.clear()
                    self._timer, self.timers = "", {}
            elif kind == "auto_rerun":
                self._timer, self.pause = message.auto_rerun.fragment_id, message.auto_rerun.interval
                self.timers[self._timer] = self.pause
            elif kind == "delta":
                self._note(message.delta)
            elif kind == "page_info_changed":  # the script wrote its address; the next question comes from there
                self.question.query_string = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break
        self._runs += 1
        # Unless something else is asked, the next question is the timer's.
        self.question.fragment_id, self.question.is_auto_rerun = self._timer, bool(self._timer)

    async def renew(self, fragment: str) -> None:
        """Ask for one of `timers`, as its time has come."""
        self.question.fragment_id, self.question.is_auto_rerun = fragment, True
        await self.ask()

    async def open(self, page: str, query: str = "") -> None:
        """Go to another page of the same session, as a click on its link does; home's address is empty."""
        self.question.Clear()
        self.question.page_script_hash, self.question.query_string = self.pages[page], query
        self.chosen.clear()
        await self.ask()

    async def press(self, label: str) -> None:
        """Press the button with this label: what it does is done, and what it changes is drawn, when this returns."""
        await self._send(label, trigger_value=True)

    async def choose(self, label: str, option: str) -> None:
        """Choose in a row of buttons or in a list."""
        if self.widgets[label].kind == "button_group":
            await self._send(label, string_array_value={"data": [option]})
        else:
            await self._send(label, string_value=option)

    async def slide(self, label: str, value: float) -> None:
        """Move a slider; one of named values to the place of one of them."""
        if names := self.widgets[label].element.options:
            await self._send(label, string_array_value={"data": [names[round(value)]]})
        else:
            await self._send(label, double_array_value={"data": [value]})

    async def turn_to(self, pagination: str, page: int) -> None:
        await self._send(pagination, int_value=page)

    async def type_number(self, label: str, value: float) -> None:
        self.set_number(label, value)
        await self._ask_in(self.widgets[label])

    async def give(self, component: str, **state: Any) -> None:
        """Set the state of the component with this key."""
        await self._send(component, json_value=json.dumps(state))

    async def trigger(self, component: str, event: str, value: Any) -> None:
        """Let the component with this key send an event."""
        name = f"$$STREAMLIT_INTERNAL_KEY_{self.widgets[component].element.id}__events"
        await self._send(component, id=name, json_trigger_value=json.dumps([{"event": event, "value": value}]))

    async def upload(self, uploader: str, name: str, content: bytes) -> None:
        """Give a file to Streamlit's own uploader. The server must ask for no token against foreign sites."""
        asked = BackMsg()
        asked.file_urls_request.file_names.append(name)
        asked.file_urls_request.session_id = self._session_id
        await self._socket.send(asked.SerializeToString())
        async for data in self._socket:
            if (answer := ForwardMsg.FromString(data)).WhichOneof("type") == "file_urls_response":
                break
        [urls] = answer.file_urls_response.file_urls
        about = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = about.encode() + content + b"\r\n--x--\r\n"
        head = {"Content-Type": "multipart/form-data; boundary=x"}
        put = urllib.request.Request(self._origin + urls.upload_url, body, head, method="PUT")
        await asyncio.to_thread(lambda: urllib.request.urlopen(put).close())
        info = {"file_id": urls.file_id, "name": name, "size": len(content), "file_urls": urls}
        await self._send(uploader, file_uploader_state_value={"uploaded_file_info": [info]})

    def set_number(self, label: str, value: float) -> None:
        """Type a number into a number input; it is sent with the next question."""
        number = self.widgets[label].element
        self._set(WidgetState(id=number.id, double_value=value))
        self._write_address(number, f"{value}")

    async def _send(self, name: str, **value: Any) -> None:
        """A value for this widget: a click's is gone afterwards, any other stays with the widget."""
        widget = self.widgets[name]
        state = WidgetState(**{"id": widget.element.id} | value)
        self._set(state)
        kind = state.WhichOneof("value")
        content = getattr(state, kind)
        self._write_address(widget.element, f"{content.data[0] if kind.endswith('array_value') else content}")
        await self._ask_in(widget)
        if kind in ("trigger_value", "json_trigger_value"):
            self._forget(state.id)

    async def _ask_in(self, widget: Widget) -> None:
        self.question.fragment_id, self.question.is_auto_rerun = widget.fragment, False
        await self.ask()

    def _write_address(self, element: Message, value: str) -> None:
        """What is bound to the address is written there by the browser."""
        if name := getattr(element, "query_param_key", ""):
            query = dict(parse_qsl(self.question.query_string)) | {name: value}
            self.question.query_string = urlencode(query)

    def _set(self, state: WidgetState) -> None:
        self._forget(state.id)
        self.question.widget_states.widgets.append(state)

    def _forget(self, name: str) -> None:
        """Say nothing more of this widget; the server keeps what it was told last."""
        states = self.question.widget_states.widgets
        for place in [place for place, state in enumerate(states) if state.id == name]:
            del states[place]

    def _note(self, delta: Delta) -> None:
        kind = delta.new_element.WhichOneof("type")
        if kind is None:
            return
        element = getattr(delta.new_element, kind)
        if kind == "exception":
            self.errors.append(element.message)
        elif kind == "alert" and element.format == element.ERROR:
            self.errors.append(element.body)
        if not getattr(element, "id", "") or getattr(element, "disabled", False):
            return
        name = element.id.split("-", 2)[2] if kind == COMPONENT else getattr(element, "label", kind)
        self.widgets[name] = Widget(kind, element, delta.fragment_id)
        if getattr(element, "set_value", False):  # the script has set another value
            self._forget(element.id)
        if kind == "button_group":
            options = self.widgets[name].options
            chosen = element.raw_values if element.set_value else [options[at] for at in element.default]
            self.chosen[element.label] = ", ".join(chosen)


@asynccontextmanager
async def visitors(url: str, count: int, page: str, query: str = "", kind: type[V] = Visitor) -> AsyncIterator[list[V]]:
    """So many visitors of this page, each with a session of its own; none has asked for it yet."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with AsyncExitStack() as stack:
        connect = partial(websockets.connect, address, subprotocols=["streamlit"], max_size=None)
        yield [kind(url, await stack.enter_async_context(connect()), page, query) for _ in range(count)]
