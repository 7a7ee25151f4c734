"""Runs that measured exactly what a plan predicts, or so many times that: for closed forms of equivalence."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from drivers.channel import CODE_NAN
from rig import runs
from rig.equivalence.predicted import Predictor
from rig.plan import Plan
from rig.record import manifest
from rig.record.columns import Columns
from rig.record.journal import SampleWriter
from rig.record.ring import Rows
from tests.commands import ROOT
from tests.synthetic_run import AXES, CHANNELS, COMPONENTS

FORCE = [channel.name for channel in CHANNELS].index("strut_force_n")
LIBRARY = ROOT / "rig" / "library"
CARS = ROOT / "profiles" / "library" / "vehicles"


@dataclass(frozen=True)
class Played:
    """How a plan was played.

    ``scale`` times each measured value, ``laps`` times one after the other; ``skip`` samples were lost, of ``missing``
    the force sensor saw nothing.
    """

    scale: float = 1.0
    laps: int = 1
    created: str = "2026-03-01T08:00:00Z"
    serial: str = "0001"
    outcome: str = "SURVIVED"
    skip: int = 0
    missing: int = 0
    components: tuple[str, ...] = COMPONENTS


def play(folder: Path, plan: Plan, how: Played | None = None) -> Path:
    """A run directory of a plan that was played so; returns `folder`."""
    how = how or Played()
    folder.mkdir(parents=True)
    described = manifest_of(plan, how)
    manifest.write(folder, described)
    rows = _rows(plan, described, how)
    if how.skip:
        rows = np.delete(rows, np.arange(1000, 1000 + how.skip))
    writer = SampleWriter(folder, Columns(described), 30_000)
    writer.append(rows)
    writer.close()
    runs.write_verdict(folder, _verdict(described, how, len(rows)))
    return folder


def manifest_of(plan: Plan, how: Played) -> manifest.Manifest:
    """The manifest of such a run."""
    files = [("rig", LIBRARY / "rigs" / "one_corner.yaml"), ("vehicle", CARS / "d7xr.yaml")]
    files += [("component", LIBRARY / "components" / f"{name}.yaml") for name in how.components]
    segments = tuple(
        manifest.SegmentInfo(k, one.label, one.surface, one.start_m, one.end_m) for k, one in enumerate(plan.segments)
    )
    return manifest.Manifest(
        name="played", created_utc=how.created, anchor=manifest.Anchor(how.created, 0), versions={}, seed=plan.seed,
        pace="stepped", timing_grade="C", target_km=plan.distance_m / 1000.0, rig="one_corner", terrain=plan.name,
        vehicle="d7xr", style=plan.style.name, over_envelope=plan.over, sample_rate_hz=500, axes=AXES,
        channels=CHANNELS, segments=segments, inputs=tuple(manifest.input_of(role, path) for role, path in files),
        specimens=tuple(manifest.SpecimenInfo(name, f"{name[0].upper()}-{how.serial}") for name in how.components),
    )  # fmt: skip


def _rows(plan: Plan, described: manifest.Manifest, how: Played) -> Rows:
    """The plan's samples as codes, finer than any sensor's: a quantity of the manifest says what a code is worth."""
    predictor, blocks = Predictor(plan), list(plan.blocks())
    parts = [predictor.channels(block) for block in blocks]
    once = np.zeros(plan.samples, Columns(described).dtype)
    once["distance_m"] = np.concatenate([block.distance_m for block in blocks])
    once["segment"] = np.concatenate([block.segment for block in blocks])
    for k, channel in enumerate(CHANNELS):
        if channel.name in parts[0]:
            values = np.concatenate([part[channel.name] for part in parts])
            factor = 1.0 if channel.unit == "°C" else how.scale
            once["feedback"][:, k] = factor * np.rint(values / channel.scale)
    rows = np.concatenate([once] * how.laps)
    for lap in range(how.laps):
        rows["distance_m"][lap * len(once) : (lap + 1) * len(once)] += lap * plan.distance_m
    rows["sample"], rows["mono_ns"] = np.arange(len(rows)), np.arange(len(rows)) * 2_000_000
    rows["state"], rows["span"] = 3, 1.0
    rows["feedback"][1000 : 1000 + how.missing, FORCE] = CODE_NAN
    return rows


def _verdict(described: manifest.Manifest, how: Played, samples: int) -> runs.VerdictFile:
    said = [{"component": one.component, "serial": one.serial, "outcome": how.outcome} for one in described.specimens]
    return runs.VerdictFile(
        outcome=how.outcome, exit_code=0, reason="", distance_km=described.target_km, target_km=described.target_km,
        duration_s=samples / 500, samples=samples, samples_sha256="", verdicts=said,
    )  # fmt: skip


def rewrite(folder: Path, **changes: object) -> Path:
    """The same run with other values in its manifest."""
    described = msgspec.structs.replace(manifest.read(folder), **changes)
    (folder / manifest.FILE_NAME).unlink()
    manifest.write(folder, described)
    return folder
