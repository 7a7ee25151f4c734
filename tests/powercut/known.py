"""What the traced run records: every value is a function of its number, so that any part of it can be checked."""

from typing import Any

import numpy as np

from rig.record.columns import Columns
from rig.record.manifest import Anchor, Input, Manifest, Quantity
from rig.record.ring import Rows

RATE_HZ = 800
SEGMENT_S = 3
"""Instead of a minute: several segments in a run that is short enough to be read a thousand times."""
BEFORE_S, AFTER_S = 1, 0
"""What stays of a segment that is thinned, around each event that has a sample; instead of 10 and 5 seconds."""
STEP_S = 0.05
"""How often the recorder looks at its ring; its own process does so every 20 ms."""
STEPS = 210
STEP_ROWS = round(STEP_S * RATE_HZ)
ROWS = STEPS * STEP_ROWS

_AXES = tuple(Quantity(name, "m", 1e-5) for name in ("pan", "torque", "shaft"))
_CHANNELS = (*_AXES, *(Quantity(name, "N", 3.0) for name in ("force", "travel", "acceleration", "temperature")))

DESCRIBED = Manifest(
    name="power_cut",
    created_utc="2026-03-01T08:00:00Z",
    anchor=Anchor("2026-03-01T08:00:00Z", 0),
    versions={},
    seed=1,
    pace="real",
    recording="summary",
    timing_grade="B",
    target_km=1.0,
    rig="one_corner",
    sample_rate_hz=RATE_HZ,
    axes=_AXES,
    channels=_CHANNELS,
    # More than a block of the disk, so that a part of it may be there.
    inputs=(Input("terrain", "long.bin", "0" * 64, ""),) * 100,
)
COLUMNS = Columns(DESCRIBED)


def make_rows() -> Rows:
    """All rows of the run, in order: no two are alike, and nothing in them is zero for long."""
    number = np.arange(ROWS)
    rows = np.zeros(ROWS, COLUMNS.dtype)
    rows["sample"], rows["mono_ns"] = number, number * 1_250_000
    rows["distance_m"], rows["speed_mps"] = number * 0.02, 15.0 + number % 7
    rows["span"], rows["segment"], rows["state"] = 1.0, number // 1000, 3
    for field, factor in (("setpoint", 7), ("command", 11), ("feedback", 13)):
        width = rows[field].shape[1]
        rows[field] = (number[:, None] * factor + np.arange(width) * 1009) % 65_521 - 32_760
    return rows


def event_text(number: int) -> str:
    """The words of an event; every other one is longer than a block of the disk."""
    return f"event {number} " + "that is told at length " * (250 if number % 2 else 1)


def reading(number: int) -> dict[str, Any]:
    """A line of the slow instruments' readings."""
    return {"sample": number * 400, "distance_km": number * 0.008, "damper_temperature_degc": 20.0 + number}


def checkpoint(number: int) -> dict[str, Any]:
    """The state of a checkpoint, longer than a block of the disk, with its number in many places."""
    return {"sample": number * RATE_HZ + 300, "number": number, "life": {"residue": [number] * 3000}}
