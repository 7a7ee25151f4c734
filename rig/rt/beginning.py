"""Where a loop begins: with a run, or where one that was interrupted goes on."""

from dataclasses import dataclass

LEARNED = ("gain", "gain_wanted", "shift", "shift_wanted", "integral")
"""What the control law has learned of an axis, by the names of `rig.rt.control_kernels.AXIS`."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """The loop counts from 0, as the device does; the record goes on where it was.

    Attributes:
        first_sample: the run's number of the loop's first sample.
        mono_shift_ns: from the loop's clock to that of the rows.
        distance_m: how far the car had come.
        run_up: whether the drive is in mid-road, so that the span must ramp up from 0.
        wanted_span: what an operator had asked for, more than 0 to 1.
        learned: `LEARNED` of each axis; none where nothing was learned yet.
    """

    first_sample: int = 0
    mono_shift_ns: int = 0
    distance_m: float = 0.0
    run_up: bool = False
    wanted_span: float = 1.0
    learned: tuple[tuple[float, ...], ...] = ()


START = Beginning()
"""With a run."""
