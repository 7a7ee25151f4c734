"""What is plotted of a road: heights and IRI over the distance, spectra, coherence over the wavelength."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.road.roughness import HIGHEST_PER_M, ISO_G0_M3, REFERENCE_PER_M
from profiles.road_analysis.figures import SIDES, BandFigures, Curves, GroundFigures, RoadFigures
from profiles.road_analysis.survey import IRI_BIN_M
from rig.report.panels import Panel, plain

FloatArray = NDArray[np.float64]

ROLES = ("feedback", "warm")
MOST_STEPS = 1500
PER_OCTAVE = 24
"""Points of a spectrum in each octave at most; lines that fall together are averaged."""


def distance_panels(found: RoadFigures, curves: Curves) -> list[Panel]:
    """Heights, elevation and IRI; each has its own places."""
    km, bins = found.length_m / 1000.0, curves.lowest_m.shape[1]
    start = np.arange(bins) * curves.bin_m / 1000.0
    middle = np.minimum(start + 0.5 * curves.bin_m / 1000.0, km)
    heights = [
        _series(side, "m", np.append(np.stack([curves.lowest_m[k], curves.highest_m[k]], axis=1).ravel(),
                                     curves.highest_m[k][-1]), ROLES[k])
        for k, side in enumerate(SIDES)
    ]  # fmt: skip
    every = f"lowest and highest of every {curves.bin_m:.2f} m" if curves.bin_m > found.step_m else "every station"
    elevation = _series("elevation", "m", np.concatenate(([0.0], curves.elevation_m)), "second")
    at = np.minimum(np.arange(bins + 1) * curves.bin_m / 1000.0, km)
    panels: list[Panel] = [
        {
            "title": "Height of both tracks", "series": heights, "y": "m", "note": f"{every}; grade is not in it",
            "x": _over(np.append(np.stack([start, middle], axis=1).ravel(), km)),
        },
        {"title": "Elevation", "series": [elevation], "y": "m", "note": "the grade, summed up", "x": _over(at)},
    ]  # fmt: skip
    return [*panels, *_iri(found, km)]


def _iri(found: RoadFigures, km: float) -> list[Panel]:
    """Steps of 100 m, or of several hundred on a very long road; nothing where no value is known."""
    values = np.array(found.iri_100m, dtype=np.float64)
    if not np.isfinite(values).any():
        return []
    many = -(-values.shape[1] // MOST_STEPS)
    whole = np.pad(values, ((0, 0), (0, -values.shape[1] % many)), constant_values=np.nan)
    parts = np.ma.masked_invalid(whole.reshape(2, -1, many)).mean(axis=2).filled(np.nan)
    edges = np.minimum(np.arange(parts.shape[1] + 1) * many * IRI_BIN_M / 1000.0, km)
    panel = {
        "title": "IRI", "y": "m/km", "note": f"the mean of every {many * IRI_BIN_M:.0f} m",
        "series": [_series(side, "m/km", np.repeat(parts[k], 2), ROLES[k]) for k, side in enumerate(SIDES)],
        "x": _over(np.repeat(edges, 2)[1:-1]),
    }  # fmt: skip
    return [panel]


def _over(km: FloatArray) -> dict[str, list[float | None]]:
    return {"distance_km": plain(km, 9)}


def _series(label: str, unit: str, values: FloatArray, role: str) -> dict[str, Any]:
    return {"label": label, "unit": unit, "values": plain(values, 5), "role": role, "scale": "y"}


def coherence_of(label: str, curves: Curves) -> dict[str, Any] | None:
    """The coherence in all bands over their wavelength, for `static/road.js`; None where the road is too short."""
    found = sorted(curves.coherence.get(label, []), key=lambda one: one.wavelength_m)
    if len(found) < 2:
        return None
    x = np.array([one.wavelength_m for one in found])
    least = _on(x, x, np.array([one.least for one in found]), "independent tracks stay below", "share", "setpoint")
    squared = _on(x, x, np.array([one.gamma_squared for one in found]), "coherence", "share", "feedback")
    return {"x": plain(x, 6), "x_label": "wavelength, m", "y": "coherence", "series": [least, squared]}


def spectrum_of(ground: GroundFigures, curves: Curves) -> dict[str, Any]:
    """The data of `static/road.js` for one ground: curves over one axis, None where one has no point."""
    per_m, psd = _thinned(*curves.lines[ground.label])
    bands = ground.bands or BandFigures((), (), ())
    fits = [ground.tracks[side].fit for side in SIDES]
    ends = [end for one in fits if one is not None for end in (one.lowest_per_m, one.highest_per_m)]
    x = np.unique(np.concatenate((per_m, bands.per_m, ends, [REFERENCE_PER_M] if ends else [])))
    series = []
    for k, (side, fit) in enumerate(zip(SIDES, fits, strict=True)):
        in_bands = np.array((bands.left_m3, bands.right_m3)[k])
        series.append(_on(x, per_m, psd[k], f"{side}", "lines", ROLES[k]))
        series.append(_on(x, np.array(bands.per_m), in_bands, f"{side}, bands", "dots", ROLES[k]))
        if fit is not None:
            inside = (x >= fit.lowest_per_m) & (x <= fit.highest_per_m)
            law = fit.g0_m3 * (x[inside] / REFERENCE_PER_M) ** -fit.waviness
            called = f"{side}: class {fit.iso_class}, w {fit.waviness:.2f}"
            series.append(_on(x, x[inside], law, called, "law", ROLES[k]))
    return {
        "x": plain(x, 9), "x_label": "cycle/m", "y": "PSD, m³", "series": series, "classes": ISO_G0_M3,
        "n0": REFERENCE_PER_M,
    }  # fmt: skip


def _on(x: FloatArray, own_x: FloatArray, values: FloatArray, label: str, drawn: str, role: str) -> dict[str, Any]:
    """A curve laid on the common axis; only what is above 0 has a place on a logarithmic one."""
    whole = np.full(len(x), np.nan)
    whole[np.searchsorted(x, own_x)] = np.where(values > 0.0, values, np.nan)
    return {"label": label, "values": plain(whole, 5), "drawn": drawn, "role": role}


def _thinned(per_m: FloatArray, psd_m3: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means of the lines that lie within a 24th of an octave of each other, from the second line to 2.83 cycle/m."""
    kept = (np.arange(len(per_m)) >= 2) & (per_m <= HIGHEST_PER_M)
    n, psd = per_m[kept], psd_m3[:, kept]
    first = np.unique(np.floor(np.log2(n) * PER_OCTAVE), return_index=True)[1]
    count = np.diff(np.append(first, len(n)))
    return np.add.reduceat(n, first) / count, np.add.reduceat(psd, first, axis=1) / count
