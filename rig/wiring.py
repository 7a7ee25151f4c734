"""The only place that builds real objects from a rig file."""

import math
import os
from dataclasses import dataclass

from drivers.hardware import Hardware
from drivers.modbus import ModbusHardware
from rig.bridge import Bridge, DriveShape, Request, Slot
from rig.config import Pace, Rig
from rig.record.ring import Ring
from rig.rt.beginning import START, Beginning
from rig.rt.check_moves import Moves, bare
from rig.rt.check_witness import KeepingOutbox, Witness
from rig.rt.clamp import clamp_of
from rig.rt.control import ControlLaw
from rig.rt.drive_source import FixedDrive, QueuedDrive
from rig.rt.limits import LimitJudge, limit_table
from rig.rt.loop import Loop, Parts
from rig.rt.monitor import Monitor
from rig.rt.outbox import Outbox
from rig.rt.pacing import Pacer, RealPacer, SteppedPacer, StillWanted
from rig.rt.progress import ProgressWatch
from rig.rt.timing import LoopTiming
from rig.state import RigEvent


@dataclass(frozen=True, slots=True)
class LoopOrder:
    """What the loop's process is told: plain values, so that they can be sent to it."""

    rig: Rig
    pace: Pace
    modbus_address: str
    target_m: float
    bridge_name: str
    bridge_shape: DriveShape
    rows_name: str
    events_name: str
    beginning: Beginning = START


STEPPED_TIMEOUT_S = 10.0
"""At pace stepped no wall clock judges the wire: the device waits for samples as the loop waits for answers."""


def build_hardware(rig: Rig, address: str, pace: Pace) -> Hardware:
    """The servo controller at ``host:port``, with the timeout that the pace allows."""
    host, _, port = address.rpartition(":")
    return ModbusHardware(
        host=host,
        port=int(port),
        unit_id=rig.modbus.unit_id,
        axes=len(rig.axes),
        channels=len(rig.channels),
        sample_rate_hz=rig.sample_rate_hz,
        timeout_s=rig.modbus.timeout_ms * 1e-3 if pace == "real" else STEPPED_TIMEOUT_S,
        lead_samples=rig.lead_samples,
    )


def build_pacer(
    rig: Rig, pace: Pace, timing: LoopTiming, bridge: Bridge, still_wanted: StillWanted, *, meets: bool = True
) -> Pacer:
    """The pace by its name; ``dry`` has its place here once the plant can be linked in process.

    ``meets``: whether the others are met on the way, which a check before the run does not.
    """
    cycle_ns = round(1e9 / rig.sample_rate_hz)
    if pace == "real":
        return RealPacer(cycle_ns * rig.samples_per_cycle, rig.lead_samples, timing, bridge, rig.late_cycles_per_s)
    if pace == "stepped":
        return SteppedPacer(cycle_ns * rig.lead_samples, rig.lead_samples, bridge, still_wanted, meets=meets)
    raise ValueError(f"no pace {pace!r}; there are real and stepped")


def _still_wanted(bridge: Bridge) -> bool:
    """Whether waiting for the supervisor makes sense: it is there, and has not asked for a trip."""
    return os.getppid() == bridge.get(Slot.ALIVE) and bridge.get(Slot.REQUEST) != Request.TRIP


def build_loop(order: LoopOrder, bridge: Bridge, rows: Ring, events: Ring) -> tuple[Loop, Parts]:
    """The loop of an order, in the loop's process; moves nothing yet."""
    rig, timing = order.rig, LoopTiming()
    parts = Parts(
        hardware=build_hardware(rig, order.modbus_address, order.pace),
        law=ControlLaw(rig, order.target_m, order.beginning),
        judge=LimitJudge(limit_table(rig), rig.sample_rate_hz),
        clamp=clamp_of(rig),
        monitor=Monitor(rig),
        progress=ProgressWatch(rig),
        outbox=Outbox(rig, rows, events, order.beginning),
        pacer=build_pacer(rig, order.pace, timing, bridge, lambda: _still_wanted(bridge)),
        timing=timing,
        bridge=bridge,
        drive=QueuedDrive(bridge),
    )
    return Loop(rig, parts), parts


def build_check_loop(
    order: LoopOrder, bridge: Bridge, rows: Ring, events: Ring, moves: Moves
) -> tuple[Loop, KeepingOutbox, Witness]:
    """The loop of the checks before a run: the same loop, limits and clamp, with the small moves as its drive."""
    rig, timing = bare(order.rig), LoopTiming()
    outbox = KeepingOutbox(rig, rows, events, len(moves.rows), order.beginning)
    witness = Witness(build_hardware(rig, order.modbus_address, order.pace))
    parts = Parts(
        hardware=witness,
        law=ControlLaw(rig, math.inf),
        judge=LimitJudge(limit_table(rig), rig.sample_rate_hz),
        clamp=clamp_of(rig),
        monitor=Monitor(rig),
        progress=ProgressWatch(rig),
        outbox=outbox,
        pacer=build_pacer(rig, order.pace, timing, bridge, lambda: _still_wanted(bridge), meets=False),
        timing=timing,
        bridge=bridge,
        drive=FixedDrive(moves.rows),
    )
    return Loop(rig, parts, RigEvent.CHECK), outbox, witness
