"""How alike both tracks are, by wavelength."""

from dataclasses import dataclass

import numpy as np

from profiles.road_analysis.fit import LEAST_LINES, band_edges, mean_between
from profiles.road_analysis.spectra import Spectrum
from profiles.signal import FloatArray

WAVELENGTHS_M = (10.0, 5.0, 2.0, 1.0)
FEWEST = 4.0
"""Independent values below which a coherence says nothing: one value alone is always 1."""


@dataclass(frozen=True, slots=True)
class Coherence:
    """The coherence of both tracks in the third-octave band around a wavelength.

    Attributes:
        wavelength_m: the band's middle.
        gamma_squared: 0 for independent tracks, 1 for equal ones. As estimated: 1 / averages too high where it is 0.
        averages: independent values in it.
        least: what independent tracks stay below 19 times of 20 with so few values: 1 - 0.05^(1 / (averages - 1)).
    """

    wavelength_m: float
    gamma_squared: float
    averages: float
    least: float


def coherence_at(spectrum: Spectrum, wavelength_m: float) -> Coherence | None:
    """The coherence around a wavelength; None where the windows are too short or too few, or a track is level."""
    centre, edge = 1.0 / wavelength_m, 2.0 ** (1.0 / 6.0)
    return _between(spectrum, np.array([centre / edge, centre * edge]))


def coherence_bands(spectrum: Spectrum) -> list[Coherence]:
    """The coherence in all third-octave bands that have one, the longest waves first."""
    edges = band_edges(spectrum)
    found = [_between(spectrum, edges[k : k + 2]) for k in range(len(edges) - 1)]
    return [one for one in found if one is not None]


def _between(spectrum: Spectrum, edges: FloatArray) -> Coherence | None:
    averages = float(spectrum.averages(np.diff(edges))[0])
    if not spectrum.windows or edges[0] < LEAST_LINES * spectrum.line_per_m or averages < FEWEST:
        return None
    left, right = mean_between(spectrum, spectrum.psd_m3, edges)[:, 0]
    cross = spectrum.cross_m3
    real, imaginary = mean_between(spectrum, np.stack([cross.real, cross.imag]), edges)[:, 0]
    if not (left > 0.0 and right > 0.0):
        return None
    squared = float((real**2 + imaginary**2) / (left * right))
    return Coherence(1.0 / float(np.sqrt(edges.prod())), squared, averages, 1.0 - 0.05 ** (1.0 / (averages - 1.0)))
