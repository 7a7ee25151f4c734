"""The evidence of a failure: the window that the decision names, at full rate, beside the time before it."""

import math
from typing import Any

import numpy as np

from rig.record.manifest import Quantity
from rig.report.panels import Panel, own_time, plain, shown_unit
from rig.report.words import in_words
from rig.runs import FloatArray, Run

_BEFORE_S = 5.0
_AFTER_S = 2.0
_WARMING_S = 60.0


def failures(run: Run) -> list[dict[str, Any]]:
    """The findings of severity ``failure``."""
    findings = run.verdict.findings if run.verdict else []
    return [finding for finding in findings if finding.get("severity") == "failure"]


def evidence_panels(run: Run, finding: dict[str, Any]) -> list[Panel]:
    """The panels of one finding: its channels over time, and force against travel or torque against set point.

    Of a part that runs hot: the temperatures and the speed.

    Empty where the finding names no window, or the window's samples are not there.
    """
    window = _window(finding)
    if window is None:
        return []
    first, last = window
    rate_hz = run.manifest.sample_rate_hz
    if finding.get("feature") == "friction":
        return _warmth(run, first, last)
    start, end = max(0, int(first - _BEFORE_S * rate_hz)), int(last + _AFTER_S * rate_hz)
    y, x = _what_against_what(finding)
    names = [name for name in (y, x) if name in run.columns]
    if len(names) < 2:
        return []
    samples = run.samples(["sample", *names], start, end)
    if not len(samples["sample"]):
        return []
    at = [first / rate_hz, last / rate_hz]
    panels = [_over_time(run, samples, name, at) for name in names]
    panels.append(_cloud(run, samples, y, x, first, last))
    if x == "feedback.strut_travel_m":
        panels.append(_force_against_velocity(run, samples, y, first, last))
    return panels


def _window(finding: dict[str, Any]) -> tuple[int, int] | None:
    evidence = finding.get("evidence")
    if not isinstance(evidence, dict) or "first_sample" not in evidence or "last_sample" not in evidence:
        return None
    return int(evidence["first_sample"]), int(evidence["last_sample"])


def _what_against_what(finding: dict[str, Any]) -> tuple[str, str]:
    torque = "halfshaft_torque_nm"
    feature = str(finding.get("feature", ""))
    if "torque" in feature or "backlash" in feature or finding.get("component") == "half_shaft":
        return f"feedback.{torque}", f"setpoint.{torque}"
    return "feedback.strut_force_n", "feedback.strut_travel_m"


def _warmth(run: Run, first: int, last: int) -> list[Panel]:
    """What the slow instruments read of temperatures, and the speed that makes the heat."""
    rate_hz = run.manifest.sample_rate_hz
    start, end = first - _WARMING_S * rate_hz, last + _WARMING_S * rate_hz
    rows = [row for row in run.slow if start <= row.get("sample", -1) <= end]
    names = sorted({name for row in rows for name in row if name.endswith("_degc")})
    if not names:
        return []
    roles = ("warm", "third", "fourth", "feedback", "second")
    series = []
    for k, name in enumerate(names):
        values = np.array([math.nan if row.get(name) is None else float(row[name]) for row in rows])
        label = in_words(name).lower()
        series.append({"label": label, "unit": "°C", "values": plain(values), "role": roles[k % 5], "scale": "y"})
    panel = {"title": "Temperatures", "note": "as the slow instruments read them", "series": series, "y": "°C"}
    at = [first / rate_hz, last / rate_hz]
    panels = [panel | {"window": at} | own_time(np.array([row["sample"] for row in rows], np.float64), rate_hz)]
    column = "feedback.shaft_speed_radps"
    if column in run.columns:
        samples = run.samples(["sample", column], max(0, int(start)), int(end))
        panels += [_over_time(run, samples, column, at)] if len(samples["sample"]) else []
    return panels


def _quantity(run: Run, column: str) -> Quantity:
    field, name = column.split(".", 1)
    members = run.manifest.channels if field == "feedback" else run.manifest.axes
    return next(quantity for quantity in members if quantity.name == name)


def _label(run: Run, column: str) -> tuple[str, str, float]:
    unit, factor = shown_unit(_quantity(run, column).unit)
    kind = " set point" if column.startswith("setpoint.") else ""
    return in_words(column.split(".", 1)[1]) + kind, unit, factor


def _over_time(run: Run, samples: dict[str, FloatArray], column: str, at: list[float]) -> Panel:
    label, unit, factor = _label(run, column)
    role = "setpoint" if column.startswith("setpoint.") else "feedback"
    series = [
        {"label": label.lower(), "unit": unit, "values": plain(samples[column] * factor), "role": role, "scale": "y"}
    ]
    panel = {"title": label, "series": series, "y": unit, "window": at}
    return panel | own_time(samples["sample"], run.manifest.sample_rate_hz)


def _cloud(run: Run, samples: dict[str, FloatArray], y: str, x: str, first: int, last: int) -> Panel:
    y_label, y_unit, y_factor = _label(run, y)
    x_label, x_unit, x_factor = _label(run, x)
    title = f"{y_label} against {x_label[0].lower()}{x_label[1:]}"
    labels = (f"{x_label.lower()}, {x_unit}", y_unit)
    return _scatter(title, labels, samples["sample"], samples[x] * x_factor, samples[y] * y_factor, (first, last))


def _force_against_velocity(run: Run, samples: dict[str, FloatArray], y: str, first: int, last: int) -> Panel:
    label, unit, factor = _label(run, y)
    velocity = np.gradient(samples["feedback.strut_travel_m"], 1 / run.manifest.sample_rate_hz)
    labels = ("strut velocity, m/s (central differences of the travel)", unit)
    return _scatter(
        f"{label} against strut velocity", labels, samples["sample"], velocity, samples[y] * factor, (first, last)
    )


def _scatter(
    title: str, labels: tuple[str, str], sample: FloatArray, x: FloatArray, y: FloatArray, window: tuple[int, int]
) -> Panel:
    kept = np.isfinite(x) & np.isfinite(y)
    sample, x, y = sample[kept], x[kept], y[kept]
    order = np.argsort(x, kind="stable")
    before = np.where(sample < window[0], y, np.nan)[order]
    inside = np.where((sample >= window[0]) & (sample <= window[1]), y, np.nan)[order]
    series = [_points("before", before, "setpoint", labels[1]), _points("evidence window", inside, "bad", labels[1])]
    return {"title": title, "series": series, "y": labels[1], "own_x": plain(x[order]), "x_label": labels[0]}


def _points(label: str, values: FloatArray, role: str, unit: str) -> Panel:
    return {"label": label, "values": plain(values), "role": role, "unit": unit, "scale": "y", "points": True}
