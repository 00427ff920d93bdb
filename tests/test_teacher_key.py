"""The teacher's key away from any page: where it comes from, how often it may be tried, tokens, who is warned."""

import logging

import numpy as np
import pytest
import streamlit as st
from streamlit.runtime.secrets import Secrets

from pages.ui.teacher import key, notice
from pages.ui.teacher.links import MOST, SECONDS, Links
from pages.ui.teacher.tries import ADDRESS, SERVER, SESSION, Tries, network_of

KEY = "four words are best"


class Clock:
    """Stands still until a test moves it."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch, tmp_path):
    """A log that has been told nothing, and no secrets of the user's own."""
    monkeypatch.setattr(key, "_said", set())
    with_secrets(monkeypatch, tmp_path / "none.toml")


def with_secrets(monkeypatch, file):
    """Streamlit's secrets are read from this file alone, and by this test alone."""
    options = {"secrets.files": [str(file)]}
    monkeypatch.setattr("streamlit.runtime.secrets.config.get_option", options.__getitem__)
    monkeypatch.setattr(Secrets, "_maybe_install_file_watchers", lambda _: None)
    monkeypatch.setenv(key.NAME, "")  # Streamlit adds its secrets to the environment: so this one goes with the test
    monkeypatch.delenv(key.NAME)
    monkeypatch.setattr(st, "secrets", Secrets())


class TestWhereItComesFrom:
    def test_without_a_key_and_without_secrets_there_is_none_and_nobody_is_told(self, caplog):
        assert key.current() is None
        assert key.try_("anything") is None
        assert not caplog.records

    @pytest.mark.parametrize("text", ["", "  ", "\n\t"])
    def test_a_blank_key_is_none(self, monkeypatch, text):
        monkeypatch.setenv(key.NAME, text)
        assert key.current() is None
        assert key.try_(text) is None

    @pytest.mark.parametrize("text", [KEY, "schlüssel-für-42", "钥匙🔑钥匙钥匙钥匙", "a\0b c'\"{}%s", "x" * 400])
    def test_any_text_is_a_key_and_only_that_text(self, monkeypatch, text):
        monkeypatch.setattr(key.os, "environ", {key.NAME: f"{text}\n"})  # as a file ends
        assert key.try_(text) == key.current() is not None
        for wrong in ("", text[:-1], text + "x", text.swapcase() if text.swapcase() != text else "y", "\udcff"):
            assert key.try_(wrong) is None

    def test_letters_that_unicode_writes_in_two_ways_are_the_same(self, monkeypatch):
        monkeypatch.setenv(key.NAME, "Schlu\u0308ssel!")
        assert key.try_("Schl\u00fcssel!")

    def test_bytes_that_are_no_utf_8_are_a_key_that_nobody_has(self, monkeypatch):
        monkeypatch.setattr(key.os, "environ", {key.NAME: "caf\udce9 au lait"})
        assert key.current()
        assert key.try_("café au lait") is None

    def test_a_text_without_end_is_no_key(self, monkeypatch):
        monkeypatch.setenv(key.NAME, KEY)
        assert key.try_(KEY + " " * 10)
        assert key.try_(KEY + " " * 10_000_000) is None

    def test_streamlits_secrets_have_it_too_and_go_first(self, monkeypatch, tmp_path):
        file = tmp_path / "secrets.toml"
        file.write_text(f'{key.NAME} = "{KEY}"', encoding="utf-8")
        with_secrets(monkeypatch, file)
        assert key.try_(KEY)
        with_secrets(monkeypatch, file)
        monkeypatch.setenv(key.NAME, "another one")
        st.secrets.load_if_toml_exists()  # as Streamlit does when the server starts
        assert key.try_(KEY)
        assert key.try_("another one") is None

    def test_a_number_in_the_secrets_is_a_key(self, monkeypatch, tmp_path):
        file = tmp_path / "secrets.toml"
        file.write_text(f"{key.NAME} = 20262027", encoding="utf-8")
        with_secrets(monkeypatch, file)
        assert key.try_("20262027")

    def test_where_there_are_none_they_are_looked_for_once_a_second(self, monkeypatch, tmp_path):
        now = 100.0
        monkeypatch.setattr(key.time, "monotonic", lambda: now)
        file = tmp_path / "secrets.toml"
        with_secrets(monkeypatch, file)
        assert key.current() is None
        file.write_text(f"{key.NAME} = 20262027", encoding="utf-8")
        assert key.current() is None
        now += 1.1
        assert key.try_("20262027")

    @pytest.mark.parametrize("content", [b'CNN_TEACHER_KEY = "not closed', b"\xff\xfe = 1"])
    def test_secrets_that_cannot_be_read_lock_everybody_out(self, monkeypatch, tmp_path, caplog, content):
        file = tmp_path / "secrets.toml"
        file.write_bytes(content)
        with_secrets(monkeypatch, file)
        assert key.current() is not None
        assert key.try_("not closed") is None
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "not closed" not in caplog.text

    def test_a_short_key_is_used_and_the_log_says_once_that_it_is_short(self, monkeypatch, caplog):
        monkeypatch.setenv(key.NAME, "1234567")
        assert key.try_("1234567")
        assert key.current()
        assert len(caplog.records) == 1
        assert "short" in caplog.text
        assert "1234567" not in caplog.text
        monkeypatch.setenv(key.NAME, "12345678")
        assert key.current()
        assert len(caplog.records) == 1

    def test_what_a_session_keeps_says_nothing_of_the_key(self, monkeypatch):
        monkeypatch.setenv(key.NAME, "a")
        short = key.current()
        monkeypatch.setenv(key.NAME, KEY * 20)
        assert len(short) == len(key.current()) == 32
        assert KEY.encode() not in key.current()
        monkeypatch.setattr(key, "_SALT", b"another process")
        monkeypatch.setenv(key.NAME, "a")
        assert key.current() != short


class TestTries:
    def test_a_session_has_five_a_minute_and_is_told_when_the_next_is(self, clock):
        tries = Tries(clock)
        for number in range(SESSION.most):
            assert tries.ask("one", f"10.0.0.{number}") is None
            clock.now += 3
        refusal = tries.ask("one", "10.0.0.9")
        assert refusal.is_own
        assert refusal.seconds == 60 - 15
        clock.now += 44.9
        assert tries.ask("one", "10.0.0.9")
        clock.now += 0.2
        assert tries.ask("one", "10.0.0.9") is None
        assert tries.ask("one", "10.0.0.9").seconds == pytest.approx(2.9), "one place was free, no more"

    def test_a_refused_try_makes_no_wait_longer(self, clock):
        tries = Tries(clock)
        for _ in range(SESSION.most):
            tries.ask("one", None)
        for _ in range(1000):
            assert tries.ask("one", None).seconds == 60
        clock.now += 60
        assert tries.ask("one", None) is None

    def test_new_sessions_do_not_multiply_the_tries_of_an_address(self, clock):
        tries = Tries(clock)
        granted = 0
        for number in range(6000):  # ten a second for ten minutes, each from a new tab
            granted += tries.ask(f"tab {number}", "10.0.0.1") is None
            clock.now += 0.1
        assert granted <= 600 / ADDRESS.seconds * ADDRESS.most

    def test_new_addresses_do_not_multiply_the_tries_of_the_server(self, clock):
        tries = Tries(clock)
        granted = 0
        for number in range(6000):
            granted += tries.ask(f"tab {number}", f"10.0.{number // 250}.{number % 250}") is None
            clock.now += 0.1
        assert granted <= 600 / SERVER.seconds * SERVER.most

    def test_a_vandal_locks_the_own_address_only(self, clock):
        tries = Tries(clock)
        for number in range(6000):
            tries.ask(f"tab {number}", "10.0.0.1")
            clock.now += 0.1
            if number % 100 == 99:  # the teacher, who mistypes every ten seconds
                assert tries.ask(f"teacher {number // 500}", "10.0.0.2") is None

    @pytest.mark.parametrize("addresses", [1, 250])
    def test_a_teacher_among_vandals_of_the_same_address_or_of_many_waits_but_not_for_ever(self, clock, addresses):
        """Ten tries a second by others; the teacher tries again when the page says so. Twenty teachers, one by one."""
        rng, waits = np.random.default_rng(1), []
        for teacher in range(20):
            tries, came = Tries(clock), clock.now + 60
            again = came
            for number in range(100_000):
                clock.now += rng.exponential(0.1)
                tries.ask(f"tab {number}", f"10.0.0.{number % addresses}")
                if clock.now >= again:
                    refusal = tries.ask(f"teacher {teacher}", "10.0.0.0")
                    if refusal is None:
                        break
                    again = clock.now + refusal.seconds
            waits.append(clock.now - came)
        assert np.median(waits) < 20
        assert max(waits) < 120

    def test_what_is_past_takes_no_memory(self, clock):
        tries = Tries(clock)
        for number in range(2000):
            tries.ask(f"tab {number}", f"10.0.{number // 250}.{number % 250}")
            clock.now += 1
        assert len(tries._times) <= SESSION.seconds + ADDRESS.seconds + 1

    @pytest.mark.parametrize(
        ("address", "network"),
        [
            (None, "here"),
            ("", "here"),
            ("192.168.1.7", "192.168.1.7"),
            ("::ffff:192.168.1.7", "192.168.1.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("no address", "no address"),
        ],
    )
    def test_what_counts_as_one_address(self, address, network):
        assert network_of(address) == network


class TestLinks:
    def test_a_token_works_once(self, clock):
        links = Links(clock)
        token = links.make(b"right")
        assert links.is_open(token)
        assert links.use(token) == b"right"
        assert links.use(token) is None
        assert not links.is_open(token)

    def test_a_token_works_for_ten_minutes(self, clock):
        links = Links(clock)
        first, second = links.make(b"right"), links.make(b"right")
        clock.now += SECONDS - 0.1
        assert links.use(first)
        clock.now += 0.2
        assert links.use(second) is None

    @pytest.mark.parametrize("wrong", ["", "x", "é", "\udcff", "a" * 1_000_000])
    def test_a_wrong_token_is_none_and_uses_up_no_other(self, clock, wrong):
        links = Links(clock)
        token = links.make(b"right")
        assert links.use(wrong) is None
        assert links.use(token[:-1]) is None
        assert links.use(token) == b"right"

    def test_there_are_so_many_at_most(self, clock):
        links = Links(clock)
        tokens = [links.make(b"right") for _ in range(MOST + 2)]
        assert len(set(tokens)) == len(tokens)
        assert min(map(len, tokens)) >= 40
        assert [links.is_open(token) for token in tokens] == [False] * 2 + [True] * MOST


class TestNotice:
    @pytest.mark.parametrize("address", ["127.0.0.1", "127.0.1.1", "localhost", "::1", "[::1]", "unix:///tmp/socket"])
    def test_a_server_of_ones_own_is_private(self, address):
        assert notice.is_private(address)

    def test_a_server_behind_a_proxy_answers_a_network(self, monkeypatch):
        monkeypatch.setenv("CNN_HOSTS", "school.example")
        assert not notice.is_private("127.0.0.1")

    @pytest.mark.parametrize("address", [None, "", "0.0.0.0", "::", "192.168.1.7", "school.example", "localhost.evil"])
    def test_any_other_answers_a_network(self, address):
        assert not notice.is_private(address)
