"""A control law on a device that follows exactly, for tests of the law alone."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from rig.config import Rig, load_rig
from rig.rt.control import WINDOW, ControlLaw, outcome_of

RIG = load_rig("one_corner")
LEAD = RIG.lead_samples
AXES = len(RIG.axes)
RAMP = round(RIG.ramp_s * RIG.sample_rate_hz)
PAN, TORQUE = 0, 1


def constant_drive(rows: int, pan_m: float = 0.1, torque_nm: float = 1000.0) -> NDArray[np.float64]:
    """Drive rows that hold still off neutral, 1 m a sample, so that every change of a command is the law's own."""
    drive = np.zeros((rows, 2 * AXES + 3))
    drive[:, [PAN, AXES + PAN]] = pan_m
    drive[:, [TORQUE, AXES + TORQUE]] = torque_nm
    drive[:, 2 * AXES] = np.arange(rows)
    return drive


@dataclass
class Bench:
    """A law with a device that follows exactly, but for an offset that a test may set."""

    drive: NDArray[np.float64]
    rig: Rig = RIG
    target_m: float = 1e9
    ends_at: int = -1
    error_codes: Callable[[int], NDArray[np.int16]] | None = None
    commands: list[NDArray[np.float64]] = field(default_factory=list)
    modes: list[int] = field(default_factory=list)
    spans: list[float] = field(default_factory=list)
    places: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.law = ControlLaw(self.rig, self.target_m)
        self.scale = np.array([axis.scale for axis in self.rig.axes])

    def play(self, count: int, request: int = -1, batch: int = 1) -> None:
        """Command so many samples; ``request`` is what the limits ask for at the first of them."""
        out, window = outcome_of(WINDOW, AXES), np.zeros((WINDOW, len(self.rig.channels)), np.int16)
        for first in range(len(self.commands), len(self.commands) + count, batch):
            requests = np.full(WINDOW, -1, np.int64)
            requests[(first - LEAD) % WINDOW], request = request, -1
            for number in range(first - LEAD - 1, first - LEAD + batch):
                window[number % WINDOW] = self.feedback(number)
            self.law.command(first, window, requests, self.drive, self.ends_at, out, batch)
            self.commands += list(out["commands"][:batch].copy())
            self.modes += out["mode"][:batch].tolist()
            self.spans += out["span"][:batch].tolist()
            self.places += out["place"][:batch, 0].tolist()

    def feedback(self, sample: int) -> NDArray[np.int16]:
        """What is measured at a sample: what the law expects there, less the error that a test sets."""
        codes = np.zeros(len(self.rig.channels), np.int16)
        if sample >= 0:
            codes[:AXES] = np.rint(self.law.expected[sample % WINDOW] / self.scale)
            if self.error_codes:
                error = self.error_codes(sample)
                codes[:AXES] = np.where(error == CODE_NAN, CODE_NAN, codes[:AXES] - error)
        return codes

    def column(self, axis: int) -> NDArray[np.float64]:
        """The commands of an axis so far."""
        return np.array(self.commands)[:, axis]


def only(axis: int, codes: int) -> Callable[[int], NDArray[np.int16]]:
    """A constant error of one axis, in codes."""
    error = np.zeros(AXES, np.int16)
    error[axis] = codes
    return lambda _: error
