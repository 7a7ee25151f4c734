"""Effective road profiles: two channels of an RPC III time history, recorded at a constant speed, as a road."""

from typing import Annotated

import numpy as np
from pydantic import Field

from profiles.measured.lap import WIDEST_GAP_M, WheelTracks, fault, make_lap
from profiles.measured.rpc3 import Rpc3, read_rpc3
from profiles.schema import Strict
from profiles.signal import FloatArray
from profiles.yaml_nodes import shown

HEIGHT_UNITS_M = {"m": 1.0, "mm": 0.001}


class Rpc3Recording(Strict):
    """Which channels of an RPC III file are the heights under the wheels, and how fast the car was.

    A channel is named by its description in the file, or by its place (``CHAN_1``).
    """

    left: Annotated[str, Field(min_length=1)]
    right: Annotated[str, Field(min_length=1)]
    speed_mps: Annotated[float, Field(gt=0, le=100)]


def read_rpc3_road(file: str, recording: Rpc3Recording | None, step_m: float) -> WheelTracks:
    """The wheel tracks of an RPC III file.

    Raises:
        InputError: nothing says which channels to take, they are not there or no heights, their samples are too far
            apart on the road, or what is wrong in the file.
    """
    history = read_rpc3(file)
    if recording is None:
        allowed = f"rpc3: {{left: …, right: …, speed_mps: …}} with two of the channels {_list(history)}"
        raise fault(file, "nothing", allowed, key="rpc3")
    from_m = recording.speed_mps / history.rate_hz
    if not from_m <= WIDEST_GAP_M:
        allowed = f"at most {WIDEST_GAP_M:g} m, at {history.rate_hz:g} samples a second"
        raise fault(file, f"{from_m:g} m from sample to sample", allowed, key="rpc3.speed_mps")
    sides = (("left", recording.left), ("right", recording.right))
    return make_lap(file, np.stack([_heights(file, history, side, what) for side, what in sides]), from_m, step_m)


def _heights(file: str, history: Rpc3, side: str, what: str) -> FloatArray:
    found = history.named(what)
    if len(found) != 1:
        many = f"{len(found)} channels {shown(what)}" if found else f"no channel {shown(what)}"
        raise fault(file, many, f"one of {_list(history)}", key=f"rpc3.{side}")
    factor = HEIGHT_UNITS_M.get(found[0].unit.lower())
    if factor is None:
        allowed = f"a channel in {' or '.join(HEIGHT_UNITS_M)}, of {_list(history)}"
        raise fault(file, f"{shown(what)} in {shown(found[0].unit)}", allowed, key=f"rpc3.{side}")
    return found[0].samples * factor


def _list(history: Rpc3) -> str:
    return ", ".join(f"{channel.name} {shown(channel.description)} ({channel.unit})" for channel in history.channels)
