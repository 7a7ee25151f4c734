"""What all measured roads have in common: heights on our stations, level, as a lap to be driven round and round."""

from dataclasses import dataclass

import numpy as np

from profiles.schema import Fault, InputError
from profiles.signal import FloatArray

JOIN_M = 0.5  # over which the end of a lap is blended into the start of the next
SHORTEST_M = 6.0  # a lap must hold the 5 m over which segments are blended
WIDEST_GAP_M = 1.0
"""Between neighbouring points: farther apart they say nothing of what shakes a wheel."""
HIGHEST_M = 1000.0
"""From the lowest to the highest point of a road; more than that is no road, but bytes read in the wrong order."""
SMALLEST_M = 1e-30
"""Heights that are all smaller than that, and not zero, are bytes in the wrong order as well."""
STEEPEST = 0.6
"""Rise over run, as for ``grade_pct`` in a terrain file."""

MOST_FAULTS = 20
"""Told of a file of data; after that only their number."""


@dataclass(frozen=True, slots=True)
class WheelTracks:
    """One lap of a measured road.

    Attributes:
        heights_m: float64[2, stations], left and right, each about its own straight line; the end of the lap meets its
            start without a step.
        grade: float64[stations], rise over run: the line that was taken out (the mean of both tracks), and what the
            file itself has as its grade.
    """

    heights_m: FloatArray
    grade: FloatArray

    def __post_init__(self) -> None:
        for values in (self.heights_m, self.grade):
            values.flags.writeable = False  # it is remembered, and handed to many

    @property
    def stations(self) -> int:
        """The number of stations of one lap."""
        return int(self.heights_m.shape[1])


def fault(file: str, found: str, allowed: str, line: int = 0, key: str = "(road data)") -> InputError:
    """One fault of road data, to be raised."""
    return InputError([Fault(file, line, key, found, allowed)])


def few(faults: list[Fault]) -> list[Fault]:
    """The first faults of a file of data, and how many more there are."""
    more = len(faults) - MOST_FAULTS
    if more <= 0:
        return faults
    last = faults[MOST_FAULTS]
    return [*faults[:MOST_FAULTS], Fault(last.file, last.line, "(and below)", f"{more} more faults", "none")]


def make_lap(file: str, raw: FloatArray, from_m: float, step_m: float, grade: FloatArray | None = None) -> WheelTracks:
    """A lap out of what a file says.

    Args:
        file: for messages.
        raw: float64[2, points], heights under the left and the right wheel, finite.
        from_m: distance between the points.
        step_m: distance between stations.
        grade: float64[points], rise over run, where the file has it apart from its heights.

    Raises:
        InputError: the road is too short or too steep, or its heights are none of a road.
    """
    _check(file, raw, from_m)
    heights = _resampled(raw, from_m, step_m)
    x_m = np.arange(heights.shape[1]) * step_m
    lines = [np.polyfit(x_m, track, 1) for track in heights]
    level = np.stack([track - np.polyval(line, x_m) for track, line in zip(heights, lines, strict=True)])
    slope, join = float(np.mean([line[0] for line in lines])), round(JOIN_M / step_m)
    own = np.zeros((1, heights.shape[1])) if grade is None else _resampled(grade[None, :], from_m, step_m)
    graded = slope + _closed(own, join)[0]
    if not np.abs(graded).max() <= STEEPEST:
        found = f"a grade of {np.abs(graded).max():.2f}"
        raise fault(file, found, f"at most {STEEPEST:g} (rise over run)", key="grade")
    return WheelTracks(_closed(level, join), graded)


def _check(file: str, raw: FloatArray, from_m: float) -> None:
    length_m = (raw.shape[1] - 1) * from_m
    if not length_m >= SHORTEST_M:
        raise fault(file, f"a road of {max(length_m, 0.0):.2f} m", f"at least {SHORTEST_M:.0f} m")
    low, high = float(raw.min()), float(raw.max())
    largest = max(abs(low), abs(high))
    if not high - low <= HIGHEST_M or 0.0 < largest < SMALLEST_M:
        found = f"heights from {low:g} to {high:g} m"
        raise fault(
            file, found, f"at most {HIGHEST_M:.0f} m between the lowest and the highest, in the right byte order"
        )


def _resampled(raw: FloatArray, from_m: float, step_m: float) -> FloatArray:
    """Values at our stations: the mean over one step around each where the file is finer, else in straight lines."""
    x_m = np.arange(raw.shape[1]) * from_m
    stations = int((x_m[-1] + 1e-9) / step_m) + 1
    wanted = np.arange(stations) * step_m
    wide = max(1, round(step_m / from_m)) | 1
    padded = np.pad(raw, ((0, 0), (wide // 2, wide // 2)), mode="edge")
    smooth = np.lib.stride_tricks.sliding_window_view(padded, wide, axis=1).mean(axis=2)
    return np.stack([np.interp(wanted, x_m, track) for track in smooth])


def _closed(values: FloatArray, join: int) -> FloatArray:
    """A lap shorter by the join, whose start is blended with what came after its end."""
    weight = 0.5 - 0.5 * np.cos(np.pi * (np.arange(join) + 0.5) / join)
    lap = values[:, :-join].copy()
    lap[:, :join] = weight * lap[:, :join] + (1.0 - weight) * values[:, -join:]
    return lap
