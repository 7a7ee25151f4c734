"""The servo controller over the wire in a process of its own, with sensors that a test patches: `served_patched`."""

import asyncio
import contextlib
import gc
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

from drivers.frames import Command
from simulators.corner.plant import Plant
from simulators.servo.modbus_server import run_server
from simulators.servo.motion import Plays
from simulators.servo.servo import Servo
from simulators.settings import BenchConfig
from simulators.wires import Wires
from tests.corner_bench import wired
from tests.in_process import Codes, Faithful, Patch, Patched

PRIORITY = 5
"""Real-time priority at pace real, where it is permitted: that of `simulators.servo.modbus_server`."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A set point frame that has reached the device; ``time_ns`` when, by the machine's monotonic clock."""

    command: Command
    first: int
    count: int
    time_ns: int = field(default=0, compare=False)


@dataclass
class PatchedServer:
    """A test's end of it."""

    address: tuple[str, int]
    connection: Connection

    def begin(self, patches: tuple[Patch, ...], seed: int = 0, *, real_plant: bool = False) -> None:
        """These patches from now on, and a plant that is new; frames are noted anew."""
        self._ask("begin", patches, seed, real_plant)

    def frames(self) -> list[Frame]:
        """What has come since."""
        return [Frame(*one) for one in self._ask("frames")]

    def played_ns(self) -> dict[int, int]:
        """When each sample had been played, by the machine's monotonic clock."""
        found: dict[int, int] = self._ask("times")
        return found

    def _ask(self, what: str, *arguments: Any) -> Any:
        self.connection.send((what, *arguments))
        assert self.connection.poll(20), "the patched server does not answer"
        return self.connection.recv()


@contextlib.contextmanager
def served_patched(config: BenchConfig) -> Iterator[PatchedServer]:
    """A servo controller behind a Modbus server in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with wired() as wires:
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(config, wires.name, theirs))
        process.start()
        theirs.close()
        try:
            assert ours.poll(60), "the server does not listen"
            yield PatchedServer(ours.recv(), ours)
        finally:
            ours.close()
            process.join(10)
            process.close()


def serve(config: BenchConfig, wires_name: str, connection: Connection) -> None:
    """Entry of the process: sends its address, answers what is asked, ends when the connection closes."""
    wires = Wires.attach(wires_name)
    try:
        served = _Served(config, wires)
        gc.freeze()
        if config.pace == "real":
            with contextlib.suppress(PermissionError):
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
        asyncio.run(served.serve(connection))
    finally:
        wires.close()


class _Served:
    """The process' end of it."""

    def __init__(self, config: BenchConfig, wires: Wires) -> None:
        self._config, self._wires = config, wires
        self._patched = Patched(self._plant(0, real_plant=True), change=self._note)
        self._servo = self._patched.servo = Servo(config, self._patched)
        self._played_ns: dict[int, int] = {}

    async def serve(self, connection: Connection) -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def hear() -> None:
            try:
                what, *arguments = connection.recv()
            except EOFError:
                stop.set()
                loop.remove_reader(connection.fileno())
                return
            connection.send(getattr(self, f"_{what}")(*arguments))

        loop.add_reader(connection.fileno(), hear)
        await run_server(self._config, self._servo, lambda host, port: connection.send((host, port)), stop)

    def _begin(self, patches: tuple[Patch, ...], seed: int, real_plant: bool) -> None:
        self._patched.patches = list(patches)
        self._patched.plant = self._plant(seed, real_plant)
        self._played_ns.clear()
        self._servo.log.exchanges.clear()

    def _frames(self) -> list[tuple[Command, int, int, int]]:
        found = self._servo.log.exchanges
        return [(Command[one.command], one.first_sample, one.count, one.time_ns) for one in found]

    def _times(self) -> dict[int, int]:
        return self._played_ns

    def _note(self, first: int, frames: Codes) -> None:
        self._played_ns |= dict.fromkeys(range(first, first + len(frames)), self._servo.now_ns)

    def _plant(self, seed: int, real_plant: bool) -> Plays:
        if not real_plant:
            return Faithful(self._config)
        plant = Plant(replace(self._config, seed=seed), self._wires)
        plant.warm()
        return plant
