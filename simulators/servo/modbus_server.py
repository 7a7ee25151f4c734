"""The servo controller's register map behind pymodbus's Modbus TCP server, and the process that runs it."""

import asyncio
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection

from pymodbus.constants import ExcCodes

from drivers import registers
from drivers.errors import BusProtocolError
from drivers.frames import DeviceIdentity, DeviceState
from simulators.backdoor import BackdoorServer
from simulators.corner.plant import Plant
from simulators.faults.base import DeviceFault
from simulators.gate import HOST
from simulators.servo.answers import Answers
from simulators.servo.device import Device
from simulators.servo.hydraulics import Hydraulics
from simulators.servo.line import Clock, Line, LineServer
from simulators.servo.servo import Servo
from simulators.settings import BenchConfig
from simulators.wires import Wires

# What strangers send is answered as Modbus says; people who started the bench get no traceback for it.
logging.getLogger("pymodbus").addHandler(logging.NullHandler())

Values = Sequence[int] | Sequence[bool]

TICK_S = 0.001
PRIORITY = 5
"""Real-time priority at pace real: low, so that the controller under test comes first on a machine that both share."""
_WRITES_FRAMES = (16, 23)
_OF_BITS = (1, 2, 5, 15)


class RegisterMap:
    """What happens when a client reads or writes: the map of `drivers.registers` in front of a servo controller."""

    def __init__(self, config: BenchConfig, servo: Servo, answers: Answers, clock: Clock) -> None:
        self._config, self._servo, self._answers, self._clock = config, servo, answers, clock
        self._axes, self._channels = len(config.axes), len(config.channels)
        self._image = [0] * registers.MAP_LENGTH

    def read(self, unit: int, function: int, address: int, count: int) -> list[int] | ExcCodes:
        """Serve a read: of identity and status as they are now, of the answer to the last set point frame."""
        if (refused := self._misplaced(unit, function, address, count)) is not None:
            return refused
        if address < registers.SETPOINT_FRAME_AT:
            self._servo.advance(self._clock())
            self._show(registers.IDENTITY_AT, self._answers.encode_identity(self._identity()))
            self._show(registers.STATUS_AT, registers.encode_status(self._servo.status()))
        return self._image[address : address + count]

    def write(self, unit: int, function: int, address: int, values: Values) -> ExcCodes | None:
        """Serve a write: of a set point frame, whole."""
        if (refused := self._misplaced(unit, function, address, len(values))) is not None:
            return refused
        if function not in _WRITES_FRAMES or address != registers.SETPOINT_FRAME_AT:
            return self._refuse(ExcCodes.ILLEGAL_ADDRESS, 0)
        return self._exchange([int(value) for value in values])

    def _misplaced(self, unit: int, function: int, address: int, count: int) -> ExcCodes | None:
        if self._config.unit_id not in (0, unit):  # unit 0 is a device without a gateway, which answers to any
            return ExcCodes.GATEWAY_NO_RESPONSE
        if function in _OF_BITS:
            return ExcCodes.ILLEGAL_FUNCTION
        return None if address + count <= registers.MAP_LENGTH else ExcCodes.ILLEGAL_ADDRESS

    def _show(self, at: int, words: list[int]) -> None:
        self._image[at : at + len(words)] = words

    def _identity(self) -> DeviceIdentity:
        times = (self._config.sample_rate_hz, self._config.watchdog_ms, self._config.ramp_ms)
        return DeviceIdentity(registers.MAP_VERSION, self._axes, self._channels, *times, self._config.fifo_capacity)

    def _refuse(self, code: ExcCodes, sequence: int) -> ExcCodes:
        self._servo.advance(self._clock())
        self._servo.note_refused("refused", sequence)
        return code

    def _exchange(self, values: list[int]) -> ExcCodes | None:
        try:
            block = registers.decode_setpoints(values, self._axes)
        except BusProtocolError:
            return self._refuse(ExcCodes.ILLEGAL_VALUE, values[0])
        if block.most_frames > registers.most_frames(self._channels):
            return self._refuse(ExcCodes.ILLEGAL_VALUE, values[0])
        answer = self._answers.encode(self._servo.exchange(block, self._clock()))
        self._show(registers.FEEDBACK_FRAME_AT, answer)
        return None


async def run_server(
    config: BenchConfig,
    servo: Servo,
    listening: Callable[[str, int], None],
    stop: asyncio.Event,
    clock: Clock = time.monotonic,
    device: Device | None = None,
) -> None:
    """Serve a servo controller on a free loopback port until told to stop.

    Args:
        config: what the device is.
        servo: what is behind the registers.
        listening: called once, with host and port, when clients may connect and the device has booted.
        stop: ends the serving.
        clock: seconds, monotonic.
        device: what can be broken of it; None where nothing is to be.
    """
    while servo.state == DeviceState.BOOT:
        servo.advance(clock())
        await asyncio.sleep(TICK_S)
    answers = device.frames if device else Answers(len(config.channels))
    line = device.line if device else Line(servo, clock)
    server = LineServer(RegisterMap(config, servo, answers, clock), line)
    await server.serve_forever(background=True)
    try:
        listening(HOST, server.port)
        while not stop.is_set():
            servo.advance(clock())
            if config.pace == "real":
                await asyncio.sleep(TICK_S)
                continue
            with suppress(TimeoutError):  # no time passes for the device, but it may be told to stop
                await asyncio.wait_for(stop.wait(), 0.05)
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]


def serve(config: BenchConfig, wires_name: str, connection: Connection) -> None:
    """Entry of the process that simulates servo controller and plant.

    Sends ``(host, port)`` on the connection when it listens, then the same of its back door; ends on SIGTERM, or when
    the connection is closed or anything comes in on it. SIGINT is left to whoever started it: a Ctrl-C must not take
    the device away.

    Args:
        config: what to simulate, its faults from the start included.
        wires_name: of the bench's `Wires`.
        connection: to the bench.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wires = Wires.attach(wires_name)
    try:
        plant = Plant(config, wires)
        plant.warm()
        servo = Servo(
            config, plant, Hydraulics(config.axes, config.sample_rate_hz, lambda: wires.ambient_temperature_degc)
        )
        device = Device(config, servo, plant, time.monotonic, wires)
        for fault in config.faults_of(DeviceFault):
            device.add(fault)
        gc.freeze()
        if config.pace == "real":
            _take_precedence()
        asyncio.run(_serve_until_told(device, connection))
        if servo.stalled_s > 0.0:
            sys.stderr.write(f"the device's clock stood still for {servo.stalled_s:.3f} s: no processor\n")
    finally:
        wires.close()


def _take_precedence() -> None:
    """Where it is permitted, run before ordinary processes: the device that this stands in for shares no processor."""
    with suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))


async def _serve_until_told(device: Device, connection: Connection) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_reader(connection.fileno(), stop.set)
    try:
        async with BackdoorServer(device.commands()) as door:

            def listening(host: str, port: int) -> None:
                connection.send((host, port))
                connection.send((host, door.port))

            await run_server(device.config, device.servo, listening, stop, device=device)
    finally:
        loop.remove_reader(connection.fileno())
