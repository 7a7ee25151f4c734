"""What a person or a service manager sends to a run is counted, and the children do not hear it."""

import os
import signal
import threading
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from rich.console import Console

from rig.rt.realtime import leave_signals_to_supervisor
from rig.supervisor import conduct
from rig.supervisor.interrupt import Interrupt, StoppedEarly, unheard_by_children

ALL = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("number", ALL)
def test_each_signal_is_counted_and_taken_once(number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and a closed terminal do the same; outside ``with`` all is as it was."""
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        interrupt.check()
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert (interrupt.take(), interrupt.take(), interrupt.total) == (2, 0, 2)
        with pytest.raises(StoppedEarly):
            interrupt.check()
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", ALL)
def test_a_signal_while_a_child_starts_is_only_held_up(number: signal.Signals) -> None:
    """The mask is what a child inherits; ours is delivered after."""
    with Interrupt() as interrupt:
        with unheard_by_children():
            signal.pthread_kill(threading.get_ident(), number)
            assert number in signal.pthread_sigmask(signal.SIG_BLOCK, ())
            assert interrupt.total == 0
        assert interrupt.total == 1


def test_the_loop_leaves_signals_to_the_supervisor() -> None:
    """A SIGTERM to every process of a service must not kill the loop in mid-motion."""
    before = {number: signal.getsignal(number) for number in ALL}
    try:
        leave_signals_to_supervisor()
        assert [signal.getsignal(number) for number in ALL] == [signal.SIG_IGN] * 3
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_ctrl_c_while_the_run_directory_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted already then, and what has been made is taken away."""

    def make(_session: object) -> Path:
        (tmp_path / "run").mkdir()
        signal.raise_signal(signal.SIGINT)
        return tmp_path / "run"

    for name in ("refuse_latched", "Judge"):
        monkeypatch.setattr(conduct, name, lambda *_: None)
    monkeypatch.setattr(conduct, "make_run_dir", make)
    monkeypatch.setattr(conduct, "_conduct", lambda *given: given[4].check())
    session: Any = MagicMock()
    with pytest.raises(StoppedEarly):
        conduct.conduct(session, Console(quiet=True))
    assert list(tmp_path.iterdir()) == []
