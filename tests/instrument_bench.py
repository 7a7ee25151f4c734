"""The simulated instruments for tests: by a call in this process, or on sockets in a process of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.instruments.servers import serve
from simulators.scpi.core import Instrument, Interpreter
from simulators.wires import Wires

_spawn = get_context("spawn")


@dataclass
class FakeWires:
    """The bench's cabling, without shared memory."""

    fan_voltage_v: float = 0.0
    ambient_temperature_degc: float = 20.0
    damper_temperature_degc: float = 80.0
    cv_joint_temperature_degc: float = 40.0
    hub_temperature_degc: float = 30.0
    lower_arm_strain: float = 5e-4
    shaker_on: bool = False
    waveforms: list[tuple[NDArray[np.float64], float]] = field(default_factory=list)

    def set_waveform(self, samples: NDArray[np.float64], rate_hz: float) -> None:
        self.waveforms.append((samples, rate_hz))


class Conversation:
    """Talks with one instrument as a server would, but at once; ``now_s`` is its time while a command waits."""

    def __init__(self, instrument: Instrument, wait_s: float = 0.01) -> None:
        self._instrument, self._wait_s = instrument, wait_s
        self._interpreter = Interpreter(instrument)
        self.now_s = 0.0

    def raw(self, message: bytes) -> bytes:
        self._instrument.advance(self.now_s)
        running = self._interpreter.answer(message)
        for _ in range(10_000):
            try:
                next(running)
            except StopIteration as done:
                reply: bytes = done.value
                return reply
            self.now_s += self._wait_s
            self._instrument.advance(self.now_s)
        raise AssertionError(f"{message!r} never came to an end")

    def __call__(self, message: str) -> str:
        return self.raw(message.encode("latin-1")).decode("latin-1").removesuffix("\n")


@contextmanager
def instrument_process(seed: int = 1) -> Iterator[Any]:
    """The three instruments in a process: has ``wires``, ``ports`` and VISA ``resources`` by role, ``backdoor``."""
    wires = Wires.create()
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=serve, args=(seed, wires.name, theirs), daemon=True)
    try:
        process.start()
        theirs.close()
        assert ours.poll(30), "the instruments did not come up"
        ports: dict[str, int] = ours.recv()
        resources = {role: f"TCPIP0::127.0.0.1::{port}::SOCKET" for role, port in ports.items()}
        door = f"127.0.0.1:{ours.recv()}"
        yield SimpleNamespace(wires=wires, ports=ports, resources=resources, backdoor=door)
    finally:
        ours.close()
        process.join(10)
        assert process.exitcode == 0, f"the instruments' process ended with {process.exitcode}"
        process.close()
        wires.close()
        wires.unlink()
