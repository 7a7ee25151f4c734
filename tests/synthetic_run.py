"""Run directories made without a rig: the same writers, invented signals. For tests of those who read them."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rig import runs
from rig.record import checks, manifest
from rig.record.checks import CheckMove, CheckResult, Checks, Outcome, Override
from rig.record.columns import Columns
from rig.record.digest import SampleDigest
from rig.record.events import EventLog
from rig.record.journal import SampleWriter
from rig.record.ring import Rows

RATE_HZ = 500
AXES = (
    manifest.Quantity("pan_displacement_m", "m", 1e-5, 0.0, "wheel pan relative to the body"),
    manifest.Quantity("halfshaft_torque_nm", "N·m", 0.25, 0.0, "torque in the half-shaft"),
    manifest.Quantity("shaft_speed_radps", "rad/s", 0.005, 0.0, "speed of the half-shaft"),
)
CHANNELS = (
    *AXES,
    manifest.Quantity("strut_force_n", "N", 3.0, 0.0, "strut force"),
    manifest.Quantity("strut_travel_m", "m", 1e-5, 0.0, "strut travel"),
    manifest.Quantity("body_acceleration_mps2", "m/s²", 0.02, 0.0, "acceleration of the body mount"),
    manifest.Quantity("damper_temperature_degc", "°C", 0.01, 0.0, "oil temperature"),
)
SURFACES = ("sand_track", "dunes", "stony_plain", "wadi", "rock_garden", "paved")
TERRAIN = "kind: terrain\nname: dune_loop\n"
COMPONENTS = ("damper", "coil_spring", "half_shaft", "top_mount")


@dataclass
class Recipe:
    """What the invented run is like; `broken_at_s` is when the spring lets go, `long` makes every name long.

    `clipped` samples of the first axis are said to have been cut; `legs` is how many stages there are; `checks` came
    before it.
    """

    seconds: float = 20.0
    broken_at_s: float | None = None
    long: bool = False
    with_verdict: bool = True
    with_slow: bool = True
    closed: bool = True
    seed: int = 7
    name: str = "dune_loop"
    reason: str = "target distance reached"
    clipped: int = 0
    legs: int = 1
    checks: Checks | None = None
    recording: manifest.Recording = "full"
    extra_events: list[tuple[str, str]] = field(default_factory=list)


def make_run(folder: Path, recipe: Recipe | None = None) -> Path:
    """A run directory by the recipe; returns `folder`."""
    recipe = recipe or Recipe()
    folder.mkdir(parents=True, exist_ok=True)
    described = make_manifest(recipe)
    manifest.write(folder, described)
    rows = make_rows(recipe)
    writer = SampleWriter(folder, Columns(described), 60 * RATE_HZ)
    writer.append(rows)
    if recipe.closed:
        writer.close()
    else:
        writer.abandon()
    if recipe.checks:
        checks.write(folder, recipe.checks)
    if recipe.with_slow:
        _write_slow(folder, rows)
    head = _write_events(folder, recipe, rows)
    if recipe.with_verdict:
        runs.write_verdict(folder, make_verdict(recipe, rows, head))
    return folder


def make_checks(outcome: Outcome = "passed") -> Checks:
    """Checks before an invented run: a gain and a noise floor, the gain wrong where the outcome is not ``passed``."""
    good = outcome == "passed"
    gain = -0.98 if not good else 1.01
    words = "" if good else "pan_displacement_m gain: -0.98, allowed 0.8 to 1.2: it goes the <wrong> way"
    results = (
        CheckResult("supply", "identity", None, None, None, "", True, "Keysight <E36312A>", "<E36312A>"),
        CheckResult("servo controller", "FIFO", 250.0, 8.0, None, "samples", True),
        CheckResult("pan_displacement_m", "gain", gain, 0.8, 1.2, "", good, words=words),
    )
    setpoint = [0.008 * float(np.sin(k / 30)) for k in range(300)]
    feedback: list[float | None] = [None, *(gain * value for value in setpoint[1:])]
    move = CheckMove("pan_displacement_m", 600, setpoint, {"pan_displacement_m": feedback})
    override = Override("ines", "the <old> sensor is known") if outcome == "overridden" else None
    return Checks(outcome=outcome, sample_rate_hz=RATE_HZ, results=results, moves=(move,), override=override)


def make_manifest(recipe: Recipe) -> manifest.Manifest:
    """The manifest of an invented run."""
    edges = np.linspace(0, max(recipe.seconds, 1.0) * 15.0, len(SURFACES) + 1)
    tail = "_of_the_second_prototype_with_the_reinforced_upper_mount_and_a_very_long_name" if recipe.long else ""
    return manifest.Manifest(
        name=recipe.name + tail,
        created_utc="2026-03-01T08:00:00Z",
        anchor=manifest.Anchor("2026-03-01T08:00:00Z", 0),
        versions={"erg-rig": "0.1.0", "python": "3.11.2", "numpy": "2.4.6"},
        seed=recipe.seed,
        pace="stepped",
        recording=recipe.recording,
        timing_grade="C",
        timing_reason="pace stepped: time advances with the samples",
        checks=recipe.checks is not None,
        target_km=round(edges[-1] / 1000, 3),
        rig="one_corner",
        terrain=recipe.name + tail,
        vehicle="d7xr",
        style="stage_pace",
        over_envelope="clip" if recipe.clipped else "refuse",
        clipped_samples={AXES[0].name: recipe.clipped, AXES[1].name: 0},
        legs=tuple(manifest.LegInfo(f"stage {k}", "day 1", k, k + 1.0, 30.0, 600.0 * k) for k in range(recipe.legs)),
        sample_rate_hz=RATE_HZ,
        axes=AXES,
        channels=CHANNELS,
        segments=tuple(
            manifest.SegmentInfo(k, f"{surface}{tail}", surface, float(edges[k]), float(edges[k + 1]))
            for k, surface in enumerate(SURFACES)
        ),
        specimens=tuple(manifest.SpecimenInfo(c + tail, f"{c[0].upper()}-0001", "2026-03") for c in COMPONENTS),
        inputs=(manifest.Input("terrain", "dune_loop.yaml", hashlib.sha256(TERRAIN.encode()).hexdigest(), TERRAIN),),
    )


def make_rows(recipe: Recipe) -> Rows:
    """Rows of an invented drive: 15 m/s, a rough road, a strut, a spring that may break."""
    count = int(recipe.seconds * RATE_HZ)
    rng = np.random.default_rng(recipe.seed)
    time_s = np.arange(count) / RATE_HZ
    rows = np.zeros(count, dtype=Columns(make_manifest(recipe)).dtype)
    rows["sample"], rows["mono_ns"] = np.arange(count), np.sort(rng.integers(0, 1 << 40, count))
    rows["speed_mps"] = 15.0 + 2.0 * np.sin(0.05 * time_s)
    rows["distance_m"] = np.cumsum(rows["speed_mps"]) / RATE_HZ
    rows["span"], rows["state"] = np.clip(time_s, 0, 1), 3
    edges = [segment.start_m for segment in make_manifest(recipe).segments]
    rows["segment"] = np.searchsorted(edges, rows["distance_m"], side="right") - 1
    values = _signals(time_s, rng, recipe.broken_at_s)
    for k, quantity in enumerate(CHANNELS):
        rows["feedback"][:, k] = np.rint(values[:, k] / quantity.scale)
    rows["setpoint"] = np.rint(values[:, :3] * 1.02 / [axis.scale for axis in AXES])
    rows["command"] = rows["setpoint"]
    return rows


def _signals(time_s: np.ndarray, rng: np.random.Generator, broken_at_s: float | None) -> np.ndarray:
    frequencies = rng.uniform(0.5, 12.0, 20)
    phases = rng.uniform(0, 6.28, 20)
    pan = (0.12 / frequencies / 4 * np.sin(6.28 * np.outer(time_s, frequencies) + phases)).sum(axis=1)
    velocity = np.gradient(pan, 1 / RATE_HZ) if len(pan) > 1 else pan
    stiffness = np.where(time_s < (np.inf if broken_at_s is None else broken_at_s), 54e3, 0.0)
    force = stiffness * pan + 3000.0 * velocity + rng.normal(0, 40, len(pan))
    torque = 900.0 + 500.0 * np.sin(0.8 * time_s) + rng.normal(0, 20, len(pan))
    speed = (15.0 + 2.0 * np.sin(0.05 * time_s)) / 0.43
    acceleration = force / 700.0
    return np.stack([pan, torque, speed, force, pan, acceleration, 20.0 + 60 * (1 - np.exp(-time_s / 300))], axis=1)


def _write_slow(folder: Path, rows: Rows) -> None:
    lines = []
    for row in rows[::RATE_HZ]:
        km = float(row["distance_m"]) / 1000
        warm = float(row["feedback"][6]) * 0.01
        lines.append(
            f'{{"sample":{row["sample"]},"distance_km":{km},"damper_temperature_degc":{warm},'
            f'"cv_joint_temperature_degc":{warm - 5},"fan_voltage_v":{max(0.0, 0.5 * (warm - 22))},'
            f'"lower_arm_strain":{1e-4 * np.sin(km * 40)}}}\n'
        )
    (folder / runs.SLOW_NAME).write_text("".join(lines))


def _write_events(folder: Path, recipe: Recipe, rows: Rows) -> str:
    tail = ", which is told at some length because people do write long sentences into their events" * recipe.long
    with EventLog(folder) as log:
        log.append("run_started", "The run starts" + tail, time_s=0.0, sample=0, distance_km=0.0)
        for k in range(len(SURFACES)):
            at = int(np.argmax(rows["segment"] == k)) if len(rows) else 0
            km = float(rows["distance_m"][at]) / 1000 if len(rows) else 0.0
            log.append("segment_entered", f"{SURFACES[k]}{tail}", time_s=at / RATE_HZ, sample=at, distance_km=km)
        for kind, text in recipe.extra_events:
            log.append(kind, text, time_s=1.0, sample=500, distance_km=0.015)  # type: ignore[arg-type]
        if recipe.broken_at_s is not None:
            at = int(recipe.broken_at_s * RATE_HZ)
            km = float(rows["distance_m"][at]) / 1000
            log.append("component_failed", "coil_spring fracture", time_s=at / RATE_HZ, sample=at, distance_km=km)
        if recipe.with_verdict:
            log.append("run_ended", recipe.reason + tail, time_s=recipe.seconds)
        return log.head


def make_verdict(recipe: Recipe, rows: Rows, head: str) -> runs.VerdictFile:
    """The verdict of an invented run."""
    digest = SampleDigest()
    digest.update(rows)
    km = float(rows["distance_m"][-1]) / 1000 if len(rows) else 0.0
    described = make_manifest(recipe)
    broken = recipe.broken_at_s is not None
    outcome = "FAILED" if broken else "SURVIVED" if len(rows) else "SUSPENDED"
    names = [specimen.component for specimen in described.specimens]
    return runs.VerdictFile(
        outcome=outcome,
        exit_code=1 if broken else 0 if len(rows) else 4,
        reason=recipe.reason,
        distance_km=km,
        target_km=described.target_km,
        duration_s=recipe.seconds,
        samples=len(rows),
        samples_sha256=digest.hexdigest(),
        events_head=head,
        verdicts=[_verdict_of(name, k, recipe, km) for k, name in enumerate(names)],
        damage={name: 0.00021 * (k + 1) for k, name in enumerate(names)},
        damage_by_surface={name: {s: 1e-5 * (k + j) for j, s in enumerate(SURFACES)} for k, name in enumerate(names)},
        findings=[_finding(recipe, rows)] if broken else [],
        timing=make_timing(len(rows)),
    )


def _verdict_of(name: str, index: int, recipe: Recipe, km: float) -> dict[str, Any]:
    broken = recipe.broken_at_s is not None
    failed = broken and index == 1
    outcome = "FAILED" if failed else "SUSPENDED" if broken or not recipe.seconds else "SURVIVED"
    at = int((recipe.broken_at_s or 0) * RATE_HZ)
    return {
        "component": name,
        "serial": f"{name[0].upper()}-0001",
        "outcome": outcome,
        "distance_km": km,
        "mode": "fracture" if failed else None,
        "mechanism": "fatigue of the wire" if failed else None,
        "cycles": 1234.5,
        "first_detection_km": km if failed else None,
        "evidence": {"first_sample": at - 250, "last_sample": at + 250} if failed else None,
        "damage": 0.00021 * (index + 1),
        "reason": "coil_spring failed" if broken and not failed else recipe.reason,
    }


def _finding(recipe: Recipe, rows: Rows) -> dict[str, Any]:
    at = int((recipe.broken_at_s or 0) * RATE_HZ)
    return {
        "component": "coil_spring",
        "severity": "failure",
        "mode": "fracture",
        "distance_km": float(rows["distance_m"][at]) / 1000,
        "sample": at,
        "feature": "stiffness",
        "value": 0.02,
        "limit": 0.6,
        "evidence": {"first_sample": at - 250, "last_sample": at + 250},
        "text": "Stiffness is 2 % of the reference in two windows of 0.5 s.",
    }


def make_timing(cycles: int) -> dict[str, Any]:
    """Timing as the loop reports it, with a plausible histogram."""
    edges = [float(edge) for edge in np.geomspace(50, 5000, 41)]
    counts = [int(1000 * np.exp(-(((k - 12) / 4) ** 2))) for k in range(40)]
    quantiles = {"p50": 180.0, "p90": 240.0, "p99": 420.0, "p999": 900.0, "max": 2100.0}
    return {
        "grade": "C",
        "cycles": cycles,
        "late_cycles": 3,
        "underruns": 0,
        "sample_rate_hz": RATE_HZ,
        "round_trip_us": quantiles,
        "work_us": quantiles,
        "histograms": {name: {"edges": edges, "counts": counts} for name in ("round_trip_us", "work_us")},
        "steal_s": 0.25,
        "steal_share": 0.01,
    }
