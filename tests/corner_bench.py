"""The default corner as the simulators see it, and ways to run its servo controller in a test."""

import asyncio
import contextlib
import multiprocessing
import threading
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from drivers.channel import Channel
from drivers.frames import Command, DeviceState, FeedbackBlock, SetpointBlock
from drivers.hardware import Hardware
from drivers.modbus import ModbusHardware
from simulators.corner.plant import Plant
from simulators.corner.specimens import SpecimenTruth
from simulators.servo.modbus_server import run_server, serve
from simulators.servo.servo import Servo
from simulators.settings import AxisSettings, BenchConfig, Pace
from simulators.wires import Wires

Codes = NDArray[np.int16]

AXES = (
    AxisSettings(Channel("pan_displacement_m", "m", 1e-5), 0.0, 45.0, 0.65, 0.003, -0.2, 0.2, 5.0, 250.0, 60_000.0),
    AxisSettings(Channel("halfshaft_torque_nm", "N·m", 0.25), 0.0, 35.0, 0.7, 0.002, -6000.0, 6000.0, 1.5e6),
    AxisSettings(Channel("shaft_speed_radps", "rad/s", 0.005), 0.0, 10.0, 0.8, 0.002, -20.0, 120.0, 400.0),
)
CHANNELS = (
    Channel("pan_displacement_m", "m", 1e-5),
    Channel("halfshaft_torque_nm", "N·m", 0.25),
    Channel("shaft_speed_radps", "rad/s", 0.005),
    Channel("strut_force_n", "N", 3.0),
    Channel("strut_travel_m", "m", 1e-5),
    Channel("body_acceleration_mps2", "m/s²", 0.02),
    Channel("damper_temperature_degc", "°C", 0.01),
)


def corner(
    pace: Pace = "stepped", seed: int = 0, ramp_ms: int = 200, specimens: tuple[SpecimenTruth, ...] = ()
) -> BenchConfig:
    """The default rig's numbers, with a ramp that is short enough for tests."""
    return BenchConfig(500, 150, ramp_ms, AXES, CHANNELS, pace=pace, seed=seed, specimens=specimens, power_step_ms=5)


@contextlib.contextmanager
def wired() -> Iterator[Wires]:
    """Cabling that is gone afterwards."""
    wires = Wires.create()
    try:
        yield wires
    finally:
        wires.close()
        wires.unlink()


def driver(address: tuple[str, int], timeout_s: float = 1.0) -> ModbusHardware:
    """A driver for the corner; patient, since the test machine is busy."""
    return ModbusHardware(
        *address, unit_id=1, axes=3, channels=7, sample_rate_hz=500, timeout_s=timeout_s, lead_samples=8
    )


@contextlib.contextmanager
def served(config: BenchConfig) -> Iterator[tuple[tuple[str, int], Servo]]:
    """A servo controller behind a Modbus server in a thread of this process: its address, and the controller."""
    with wired() as wires:
        plant = Plant(config, wires)
        plant.warm()
        servo = Servo(config, plant)
        ready = threading.Event()
        address: list[tuple[str, int]] = []
        ends: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

        def listening(host: str, port: int) -> None:
            address.append((host, port))
            ready.set()

        async def run() -> None:
            stop = asyncio.Event()
            ends.append((asyncio.get_running_loop(), stop))
            await run_server(config, servo, listening, stop)

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        try:
            assert ready.wait(20), "the server does not listen"
            yield address[0], servo
        finally:
            loop, stop = ends[0]
            loop.call_soon_threadsafe(stop.set)
            thread.join()


@contextlib.contextmanager
def served_by_process(config: BenchConfig) -> Iterator[tuple[str, int]]:
    """The servo controller as `python -m simulators` runs it: a process of its own."""
    context = multiprocessing.get_context("spawn")
    with wired() as wires:
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(config, wires.name, theirs))
        process.start()
        theirs.close()
        try:
            assert ours.poll(60), "the server does not listen"
            yield ours.recv()
        finally:
            ours.close()
            process.join(10)
            process.close()


def block(command: Command = Command.NONE, first: int = 0, codes: Codes | None = None) -> SetpointBlock:
    """A set point block; without codes it has no samples."""
    return SetpointBlock(0, command, 0, first, np.empty((0, 3), dtype=np.int16) if codes is None else codes)


def pan(values_m: NDArray[np.float64]) -> Codes:
    """Set points that move the pan only."""
    codes = np.zeros((len(values_m), 3), dtype=np.int16)
    codes[:, 0] = AXES[0].channel.encode(values_m)
    return codes


def make_ready(hardware: Hardware) -> FeedbackBlock:
    """Arm a device and poll until it is READY."""
    hardware.arm()
    for _ in range(5000):
        answer = hardware.exchange(block())
        if answer.state == DeviceState.READY:
            return answer
    raise AssertionError(f"not READY but {answer.state.name}")
