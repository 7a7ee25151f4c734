"""The road of a leg by itself: its digest, its height over the distance, and its roughness on each ground."""

import hashlib
import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from profiles.road.builder import iter_road
from profiles.road.route import Route
from profiles.road.segments import STEP_M
from profiles.signal import Road
from rig.plan.histograms import Spectrum
from rig.plan.tally import bin_width_m

FloatArray = NDArray[np.float64]


@dataclass(slots=True)
class Survey:
    """What a leg's road is.

    Attributes:
        sha256: of both tracks' heights in whole micrometres (int64, little-endian, left and right in turn).
        height_m: float64[bins], at the end of each bin of the tally, from 0 at the start: the grade, summed up.
        spectra: by label of the ground, the left track's displacement spectrum over cycles per metre.
    """

    sha256: str
    height_m: FloatArray
    spectra: dict[str, Spectrum]


def survey(route: Route, track_m: float) -> Survey:
    """Go over the road once; memory is that of a block, and a value for each bin."""
    digest = hashlib.sha256()
    spectra: dict[str, Spectrum] = {}
    climbs: list[float] = []
    for road in iter_road(route, track_m, block_m=bin_width_m(route.length_m)):
        heights = np.stack([road["left_m"], road["right_m"]], axis=1)
        digest.update(np.rint(heights * 1e6).astype("<i8").tobytes())
        climbs.append(float(road["grade"].sum()) * STEP_M)
        _sample(route, road, spectra)
    return Survey(digest.hexdigest(), np.cumsum(climbs), spectra)


def _sample(route: Route, road: Road, spectra: dict[str, Spectrum]) -> None:
    """Windows of a spectrum may reach from one stretch of a ground into the next of the same: few do."""
    borders = (0, *(np.flatnonzero(np.diff(road.segment)) + 1).tolist(), road.stations)
    for start, stop in itertools.pairwise(borders):
        label = route.stretches[int(road.segment[start])].segment.label
        spectra.setdefault(label, Spectrum(1.0 / STEP_M)).consume(road["left_m"][start:stop])
