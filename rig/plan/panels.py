"""What is plotted of a plan: over the distance, spectra of road and drive, crossings and ranges."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from profiles.road.roughness import HIGHEST_PER_M, ISO_G0_M3, LOWEST_PER_M, REFERENCE_PER_M
from rig.plan import Plan
from rig.plan.histograms import Spectrum
from rig.plan.tally import LOAD
from rig.report.panels import Panel, plain, shown_unit
from rig.report.words import in_words

FloatArray = NDArray[np.float64]

MOST_POINTS = 4000
ROLES = ("feedback", "warm", "second", "third", "fourth")
"""The colours of plans side by side, the first one's first."""


def over_distance(plan: Plan) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Kilometres and values over them, thinned to `MOST_POINTS`: peaks stay peaks, all else is averaged."""
    legs = [leg.plan for leg in plan.legs]
    bins = [leg.tally.bins for leg in legs]
    used = [len(leg.survey.height_m) for leg in legs]
    widths = [np.full(n, one.width_m) for one, n in zip(bins, used, strict=True)]
    width_m = np.concatenate(widths)
    km = (np.cumsum(width_m) - width_m) / 1000.0

    def of(name: str) -> FloatArray:
        return np.concatenate([getattr(one, name)[:n] for one, n in zip(bins, used, strict=True)])

    height_m = _heights([leg.survey.height_m for leg in legs])
    grade_pct = np.diff(np.concatenate((np.zeros(1), height_m))) / width_m * 100.0
    means = {
        "height_m": height_m,
        "grade_pct": grade_pct,
        "speed_kmh": width_m / np.maximum(of("duration_s"), 1e-3) * 3.6,
        "damper_degc": of("temperature_degc"),
    }
    peaks = {"strut_kn": of("strut_peak_n") / 1000.0, "pan_mm": of("travel_peak") * 1000.0}
    count = -(-len(km) // MOST_POINTS)
    thin = {name: _thinned(values, count, np.mean) for name, values in means.items()}
    thin |= {name: _thinned(values, count, np.max) for name, values in peaks.items()}
    return km[::count], thin


def _heights(legs: Sequence[FloatArray]) -> FloatArray:
    """Each leg starts at the height at which the one before it ended."""
    start, found = 0.0, []
    for height_m in legs:
        found.append(height_m + start)
        start = float(found[-1][-1])
    return np.concatenate(found)


def _thinned(values: FloatArray, count: int, by: Any) -> FloatArray:
    whole = np.concatenate((values, np.full(-len(values) % count, values[-1])))
    return np.asarray(by(whole.reshape(-1, count), axis=1))


def distance_panels(plans: Sequence[Plan]) -> tuple[FloatArray, list[Panel]]:
    """The panels of the first plan over its distance; the speeds of the others too, where they are as long."""
    km, first = over_distance(plans[0])
    width_m = plans[0].distance_m / len(km)
    height = [
        _series("height", "m", first["height_m"], "second"),
        _series("grade", "%", first["grade_pct"], "setpoint"),
    ]
    height[1]["scale"] = "right"
    speeds = [_series(_called(plans[0], plans), "km/h", first["speed_kmh"], ROLES[0])]
    for plan, role in zip(plans[1:], ROLES[1:], strict=False):
        own_km, values = over_distance(plan)
        if len(own_km) == len(km) and abs(own_km[-1] - km[-1]) < 0.1:
            speeds.append(_series(_called(plan, plans), "km/h", values["speed_kmh"], role))
    panels: list[Panel] = [
        {"title": "Height and grade", "series": height, "y": "height, m", "right": "grade, %"},
        {"title": "Speed", "note": f"the mean of every {width_m:.0f} m", "series": speeds, "y": "km/h"},
        {
            "title": "Strut force", "note": f"the peak above static in every {width_m:.0f} m", "y": "kN",
            "series": [_series("strut force", "kN", first["strut_kn"], "bars")],
        },
        {
            "title": "Damper", "series": [_series("damper", "°C", first["damper_degc"], "warm")], "y": "°C",
            "note": f"the oil of one damper, at the end of every {width_m:.0f} m",
        },
    ]  # fmt: skip
    return km, panels


def _called(plan: Plan, plans: Sequence[Plan]) -> str:
    """What tells a plan from the others."""
    if len(plans) == 1:
        return "speed"
    words = [plan.name, plan.vehicle.name, plan.style.name, plan.rig.name]
    alike = [len({(p.name, p.vehicle.name, p.style.name, p.rig.name)[k] for p in plans}) == 1 for k in range(4)]
    return ", ".join(word for word, same in zip(words, alike, strict=True) if not same) or plan.name


def _series(label: str, unit: str, values: FloatArray, role: str) -> dict[str, Any]:
    return {"label": label, "unit": unit, "values": plain(values, 5), "role": role, "scale": "y"}


def _positive(values: FloatArray) -> FloatArray:
    """A logarithmic axis has no place for 0."""
    return np.where(values > 0.0, values, np.nan)


def road_panels(plan: Plan) -> list[Panel]:
    """The road's displacement spectrum on each ground, with the geometric means of the classes that it lies among."""
    spectra: dict[str, Spectrum] = {}
    for leg in plan.legs:
        for label, spectrum in leg.plan.survey.spectra.items():
            spectra.setdefault(label, Spectrum(spectrum.rate_hz)).add(spectrum)
    return [road_panel(label, spectrum) for label, spectrum in spectra.items() if spectrum.windows]


def road_panel(label: str, spectrum: Spectrum) -> Panel:
    """One ground's spectrum, and the classes nearest to it at 0.1 cycles/m."""
    per_m = spectrum.frequencies_hz
    inside = (per_m >= LOWEST_PER_M) & (per_m <= HIGHEST_PER_M)
    n, density = per_m[inside], spectrum.density[inside]
    at_n0 = float(np.interp(REFERENCE_PER_M, n, density))
    nearest = sorted(ISO_G0_M3, key=lambda letter: abs(np.log(ISO_G0_M3[letter] / max(at_n0, 1e-12))))[:3]
    lines = [
        _series(f"class {letter}", "m³", ISO_G0_M3[letter] * (n / REFERENCE_PER_M) ** -2.0, "setpoint")
        for letter in sorted(nearest)
    ]
    return {
        "title": label, "series": [*lines, _series("left track", "m³", _positive(density), "feedback")], "y": "m³",
        "own_x": plain(n), "x_label": "cycles/m", "log": True, "logy": True,
        "note": f"{spectrum.windows} windows of 102 m; obstacles are in it",
    }  # fmt: skip


def drive_panels(plans: Sequence[Plan]) -> list[Panel]:
    """Of each axis the set point's spectrum, level crossings and range pairs; of the strut force the range pairs."""
    panels = []
    for axis in plans[0].rig.axes:
        panels += [_spectrum(plans, axis.name, axis.unit), _crossings(plans, axis.name, axis.unit)]
        panels.append(_ranges(plans, axis.name, in_words(axis.name), axis.unit))
    return [*panels, _ranges(plans, LOAD, "Strut force", "N")]


def _with(plans: Sequence[Plan], name: str) -> list[tuple[Plan, str]]:
    """The plans that have an axis, with their colours."""
    found = [plan for plan in plans if name in plan.legs[0].plan.tally.ranges]
    return list(zip(found, ROLES, strict=False))


def _spectrum(plans: Sequence[Plan], name: str, unit: str) -> Panel:
    named, factor = shown_unit(unit)
    series, frequencies = [], np.zeros(0)
    for plan, role in _with(plans, name):
        parts = [leg.plan.tally.spectra[name] for leg in plan.legs]
        whole = Spectrum(parts[0].rate_hz)
        for part in parts:
            whole.add(part)
        frequencies = whole.frequencies_hz
        inside = (frequencies > 0.0) & (frequencies <= 1.6 * plan.rig.band_high_hz)
        values = _positive(whole.density[inside] * factor**2)
        series.append(_series(_title(plan, plans), f"{named}²/Hz", values, role))
        frequencies = frequencies[inside]
    return {
        "title": f"{in_words(name)}: set point's spectrum", "series": series, "y": f"{named}²/Hz",
        "own_x": plain(frequencies), "x_label": "Hz", "log": True, "logy": True,
    }  # fmt: skip


def _title(plan: Plan, plans: Sequence[Plan]) -> str:
    return "set point" if len(plans) == 1 else _called(plan, plans)


def _crossings(plans: Sequence[Plan], name: str, unit: str) -> Panel:
    named, factor = shown_unit(unit)
    series, levels = [], np.zeros(0)
    for plan, role in _with(plans, name):
        parts = [leg.plan.tally.crossings[name] for leg in plan.legs]
        counts = sum((part.counts for part in parts), np.zeros_like(parts[0].counts))
        levels = parts[0].levels * factor
        series.append(_series(_title(plan, plans), "crossings", _positive(counts.astype(np.float64)), role))
    return {
        "title": f"{in_words(name)}: level crossings", "series": series, "y": "upwards", "logy": True,
        "own_x": plain(levels), "x_label": f"level, {named}",
    }  # fmt: skip


def _ranges(plans: Sequence[Plan], name: str, words: str, unit: str) -> Panel:
    named, factor = shown_unit(unit)
    series, edges = [], np.zeros(0)
    for plan, role in _with(plans, name):
        parts = [leg.plan.tally.ranges[name] for leg in plan.legs]
        cycles = sum((part.exceeding for part in parts), np.zeros_like(parts[0].exceeding))
        edges = parts[0].edges[:-1] * factor
        series.append(_series(_title(plan, plans), "cycles", _positive(cycles), role))
    return {
        "title": f"{words}: range pairs", "series": series, "y": "cycles of at least", "logy": True,
        "own_x": plain(edges), "x_label": f"range, {named}",
    }  # fmt: skip
