"""Which faults wait, last and are over; begins and ends them at their samples."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from simulators.faults import FaultError
from simulators.faults.base import AnyFault, Refusal
from simulators.servo.schedule import FAR


@dataclass(slots=True)
class Entry:
    """One fault that was asked for.

    Attributes:
        number: counted from 1.
        begun_at_sample: how many samples had been played since READY when it began.
        left: samples until it ends by itself.
    """

    number: int
    fault: AnyFault
    state: Literal["waits", "lasts", "over"] = "waits"
    begun_at_sample: int | None = None
    left: int | None = None

    def shown(self) -> dict[str, Any]:
        """For people and tests."""
        parameters = self.fault.model_dump(exclude_none=True)
        return {"number": self.number, **parameters, "state": self.state, "begun_at_sample": self.begun_at_sample}


class Board:
    """All faults of one process.

    Args:
        begin, end: do it to whatever the faults are of.
        refusals: why a fault can't be had here.
    """

    def __init__(
        self,
        begin: Callable[[AnyFault], None],
        end: Callable[[AnyFault], None],
        refusals: Callable[[AnyFault], Iterable[Refusal]],
    ) -> None:
        self._begin_fault, self._end_fault, self._refusals = begin, end, refusals
        self._entries: list[Entry] = []
        self._open: list[Entry] = []  # those that are not over

    def add(self, fault: AnyFault, played: int | None) -> int:
        """Let a fault begin, now or at its sample; returns its number.

        Args:
            fault: which.
            played: samples played since READY; None where they are not being counted.

        Raises:
            FaultError: it can't be had here.
        """
        refused = list(self._refusals(fault))
        if refused:
            raise FaultError("; ".join(str(one) for one in refused))
        entry = Entry(len(self._entries) + 1, fault)
        self._entries.append(entry)
        self._open.append(entry)
        if fault.at_sample is None or (played is not None and played >= fault.at_sample):
            self._begin(entry, played or 0)
        return entry.number

    def clear(self, number: int | None = None) -> None:
        """End one fault, or all.

        Raises:
            FaultError: there is none of that number.
        """
        if number is not None and not 1 <= number <= len(self._entries):
            known = len(self._entries)
            raise FaultError(
                f"number: found {number}; allowed: the numbers of faults so far, of which there are {known}"
            )
        for entry in reversed(self._open):
            if number in (None, entry.number):
                self._finish(entry)

    def over(self, fault: AnyFault) -> None:
        """A fault has come to its end by itself."""
        for entry in [one for one in self._open if one.fault is fault]:
            self._finish(entry)

    def shown(self) -> list[dict[str, Any]]:
        """All faults since the start, in order."""
        return [entry.shown() for entry in self._entries]

    def room(self, played: int) -> int:
        """How many samples may be played until a fault begins or ends, at least 1."""
        if not self._open:
            return FAR
        return min(self._distance(entry, played) for entry in self._open)

    def move(self, count: int, played: int | None) -> None:
        """So many more samples have been played; ``played`` in all since READY, None where they are not counted."""
        if not self._open:
            return
        for entry in [one for one in self._open if one.left is not None]:
            entry.left = (entry.left or 0) - count
        for entry in [one for one in self._open if one.left is not None and one.left <= 0]:
            self._finish(entry)
        if played is not None:
            for entry in [one for one in self._open if self._due(one, played)]:
                self._begin(entry, played)

    @staticmethod
    def _due(entry: Entry, played: int) -> bool:
        return entry.state == "waits" and entry.fault.at_sample is not None and played >= entry.fault.at_sample

    @staticmethod
    def _distance(entry: Entry, played: int) -> int:
        if entry.state == "lasts":
            return FAR if entry.left is None else entry.left
        return FAR if entry.fault.at_sample is None else max(1, entry.fault.at_sample - played)

    def _begin(self, entry: Entry, played: int) -> None:
        entry.state, entry.begun_at_sample, entry.left = "lasts", played, entry.fault.for_samples
        self._begin_fault(entry.fault)
        if not entry.fault.lasts:
            self._finish(entry)

    def _finish(self, entry: Entry) -> None:
        begun = entry.state == "lasts"
        entry.state = "over"
        self._open = [one for one in self._open if one is not entry]
        if begun:
            self._end_fault(entry.fault)
