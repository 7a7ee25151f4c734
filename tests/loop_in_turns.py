"""A loop that takes turns with a test: it runs in a thread of its own and stands still whenever it would wait.

Never both at once, so a test may look at everything between two turns, and change whatever it likes.
"""

import contextlib
import threading
from dataclasses import dataclass, field
from typing import Any, cast

from drivers.frames import Command, DeviceStatus, FeedbackBlock, SetpointBlock
from drivers.hardware import Hardware
from rig.bridge import Bridge, Slot
from rig.clock import Clock, SteppedClock
from rig.config import Rig
from rig.state import RigEvent, RigState
from tests.in_process import InProcess
from tests.loop_bench import FloatArray, Rigged, Told, rigged

PATIENCE_S = 20.0
"""For the other side to come to its turn; no turn takes a thousandth of it."""


class Turns:
    """Whose turn it is."""

    def __init__(self) -> None:
        self._loop, self._test = threading.Semaphore(0), threading.Semaphore(0)

    def pause(self) -> None:
        """By the loop: the test's turn."""
        self._test.release()
        assert self._loop.acquire(timeout=PATIENCE_S), "the test does not go on"

    def await_first(self) -> None:
        """By the loop's thread, before it begins."""
        assert self._loop.acquire(timeout=PATIENCE_S), "the test does not begin"

    def leave(self) -> None:
        """By the loop's thread, at its end: it is the test's turn for good."""
        self._test.release()

    def give(self) -> None:
        """By the test: one turn of the loop."""
        self._loop.release()
        assert self._test.acquire(timeout=PATIENCE_S), "the loop does not come to its end of a turn"


class TurnClock(SteppedClock):
    """Where the loop would sleep, it is the test's turn."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def sleep_until_ns(self, deadline_ns: int) -> None:
        """The test's turn, then the deadline is there."""
        self._turns.pause()
        super().sleep_until_ns(deadline_ns)


class TurnPacer:
    """A cycle is a turn; so is the moment before the first one. ``late`` is told once as too many late cycles."""

    def __init__(self, batch: int, turns: Turns) -> None:
        self.batch, self._turns = batch, turns
        self.clock: Clock = TurnClock(turns)
        self.late = 0

    def start(self) -> None:
        """The rig is armed, and nothing moves yet."""
        self._turns.pause()

    def wait(self, resting: bool = False) -> None:
        """The test's turn."""
        self._turns.pause()

    def too_many_late(self) -> int:
        """What the test has set, once."""
        late, self.late = self.late, 0
        return late

    def room(self, sent: int) -> int:
        """The batch."""
        return self.batch

    def meet(self, received: int) -> None:
        """Nobody."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame that left the loop: the loop's state then, the command, and how many samples."""

    state: RigState
    command: Command
    count: int


@dataclass
class WatchedDevice:
    """A `Hardware` that notes in which state of the loop each frame leaves it, and fails once where a test wants it.

    ``found``: the status that was read first.
    """

    device: InProcess
    loop_state: RigState = RigState.OFFLINE
    sent: list[Sent] = field(default_factory=list)
    fails_next: BaseException | None = None
    rigged: Rigged | None = None
    found: DeviceStatus | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.device, name)

    def status(self) -> DeviceStatus:
        """See `drivers.hardware.Hardware.status`."""
        status = self.device.status()
        self.found = self.found or status
        return status

    def exchange(self, block: SetpointBlock) -> FeedbackBlock:
        """See `drivers.hardware.Hardware.exchange`."""
        assert self.rigged is not None
        self.sent.append(Sent(self.rigged.loop.state, block.command, len(block.codes)))
        failure, self.fails_next = self.fails_next, None
        if failure is not None:
            raise failure
        return self.device.exchange(block)


class LoopInTurns:
    """One loop from its start to its end; `close` it in any case.

    Attributes:
        over: whether it has ended; ``error`` what it raised then.
        told: all events so far.
    """

    def __init__(self, rig: Rig, device: InProcess, drive: FloatArray, start: RigEvent) -> None:
        self.turns = Turns()
        self.pacer = TurnPacer(rig.lead_samples, self.turns)
        self.hardware = WatchedDevice(device)
        self.over = False
        self.error: BaseException | None = None
        self.told: list[Told] = []
        self._stack = contextlib.ExitStack()
        hardware = cast(Hardware, self.hardware)
        made = self._stack.enter_context(rigged(rig, hardware, drive, lambda _: self.pacer, start))
        self.hardware.rigged = self.made = made
        self._thread = threading.Thread(target=self._run, name="loop in turns")
        self._thread.start()

    def _run(self) -> None:
        self.turns.await_first()
        try:
            self.made.loop.run()
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.error = error
        finally:
            self.over = True
            self.turns.leave()

    @property
    def state(self) -> RigState:
        """Of the loop."""
        return self.made.loop.state

    @property
    def bridge(self) -> Bridge:
        """The loop's."""
        return self.made.bridge

    @property
    def told_state(self) -> RigState:
        """The state that everybody else sees."""
        return RigState(self.bridge.get(Slot.STATE))

    def give(self, turns: int = 1) -> None:
        """So many turns, or until it ends."""
        for _ in range(turns):
            if not self.over:
                self.turns.give()
        self.told += self.made.events()

    def close(self) -> None:
        """It must have ended."""
        self._thread.join(PATIENCE_S)
        self._stack.close()
