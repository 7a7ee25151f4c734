"""Measured roads: OpenCRG files into the heights under both wheels of one lap that can be driven round and round."""

import warnings
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyopencrg

from profiles.schema import Fault, InputError
from profiles.signal import FloatArray

JOIN_M = 0.5  # over which the end of a lap is blended into the start of the next
SHORTEST_M = 6.0  # a lap must hold the 5 m over which segments are blended


@dataclass(frozen=True, slots=True)
class WheelTracks:
    """One lap of a measured road.

    Attributes:
        heights_m: float64[2, stations], left and right, each about its own straight line; the end of the lap meets its
            start without a step.
        grade: rise over run of the line that was taken out, the mean of both tracks.
    """

    heights_m: FloatArray
    grade: float

    @property
    def stations(self) -> int:
        """The number of stations of one lap."""
        return int(self.heights_m.shape[1])


@lru_cache(maxsize=16)
def read_tracks(file: str, track_m: float, step_m: float) -> WheelTracks:
    """The wheel tracks of an OpenCRG file, at half the track to either side of its reference line.

    The first heading of the reference line is NaN in every such file, by its definition, and is not looked at.

    Raises:
        InputError: the file cannot be read, is damaged, too narrow or too short, has modifiers to be applied, or has
            no data somewhere under a wheel.
    """
    road = _read(file)
    _check_size(file, road, track_m)
    raw = np.stack([_along(file, road, 0.5 * track_m), _along(file, road, -0.5 * track_m)])
    heights = _resampled(raw, float(road.u_inc), step_m)
    x_m = np.arange(heights.shape[1]) * step_m
    lines = [np.polyfit(x_m, track, 1) for track in heights]
    level = np.stack([track - np.polyval(line, x_m) for track, line in zip(heights, lines, strict=True)])
    return WheelTracks(_closed(level, round(JOIN_M / step_m)), float(np.mean([line[0] for line in lines])))


def _fault(file: str, found: str, allowed: str) -> InputError:
    return InputError([Fault(file, 0, "(road data)", found, allowed)])


def _read(file: str) -> pyopencrg.CrgRoad:
    allowed = "a whole OpenCRG file (.crg)"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # data missing beside the tracks is no concern; the rest is looked at below
            road = pyopencrg.read(file)
    except OSError as error:
        raise _fault(file, (error.strerror or str(error)).lower(), allowed) from None
    except pyopencrg.CrgCheckError as error:
        raise _fault(file, _plain(error.report.errors), allowed) from None
    except pyopencrg.io.CrgFormatError as error:
        raise _fault(file, _plain([str(error).removeprefix(f"{file}: ")]), allowed) from None
    except (ValueError, IndexError, KeyError, TypeError, MemoryError, OverflowError, ZeroDivisionError):
        raise _fault(file, "a header that does not fit the format", allowed) from None
    if road.read_warnings:
        raise _fault(file, _plain(road.read_warnings), allowed)
    if road.mods:
        raise _fault(file, "modifiers ($ROAD_CRG_MODS)", "a file in which they have been applied")
    return road


def _plain(problems: list[str]) -> str:
    return "; ".join(" ".join(problem.removeprefix("(reading) ").split()) for problem in problems)


def _check_size(file: str, road: pyopencrg.CrgRoad, track_m: float) -> None:
    half_m = 0.5 * track_m
    if not road.v_min <= -half_m <= half_m <= road.v_max:
        found = f"a road from {road.v_min:.2f} to {road.v_max:.2f} m across"
        raise _fault(file, found, f"at least -{half_m:.3f} to {half_m:.3f} m, for a track of {track_m:.2f} m")
    if not road.length >= SHORTEST_M:
        raise _fault(file, f"a road of {road.length:.2f} m", f"at least {SHORTEST_M:.0f} m")


def _along(file: str, road: pyopencrg.CrgRoad, v_m: float) -> FloatArray:
    """Heights at the cross sections of the file at a lateral position (left positive), float64[sections]."""
    across = np.asarray(road.v, dtype=np.float64)
    column = min(int(np.searchsorted(across, v_m, side="right")) - 1, len(across) - 2)
    share = (v_m - across[column]) / (across[column + 1] - across[column])
    grid = np.asarray(road.z[:, column : column + 2], dtype=np.float64)
    used = grid if share > 0 else grid[:, :1]
    missing = np.flatnonzero(~np.isfinite(used).all(axis=1))
    if missing.size:
        at_m = road.u_start + missing[0] * road.u_inc
        found = f"no data at u = {at_m:.2f} m, v = {v_m:.3f} m ({missing.size} places)"
        raise _fault(file, found, "data everywhere under both wheels")
    heights = grid[:, 0] if share == 0 else (1.0 - share) * grid[:, 0] + share * grid[:, 1]
    return np.asarray(heights + np.asarray(road.zr) + np.asarray(road.banking) * v_m, dtype=np.float64)


def _resampled(raw: FloatArray, from_m: float, step_m: float) -> FloatArray:
    """Heights at our stations: the mean over one step around each where the file is finer, else in straight lines."""
    x_m = np.arange(raw.shape[1]) * from_m
    stations = int((x_m[-1] + 1e-9) / step_m) + 1
    wanted = np.arange(stations) * step_m
    wide = max(1, round(step_m / from_m)) | 1
    padded = np.pad(raw, ((0, 0), (wide // 2, wide // 2)), mode="edge")
    smooth = np.lib.stride_tricks.sliding_window_view(padded, wide, axis=1).mean(axis=2)
    return np.stack([np.interp(wanted, x_m, track) for track in smooth])


def _closed(heights: FloatArray, join: int) -> FloatArray:
    """A lap shorter by the join, whose start is blended with what came after its end."""
    weight = 0.5 - 0.5 * np.cos(np.pi * (np.arange(join) + 0.5) / join)
    lap = heights[:, :-join].copy()
    lap[:, :join] = weight * lap[:, :join] + (1.0 - weight) * heights[:, -join:]
    return lap
