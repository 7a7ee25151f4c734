"""The bench: servo controller, plant and instruments on free loopback ports, cabled together.

The one place of the simulators that reads a rig file: only to know what a real rig would be built like.
"""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from drivers.channel import Channel
from profiles.schema import Fault, InputError
from rig.config import Axis, Quantity, Rig
from simulators.corner.specimens import read_specimens
from simulators.faults import check_faults, read_faults
from simulators.faults.base import InstrumentFault
from simulators.settings import AXES, QUANTITIES, AxisSettings, BenchConfig, Pace
from simulators.wires import Wires

START_TIMEOUT_S = 60.0
"""For both processes together; a fresh machine compiles the plant's kernels in this time."""
STOP_TIMEOUT_S = 5.0

_spawn = get_context("spawn")


class BenchError(Exception):
    """A process of the bench did not come up, or ended before its time."""


class Interrupted(Exception):
    """Somebody asked the bench to end while it was starting."""


def bench_config(
    rig: Rig, pace: Pace, seed: int, specimens: Path | None, faults: Path | None = None, memory: Path | None = None
) -> BenchConfig:
    """The servo controller and plant that fit a rig file.

    Raises:
        InputError: with the faults of the specimens file or of the faults file, or what the simulated corner does not
            have.
    """
    _refuse_unknown(rig)
    config = BenchConfig(
        sample_rate_hz=rig.sample_rate_hz,
        watchdog_ms=rig.watchdog_ms,
        ramp_ms=round(1000 * rig.ramp_s),
        axes=tuple(_axis_settings(axis) for axis in rig.axes),
        channels=tuple(_channel(channel) for channel in rig.channels),
        pace=pace,
        seed=seed,
        unit_id=rig.modbus.unit_id,
        specimens=read_specimens(specimens) if specimens else (),
        faults=read_faults(faults) if faults else (),
        memory=memory,
    )
    if faults:
        check_faults(faults, config.faults, config.anatomy)
    return config


def _refuse_unknown(rig: Rig) -> None:
    parts: tuple[tuple[str, tuple[Quantity, ...], tuple[str, ...]], ...] = (
        ("axes", rig.axes, AXES),
        ("channels", rig.channels, QUANTITIES),
    )
    faults = [
        Fault(f"rig {rig.name}", 0, f"{part}.{index}.name", repr(one.name), f"what is simulated: {', '.join(known)}")
        for part, quantities, known in parts
        for index, one in enumerate(quantities)
        if one.name not in known
    ]
    if faults:
        raise InputError(faults)


def _axis_settings(axis: Axis) -> AxisSettings:
    actuator = axis.actuator
    return AxisSettings(
        channel=_channel(axis),
        neutral=axis.neutral,
        natural_frequency_hz=actuator.natural_frequency_hz,
        damping_ratio=actuator.damping_ratio,
        delay_s=actuator.delay_s,
        lowest=actuator.lowest,
        highest=actuator.highest,
        rate_per_s=actuator.rate_per_s,
        acceleration_per_s2=actuator.acceleration_per_s2,
        force_n=actuator.force_n,
    )


def _channel(quantity: Quantity) -> Channel:
    return Channel(quantity.name, quantity.unit, quantity.scale, quantity.offset, quantity.description)


def _serve_instruments(config: BenchConfig, wires_name: str, connection: Connection) -> None:
    from simulators.instruments.servers import serve

    serve(config.seed, wires_name, connection, config.faults_of(InstrumentFault))


def _serve_modbus(config: BenchConfig, wires_name: str, connection: Connection) -> None:
    # Imported in the process that needs it: numba and pymodbus would double the time that the bench takes to start.
    from simulators.servo.modbus_server import serve

    serve(config, wires_name, connection)


class StopRequest:
    """SIGTERM, SIGINT and, where wanted, the closing of standard input, as something that can be waited for."""

    def __init__(self, watch_stdin: bool) -> None:
        self._read_end, self._write_end = os.pipe()
        self._stdin = [0] if watch_stdin else []
        self._before = {number: signal.signal(number, self._note) for number in (signal.SIGTERM, signal.SIGINT)}

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        os.write(self._write_end, b"!")

    @property
    def sources(self) -> list[int]:
        """File descriptors that become readable when `asked` should be called."""
        return [self._read_end, *self._stdin]

    def asked(self, ready: list[Any]) -> bool:
        """Whether one of the descriptors that are ready means to stop; whatever is typed is not looked at."""
        if self._read_end in ready:
            return True
        return bool(self._stdin) and self._stdin[0] in ready and not os.read(self._stdin[0], 4096)

    def close(self) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        os.close(self._read_end)
        os.close(self._write_end)


def _guarded(name: str, target: Callable[..., None], *arguments: Any) -> None:
    """The outermost layer of a process of the bench: what goes wrong there is a sentence, not a traceback."""
    try:
        target(*arguments)
    except Exception as error:  # noqa: BLE001 - the last resort: people get a sentence, developers the traceback
        if os.environ.get("RIG_DEBUG"):
            traceback.print_exc()
        sys.stderr.write(f"the bench's {name} process failed: {type(error).__name__}: {error}\n")
        sys.exit(1)


class _Member:
    """One process of the bench. It ends when the bench's end of its connection closes, so also when the bench dies."""

    def __init__(self, name: str, target: Callable[..., None], *arguments: object) -> None:
        self.name = name
        self.connection, theirs = _spawn.Pipe()
        self.process: BaseProcess = _spawn.Process(
            target=_guarded, args=(name, target, *arguments, theirs), name=f"bench-{name}", daemon=True
        )
        self._up = False
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # a terminal's Ctrl-C is ours alone
        try:
            self.process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def receive(self) -> Any:
        """What it has sent.

        Raises:
            BenchError: it is gone.
        """
        try:
            message = self.connection.recv()
            self._up = True
            return message
        except (EOFError, OSError):
            raise BenchError(f"the {self.name} process ended while starting") from None

    def end(self) -> None:
        """Let it end; after a while, or where it is only starting, make it end."""
        if not self._up:
            self.process.kill()
        self.connection.close()
        self.process.join(STOP_TIMEOUT_S)
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(STOP_TIMEOUT_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.process.close()


class Bench:
    """The running bench. Use with ``with``: what it started and the shared memory are gone afterwards.

    Raises:
        BenchError: a process did not come up.
        Interrupted: stopped while starting.
    """

    def __init__(self, config: BenchConfig, stop: StopRequest) -> None:
        self._stop = stop
        self._stack = ExitStack()
        try:
            self._start(config)
        except BaseException:
            self._stack.close()
            raise

    def _start(self, config: BenchConfig) -> None:
        wires = Wires.create()
        self._stack.callback(wires.unlink)
        self._stack.callback(wires.close)
        servo = self._member("servo", _serve_modbus, config, wires.name)
        instruments = self._member("instruments", _serve_instruments, config, wires.name)
        self._members = (servo, instruments)
        ports: dict[str, int] = self._message(instruments)
        instruments_door: int = self._message(instruments)
        (host, port), (_, door) = self._message(servo), self._message(servo)
        resources = {role: f"TCPIP0::{host}::{number}::SOCKET" for role, number in ports.items()}
        doors = {"backdoor": f"{host}:{door}", "backdoor_instruments": f"{host}:{instruments_door}"}
        self.addresses: dict[str, str] = {"modbus": f"{host}:{port}", **resources, **doors}

    def _member(self, name: str, target: Callable[..., None], *arguments: object) -> _Member:
        member = _Member(name, target, *arguments)
        self._stack.callback(member.end)
        return member

    def _message(self, member: _Member) -> Any:
        while ready := wait([member.connection, *self._stop.sources], START_TIMEOUT_S):
            if self._stop.asked(ready):
                raise Interrupted
            if member.connection in ready:
                return member.receive()
        raise BenchError(f"the {member.name} process was not ready within {START_TIMEOUT_S:.0f} s")

    def stay(self) -> None:
        """Return when asked to stop.

        Raises:
            BenchError: a process ended by itself.
        """
        sentinels = {member.process.sentinel: member.name for member in self._members}
        while True:
            ready = wait([*sentinels, *self._stop.sources])
            if self._stop.asked(ready):
                return
            gone = [name for sentinel, name in sentinels.items() if sentinel in ready]
            if gone:
                raise BenchError(f"the {gone[0]} process ended by itself")

    def __enter__(self) -> "Bench":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()
