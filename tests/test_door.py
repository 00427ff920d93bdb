"""Who is let in and how much may be brought: the door alone, with another app behind it."""

import asyncio
import tomllib
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.ui import door
from pages.ui.door import door as middleware
from pages.ui.door import hosts as names
from pages.ui.door import talk, welcome
from pages.ui.door.hosts import Hosts
from pages.ui.door.room import Room

ROOT = Path(__file__).parents[1]
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))

OURS = """localhost:8501 LOCALHOST 127.0.0.1 [::1]:8501 192.168.1.20:8501 [fe80::1] classroom:8501 teachers-pc
    teachers-pc.local cnn.svc.cluster.local a.localhost x.streamlit.app Host.Own.de"""
OTHERS = """evil.example evil.example:8501 127.0.0.1.evil.example localhost.evil.example evil.local.example [::1 a|b
    streamlit.app.evil.example evil.example. evil.example@localhost localhost/evil localhost:8501x"""


class TestShippedOptions:
    def test_protection_is_on(self):
        server = CONFIG["server"]
        assert server["enableCORS"] is True
        assert server["enableXsrfProtection"] is True
        assert server["enableAgentApi"] is False
        assert not {"corsAllowedOrigins", "scriptHealthCheckEnabled", "enableStaticServing"} & set(server)

    def test_nothing_is_told_and_nobody_is_called(self):
        assert CONFIG["client"]["showErrorDetails"] == "none"
        assert CONFIG["browser"]["gatherUsageStats"] is False
        assert CONFIG["logger"]["hideWelcomeMessage"] is True

    def test_messages_and_uploads_are_bounded_and_take_the_photo_that_a_browser_cannot_shrink(self):
        server = CONFIG["server"]
        as_text = 8_000_000 * 4 / 3  # the picker's MOST_UNOPENED, in base64
        for most in (server["maxWidgetStateSize"], server["maxMessageSize"]):
            assert as_text + 10_000 < most * 1e6 < 15e6
        assert server["maxUploadSize"] <= 30  # MB: a run's zip

    def test_streamlit_finds_the_app_with_its_door(self):
        from streamlit.web.server.app_discovery import discover_asgi_app

        assert discover_asgi_app(ROOT / "streamlit_app.py").import_string == "streamlit_app:app"


class TestNames:
    @pytest.mark.parametrize("host", OURS.split())
    def test_nobody_outside_can_own_these(self, host):
        assert Hosts(own="host.own.de").knows(host)

    @pytest.mark.parametrize("host", [*OTHERS.split(), ""])
    def test_other_names_are_refused(self, host):
        assert not Hosts(own="host.own.de").knows(host)

    def test_only_the_operators_names_and_the_machine_itself_are_answered_where_there_are_any(self):
        hosts = Hosts(named=("school.example", "*.class.example"))
        known = ["school.example", "SCHOOL.example:443", "a.class.example", "localhost", "127.0.0.1:80"]
        assert [host for host in known if not hosts.knows(host)] == []
        refused = ["class.example", "evil.example", "192.168.1.20", "teachers-pc", "x.streamlit.app"]
        assert [host for host in refused if hosts.knows(host)] == []

    def test_a_page_of_another_origin_may_not_connect(self):
        hosts = Hosts(named=("school.example",), origins=("https://allowed.example",))
        own = "127.0.0.1:8501"
        trusted = [None, "http://127.0.0.1:8501", "https://school.example", "https://allowed.example"]
        assert [origin for origin in trusted if not hosts.trusts(origin, own)] == []
        others = ["http://127.0.0.1:9000", "https://evil.example", "null", "", "https://allowed.example:1", "http://["]
        assert [origin for origin in others if hosts.trusts(origin, own)] == []

    def test_the_operator_names_them_by_a_variable(self, monkeypatch):
        monkeypatch.setenv(names.VARIABLE, " school.example, https://Moodle.example:8443/cnn ,a.b:8501,[::2], *.c.d,")
        assert Hosts.of_this_server().named == ("school.example", "moodle.example", "a.b", "::2", "*.c.d")

    def test_community_cloud_decides_itself(self):
        assert Hosts(is_cloud=True).knows("anything.example")

    def test_a_refusal_says_what_to_do(self):
        assert "CNN_HOSTS=pc.school.example " in Hosts().advice("pc.school.example:8501")
        assert "<" not in Hosts().advice("<script>")


def a_room(seats=2, most_bytes=1e6, remembered=60):
    return Room(seats, most_bytes, remembered)


class TestRoom:
    def test_the_next_visitor_finds_it_full(self):
        room = a_room(seats=2)
        with ExitStack() as stack:
            stack.enter_context(room.seat())
            assert not room.is_full()
            stack.enter_context(room.seat())
            assert room.is_full()
        assert not room.is_full()

    def test_all_visitors_together_hold_so_much(self):
        room = a_room(most_bytes=1e6)
        with room.seat() as one, room.seat() as other:
            assert one.hold(600_000)
            assert not other.hold(600_000)
            assert one.hold(1_000)  # takes the place of the large one
            assert other.hold(600_000)

    def test_what_a_visitor_left_behind_counts_as_long_as_streamlit_keeps_it(self, monkeypatch):
        now = [0.0]
        monkeypatch.setattr("time.monotonic", lambda: now[0])
        room = a_room(most_bytes=1e6, remembered=60)
        with room.seat() as seat:
            assert seat.hold(600_000)
        assert not room.has_space(600_000)
        now[0] = 61.0
        assert room.has_space(600_000)

    def test_uploads_count_while_they_come_and_when_they_are_there(self):
        uploaded = [0]
        room = Room(2, 1e6, 60, lambda: uploaded[0])
        with room.carrying(600_000):
            assert not room.has_space(600_000)
        assert room.has_space(600_000)
        uploaded[0] = 600_000
        assert not room.has_space(600_000)


def through_the_door(monkeypatch, room, scope):
    """What the door sends for this request; behind it an app that says yes."""
    monkeypatch.setattr(middleware.Room, "of_profile", lambda *_: room)
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request"}

    stood = door.Door(PlainTextResponse("yes"), str(ROOT / "streamlit_app.py"))
    headers = [(name.encode(), value.encode()) for name, value in scope.pop("headers", {"host": "localhost"}).items()]
    asyncio.run(stood({"type": "http", "method": "GET", "path": "/", "headers": headers, **scope}, receive, send))
    return sent


class TestFull:
    def test_a_page_says_so(self, monkeypatch):
        page = {"headers": {"host": "localhost", "accept": "text/html,*/*"}}
        begin, body = through_the_door(monkeypatch, a_room(seats=0), page)
        assert begin["status"] == 503
        assert b"The classroom is full" in body["body"]
        assert (b"x-frame-options", b"SAMEORIGIN") in begin["headers"]

    def test_what_the_open_pages_need_is_served(self, monkeypatch):
        begin, _ = through_the_door(monkeypatch, a_room(seats=0), {"path": "/static/js/a.js"})
        assert begin["status"] == 200

    def test_a_connection_is_refused(self, monkeypatch):
        (message,) = through_the_door(monkeypatch, a_room(seats=0), {"type": "websocket"})
        assert message == {"type": "websocket.close", "code": 1013}


class TestFrames:
    def policy(self, monkeypatch):
        begin, _ = through_the_door(monkeypatch, a_room(), {})
        return dict(begin["headers"])

    def test_other_pages_show_it_in_no_frame(self, monkeypatch):
        headers = self.policy(monkeypatch)
        assert headers[b"x-frame-options"] == b"SAMEORIGIN"
        assert headers[b"content-security-policy"].endswith(b"frame-ancestors 'self'")

    def test_but_those_that_the_operator_names(self, monkeypatch):
        monkeypatch.setenv("CNN_FRAMES", "https://moodle.school.example")
        headers = self.policy(monkeypatch)
        assert b"x-frame-options" not in headers
        assert headers[b"content-security-policy"].endswith(b"frame-ancestors 'self' https://moodle.school.example")

    def test_community_cloud_shows_its_apps_in_frames(self, monkeypatch):
        monkeypatch.setattr(names.Hosts, "of_this_server", lambda: Hosts(is_cloud=True))
        headers = self.policy(monkeypatch)
        assert {b"x-frame-options", b"content-security-policy"}.isdisjoint(headers)
        assert headers[b"x-content-type-options"] == b"nosniff"


def a_talk(*datas, room=None):
    """A talk in which a browser sends these, and the list of what is sent to it."""
    waiting = [{"type": "websocket.receive", "bytes": data} for data in datas]
    sent = []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    return talk.Talk(receive, send, (room or a_room()).seat().__enter__(), "/secret/streamlit_app.py"), sent


def known(**fields):
    return BackMsg(**fields).SerializeToString()


class TestTalk:
    @pytest.mark.parametrize("kind", ["clear_cache", "load_git_info", "debug_shutdown_runtime"])
    def test_messages_that_no_page_sends_do_not_arrive(self, kind):
        wanted = known(app_heartbeat=True)
        one, sent = a_talk(known(**{kind: True}), wanted)
        assert asyncio.run(one.receive())["bytes"] == wanted
        assert sent == []

    @pytest.mark.parametrize("operation", ["install_skills", "dismiss_skills_nudge"])
    def test_nothing_is_written_into_the_project(self, operation):
        message = BackMsg()
        getattr(message.backend_operation_request, operation).SetInParent()
        hidden = known(stop_script=True) + message.SerializeToString()  # the last of two is what counts
        one, _ = a_talk(hidden, known(app_heartbeat=True))
        assert asyncio.run(one.receive())["bytes"] == known(app_heartbeat=True)

    def test_no_million_addresses_are_made_up(self):
        message = BackMsg()
        message.file_urls_request.file_names.extend(["a"] * 101)
        one, _ = a_talk(message.SerializeToString(), known(app_heartbeat=True))
        assert asyncio.run(one.receive())["bytes"] == known(app_heartbeat=True)

    def test_more_than_fits_closes_the_connection(self):
        one, sent = a_talk(b"\x0a" * 300_000, room=a_room(most_bytes=200_000))
        assert asyncio.run(one.receive()) == {"type": "websocket.disconnect", "code": 1009}
        assert sent == [{"type": "websocket.close", "code": 1009}]
        asyncio.run(one.send({"type": "websocket.send", "bytes": b"late"}))
        assert len(sent) == 1

    def test_a_million_small_parts_are_not_read_and_a_photo_is(self):
        photo = BackMsg()
        photo.rerun_script.widget_states.widgets.add(id="photo", json_trigger_value="aZ09+/=" * 1_000_000)
        one, _ = a_talk(photo.SerializeToString(), room=a_room(most_bytes=1e7))
        assert asyncio.run(one.receive())["bytes"] == photo.SerializeToString()
        parts = BackMsg()
        for _ in range(10_000):
            parts.rerun_script.widget_states.widgets.add()
        one, sent = a_talk(parts.SerializeToString())
        assert asyncio.run(one.receive()) == {"type": "websocket.disconnect", "code": 1009}
        assert sent == [{"type": "websocket.close", "code": 1009}]

    def test_who_sends_too_many_waits(self, monkeypatch):
        now, waited = [100.0], []

        async def sleep(seconds):
            waited.append(seconds)
            now[0] += seconds

        monkeypatch.setattr("time.monotonic", lambda: now[0])
        monkeypatch.setattr(asyncio, "sleep", sleep)
        one, _ = a_talk(*[known(app_heartbeat=True)] * 150)

        async def listen():
            for _ in range(150):
                await one.receive()

        asyncio.run(listen())
        assert sum(waited) == pytest.approx((150 - talk._AT_ONCE) / talk._A_SECOND)


class TestGreeting:
    def options(self, monkeypatch, **changed):
        values = {"browser.serverAddress": "localhost", "browser.serverPort": 8501, "server.baseUrlPath": "", **changed}
        monkeypatch.setattr(welcome.st, "get_option", values.get)

    def test_on_a_machine_in_a_network(self, monkeypatch):
        self.options(monkeypatch)
        monkeypatch.setattr(welcome, "_own_address", lambda: "192.168.1.20")
        assert welcome.addresses() == ("http://localhost:8501", "http://192.168.1.20:8501")

    def test_for_this_machine_alone(self, monkeypatch):
        self.options(monkeypatch, **{"server.address": "127.0.0.1", "server.baseUrlPath": "/cnn"})
        assert welcome.addresses() == ("http://127.0.0.1:8501/cnn", None)

    def test_under_a_name(self, monkeypatch):
        self.options(monkeypatch, **{"browser.serverAddress": "school.example", "server.sslCertFile": "a.pem"})
        assert welcome.addresses() == ("https://school.example:8501", None)
