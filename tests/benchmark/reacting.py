"""The loop at pace real in a process of its own, run after run on one device, for as long as a benchmark asks."""

from multiprocessing.connection import Connection

from drivers.frames import DeviceState
from drivers.hardware import Hardware
from rig.bridge import Bridge
from rig.clock import pause
from rig.config import Rig
from rig.rt.pacing import Pacer
from rig.rt.process import warm_up
from rig.rt.realtime import freeze_garbage, request_realtime
from rig.rt.timing import LoopTiming
from rig.wiring import build_hardware, build_pacer
from tests.loop_bench import RIG, FloatArray, rigged


def serve(address: str, connection: Connection) -> None:
    """Entry of the process: says its timing; then plays each (rig, drive) that it is told, and says how it ended."""
    warm_up(RIG)
    timing = request_realtime()
    freeze_garbage()
    connection.send(timing)
    while True:
        try:
            rig, drive = connection.recv()
        except EOFError:
            return
        connection.send(play(address, rig, drive))


def play(address: str, rig: Rig, drive: FloatArray) -> int:
    """One run, as an `End`."""
    hardware = build_hardware(rig, address, "real")
    make_off(hardware)

    def pacer(bridge: Bridge) -> Pacer:
        return build_pacer(rig, "real", LoopTiming(), bridge, lambda: True)

    with rigged(rig, hardware, drive, pacer) as made:
        return int(made.loop.run())


def make_off(hardware: Hardware) -> None:
    """Reset what the run before has left tripped."""
    hardware.open()
    while hardware.reset().state is not DeviceState.OFF:
        pause(0.01)
