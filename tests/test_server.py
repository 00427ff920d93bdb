"""What the real server answers to a browser, and to somebody who is none."""

import json
import re
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from served import ROOT, kinds_until, open_page, serving, tiny_shapes
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus

BOUNDARY = "between"
SECRET = "a-name-nobody-should-read"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app, with a first page that breaks where its link says so."""
    folder = tmp_path_factory.mktemp(SECRET)
    for entry in ROOT.iterdir():
        if entry.name not in ("pages", ".git"):
            (folder / entry.name).symlink_to(entry)
    (folder / "pages").mkdir()
    for entry in (ROOT / "pages").iterdir():
        (folder / "pages" / entry.name).symlink_to(entry)
    home = (ROOT / "pages" / "home.py").read_text(encoding="utf-8")
    (folder / "pages" / "home.py").unlink()
    breaks = "\nimport streamlit as _st\nif 'breaks' in _st.query_params:\n    open(__file__ + '.missing')\n"
    (folder / "pages" / "home.py").write_text(home + breaks, encoding="utf-8")
    runs, data = tmp_path_factory.mktemp("runs"), tiny_shapes(tmp_path_factory.mktemp("data"))
    with serving(runs, data, folder / "log", "--server.address=127.0.0.1", folder=folder) as found:
        yield found


@pytest.fixture(scope="module")
def token(server):
    """The token against forged requests, as a browser gets it: in a cookie."""
    answer, _ = server.ask("/_stcore/health")
    return re.search(r"_streamlit_xsrf=([^;]+)", answer.headers["Set-Cookie"])[1]


@pytest.fixture
def visitor(server):
    """A connection, and the id of its session."""
    with server.connect() as connection:
        session, _, _ = open_page(connection)
        yield connection, session


def secrets(raw: bytes) -> list[bytes]:
    """What of the machine's insides is in these bytes."""
    inner = [SECRET.encode(), str(ROOT).encode(), b"site-packages", b"Traceback", b'File "', str(Path.home()).encode()]
    return [word for word in inner if word in raw]


def put(server, path, content=b"abc", *, token=None, cookie=None, **headers):
    about = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
    body = about.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    cookie = f"_streamlit_xsrf={cookie or token}" if cookie or token else None
    content_type = f"multipart/form-data; boundary={BOUNDARY}"
    if headers.get("Transfer_Encoding"):
        body = [body[start : start + 65536] for start in range(0, len(body), 65536)]
    try:
        return server.ask(path, "PUT", body, X_Xsrftoken=token, Cookie=cookie, Content_Type=content_type, **headers)[0]
    except (BrokenPipeError, ConnectionResetError):
        return None  # the server hung up before it had read everything


class TestAnswers:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("/", 200),
            ("/prediction", 200),
            ("/_stcore/health", 200),
            ("/media/none.png", 404),
            ("/static/js/none.js", 200),
            ("/component/none/index.html", 404),
            ("/_stcore/bidi-components/none/index.js", 404),
            ("/_stcore/bidi-components/picker/../../../../etc/passwd", 400),
            ("/_stcore/bidi-components/%2e%2e/%2e%2e/etc/passwd", 400),
            ("//example.com/a", 400),
            ("/_stcore/metrics", 404),
            ("/_stcore/agent/openapi.json", 404),
            ("/_stcore/agent/interact", 404),
            ("/_stcore/script-health-check", 404),
            ("/_stcore/", 404),
        ],
    )
    def test_say_how_they_may_be_used_and_nothing_of_the_machine(self, server, path, status):
        answer, body = server.ask(path)
        assert answer.status == status
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "default-src 'self'; script-src 'self' blob: 'sha256-" in answer.headers["Content-Security-Policy"]
        assert f"ws://127.0.0.1:{server.port} " in answer.headers["Content-Security-Policy"]
        assert answer.headers["Server"] == "uvicorn"  # without its version
        assert not secrets(str(answer.headers).encode() + body)

    def test_are_for_pages_of_this_server_alone(self, server):
        for path in ("/", "/_stcore/health", "/_stcore/host-config", "/media/none.png"):
            answer, body = server.ask(path, Origin="https://evil.example")
            assert "Access-Control-Allow-Origin" not in answer.headers
        answer, body = server.ask("/_stcore/host-config")
        assert "enableCustomParentMessages" in json.loads(body)

    @pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT", "TRACE"])
    def test_are_only_read(self, server, method):
        assert server.ask("/", method, b"a" * 1000)[0].status == 405

    def test_a_question_for_no_path_is_answered(self, server):
        assert server.ask("*", "OPTIONS")[0].status < 500

    def test_headers_are_bounded(self, server):
        with socket.create_connection(("127.0.0.1", server.port)) as connection, suppress(ConnectionError):
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"a" * 1_000_000)
            assert connection.recv(12) == b"HTTP/1.1 400"


class TestNames:
    def test_foreign_names_are_refused_with_a_sentence(self, server):
        answer, body = server.ask("/", Host="pc.evil.example:8501")
        assert answer.status == 403
        assert b"CNN_HOSTS=pc.evil.example" in body
        assert server.ask("/", Host=f"localhost:{server.port}")[0].status == 200
        assert server.ask("/_stcore/health", Host="balancer.example")[0].status == 200

    @pytest.mark.parametrize(
        ("host", "origin"),
        [
            ("evil.example", "http://evil.example:PORT"),  # a name that was let point here
            ("127.0.0.1", "https://evil.example"),
            ("127.0.0.1", "null"),
            ("127.0.0.1", "http://localhost:9000"),  # Streamlit alone lets it in
        ],
    )
    def test_foreign_pages_do_not_connect(self, server, host, origin):
        origin, start = origin.replace("PORT", str(server.port)), time.monotonic()
        with pytest.raises(InvalidStatus, match="403"), server.connect(host=host, origin=origin):
            pass
        assert time.monotonic() - start < 0.9  # Streamlit would ask the internet for this machine's address

    def test_its_own_pages_connect(self, server):
        with server.connect(origin=server.url) as connection:
            assert open_page(connection)[0]


class TestUploads:
    def address(self, session, file="one"):
        return f"/_stcore/upload_file/{session}/{file}"

    def test_need_a_session_and_its_token(self, server, token, visitor):
        _, session = visitor
        assert put(server, self.address(session), token=token).status == 204
        assert put(server, self.address(session)).status == 403
        assert put(server, self.address(session), cookie=token).status == 403
        assert put(server, self.address(session), token="2|a|b|c").status == 403
        assert put(server, self.address("00000000-0000-0000-0000-000000000000"), token=token).status == 400

    def test_end_with_the_session(self, server, token):
        with server.connect() as connection:
            session, _, _ = open_page(connection)
            assert put(server, self.address(session), token=token).status == 204
        deadline = time.monotonic() + 5
        while (status := put(server, self.address(session), token=token).status) != 400:
            assert status == 204
            assert time.monotonic() < deadline

    def test_are_bounded_whether_or_not_they_say_how_large_they_are(self, server, token, visitor):
        _, session = visitor
        large = b"a" * (32 * 2**20)
        for said in ({}, {"Transfer_Encoding": "chunked"}):
            answer = put(server, self.address(session), large, token=token, **said)
            assert answer is None or answer.status == 413

    def test_of_one_session_are_few(self, server, token, visitor):
        _, session = visitor
        found = [put(server, self.address(session, f"file{number}"), b"", token=token).status for number in range(22)]
        assert found == [204] * 20 + [413] * 2
        assert put(server, self.address(session, "file3"), b"again", token=token).status == 204


class TestTalking:
    @pytest.mark.parametrize(
        ("frame", "code"), [("text", 1003), (b"\xff\xff nonsense", 1002), (b"\x0a" * 12_100_000, 1009)]
    )
    def test_a_bad_frame_ends_the_connection_without_a_word(self, visitor, frame, code):
        connection, _ = visitor
        heard = b""
        with suppress(ConnectionClosed):  # perhaps before all of it was sent
            connection.send(frame)
            while True:
                heard += connection.recv(timeout=30)
        assert connection.close_code in (code, 1006)  # 1006: it hung up on what was still being sent
        assert not secrets(heard)

    def test_what_no_page_asks_for_is_not_told(self, visitor):
        connection, _ = visitor
        for message in (BackMsg(load_git_info=True), BackMsg(clear_cache=True), BackMsg(app_heartbeat=True)):
            connection.send(message.SerializeToString())
        assert "git_info_changed" not in kinds_until(connection, "heartbeat_ack")

    def test_addresses_for_a_thousand_files_are_not_made(self, visitor):
        connection, _ = visitor
        message = BackMsg()
        message.file_urls_request.file_names.extend(["a"] * 1_000)
        for question in (message, BackMsg(app_heartbeat=True)):
            connection.send(question.SerializeToString())
        assert "file_urls_response" not in kinds_until(connection, "heartbeat_ack")


class TestPages:
    def test_tell_nothing_of_the_machine(self, server):
        """Neither its paths nor where the script is, which Streamlit tells every browser."""
        pages = [path.stem for path in (ROOT / "pages").glob("*.py")]
        assert len(pages) == 11
        for page in pages:
            with server.connect() as connection:
                session, messages, raw = open_page(connection, page="" if page == "home" else page)
                assert session
                begun = next(message.new_session for message in messages if message.HasField("new_session"))
                assert begun.main_script_path == "streamlit_app"
                assert len(raw) > 1_000
                assert not secrets(raw), page

    def test_that_break_tell_nothing_either(self, server):
        with server.connect() as connection:
            _, messages, raw = open_page(connection, "breaks=1")
        broken = [message.delta.new_element.exception for message in messages if message.HasField("delta")]
        assert [error for error in broken if error.message or error.type], "the page did not break"
        assert not secrets(raw)
        assert SECRET in server.log.read_text()  # the teacher reads it


def test_no_upload_reaches_the_disk(monkeypatch):
    from starlette.formparsers import MultiPartParser

    from pages.ui.door import uploads

    monkeypatch.setattr(MultiPartParser, "spool_max_size", MultiPartParser.spool_max_size)
    uploads.keep_in_memory()
    assert MultiPartParser.spool_max_size > uploads.most_bytes()


def test_it_starts_under_a_path_and_with_its_variables_as_secrets(tmp_path):
    file = tmp_path / "secrets.toml"
    file.write_text(
        'CNN_HOSTS = "school.example"\nCNN_FRAMES = "https://moodle.example"\nCNN_TEACHER_KEY = "a long one"'
    )
    options = ("--server.address=127.0.0.1", "--server.baseUrlPath=/cnn/", f"--secrets.files={file}")
    with serving(tmp_path, tmp_path, tmp_path / "log", *options) as second:
        answer, _ = second.ask("/cnn/", Host="school.example")
        assert answer.status == 200
        assert answer.headers["Content-Security-Policy"].endswith(" https://moodle.example")
        assert second.ask("/cnn/", Host="192.168.1.20")[0].status == 403
        assert second.ask("/cnn/_stcore/health")[1] == b"ok"
        assert second.ask("/cnn")[0].status == 307  # to /cnn/
        assert second.ask("/cnn/_stcore/metrics")[0].status == 404
        with second.connect("/cnn", origin=second.url) as connection:
            session, _, raw = open_page(connection, page="network")
            assert session
            assert b"Teacher: locked" in raw
        assert f"http://127.0.0.1:{second.port}/cnn\n" in second.log.read_text()


@pytest.mark.slow
def test_nobody_outside_is_asked():
    """Start, all pages and a training, with the network cut; and no path in what a visitor downloads of the run."""
    done = subprocess.run([sys.executable, ROOT / "tests" / "offline.py"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["watched"]
    assert len(found["pages"]) == 11
    assert {page: errors for page, errors in found["pages"].items() if errors} == {}
    assert found["trained"] == 0
    assert found["attempts"] == []
    assert found["told"] == []
    if not found["cut"]:
        pytest.skip("no process can be cut off from the network here; attempts were only counted, and there was none")
