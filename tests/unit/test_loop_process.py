"""The entry of the loop's process: its last words, whatever happens in it."""

from collections.abc import Iterator
from multiprocessing import Pipe
from typing import Any

import pytest

from rig.bridge import EVENT_DTYPE, Bridge
from rig.config import load_rig
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt import process
from rig.rt.process import run_loop
from rig.wiring import LoopOrder


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopOrder]:
    """An order with its shared memory; nothing of this process is changed by running it here."""
    monkeypatch.setattr(process, "leave_signals_to_supervisor", lambda: None)
    monkeypatch.setattr(process.logging, "disable", lambda _: None)
    rig, bridge = load_rig("one_corner"), Bridge.create(3, 16)
    with (
        Ring.create(row_dtype(3, 7), 16, ("r",)) as rows,
        Ring.create(EVENT_DTYPE, 16, ("e",)) as events,
    ):
        yield LoopOrder(rig, "stepped", "127.0.0.1:1", 1.0, bridge.name, bridge.shape, rows.name, events.name)
    bridge.close()
    bridge.unlink()


def last_words(order: LoopOrder, *said: Any) -> list[Any]:
    """Run the process' entry here, having said so much to it, and then hung up."""
    ours, theirs = Pipe()
    for word in said:
        ours.send(word)
    run_loop(order, theirs)
    theirs.close()
    heard = []
    while ours.poll(0):
        try:
            heard.append(ours.recv())
        except EOFError:
            break
    ours.close()
    return heard


def test_a_fault_of_the_program_is_told_to_the_supervisor(order: LoopOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback on a stream that nobody reads, but the reason on the connection."""

    def broken(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(process, "build_loop", broken)
    assert last_words(order) == [("failed", "ValueError: no such thing")]


def test_a_loop_that_is_let_go_says_how_it_ended(order: LoopOrder) -> None:
    """Nobody is at the address: tripped, and the report says so."""
    ready, (word, report) = last_words(order, "go")
    assert ready[0] == "ready"
    assert (word, report["end"]) == ("ended", 5)


def test_a_supervisor_that_is_gone_before_the_start_is_no_fault(order: LoopOrder) -> None:
    """The connection closes instead of a go: the process ends without a word, and nothing has moved."""
    ours, theirs = Pipe()
    ours.close()
    run_loop(order, theirs)
    theirs.close()
