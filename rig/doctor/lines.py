"""What the doctor says: a line for each thing that it looked at, and what they all come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Part = Literal["machine", "loop", "bench"]
Figures = Mapping[str, float | str | None]


class Mark(StrEnum):
    """How it stands. BAD is what a run needs and has not; CAUTION is what a run can live with."""

    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: what was found, what it means, what to do about it.

    Attributes:
        figures: the numbers in it, for ``--json``; units are in their names, None is a number that could not be had.
    """

    part: Part
    what: str
    mark: Mark
    found: str
    means: str = ""
    do: str = ""
    figures: Figures = field(default_factory=dict)

    @property
    def words(self) -> str:
        """All of it as one line, without the mark."""
        means = f"; {self.means}" if self.means else ""
        do = f". What to do: {self.do}" if self.do else ""
        return f"{self.what}: {self.found}{means}{do}"


def exit_code(lines: Sequence[Line]) -> int:
    """0 where all is good, 1 with cautions, 3 where something is missing that a run needs."""
    marks = {line.mark for line in lines}
    return 3 if Mark.BAD in marks else 1 if Mark.CAUTION in marks else 0


def grade_of(lines: Sequence[Line]) -> str | None:
    """The timing grade of a run at pace real here; None where it could not be tried."""
    found = [line.figures["grade"] for line in lines if "grade" in line.figures]
    return str(found[0]) if found else None


def conclusion(lines: Sequence[Line]) -> str:
    """What it all comes to, in one sentence."""
    count = {mark: sum(line.mark is mark for line in lines) for mark in Mark}
    cautions = f"{count[Mark.CAUTION]} caution{'' if count[Mark.CAUTION] == 1 else 's'}"
    match exit_code(lines):
        case 0:
            return f"fit for pace real, timing grade {grade_of(lines)}"
        case 1:
            return f"usable at pace real, timing grade {grade_of(lines)}, with {cautions}"
        case _:
            return f"not fit for a run: {count[Mark.BAD]} bad, {cautions}"
