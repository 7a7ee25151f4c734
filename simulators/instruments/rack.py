"""The instruments in their rack, as the faults see them: what can be broken, and where."""

from collections.abc import Iterator

from simulators.backdoor import Commands, fault_commands
from simulators.faults.base import Anatomy, AnyFault, InstrumentFault, Refusal
from simulators.faults.board import Board
from simulators.instruments.cabling import cabled_instruments
from simulators.scpi.server import ScpiServer
from simulators.scpi.syntax import ScpiError
from simulators.settings import INPUTS, INSTRUMENTS
from simulators.wires import Wires


class Rack:
    """All instruments of the bench, each behind its server.

    Attributes:
        instruments, servers: by role.
        broken_inputs: what an input of the data-acquisition unit reads instead of its sensor.
    """

    def __init__(self, wires: Wires, seed: int) -> None:
        self._wires = wires
        self._played = -1
        self._anatomy = Anatomy("", {}, (), INSTRUMENTS, INPUTS)
        self.broken_inputs: dict[int, float] = {}
        self.instruments = cabled_instruments(wires, seed, self.broken_inputs)
        self.servers = {role: ScpiServer(one, self.look) for role, one in self.instruments.items()}
        self._board = Board(self._begin, self._end, self._refusals)
        for server in self.servers.values():
            server.line.on_over = self._board.over

    def report(self, role: str, code: int, text: str, entries: int) -> None:
        """Put errors into an instrument's queue."""
        for _ in range(entries):
            self.instruments[role].status.report(ScpiError(code, text))

    def look(self) -> None:
        """See how many samples have been played, and let faults begin and end."""
        before, self._played = self._played, int(self._wires.samples_played)
        self._board.move(max(0, self._played - before), None if self._played < 0 else self._played)

    def add(self, fault: AnyFault) -> int:
        """Break it, now or at a sample; see `Board.add`."""
        self.look()
        return self._board.add(fault, None if self._played < 0 else self._played)

    def commands(self) -> Commands:
        """What its back door understands."""
        return fault_commands(self.add, self._board.clear, self._board.shown)

    def _begin(self, fault: AnyFault) -> None:
        assert isinstance(fault, InstrumentFault)
        fault.begin(self)

    def _end(self, fault: AnyFault) -> None:
        assert isinstance(fault, InstrumentFault)
        fault.end(self)

    def _refusals(self, fault: AnyFault) -> Iterator[Refusal]:
        if isinstance(fault, InstrumentFault):
            yield from fault.refusals(self._anatomy)
        else:
            yield Refusal("fault", repr(fault.fault), "faults of instruments; the device has a door of its own")
