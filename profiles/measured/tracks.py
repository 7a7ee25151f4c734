"""A measured road, whatever the format of its file: the suffix says who reads it."""

from functools import lru_cache
from pathlib import Path

from profiles.measured.csv_road import read_csv_road
from profiles.measured.lap import WheelTracks, fault
from profiles.measured.opencrg import read_crg
from profiles.measured.rpc3_road import Rpc3Recording, read_rpc3_road

RPC3_SUFFIXES = (".rsp", ".drv", ".tim", ".rpc")
SUFFIXES = (".crg", ".csv", *RPC3_SUFFIXES)
ALLOWED = f"a measured road: {', '.join(SUFFIXES)}"


def suffix_of(file: str) -> str:
    """The suffix of a file in small letters."""
    return Path(file).suffix.lower()


@lru_cache(maxsize=16)
def read_tracks(file: str, track_m: float, step_m: float, rpc3: Rpc3Recording | None = None) -> WheelTracks:
    """One lap of a measured road. The last few are remembered.

    Args:
        file: OpenCRG (``.crg``), a table (``.csv``) or RPC III (``.rsp``, ``.drv``, ``.tim``, ``.rpc``).
        track_m: between the wheels; of use for OpenCRG only, as the others have one track for each wheel.
        step_m: distance between stations.
        rpc3: which channels of an RPC III file are the road, and how fast it was driven.

    Raises:
        InputError: another suffix; RPC III without ``rpc3`` or another format with it; or what is wrong in the file.
    """
    suffix = suffix_of(file)
    if suffix in RPC3_SUFFIXES:
        return read_rpc3_road(file, rpc3, step_m)
    if suffix not in SUFFIXES:
        raise fault(file, f"the suffix {suffix!r}" if suffix else "a file without a suffix", ALLOWED)
    if rpc3 is not None:
        raise fault(file, "channels of RPC III (rpc3)", f"rpc3 with {', '.join(RPC3_SUFFIXES)} only")
    if suffix == ".csv":
        return read_csv_road(file, step_m)
    return read_crg(file, track_m, step_m)
