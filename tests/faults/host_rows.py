"""Rows: what our own side does wrong, seen from the loop."""

import time
from collections.abc import Callable

from rig.rt.drive_source import FixedDrive
from tests.faults.making import AT_ONCE_MS, CYCLE_MS, RAMP_MS, WATCHDOG_MS, host, trip
from tests.faults.row import Must, Row
from tests.faults.scene import Scene

STILL_S = 0.1


class ShortDrive(FixedDrive):
    """Rows that may stop coming; ``there``: so many are there then, and the end is not known."""

    there = 0

    def ends_at(self) -> int:
        """See `FixedDrive.ends_at`."""
        return -1 if self.there else len(self.rows)

    def written(self) -> int:
        """See `FixedDrive.written`."""
        return self.there or len(self.rows)


def spoil_drive(value: float) -> Callable[[Scene], None]:
    """The rows of the drive that are still to come hold something else."""

    def inject(scene: Scene) -> None:
        assert scene.parts is not None
        scene.drive.rows[scene.parts.law.drive_index + 2 :, 0] = value

    return inject


def with_short_drive(scene: Scene) -> None:
    """See `ShortDrive`."""
    scene.drive = ShortDrive(scene.drive.rows)


def stop_feeding(scene: Scene) -> None:
    """Nobody brings more rows."""
    assert scene.parts is not None
    scene.drive.there = scene.parts.law.drive_index + 10


def stand_still(scene: Scene) -> None:
    """The loop gets no processor."""
    time.sleep(STILL_S)


def dawdle(scene: Scene) -> None:
    """From now on each cycle takes half as long again as it may, which is less than the lead."""
    scene.every_cycle.append(lambda: time.sleep(1.5e-3 * CYCLE_MS))


ROWS: tuple[Row, ...] = (
    host("nan_command", "a command that is no number", "NaN in the drive",
         trip(8 * CYCLE_MS, "pan_displacement_m: a command of nan is outside its range", "limit_breached"),
         spoil_drive(float("nan"))),
    host("command_too_far", "a command beyond the actuator's range", "0.25 m in the drive, range ±0.2 m",
         trip(8 * CYCLE_MS, "pan_displacement_m: a command of 0.25", "limit_breached"), spoil_drive(0.25)),
    host("drive_late", "the drive is not there in time", "no more rows in the queue",
         trip(16 * CYCLE_MS, "the next drive rows were not there in time", "drive_late"), stop_feeding,
         before=with_short_drive),
    host("stand_still", "the loop gets no processor for 0.1 s", "sleep between two cycles",
         trip(1000.0 * STILL_S + AT_ONCE_MS, "first out was UNDERRUN", "device_fault", first_fault="UNDERRUN",
              neutral_ms=1000.0 * STILL_S + WATCHDOG_MS + RAMP_MS), stand_still),
    host("dawdle", "every cycle is late", "1.5 cycles of sleep in each cycle",
         Must("HOLDING", 81 * 3.0 * CYCLE_MS, "late cycles within a second", ("late_cycles",)), dawdle,
         samples=700, rig={"late_cycles_per_s": 80}),
)  # fmt: skip
