"""A healthy corner that has played the moves of the checks before a run; tests then spoil what was seen of it."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from corner_bench import corner, wired

from drivers.frames import DeviceIdentity, DeviceState, DeviceStatus, FaultCode, Interlock, Status
from rig.config import Checks, Rig, load_rig
from rig.record.checks import CheckResult
from rig.rt.check_moves import Moves, plan_moves
from rig.rt.checks import Seen, judge_checks
from simulators.corner.plant import Plant

RIG = load_rig("one_corner")


def checks_of(rig: Rig = RIG) -> Checks:
    """The checks that a rig file has."""
    assert rig.checks is not None
    return rig.checks


MOVES: Moves = plan_moves(RIG, checks_of())
CHANNELS = [channel.name for channel in RIG.channels]


@cache
def healthy() -> Seen:
    """What the simulated plant answers, without a wire; valves open as the set points move."""
    setpoints = MOVES.rows[:, :3].copy()
    with wired() as wires:
        plant = Plant(corner(), wires)
        codes = plant.play(setpoints)
    rates = np.diff(setpoints, axis=0, prepend=setpoints[:1]) * RIG.sample_rate_hz
    percent = 100.0 * rates / [axis.actuator.rate_per_s for axis in RIG.axes]
    statuses = tuple(_status(played, percent[played - 1]) for played in range(8, len(setpoints), 8))
    identity = DeviceIdentity(2, 3, 7, 500, RIG.watchdog_ms, 1000, 250)
    return Seen(setpoints, codes, identity, _status(0, np.zeros(3)), statuses)


def _status(played: int, valve_percent: np.ndarray) -> DeviceStatus:
    shown = (DeviceState.RUN, Status(0), Interlock(0), FaultCode.NONE, 0, 0, 0, played, 0)
    feedback, setpoint = np.zeros(7, np.int16), np.zeros(3, np.int16)
    valve = np.rint(100.0 * valve_percent).astype(np.int16)
    return DeviceStatus(*shown, feedback, setpoint, valve, 210.0, 40.0, 20.0)


def with_channel(name: str, change: Any) -> Seen:
    """What was seen, with the codes of one channel changed: ``change`` gets and gives float64[samples]."""
    seen = healthy()
    codes = seen.codes.astype(np.float64)
    at = CHANNELS.index(name)
    codes[:, at] = change(codes[:, at])
    return replace(seen, codes=np.rint(codes).astype(np.int16))


def failed(seen: Seen, rig: Rig = RIG) -> dict[str, CheckResult]:
    """The checks that fail, by subject and what."""
    results = judge_checks(rig, checks_of(rig), plan_moves(rig, checks_of(rig)), seen)
    return {f"{one.subject} {one.what}": one for one in results if not one.passed}
