"""The event log: vocabulary, chain, torn tail."""

import errno
import os
from pathlib import Path

import pytest

from rig.record import events as event_files
from rig.record.events import FILE_NAME, FIRST_PREV, EventLog, read_events


def write_three(folder: Path) -> str:
    with EventLog(folder) as log:
        log.append("run_started", "starts", time_s=0.0, sample=0, distance_km=0.0)
        log.append("limit_indicated", "warm", time_s=1.5, sample=750, data={"value": 131.0})
        log.append("run_ended", "ends", time_s=2.0)
        return log.head


def test_events_come_back(tmp_path: Path) -> None:
    """All events come back in order, with their numbers, and the head is the log's."""
    head = write_three(tmp_path)
    record = read_events(tmp_path / FILE_NAME)
    assert [event.kind for event in record.events] == ["run_started", "limit_indicated", "run_ended"]
    assert record.events[1].data == {"value": 131.0}
    assert (record.head, record.broken, record.torn) == (head, None, None)


def test_any_changed_byte_breaks_the_chain(tmp_path: Path) -> None:
    """Whatever byte of a line but the last is changed, the break is named and what comes before it is kept."""
    write_three(tmp_path)
    path = tmp_path / FILE_NAME
    good = path.read_bytes()
    second = good.index(b"\n") + 1
    for at in range(second, good.index(b"\n", second)):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        record = read_events(path)
        assert record.broken is not None
        assert FILE_NAME in record.broken
        assert 1 <= len(record.events) <= 2


def test_missing_line_breaks_the_chain(tmp_path: Path) -> None:
    """A line taken out is noticed at the next, in words."""
    write_three(tmp_path)
    path = tmp_path / FILE_NAME
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[2])
    record = read_events(path)
    assert record.broken is not None
    assert "line 2: it carries the hash" in record.broken
    assert "the 1 events before it hold" in record.broken


def test_torn_tail_is_named_and_cut(tmp_path: Path) -> None:
    """Wherever the writer died in its last line, the events before hold, and a new log goes on after them."""
    write_three(tmp_path)
    path = tmp_path / FILE_NAME
    good = path.read_bytes()
    last = good.rstrip(b"\n").rindex(b"\n") + 1
    for end in (last + 1, last + 40, len(good) - 1):
        path.write_bytes(good[:end])
        record = read_events(path)
        assert len(record.events) == 2
        assert record.torn is not None
        assert record.broken is None
        with EventLog(tmp_path) as log:
            assert log.append("process_lost", "the recorder died", time_s=3.0).number == 2
        assert read_events(path).torn is None
        assert len(read_events(path).events) == 3


@pytest.mark.parametrize("left", [bytes(60) + b"\n", b"\n\n\x00", b'{"number":0}\n{"nu', b"[1]\nnull\n", b"\xff\n"])
def test_what_a_loss_of_power_left_of_a_line_is_a_torn_tail(tmp_path: Path, left: bytes) -> None:
    """Also where line ends are in it: nothing in it says that it came later."""
    write_three(tmp_path)
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes() + left)
    record = read_events(path)
    assert (len(record.events), record.broken) == (3, None)
    assert f"({len(left)} bytes that are no event)" in (record.torn or "")
    with EventLog(tmp_path) as log:
        assert log.append("process_lost", "the power was lost", time_s=3.0).number == 3
    assert (len(read_events(path).events), read_events(path).torn) == (4, None)


def test_a_line_that_is_none_before_an_event_is_a_break(tmp_path: Path) -> None:
    """The events are brought to the disk one by one: what is before another was whole once."""
    write_three(tmp_path)
    path = tmp_path / FILE_NAME
    first, second, third = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first + bytes(len(second) - 1) + b"\n" + third)
    record = read_events(path)
    assert (len(record.events), record.torn) == (1, None)
    assert "line 2: no event" in (record.broken or "")


def test_vocabulary_is_closed(tmp_path: Path) -> None:
    """A kind that is not in the vocabulary is refused, and leaves no line."""
    with EventLog(tmp_path) as log, pytest.raises(ValueError, match="no kind of event"):
        log.append("coffee_break", "no", time_s=0.0)  # type: ignore[arg-type]
    record = read_events(tmp_path / FILE_NAME)
    assert (record.events, record.head) == ((), FIRST_PREV)


def test_broken_log_is_not_gone_on_with(tmp_path: Path) -> None:
    """A log whose chain is broken is left as it is."""
    (tmp_path / FILE_NAME).write_text('{"number":0}\n')
    with pytest.raises(ValueError, match="line 1: no event"):
        EventLog(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == '{"number":0}\n'


def test_a_disk_that_takes_half_a_line_leaves_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When there is room again the chain goes on where it was."""

    def half(handle: int, data: bytes) -> None:
        os.write(handle, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    with EventLog(tmp_path) as log:
        log.append("run_started", "starts", time_s=0.0)
        with monkeypatch.context() as patched:
            patched.setattr(event_files, "write_fully", half)
            with pytest.raises(OSError, match="No space left"):
                log.append("late_cycles", "lost", time_s=1.0)
        log.append("run_ended", "ends", time_s=2.0)
    record = read_events(tmp_path / FILE_NAME)
    assert ([event.kind for event in record.events], record.broken) == (["run_started", "run_ended"], None)


@pytest.mark.parametrize("again", [False, True])
def test_a_log_that_is_deleted_takes_no_event(tmp_path: Path, again: bool) -> None:
    """What is appended to a file without a name succeeds, and is lost."""
    with EventLog(tmp_path) as log:
        log.append("run_started", "starts", time_s=0.0)
        log.check()
        (tmp_path / FILE_NAME).unlink()
        if again:
            (tmp_path / FILE_NAME).touch()
        with pytest.raises(FileNotFoundError, match="deleted, moved or replaced"):
            log.append("run_ended", "ends", time_s=1.0)
