"""The checks before a run, as they stand in the record: results in ``checks.json``, what was played beside them."""

from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.record.files import from_json, to_json, write_atomically

FILE_NAME = "checks.json"

FloatArray = NDArray[np.float64]
Outcome = Literal["passed", "failed", "overridden", "broken_off"]


class CheckResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One check: something measured and the range that is allowed for it.

    Attributes:
        subject: the axis, the channel or the device that it is about.
        what: in one or two words, such as ``gain``.
        measured, lowest, highest: in the unit; None where there is no number (nothing measured, no bound).
        found, expected: what a person reads in place of numbers, such as an instrument's identity.
        words: where it failed, what it means and what to look at.
    """

    subject: str
    what: str
    measured: float | None
    lowest: float | None
    highest: float | None
    unit: str
    passed: bool
    found: str = ""
    expected: str = ""
    words: str = ""


class CheckMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one axis was told in its small move, and what it and the channels that must follow it answered.

    Attributes:
        setpoint: float64[samples], in the axis' unit.
        feedback: of each channel by its name, float64[samples], in its unit; None where the sensor gave nothing.
        valve_percent: of each status that was read, the sample and the valve's opening.
    """

    axis: str
    first_sample: int
    setpoint: list[float]
    feedback: dict[str, list[float | None]]
    valve_percent: list[tuple[int, float]] = []


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who lets a run go on although a check failed, and why."""

    user: str
    reason: str


class Checks(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the checks before a run came to.

    Attributes:
        outcome: ``broken_off`` where they did not come to their end (a trip, a stop).
        override: given with the order, whether it was needed or not.
    """

    outcome: Outcome
    sample_rate_hz: int
    results: tuple[CheckResult, ...]
    moves: tuple[CheckMove, ...] = ()
    override: Override | None = None

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed."""
        return tuple(result for result in self.results if not result.passed)

    def summary(self) -> str:
        """One line for people."""
        if self.outcome == "passed":
            return f"all {len(self.results)} passed"
        if self.outcome == "broken_off":
            return "broken off"
        told = f"{len(self.failed)} of {len(self.results)} failed"
        if self.outcome == "overridden" and self.override is not None:
            return f"{told}, overridden by {self.override.user}: {self.override.reason}"
        return told


def write(run_dir: Path, checks: Checks) -> Path:
    """Write the checks of a run, atomically.

    Raises:
        OSError: the disk refuses.
    """
    path = run_dir / FILE_NAME
    write_atomically(path, to_json(checks))
    return path


def read(run_dir: Path) -> Checks | None:
    """The checks of a run; None where it has none.

    Raises:
        InputError: the file can't be understood.
    """
    path = run_dir / FILE_NAME
    if not path.exists():
        return None
    try:
        return from_json(path.read_bytes(), Checks)
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError([Fault(str(path), 1, "(the whole file)", str(error), "the checks before a run")]) from None
