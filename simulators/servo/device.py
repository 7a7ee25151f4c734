"""The servo controller with all that belongs to it, as the faults see it: what can be broken, and where."""

from collections.abc import Iterator

from simulators.backdoor import Commands, Told, check_keys, fault_commands
from simulators.corner.plant import Plant
from simulators.faults.base import AnyFault, DeviceFault, Refusal
from simulators.faults.board import Board
from simulators.servo.answers import Answers
from simulators.servo.line import Clock, Line
from simulators.servo.schedule import Schedule
from simulators.servo.servo import Servo
from simulators.settings import BenchConfig
from simulators.wires import Wires


class Device(Schedule):
    """A servo controller that can be broken.

    Args:
        config: what it is.
        servo, plant: its parts; the servo controller's schedule becomes this.
        clock: seconds, monotonic.
        wires: where the instruments see how many samples have been played.

    Attributes:
        frames, line: its answers and its line.
    """

    def __init__(self, config: BenchConfig, servo: Servo, plant: Plant, clock: Clock, wires: Wires) -> None:
        self.config, self.servo, self.plant = config, servo, plant
        self._clock, self._wires = clock, wires
        self.frames, self.line = Answers(len(config.channels)), Line(servo, clock)
        self._board = Board(self._begin, self._end, self._refusals)
        self.frames.on_over = self.line.on_over = self._board.over
        servo.schedule = self

    def add(self, fault: AnyFault) -> int:
        """Break it, now or at a sample; see `Board.add`."""
        self.servo.advance(self._clock())
        return self._board.add(fault, self._counted)

    def room(self, played: int) -> int:
        """See `Schedule`."""
        return self._board.room(played)

    def played(self, count: int) -> None:
        """See `Schedule`."""
        counted = self._counted
        self._wires.samples_played = -1.0 if counted is None else float(counted)
        self._board.move(count, counted)

    def clear(self, number: int | None = None) -> None:
        """Mend it; see `Board.clear`."""
        self.servo.advance(self._clock())
        self._board.clear(number)

    def commands(self) -> Commands:
        """What its back door understands."""
        return {**fault_commands(self.add, self.clear, self._board.shown), "log": self._log, "state": self._state}

    def _log(self, told: Told) -> Told:
        check_keys(told, "exchanges_after", "changes_after")
        self.servo.advance(self._clock())
        log = self.servo.log
        after = told.get("exchanges_after", 0), told.get("changes_after", 0)
        exchanges = [one for one in log.exchanges if one.number > after[0]]
        return {"exchanges": exchanges, "changes": [one for one in log.changes if one.number > after[1]]}

    def _state(self, told: Told) -> Told:
        check_keys(told)
        self.servo.advance(self._clock())
        servo = self.servo
        shown = {"state": servo.state.name, "first_fault": servo.first_fault.name, "time_ns": servo.now_ns}
        return {**shown, "samples_played": servo.fifo.played, "fifo_level": servo.fifo.level}

    @property
    def _counted(self) -> int | None:
        return self.servo.fifo.played if self.servo.counts else None

    def _begin(self, fault: AnyFault) -> None:
        assert isinstance(fault, DeviceFault)
        self.servo.note("begun", fault.fault)
        fault.begin(self)

    def _end(self, fault: AnyFault) -> None:
        assert isinstance(fault, DeviceFault)
        fault.end(self)
        self.servo.note("ended", fault.fault)

    def _refusals(self, fault: AnyFault) -> Iterator[Refusal]:
        if isinstance(fault, DeviceFault):
            yield from fault.refusals(self.config.anatomy)
        else:
            yield Refusal("fault", repr(fault.fault), "faults of the device; instruments have a door of their own")
