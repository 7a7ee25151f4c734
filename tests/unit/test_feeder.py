"""The drive queue between feeder and loop: every row once, in order, none that was not written, also at the wrap."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rig.bridge import ROWS_BEHIND, Bridge, DriveShape, Request, Slot
from rig.supervisor.feeder import DriveFeeder

CAPACITY = 16


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    """A bridge with one axis and a short queue."""
    made = Bridge.create(1, CAPACITY + ROWS_BEHIND)
    yield made
    made.close()
    made.unlink()


def plan_of(*lengths: int) -> Any:
    """A plan whose drive counts its rows, in blocks of these lengths."""

    def blocks(_first_sample: int) -> Iterator[SimpleNamespace]:
        first = 0
        for length in lengths:
            count = np.arange(first, first + length, dtype=np.float64)
            place = {"distance_m": count / 10, "speed_mps": count * 0 + 5, "segment": np.zeros(length, np.int16)}
            yield SimpleNamespace(first_sample=first, drive=count[:, None], setpoint=-count[:, None], **place)
            first += length

    return SimpleNamespace(blocks=blocks)


def take(bridge: Bridge, count: int) -> list[float]:
    """Read rows as the loop does: the drive column, then the place that has been read."""
    read = bridge.get(Slot.DRIVE_READ)
    count = min(count, bridge.get(Slot.DRIVE_WRITTEN) - read)
    rows = [float(bridge.drive[(read + k) % (CAPACITY + ROWS_BEHIND), 0]) for k in range(count)]
    bridge.set(Slot.DRIVE_READ, read + count)
    return rows


@pytest.mark.parametrize("step", [1, 5, 16])
@pytest.mark.parametrize("lengths", [(7, 7, 7, 7, 7, 7, 7), (40,), (1, 0, 30, 2)])
def test_every_row_once_and_in_order_over_many_wraps(bridge: Bridge, lengths: tuple[int, ...], step: int) -> None:
    """Whatever the blocks and the reader's steps."""
    feeder, seen = DriveFeeder(plan_of(*lengths), bridge), []
    for _ in range(100):
        feeder.fill()
        assert 0 <= bridge.room() <= CAPACITY
        seen += take(bridge, step)
    assert seen == list(range(sum(lengths)))
    assert bridge.get(Slot.DRIVE_ENDS_AT) == sum(lengths)


def test_a_full_queue_is_not_written_over(bridge: Bridge) -> None:
    """What the loop has not read stays; the row after it is written only where one has been read."""
    feeder = DriveFeeder(plan_of(100), bridge)
    feeder.fill()
    feeder.fill()
    assert bridge.drive[:CAPACITY, 0].tolist() == list(range(CAPACITY))
    bridge.set(Slot.DRIVE_READ, 1)
    feeder.fill()
    at = CAPACITY % bridge.shape.capacity
    assert bridge.drive[[at, 0, 1], 0].tolist() == [CAPACITY, 0, 1]  # rows just read stay for a shifted drive


def test_rows_that_a_shifted_drive_may_look_back_at_stay(bridge: Bridge) -> None:
    """However far the feeder is ahead, so many rows before the one at hand are those that were played."""
    feeder = DriveFeeder(plan_of(1000), bridge)
    for _ in range(200):
        feeder.fill()
        take(bridge, 3)
        feeder.fill()
        read = bridge.get(Slot.DRIVE_READ)
        behind = range(max(0, read - ROWS_BEHIND), read)
        assert [float(bridge.drive[number % bridge.shape.capacity, 0]) for number in behind] == list(behind)


@pytest.mark.parametrize(("first_row", "reached_m"), [(0, 0.0), (137, 14.2), (200, 20.0), (299, 40.0)])
def test_a_drive_that_is_gone_on_with_begins_at_its_row(bridge: Bridge, first_row: int, reached_m: float) -> None:
    """Its run-up stands at the distance that had been reached; after it the road goes on as it is."""
    feeder, seen, distance_m = DriveFeeder(plan_of(100, 100, 100), bridge, first_row, reached_m), [], []
    while bridge.get(Slot.DRIVE_READ) != bridge.get(Slot.DRIVE_ENDS_AT):
        feeder.fill()
        read = bridge.get(Slot.DRIVE_READ)
        count = bridge.get(Slot.DRIVE_WRITTEN) - read
        places = [(read + k) % (CAPACITY + ROWS_BEHIND) for k in range(count)]
        distance_m += bridge.drive[places, -3].tolist()
        seen += take(bridge, count)
    assert seen == list(range(first_row, 300))
    assert distance_m == [max(row / 10, reached_m) for row in seen]


def test_the_end_is_told_after_the_last_row_and_not_before(bridge: Bridge) -> None:
    """A drive that fills the queue exactly: its end is known once there is room to look for more."""
    feeder = DriveFeeder(plan_of(CAPACITY), bridge)
    feeder.fill()
    assert (bridge.get(Slot.DRIVE_WRITTEN), bridge.get(Slot.DRIVE_ENDS_AT)) == (CAPACITY, -1)
    take(bridge, 3)
    feeder.fill()
    assert (bridge.get(Slot.DRIVE_WRITTEN), bridge.get(Slot.DRIVE_ENDS_AT)) == (CAPACITY, CAPACITY)


def test_a_second_process_s_view_is_the_same_memory(bridge: Bridge) -> None:
    """Integers and drive rows of an attached block are those of its creator."""
    other = Bridge.attach(bridge.name, DriveShape(1, CAPACITY))
    try:
        other.set(Slot.HEARTBEAT, 41)
        bridge.write_drive(np.full((2, 5), 7.0))
        assert bridge.get(Slot.HEARTBEAT) == 41
        assert other.drive[:3, 4].tolist() == [7.0, 7.0, 0.0]
        assert other.get(Slot.DRIVE_WRITTEN) == 2
    finally:
        other.close()


def test_a_request_is_only_ever_raised(bridge: Bridge) -> None:
    """A weaker wish does not take back a stronger one."""
    for request in (Request.STOP_FOR_RIG, Request.STOP_FOR_COMPONENT, Request.NONE):
        bridge.raise_request(request)
    assert bridge.get(Slot.REQUEST) == Request.STOP_FOR_RIG
    bridge.raise_request(Request.TRIP)
    assert bridge.get(Slot.REQUEST) == Request.TRIP
