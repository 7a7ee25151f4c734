"""How the parts changed over the distance: each property that was judged block by block, with its limits."""

import numpy as np

from rig.life.trend import TrendPoint, TrendSeries
from rig.report.panels import Panel, plain
from rig.report.words import in_words, number, spoken
from rig.runs import FloatArray, Run

_FEATURES = {"mount": "stiffness"}
"""What a feature is called beside the name of its part."""


def trend_panels(run: Run) -> list[Panel]:
    """One panel for each property; they share the distance (or time) of the other panels over the run."""
    trends = run.verdict.trends if run.verdict else []
    return [_panel(each, run.manifest.sample_rate_hz) for each in trends]


def _panel(trend: TrendSeries, rate_hz: int) -> Panel:
    factor, unit = (1.0, "times") if trend.failure > trend.baseline else (100.0, "%")
    points, of = trend.points, "% of the baseline" if unit == "%" else "times the baseline"
    series = [_line("mean of the blocks", unit, _of(points, "mean") * factor, "feedback")]
    if any(point.blocks > 1 for point in points):
        series += [_line(f"{name} block", unit, _of(points, name) * factor, "second") for name in ("lowest", "highest")]
    series += [
        _line("warning", unit, np.full(len(points), trend.warning * factor), "warn"),
        _line("failure", unit, np.full(len(points), trend.failure * factor), "bad"),
    ]
    what = _FEATURES.get(trend.feature, in_words(trend.feature).lower())
    panel: Panel = {"title": f"{spoken(trend.component).capitalize()}: {what}", "y": of}
    if trend.cusum_interval is not None:
        sums = np.array([np.nan if point.cusum is None else point.cusum for point in points]) * 100.0
        series.append({**_line("sum of small changes", "%", sums, "third"), "scale": "right"})
        panel["right"] = "sum of small changes, %"
        most = np.nanmax([*sums, 100.0 * trend.cusum_interval])
        panel["right_ends"] = [0.0, 1.1 * float(most)]  # from nothing to beyond what warns, so that zero looks like it
    return {**panel, "note": _note(trend, factor, unit), "series": series, "x": _x(points, rate_hz)}


def _note(trend: TrendSeries, factor: float, unit: str) -> str:
    blocks = sum(point.blocks for point in trend.points)
    limits = (
        f"{blocks:,} blocks were judged; a block's limits: warning {number(trend.warning * factor)} {unit}, failure "
        f"{number(trend.failure * factor)} {unit}"
    )
    if trend.cusum_interval is None:
        return limits
    return f"{limits}; the sum of small changes warns at {number(100.0 * trend.cusum_interval)} %"


def _of(points: tuple[TrendPoint, ...], name: str) -> FloatArray:
    return np.array([getattr(point, name) for point in points], np.float64)


def _line(label: str, unit: str, values: FloatArray, role: str) -> Panel:
    return {"label": label, "unit": unit, "values": plain(values), "role": role, "scale": "y"}


def _x(points: tuple[TrendPoint, ...], rate_hz: int) -> Panel:
    return {
        "time_s": plain(_of(points, "last_sample") / rate_hz, 9),
        "distance_km": plain(_of(points, "last_km"), 9),
    }
