"""OpenCRG files: the heights under both wheels."""

import warnings

import numpy as np
import pyopencrg

from profiles.measured.lap import WheelTracks, fault, make_lap
from profiles.signal import FloatArray

HILL_M = 60.0
"""Waves of the reference line of that length are half hill, half road; shorter ones road (design value)."""


def read_crg(file: str, track_m: float, step_m: float) -> WheelTracks:
    """The wheel tracks of an OpenCRG file, at half the track to either side of its reference line.

    All four encodings are read alike. The first heading of the reference line is NaN in every such file, by its
    definition, and is not looked at.

    Raises:
        InputError: the file cannot be read, is damaged, too narrow or too short, has modifiers to be applied, has
            no data somewhere under a wheel, or heights that are none of a road.
    """
    road = _read(file)
    _check_width(file, road, track_m)
    short_m, grade = _split(np.asarray(road.zr, dtype=np.float64), float(road.u_inc))
    raw = np.stack([_along(file, road, 0.5 * track_m), _along(file, road, -0.5 * track_m)]) + short_m
    return make_lap(file, raw, float(road.u_inc), step_m, grade)


def _read(file: str) -> pyopencrg.CrgRoad:
    allowed = "a whole OpenCRG file (.crg)"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # data missing beside the tracks is no concern; the rest is looked at below
            road = pyopencrg.read(file)
    except OSError as error:
        raise fault(file, (error.strerror or str(error)).lower(), allowed) from None
    except pyopencrg.CrgCheckError as error:
        raise fault(file, _plain(error.report.errors), allowed) from None
    except pyopencrg.io.CrgFormatError as error:
        raise fault(file, _plain([str(error).removeprefix(f"{file}: ")]), allowed) from None
    except (ValueError, IndexError, KeyError, TypeError, MemoryError, OverflowError, ZeroDivisionError):
        raise fault(file, "a header that does not fit the format", allowed) from None
    if road.read_warnings:
        raise fault(file, _plain(road.read_warnings), allowed)
    if road.mods:
        raise fault(file, "modifiers ($ROAD_CRG_MODS)", "a file in which they have been applied")
    return road


def _plain(problems: list[str]) -> str:
    return "; ".join(" ".join(problem.removeprefix("(reading) ").split()) for problem in problems)


def _check_width(file: str, road: pyopencrg.CrgRoad, track_m: float) -> None:
    half_m = 0.5 * track_m
    if not road.v_min <= -half_m <= half_m <= road.v_max:
        found = f"a road from {road.v_min:.2f} to {road.v_max:.2f} m across"
        raise fault(file, found, f"at least -{half_m:.3f} to {half_m:.3f} m, for a track of {track_m:.2f} m")


def _along(file: str, road: pyopencrg.CrgRoad, v_m: float) -> FloatArray:
    """Heights above the reference line at a lateral position (left positive), float64[sections]."""
    across = np.asarray(road.v, dtype=np.float64)
    column = min(int(np.searchsorted(across, v_m, side="right")) - 1, len(across) - 2)
    share = (v_m - across[column]) / (across[column + 1] - across[column])
    grid = np.asarray(road.z[:, column : column + 2], dtype=np.float64)
    used = grid if share > 0 else grid[:, :1]
    missing = np.flatnonzero(~np.isfinite(used).all(axis=1))
    if missing.size:
        at_m = road.u_start + missing[0] * road.u_inc
        found = f"no data at u = {at_m:.2f} m, v = {v_m:.3f} m ({missing.size} places)"
        raise fault(file, found, "data everywhere under both wheels")
    heights = grid[:, 0] if share == 0 else (1.0 - share) * grid[:, 0] + share * grid[:, 1]
    return np.asarray(heights + np.asarray(road.banking) * v_m, dtype=np.float64)


def _split(line_m: FloatArray, from_m: float) -> tuple[FloatArray, FloatArray | None]:
    """What of the reference line's height belongs to the road, and the grade of the rest where it is no straight line.

    Hills are the car's grade; what is short enough to move a wheel stays in the heights, wherever the file has it.
    """
    half = round(0.5 * HILL_M / from_m)
    if not np.ptp(np.diff(line_m)) > 1e-6 * from_m or not half < len(line_m):
        return line_m, None
    window = np.hanning(2 * half + 1) if half > 1 else np.ones(1)
    around = np.pad(line_m, len(window) // 2, mode="reflect", reflect_type="odd")  # goes on with the slope at its end
    hills_m = np.convolve(around, window / window.sum(), mode="valid")
    return line_m - hills_m, np.gradient(hills_m, from_m)
