"""The supervisor's own connection with every other ring off: a loop that is stopped, a device that watches nobody."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from drivers.frames import DeviceState, FaultCode, Status
from rig.bridge import EVENT_DTYPE, Bridge, End, Slot
from rig.record import recorder
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt.process import run_loop
from rig.state import RigState
from rig.supervisor.crew import Member
from rig.supervisor.watch import HEARTBEAT_TIMEOUT_S, Watch
from rig.wiring import LoopOrder
from simulators.servo.servo import Servo
from tests.corner_bench import served
from tests.loop_bench import AXES, CHANNELS, RIG, config_of, rig_with, waves

pytestmark = pytest.mark.alone

PATIENT = RIG.modbus.model_copy(update={"timeout_ms": 5000})
UNLIMITED = rig_with(progress=False, modbus=PATIENT, late_cycles_per_s=2000, ramp_s=0.2)
"""No limit, no progress watch, and a loop that waits for a busy machine's device."""
MARGIN_S = 1.0


@dataclass
class Scene:
    """A loop in a process of its own, the device, and the supervisor's watch over both."""

    watch: Watch
    loop: Member
    servo: Servo
    bridge: Bridge
    rows: Ring
    told: list[str]

    def turn(self) -> None:
        """One turn of the supervisor, with a recorder that is well."""
        self.bridge.integers[Slot.SUPERVISOR_BEAT] += 1
        reader = self.rows.reader(recorder.READER)
        reader.drain()
        reader.acknowledge(self.rows.written)
        self.watch.turn(SimpleNamespace(state=RigState.RUNNING))  # type: ignore[arg-type]
        time.sleep(0.005)


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    """Under way at pace real; the device's own watchdog sleeps, and a FIFO that runs dry does not trip it."""
    told: list[str] = []
    with contextlib.ExitStack() as stack:
        (host, port), servo = stack.enter_context(served(config_of(UNLIMITED, "real")))
        servo.watchdog = "asleep"
        servo.run_dry = lambda: None  # type: ignore[method-assign]
        bridge = Bridge.create(AXES, 1 << 13)
        stack.callback(bridge.unlink)
        stack.callback(bridge.close)
        bridge.set(Slot.ALIVE, os.getpid())
        bridge.write_drive(waves(8000, np.random.default_rng(9)))
        rows = stack.enter_context(Ring.create(row_dtype(AXES, CHANNELS), 1 << 13, (recorder.READER,)))
        events = stack.enter_context(Ring.create(EVENT_DTYPE, 1 << 8, ("e",)))
        address = f"{host}:{port}"
        order = LoopOrder(UNLIMITED, "real", address, 1e9, bridge.name, bridge.shape, rows.name, events.name)
        loop = Member("loop", run_loop, (order,), connection_at=1)
        stack.callback(loop.end)
        crew: Any = SimpleNamespace(bridge=bridge, rows=rows, loop=loop, visa=None, addresses={"modbus": address})
        crew.recorder = SimpleNamespace(name="recorder", alive=True)
        tell: Any = SimpleNamespace(disk_failure="", process_lost=lambda name, _, text: told.append(f"{name}: {text}"))
        assert loop.receive(60.0)[0] == "ready"
        yield Scene(Watch(UNLIMITED, "real", crew, tell), loop, servo, bridge, rows, told)


def test_a_loop_that_is_stopped_is_tripped_by_the_supervisor() -> None:
    """SIGSTOP: within the heartbeat's time the device is tripped on another connection; nothing else does it before."""
    with scene() as made:
        made.watch.let_go()
        while made.servo.fifo.played < 400:
            made.turn()
        assert made.servo.state is DeviceState.RUN
        os.kill(made.loop.process.pid or 0, signal.SIGSTOP)
        stopped_s = time.monotonic()
        while made.watch.report is None:
            assert time.monotonic() - stopped_s < HEARTBEAT_TIMEOUT_S["real"] + MARGIN_S
            assert made.servo.state is DeviceState.RUN
            made.turn()
        assert time.monotonic() - stopped_s >= HEARTBEAT_TIMEOUT_S["real"] - 0.1
        assert made.watch.report == {"end": End.TRIPPED}
        assert (made.servo.state, made.servo.first_fault) == (DeviceState.FAULT, FaultCode.HOST_TRIP)
        assert made.told == ["loop: the loop's process stands still; trip acknowledged"]
        while not made.servo.status_bits() & Status.AT_NEUTRAL:
            assert time.monotonic() - stopped_s < HEARTBEAT_TIMEOUT_S["real"] + UNLIMITED.ramp_s + 2 * MARGIN_S
            time.sleep(0.005)
        made.loop.process.join(10)
        assert not made.loop.alive
