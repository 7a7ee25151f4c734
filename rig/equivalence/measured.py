"""What was measured in a run: its samples as the judge takes them, its parts by the component files in its manifest."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from profiles.schema import Fault, InputError, load
from rig.equivalence.counting import Count, Samples
from rig.equivalence.exponents import with_ends
from rig.life.components import Component
from rig.life.judge import NOWHERE
from rig.life.windows import surface_under, trustworthy
from rig.query import Selection, refuse_gaps
from rig.record.columns import Columns, plain
from rig.record.manifest import Manifest
from rig.runs import Run

LOAD_UNITS = ("m", "N", "N·m")
"""Of channels that load parts by way, force or torque; ranges of others wear nothing out."""


def loads(run: Manifest) -> list[str]:
    """The run's channels that load parts, in their order."""
    return [channel.name for channel in run.channels if channel.unit in LOAD_UNITS]


def components_in(run: Run) -> tuple[Component, ...]:
    """The components whose specimens were on the rig, as the run's manifest holds their files.

    Raises:
        InputError: the manifest holds no file of one, or one that can't be understood.
    """
    held = {Path(one.name).stem: one.text for one in run.manifest.inputs if one.role == "component"}
    wanted = list(dict.fromkeys(specimen.component for specimen in run.manifest.specimens))
    faults = [
        Fault(str(run.path / "manifest.json"), 0, "inputs", f"no component file {name}.yaml", "that of each specimen")
        for name in wanted
        if name not in held
    ]
    if not wanted:
        faults.append(Fault(str(run.path / "manifest.json"), 0, "specimens", "none", "a run with specimens"))
    if faults:
        raise InputError(faults)
    return tuple(load(run.path / "manifest.json" / f"{name}.yaml", Component, held[name]) for name in wanted)


def count_run(run: Run, components: Sequence[Component], channels: Sequence[str], exponents: Sequence[float]) -> Count:
    """Count a whole run, a segment of its record at a time; laws also at the ends of their exponents' ranges.

    Raises:
        InputError: samples are not there (a summary, or lost), or can't be read.
    """
    refuse_gaps(run, Selection(()), "a run that is recorded in full")
    described, components = run.manifest, [with_ends(one) for one in components]
    surfaces = (*dict.fromkeys(segment.surface for segment in described.segments), NOWHERE)
    known = frozenset(channel.name for channel in described.channels)
    rate_hz, length_m = float(described.sample_rate_hz), 1000.0 * run.last_distance_km()
    count = Count(channels, components, exponents, surfaces, known, rate_hz, length_m)
    fed = {name for one in components for law in one.damage for name in law.channels if name in known}
    for some in _samples(run, sorted(fed | set(channels)), surfaces):
        count.add(some)
    count.finish()
    return count


def health_km(run: Run) -> float:
    """How far the health blocks of a run went that came to their end, beside its stage."""
    numbers = {event.data.get("number") for event in run.events.events if event.kind == "health_block"}
    return len(numbers) * run.manifest.health.block_km if run.manifest.health else 0.0


def _samples(run: Run, channels: Sequence[str], surfaces: tuple[str, ...]) -> Iterator[Samples]:
    columns = Columns(run.manifest)
    index = np.array([surfaces.index(each.surface) for each in run.manifest.segments] + [len(surfaces) - 1], np.int64)
    names = {name: f"feedback.{name}" for name in channels}
    for table in run.tables(["distance_m", "segment", *names.values()]):
        codes = {name: plain(table.column(full)) for name, full in names.items()}
        yield Samples(
            {name: columns.values(names[name], code) for name, code in codes.items()},
            surface_under(plain(table.column("segment")), index),
            plain(table.column("distance_m")).astype(np.float64),
            {name: trustworthy(code) for name, code in codes.items()},
        )
