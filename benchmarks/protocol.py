"""A visitor who speaks Streamlit's protocol with a real server, as a browser does, without drawing anything."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Visitor:
    """A visitor with one page open."""

    def __init__(self, socket: websockets.ClientConnection, page: str, query: str = "") -> None:
        """`query` is what stands behind the question mark of the page's address."""
        self._socket = socket
        self._message = BackMsg()
        self.question = self._message.rerun_script  # what is asked for next; a caller may set widgets and fragments
        self.question.page_name, self.question.query_string = page, query
        self.pause = 1.0  # seconds after which the page wants to be asked again
        self.pages: dict[str, str] = {}  # the script's hash of each page, by the last part of its address
        self.buttons: dict[str, tuple[str, str]] = {}  # by label: its id and its fragment's
        self.numbers: dict[str, str] = {}  # the ids of the page's number inputs, by their labels
        self.chosen: dict[str, str] = {}  # the choice in each row of buttons, by its label; empty where none is
        self.errors: list[str] = []  # what the page said in red, and its exceptions

    async def ask(self) -> None:
        """Ask for the page, or what `question` says; if the page starts again meanwhile, wait for it."""
        await self._socket.send(self._message.SerializeToString())
        async for data in self._socket:
            message = ForwardMsg.FromString(data)
            kind = message.WhichOneof("type")
            if kind == "navigation":  # without its hash, a page that starts again would be the home page
                self.question.page_script_hash = message.navigation.page_script_hash
                self.pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            elif kind == "new_session" and not self.question.fragment_id:
                self.buttons.clear()  # the page is drawn anew
            elif kind == "auto_rerun":
                self.question.fragment_id = message.auto_rerun.fragment_id
                self.question.is_auto_rerun = True
                self.pause = message.auto_rerun.interval
            elif kind == "delta":
                self._note(message.delta)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                break

    async def open(self, page: str, query: str = "") -> None:
        """Go to another page of the same session, as a click on its link does; home's address is empty."""
        self.question.Clear()
        self.question.page_script_hash, self.question.query_string = self.pages[page], query
        self.numbers.clear()
        self.chosen.clear()
        await self.ask()

    async def press(self, label: str) -> None:
        """Press the button with this label: what it does is done, and what it changes is drawn, when this returns."""
        name, fragment = self.buttons[label]
        before = self.question.fragment_id
        self.question.fragment_id, self.question.is_auto_rerun = fragment, False
        self.question.widget_states.widgets.add(id=name, trigger_value=True)
        try:
            await self.ask()
        finally:
            states = self.question.widget_states.widgets
            del states[next(place for place, state in enumerate(states) if state.id == name)]
            self.question.fragment_id = self.question.fragment_id or before

    def set_number(self, label: str, value: int) -> None:
        """Type a whole number into a number input; it is sent with the next question."""
        states = self.question.widget_states.widgets
        number = next((state for state in states if state.id == self.numbers[label]), None) or states.add()
        number.id, number.int_value = self.numbers[label], value

    def _note(self, delta: Delta) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind == "button" and not element.button.disabled:
            self.buttons[element.button.label] = element.button.id, delta.fragment_id
        elif kind == "number_input":
            self.numbers[element.number_input.label] = element.number_input.id
        elif kind == "button_group":
            row = element.button_group
            chosen = list(row.raw_values) if row.set_value else [row.options[place].content for place in row.default]
            self.chosen[row.label] = ", ".join(chosen)
        elif kind == "exception":
            self.errors.append(element.exception.message)
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.errors.append(element.alert.body)


@asynccontextmanager
async def visitors(url: str, count: int, page: str, query: str = "") -> AsyncIterator[list[Visitor]]:
    """So many visitors of this page, each with a session of its own; none has asked for it yet."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with AsyncExitStack() as stack:
        connect = partial(websockets.connect, address, subprotocols=["streamlit"], max_size=None)
        yield [Visitor(await stack.enter_async_context(connect()), page, query) for _ in range(count)]


def server_folder(url: str) -> Path:
    """The folder in /proc of the server at this address. Linux only."""
    return process_folder(f"--server.port={url.rsplit(':')[-1]}")


def process_folder(word: str) -> Path:
    """The folder in /proc of the process with this word in its command line. Linux only."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # another process ended meanwhile
            if word in (folder / "cmdline").read_text().split("\0"):
                return folder
    raise SystemExit(f"No process has {word} in its command line.")
