"""What is plotted: each panel as plain data, drawn by `static/report.js`."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rig.record.manifest import Quantity
from rig.report.overview import Overview
from rig.report.words import in_words, number, spoken
from rig.runs import FloatArray, Run

Panel = dict[str, Any]

_SHOWN = {"m": ("mm", 1e3), "N": ("kN", 1e-3)}
"""Units in which people read a plot, and the factor to them."""
_SUFFIXES = {"a": ("A", 1.0), "v": ("V", 1.0), "degc": ("°C", 1.0), "strain": ("µm/m", 1e6), "n": ("N", 1.0)}
_CLOSE_UP_S = 4.0


def shown_unit(unit: str) -> tuple[str, float]:
    """The unit to show for an SI unit, and the factor to it."""
    return _SHOWN.get(unit, (unit, 1.0))


def plain(values: FloatArray, digits: int = 6) -> list[float | None]:
    """Numbers for JSON: rounded to significant digits, NaN as None."""
    return [None if value != value else float(f"{value:.{digits}g}") for value in values.tolist()]


def run_panels(run: Run, seen: Overview) -> list[Panel]:
    """The panels over the whole run; they share the overview's points, except for the slow instruments'."""
    panels = [_speed(seen), *(_axis(axis, seen) for axis in run.manifest.axes)]
    commanded = {axis.name for axis in run.manifest.axes}
    for channel in run.manifest.channels:
        # Temperatures stand with those of the slow instruments.
        if channel.name not in commanded and channel.unit != "°C":
            panels.append(_channel(channel, seen))
    return panels + _slow(run, seen)


def _series(label: str, unit: str, values: FloatArray, role: str, scale: str = "y") -> dict[str, Any]:
    return {"label": label, "unit": unit, "values": plain(values), "role": role, "scale": scale}


def _speed(seen: Overview) -> Panel:
    speed = _series("speed", "km/h", seen.series["speed_mps"] * 3.6, "feedback")
    odometer = _series("distance", "km", seen.distance_km, "second", "right")
    return {"title": "Speed and distance", "series": [speed, odometer], "y": "speed, km/h", "right": "distance, km"}


def _axis(axis: Quantity, seen: Overview) -> Panel:
    unit, factor = shown_unit(axis.unit)
    following = seen.following[axis.name]
    note = "the span was never full"
    if following.samples:
        share = following.error_rms / following.setpoint_rms if following.setpoint_rms else float("nan")
        of = f"{share:.1%} of the set point's {number(following.setpoint_rms * factor)} {unit}"
        rms, worst = number(following.error_rms * factor), number(following.worst * factor)
        note = f"following error at full span: {rms} {unit} RMS ({of}), largest {worst} {unit}"
    series = [
        _series("set point", unit, seen.series[f"setpoint.{axis.name}"] * factor, "setpoint"),
        _series("feedback", unit, seen.series[f"feedback.{axis.name}"] * factor, "feedback"),
    ]
    return {"title": in_words(axis.name), "note": note, "series": series, "y": unit}


def _channel(channel: Quantity, seen: Overview) -> Panel:
    unit, factor = shown_unit(channel.unit)
    values = seen.series[f"feedback.{channel.name}"] * factor
    series = [_series(in_words(channel.name).lower(), unit, values, "feedback")]
    return {"title": in_words(channel.name), "note": channel.description, "series": series, "y": unit}


def _slow(run: Run, seen: Overview) -> list[Panel]:
    """Temperatures with the fan's voltage, and one panel for each other unit that the slow instruments read."""
    names = sorted({name for reading in run.slow for name in reading} - {"sample", "distance_km", "mono_ns", "time_s"})
    columns = {name: np.array([_number(reading.get(name)) for reading in run.slow]) for name in names}
    columns = {name: values for name, values in columns.items() if np.isfinite(values).any()}
    warm = [name for name in columns if name.endswith("_degc")]
    volts = [name for name in columns if name.endswith("_v")]
    panels = []
    if warm or volts:
        panels.append(_temperatures(run, columns, warm, volts))
    else:
        panels += _fast_temperatures(run, seen)
    for name in columns:
        if name not in warm and name not in volts:
            panels.append(_reading(run, name, columns[name]))
    return panels


def _reading(run: Run, name: str, values: FloatArray) -> Panel:
    stem, _, suffix = name.rpartition("_")
    unit, factor = _SUFFIXES.get(suffix, ("", 1.0))
    title = spoken(name if suffix == "strain" or not unit else stem).capitalize()
    series = [_series(title.lower(), unit, values * factor, "feedback")]
    return {"title": title, "series": series, "y": unit, **_slow_x(run)}


def _temperatures(run: Run, columns: Mapping[str, FloatArray], warm: list[str], volts: list[str]) -> Panel:
    roles = ("warm", "third", "fourth", "feedback", "second")
    series = [
        _series(in_words(name).lower(), "°C", columns[name], roles[k % len(roles)]) for k, name in enumerate(warm)
    ]
    series += [_series(in_words(name).lower(), "V", columns[name], "setpoint", "right") for name in volts]
    note = "as the slow instruments read them"
    panel = {"title": "Temperatures and fan", "note": note, "series": series, "y": "°C", "right": "V" if volts else ""}
    return panel | _slow_x(run)


def _fast_temperatures(run: Run, seen: Overview) -> list[Panel]:
    return [_channel(channel, seen) for channel in run.manifest.channels if channel.unit == "°C"]


def _slow_x(run: Run) -> Panel:
    rate_hz = run.manifest.sample_rate_hz
    time_s = np.array([_number(reading.get("sample")) for reading in run.slow]) / rate_hz
    distance_km = np.array([_number(reading.get("distance_km")) for reading in run.slow])
    return {"x": {"time_s": plain(time_s, 9), "distance_km": plain(distance_km, 9)}}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")


def close_ups(run: Run, seen: Overview) -> list[Panel]:
    """Set point and feedback at full rate, around the largest following error of each axis."""
    panels = []
    half = int(_CLOSE_UP_S / 2 * run.manifest.sample_rate_hz)
    for axis in run.manifest.axes:
        at = seen.following[axis.name].worst_sample
        if at < 0:
            continue
        names = ["sample", f"setpoint.{axis.name}", f"feedback.{axis.name}"]
        window = run.samples(names, max(0, at - half), at + half)
        unit, factor = shown_unit(axis.unit)
        series = [
            _series("set point", unit, window[names[1]] * factor, "setpoint"),
            _series("feedback", unit, window[names[2]] * factor, "feedback"),
        ]
        title = f"{in_words(axis.name)}: around the largest following error"
        panel = {"title": title, "series": series, "y": unit, "marks": [at / run.manifest.sample_rate_hz]}
        panels.append(panel | own_time(window["sample"], run.manifest.sample_rate_hz))
    return panels


def own_time(sample: FloatArray, rate_hz: int) -> Panel:
    """The x of a panel with samples of its own, over time."""
    return {"own_x": plain(sample / rate_hz, 9), "x_label": "time, s"}


def stretches(run: Run, seen: Overview) -> list[dict[str, Any]]:
    """Where which surface was driven, for the shading behind the panels."""
    by_index = {segment.index: segment for segment in run.manifest.segments}
    found = []
    for stretch in seen.stretches:
        segment = by_index.get(stretch.segment)
        surface = segment.surface if segment else ""
        span = {"time_s": [stretch.start_s, stretch.end_s], "distance_km": [stretch.start_km, stretch.end_km]}
        found.append({"surface": surface, "label": segment.label if segment else "", **span})
    return found


def surfaces_of(run: Run) -> list[str]:
    """The surfaces of a run's segments, in the order in which they first come."""
    return list(dict.fromkeys(segment.surface for segment in run.manifest.segments))


def event_marks(run: Run, kinds: Iterable[str]) -> list[dict[str, Any]]:
    """Events of some kinds as marks over the run."""
    rate_hz = run.manifest.sample_rate_hz
    return [
        {
            "kind": event.kind,
            "text": event.text,
            "time_s": event.time_s if event.sample is None else event.sample / rate_hz,
            "distance_km": event.distance_km,
        }
        for event in run.events.events
        if event.kind in kinds
    ]
