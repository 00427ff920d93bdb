"""Why a worker stops: a signal, a request, or the end of the app that started it. No network is trained here."""

import signal

import pytest

from cnn_core import runs
from cnn_core.worker import work


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_was_refused_gives_the_signals_back(finished_run, tiny_config, number):
    """Else Ctrl-C would do nothing for the rest of the process."""
    before = signal.getsignal(number)
    with runs.open_record(finished_run):
        assert work(runs.create(tiny_config)) == runs.BUSY_EXIT_CODE
    assert signal.getsignal(number) is before
