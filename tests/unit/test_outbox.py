"""What leaves the loop of a run that is gone on with: numbered, timed and placed as the record goes on."""

import numpy as np

from rig.bridge import EVENT_DTYPE, EventKind
from rig.config import load_rig
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt.beginning import START, Beginning
from rig.rt.control import outcome_of
from rig.rt.outbox import Outbox

RIG = load_rig("one_corner")
AXES, CHANNELS = len(RIG.axes), len(RIG.channels)


def told_by(beginning: Beginning) -> tuple[np.ndarray, np.ndarray]:
    """Rows and events of an outbox: an event before the first sample, four samples, an event after the second."""
    with (
        Ring.create(row_dtype(AXES, CHANNELS), 64, ("test",)) as rows,
        Ring.create(EVENT_DTYPE, 64, ("test",)) as events,
    ):
        outbox, out = Outbox(RIG, rows, events, beginning), outcome_of(4, AXES)
        outbox.event(EventKind.STATE, 1, 0, 0.0)
        out["place"][:, 0] = [700.0, 700.0, 700.5, 701.0]
        outbox.commanded(0, 4, out, np.zeros((4, AXES), np.int16))
        outbox.measured(0, np.zeros((4, CHANNELS), np.int16), 1_000, -1)
        outbox.event(EventKind.STATE, 2, 3, 0.0)
        return rows.reader("test").drain(), events.reader("test").drain()


def test_a_run_begins_at_nothing() -> None:
    """Sample 0, at 0 m, by the loop's own clock."""
    rows, events = told_by(START)
    assert rows["sample"].tolist() == [0, 1, 2, 3]
    assert set(rows["mono_ns"].tolist()) == {1_000}
    assert events["sample"].tolist() == [0, 3]
    assert events["distance_m"].tolist() == [0.0, 700.5]


def test_a_run_goes_on_where_its_record_ends() -> None:
    """The loop counts from 0, as the device does; what it tells goes on."""
    rows, events = told_by(Beginning(first_sample=5_000, mono_shift_ns=10**9, distance_m=700.0, run_up=True))
    assert rows["sample"].tolist() == [5_000, 5_001, 5_002, 5_003]
    assert set(rows["mono_ns"].tolist()) == {10**9 + 1_000}
    assert events["sample"].tolist() == [5_000, 5_003]
    assert events["distance_m"].tolist() == [700.0, 700.5]
