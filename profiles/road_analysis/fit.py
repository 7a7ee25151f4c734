"""The power law of a track's spectrum, G(n) = G0 (n/n0)^-w, and its class, after ISO 8608:2016.

The PSD is smoothed in third-octave bands first, as ISO 8608 does between 0.03 and 0.25 cycle/m; here over its whole
range, so that each octave of wavelengths has the same weight. The line through the bands is one of least squares over
the logarithms. Its limits hold the spread of a PSD that is known from few lines, or how far the bands lie off the
line, whichever is more.
"""

import math
from dataclasses import dataclass

import numpy as np

from profiles.road.roughness import ISO_G0_M3, REFERENCE_PER_M
from profiles.road_analysis.spectra import Spectrum
from profiles.signal import FloatArray

LOWEST_EDGE_PER_M = 2.0**-6.5
"""0.01105: ISO 8608's octaves are centred at 2^-6 to 2^1 cycle/m; their edges are its limits 0.011 and 2.83."""
THIRDS = 24
LEAST_LINES = 4.0
"""A band lies so many lines above 0: below, a window is too short to tell waves from its own straight line."""
FEWEST_BANDS = 12
"""Of a fit: four octaves."""
_LIKELY = 1.96  # standard deviations of 95 %


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """A spectrum in third-octave bands.

    Attributes:
        centre_per_m: float64[bands].
        psd_m3: float64[2, bands], the mean over each band, left and right.
        averages: float64[bands], how many independent values each mean holds.
    """

    centre_per_m: FloatArray
    psd_m3: FloatArray
    averages: FloatArray


@dataclass(frozen=True, slots=True)
class Fit:
    """The power law of one track.

    Attributes:
        g0_m3: the PSD at 0.1 cycle/m; ``g0_low_m3`` and ``g0_high_m3`` are its limits of 95 %.
        waviness: w; ``waviness_error`` either way, 95 %.
        iso_class: the class whose geometric mean is nearest to G0 (limits: half and twice).
        lowest_per_m, highest_per_m: the band that was used, cycles per metre.
        windows, window_m: the PSD's.
        off_db: RMS distance of the bands from the line.
    """

    g0_m3: float
    g0_low_m3: float
    g0_high_m3: float
    waviness: float
    waviness_error: float
    iso_class: str
    lowest_per_m: float
    highest_per_m: float
    windows: int
    window_m: float
    off_db: float


def band_edges(spectrum: Spectrum) -> FloatArray:
    """The edges of the bands that a spectrum can tell, float64[bands + 1], ascending; at least two lines fit in all."""
    edges = LOWEST_EDGE_PER_M * 2.0 ** (np.arange(THIRDS + 1) / 3.0)
    return np.asarray(edges[edges >= LEAST_LINES * spectrum.line_per_m])


def mean_between(spectrum: Spectrum, density: FloatArray, edges: FloatArray) -> FloatArray:
    """Means of a density (last axis: lines) between neighbouring edges; lines count with the part that lies inside."""
    lines = np.arange(density.shape[-1] + 1) - 0.5
    summed = np.concatenate((np.zeros((*density.shape[:-1], 1)), np.cumsum(density, axis=-1)), axis=-1)
    at = np.asarray(edges) / spectrum.line_per_m
    flat = summed.reshape(-1, summed.shape[-1])
    found = np.stack([np.interp(at, lines, row) for row in flat]).reshape((*density.shape[:-1], len(at)))
    return np.asarray(np.diff(found, axis=-1) / np.diff(at))


def bands_of(spectrum: Spectrum) -> Bands:
    """A spectrum smoothed in third-octave bands (ISO 8608:2016, smoothed presentation)."""
    edges = band_edges(spectrum)
    centre = np.sqrt(edges[1:] * edges[:-1])
    return Bands(centre, mean_between(spectrum, spectrum.psd_m3, edges), spectrum.averages(np.diff(edges)))


def iso_class(g0_m3: float) -> str:
    """The class of ISO 8608:2016 whose geometric mean is nearest; what is smoother than A is A, rougher than H is H.

    Raises:
        ValueError: G0 is not more than 0.
    """
    if not g0_m3 > 0.0:
        raise ValueError(f"g0_m3 is {g0_m3}, wanted more than 0")
    return min(ISO_G0_M3, key=lambda letter: abs(math.log(ISO_G0_M3[letter] / g0_m3)))


def fit(spectrum: Spectrum, track: int) -> Fit | None:
    """The power law of the left (0) or right (1) track; None where n0 is in no band, or too few bands hold anything."""
    from scipy.special import digamma, polygamma  # here: every command of `rig` would wait for it

    bands = bands_of(spectrum)
    used = bands.psd_m3[track] > 0.0
    centre, half = bands.centre_per_m[used], bands.averages[used]
    if used.sum() < FEWEST_BANDS or not centre[0] <= REFERENCE_PER_M <= centre[-1]:
        return None
    level = np.log(bands.psd_m3[track][used]) - (digamma(half) - np.log(half))  # the mean of a log is not the log of it
    design = np.stack([np.ones(len(centre)), -np.log(centre / REFERENCE_PER_M)], axis=1)
    solve = np.linalg.pinv(design)
    found = solve @ level
    off = level - design @ found
    spread = np.maximum(polygamma(1, half), float(off @ off) / (len(centre) - 2))
    error = _LIKELY * np.sqrt(np.diag(solve @ np.diag(spread) @ solve.T))
    edge = 2.0 ** (1.0 / 6.0)
    return Fit(
        g0_m3=math.exp(found[0]),
        g0_low_m3=math.exp(found[0] - error[0]),
        g0_high_m3=math.exp(found[0] + error[0]),
        waviness=float(found[1]),
        waviness_error=float(error[1]),
        iso_class=iso_class(math.exp(found[0])),
        lowest_per_m=float(centre[0]) / edge,
        highest_per_m=float(centre[-1]) * edge,
        windows=spectrum.windows,
        window_m=spectrum.stations * spectrum.step_m,
        off_db=float(np.sqrt(np.mean(off**2))) * 10.0 / math.log(10.0),
    )
