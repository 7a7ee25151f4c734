"""The simulated rig for tests of its faults: its servo controller in a thread, a back door, a host that plays."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from backdoor import Backdoor
from corner_bench import AXES, CHANNELS, Codes, block, driver, make_ready, wired

from drivers.frames import Command, FeedbackBlock
from drivers.modbus import ModbusHardware
from simulators.backdoor import BackdoorServer
from simulators.corner.plant import Plant
from simulators.servo.device import Device
from simulators.servo.hydraulics import Hydraulics
from simulators.servo.modbus_server import run_server
from simulators.servo.servo import Servo
from simulators.settings import BenchConfig

NAMES = [channel.name for channel in CHANNELS]
PAN_M, TORQUE_NM, SPEED_RADPS, FORCE_N, TRAVEL_M = NAMES[:5]


def wave(samples: int) -> np.ndarray:
    """Set points of the three axes that move all the time, float64[samples, 3]."""
    number = np.arange(samples)[:, None]
    return np.array([0.05, 800.0, 20.0]) * np.sin(number * [0.05, 0.03, 0.02])


def codes_of(setpoints: np.ndarray) -> Codes:
    """int16[samples, 3]."""
    columns = [axis.channel.encode(setpoints[:, column]) for column, axis in enumerate(AXES)]
    return np.stack(columns, axis=1)


class Host:
    """Plays samples on a device at pace stepped, in batches, and keeps what comes back."""

    def __init__(self, address: tuple[str, int], timeout_s: float = 2.0) -> None:
        self.hardware: ModbusHardware = driver(address, timeout_s)
        self.hardware.open()
        self.sent = 0
        self.answers: list[FeedbackBlock] = []

    def ready(self) -> "Host":
        """Up to READY."""
        self.sent = 0
        make_ready(self.hardware)
        return self

    def send(self, setpoints: np.ndarray | None = None, command: Command = Command.NONE) -> FeedbackBlock:
        """One exchange."""
        codes = None if setpoints is None else codes_of(setpoints)
        answer = self.hardware.exchange(block(command, self.sent, codes))
        self.sent += 0 if codes is None else len(codes)
        self.answers.append(answer)
        return answer

    def play(self, setpoints: np.ndarray, batch: int = 4) -> Codes:
        """START, then all samples in batches of so many; the frames that came back, int16[frames, 7]."""
        self.send(command=Command.START)
        first = len(self.answers)
        for start in range(0, len(setpoints), batch):
            self.send(setpoints[start : start + batch])
        return np.concatenate([answer.codes for answer in self.answers[first:]])

    def close(self) -> None:
        self.hardware.close()


@dataclass
class FaultyBench:
    """A servo controller that can be broken, where it listens, its back door, and hosts that talk to it."""

    address: tuple[str, int]
    door: Backdoor
    device: Device
    hosts: contextlib.ExitStack

    def host(self, timeout_s: float = 2.0) -> Host:
        """A new one, closed at the end."""
        host = Host(self.address, timeout_s)
        self.hosts.callback(host.close)
        return host


@contextlib.contextmanager
def in_a_loop(run: Callable[[asyncio.Event, Callable[[Any], None]], Any]) -> Iterator[Any]:
    """Run something in an asyncio loop in a thread until left; gives what it tells when it is up."""
    up, told, loops = threading.Event(), [], []  # type: ignore[var-annotated]

    def tell(what: Any) -> None:
        told.append(what)
        up.set()

    async def main() -> None:
        loops.append((asyncio.get_running_loop(), asyncio.Event()))
        try:
            await run(loops[0][1], tell)
        finally:
            up.set()

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    try:
        assert up.wait(20), "it does not come up"
        assert told, "it did not come up"
        yield told[0]
    finally:
        with contextlib.suppress(RuntimeError):  # it came down by itself
            loops[0][0].call_soon_threadsafe(loops[0][1].set)
        thread.join()


@contextlib.contextmanager
def faulty(config: BenchConfig) -> Iterator[FaultyBench]:
    """The servo controller behind its Modbus server, and its back door."""
    with wired() as wires, contextlib.ExitStack() as hosts:
        plant = Plant(config, wires)
        plant.warm()
        servo = Servo(config, plant, Hydraulics(config.axes, config.sample_rate_hz, lambda: 21.5))
        device = Device(config, servo, plant, time.monotonic, wires)

        async def run(stop: asyncio.Event, tell: Callable[[Any], None]) -> None:
            async with BackdoorServer(device.commands()) as door:
                await run_server(config, servo, lambda host, port: tell((host, port, door.port)), stop, device=device)

        with in_a_loop(run) as (host, port, door_port), Backdoor(f"{host}:{door_port}") as door, hosts:
            door.faults()  # its connection has been accepted then, and belongs to nobody's test
            yield FaultyBench((host, port), door, device, hosts)


def undisturbed(config: BenchConfig, setpoints: np.ndarray) -> Codes:
    """What comes back from the same samples where nothing is broken."""
    with wired() as wires:
        return Plant(config, wires).play(codes_of(setpoints) * [axis.channel.scale for axis in AXES])
