"""The ring: order, wrap, loss, several readers, another process."""

import multiprocessing
from collections.abc import Iterator

import numpy as np
import pytest

from rig.record.ring import Ring, RingError, Rows
from rig.record.rows import row_dtype

DTYPE = row_dtype(3, 7)


def numbered(first: int, count: int) -> Rows:
    rows = np.zeros(count, dtype=DTYPE)
    rows["sample"] = np.arange(first, first + count)
    rows["feedback"][:, 6] = rows["sample"] % 1000
    return rows


@pytest.fixture
def ring() -> Iterator[Ring]:
    with Ring.create(DTYPE, 64, ("recorder", "judge")) as ring:
        yield ring


def test_rows_come_out_as_they_went_in(ring: Ring) -> None:
    """Rows of any block length come out once, in order, whole, across the wrap."""
    reader = ring.reader("recorder")
    taken, first = [], 0
    for count in (1, 4, 63, 2, 64, 0, 17):
        ring.push(numbered(first, count))
        first += count
        taken.append(reader.drain())
    assert (np.concatenate(taken) == numbered(0, first)).all()
    assert (ring.written, reader.cursor, reader.lost, reader.pending) == (first, first, 0, 0)


def test_overtaken_reader_loses_the_oldest(ring: Ring) -> None:
    """A reader that was overtaken counts what it lost and goes on at the oldest whole row."""
    reader = ring.reader("recorder")
    ring.push(numbered(0, 60))
    ring.push(numbered(60, 30))
    rows = reader.drain()
    assert rows["sample"].tolist() == list(range(26, 90))
    assert reader.lost == ring.lost("recorder") == 26


def test_row_being_overwritten_is_not_handed_out(ring: Ring) -> None:
    """Rows that the producer has reserved, but not finished, are lost to the reader rather than torn."""
    ring.push(numbered(0, 64))
    ring._words[4] = 70  # the producer has begun six more rows
    reader = ring.reader("recorder")
    assert reader.drain()["sample"][0] == 6
    assert reader.lost == 6


def test_overtaken_during_the_copy(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows overwritten while they were copied are counted as lost."""
    ring.push(numbered(0, 64))
    reader, copy = ring.reader("recorder"), ring._copy

    def slow_copy(first: int, count: int) -> bytearray:
        data = copy(first, count)
        ring.push(numbered(64, 10))
        return data

    monkeypatch.setattr(ring, "_copy", slow_copy)
    assert reader.drain()["sample"].tolist() == list(range(10, 64))
    assert (reader.lost, reader.cursor) == (10, 64)


def test_overtaken_between_two_looks_at_the_counters(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that come while the reader looks at the counters are taken later or counted, and never mixed up."""
    ring.push(numbered(0, 60))
    reader, oldest = ring.reader("recorder"), ring._oldest

    def interrupted() -> int:
        value = oldest()
        for k in range(10):
            ring.push(numbered(60 + 10 * k, 10))
        monkeypatch.undo()
        return value

    monkeypatch.setattr(ring, "_oldest", interrupted)
    samples = np.concatenate([reader.drain(), reader.drain()])["sample"].tolist()
    assert samples == list(range(96, 160))
    assert reader.lost == 96


def test_readers_are_independent(ring: Ring) -> None:
    """One reader's taking and acknowledging leaves the other's place alone; `most` bounds a taking."""
    ring.push(numbered(0, 50))
    recorder, judge = ring.reader("recorder"), ring.reader("judge")
    assert len(recorder.drain()) == 50
    recorder.acknowledge(50)
    recorder.make_durable(40)
    assert judge.drain(most=20)["sample"].tolist() == list(range(20))
    assert (ring.acknowledged("recorder"), ring.durable("recorder"), ring.acknowledged("judge")) == (50, 40, 0)
    assert judge.pending == 30


def test_misuse_is_refused(ring: Ring) -> None:
    """A wrong capacity, dtype, block, reader or name is an error in words, and pushes nothing."""
    with pytest.raises(ValueError, match="power of two"):
        Ring.create(DTYPE, 100, ("a",))
    with pytest.raises(ValueError, match="do not fit"):
        ring.push(numbered(0, 65))
    with pytest.raises(ValueError, match="do not fit"):
        ring.push(np.zeros(2, dtype=row_dtype(2, 7)))
    with pytest.raises(RingError, match="no reader 'visa'"):
        ring.reader("visa")
    with pytest.raises(RingError, match="no such file"):
        Ring.attach("no_such_ring")
    assert ring.written == 0


def _produce(name: str, total: int) -> None:
    ring = Ring.attach(name)
    for first in range(0, total, 4):
        ring.push(numbered(first, 4))
    ring.close()


def test_another_process_pushes(capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever a spawned producer pushes is taken or counted, in order and whole; nothing is said on stderr."""
    total = 200_000
    with Ring.create(DTYPE, 1024, ("recorder",)) as ring:
        child = multiprocessing.get_context("spawn").Process(target=_produce, args=(ring.name, total))
        child.start()
        reader, taken = ring.reader("recorder"), []
        while reader.cursor < total and (child.is_alive() or reader.pending):
            rows = reader.drain()
            assert (rows["feedback"][:, 6] == rows["sample"] % 1000).all()
            taken.append(rows["sample"])
        child.join()
        samples = np.concatenate(taken)
        assert len(samples) + reader.lost == total
        assert (np.diff(samples.astype(np.int64)) > 0).all()
        child.close()
    assert capfd.readouterr().err == ""
