"""Reading a servo controller's status: nothing is armed, nothing moves, no frame of set points is sent."""

import contextlib

from drivers.errors import BusError
from drivers.modbus import ModbusHardware
from rig.clock import RealClock
from rig.config import Rig
from rig.rt.pacing import RealPacer
from rig.rt.timing import Histogram
from rig.wiring import build_hardware


def status_reader(rig: Rig, address: str) -> ModbusHardware:
    """The servo controller at an address, with a patient time-out: what a run would not wait for is to be measured."""
    hardware = build_hardware(rig, address, "stepped")
    if not isinstance(hardware, ModbusHardware):
        raise TypeError(f"a servo controller over Modbus was expected, not {type(hardware).__name__}")
    return hardware


def round_trips(pacer: RealPacer, rig: Rig, address: str, reads: int) -> Histogram | BusError:
    """How long so many reads took, one in each period of the pacer; or what went wrong."""
    trips, clock = Histogram(), RealClock()
    try:
        with contextlib.closing(status_reader(rig, address)) as device:
            device.open()
            pacer.start()
            for _ in range(reads):
                pacer.wait()
                asked_ns = clock.now_ns()
                device.status()
                trips.add(clock.now_ns() - asked_ns)
    except BusError as error:
        return error
    return trips
