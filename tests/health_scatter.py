"""How sure health blocks are, against ordinary blocks: healthy parts in three weathers, then parts that wear.

    python -m tests.health_scatter [kilometres]

Plays the start of mixed_80 on the simulated corner, in this process, with a health block about every 90 s of driving.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rig.config import load_rig
from rig.life import blocks as ordinary
from rig.life.components import components_of
from rig.life.gradual import BlockFeature, GradualTracker, Span
from rig.life.judge import Judge
from rig.life.specimens import load_specimens
from rig.life.verdict import Finding
from rig.plan import Plan, Wanted, drive_rows, load_plan
from simulators.corner.specimens import Mode, SpecimenTruth
from tests.detection.playing import Bench, Player, corner

EVERY_MIN = 1.5
WEATHERS_DEGC = (5.0, 25.0, 42.0)
DYING: tuple[tuple[str, Mode], ...] = (("damper", "leak"), ("coil_spring", "fracture"), ("top_mount", "softening"))
LASTS = 1.02
"""A part that wears lasts so many times the damage that the whole drive does to it."""


@dataclass
class Seen:
    """One run: shares by feature of health blocks and of ordinary ones, findings, and the damage done to each part."""

    health: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    blocks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    findings: list[Finding] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    damage: dict[str, float] = field(default_factory=dict)


class _Noted(GradualTracker):
    """A tracker that also notes each share that it is given, but for blocks that lie in a health block."""

    seen: Seen

    def judge(self, span: Span, block: BlockFeature) -> list[Finding]:
        if span.last_km > span.first_km:
            self.seen.blocks[self._feature].append(block.share.value)
        return super().judge(span, block)


def plan_of(kilometres: float) -> Plan:
    """The drive."""
    return load_plan(Wanted("mixed_80", over="slow", until_m=1000.0 * kilometres, health_min=EVERY_MIN))


def played(plan: Plan, kilometres: float, ambient_degc: float, seed: int, truths: tuple[SpecimenTruth, ...]) -> Seen:
    """One run of it."""
    seen, rig = Seen(), load_rig("one_corner")
    _Noted.seen, ordinary.GradualTracker = seen, _Noted  # type: ignore[misc]
    specimens = load_specimens("new_parts")
    surfaces = tuple(segment.surface for segment in plan.segments)
    judge = Judge(rig, components_of(specimens), specimens, surfaces)
    rows = np.concatenate(list(_until(plan, 1000.0 * kilometres)))
    with corner(Bench(rig, truths, ambient_degc, seed)) as (plant, wires):
        for piece in Player(Bench(rig, truths, ambient_degc, seed), plant, wires, rows).pieces():
            seen.findings += judge.consume(piece)
            if judge.failure is not None:
                break
        plant._report()
        seen.damage = plant.damage()
    for result in judge.health:
        seen.lines.append(f"  {result.distance_km:7.3f} km  {result.text}")
        for name, (share, error) in result.shares.items() if result.reference != result.number else ():
            seen.health[name].append(share)
            seen.errors[name].append(error)
    return seen


def _until(plan: Plan, distance_m: float) -> Iterator[np.ndarray]:
    for block in plan.blocks():
        yield drive_rows(block)
        if block.distance_m[-1] >= distance_m:
            return


def main() -> None:
    """Say it all."""
    kilometres = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    plan = plan_of(kilometres)
    runs = [played(plan, kilometres, degc, 11 + k, ()) for k, degc in enumerate(WEATHERS_DEGC)]
    for run, degc in zip(runs, WEATHERS_DEGC, strict=True):
        say(f"healthy, {degc:g} °C: {[finding.text for finding in run.findings]}", *run.lines)
    for name in ("stiffness", "compression", "rebound", "mount"):
        usual = "damping" if name in ("compression", "rebound") else name
        mine = np.concatenate([run.health[name] for run in runs])
        told = np.concatenate([run.errors[name] for run in runs])
        theirs = np.concatenate([run.blocks[usual] for run in runs])
        say(
            f"{name:12} health {len(mine)} blocks: RMS off 1 {_rms(mine):.3%}, worst {np.abs(mine - 1).max():.3%}, "
            f"error told {np.sqrt(np.mean(told**2)):.3%}; ordinary {usual} {len(theirs)} blocks: RMS off 1 "
            f"{_rms(theirs):.3%}, worst {np.abs(theirs - 1).max():.3%}; ratio {_rms(theirs) / _rms(mine):.0f}"
        )
    for component, mode in DYING:
        life = LASTS * runs[1].damage[component]
        run = played(plan, kilometres, 25.0, 29, (SpecimenTruth(component, mode, life),))
        say(f"{component} that lasts {LASTS:g} times the drive ({mode}):", *run.lines)
        say(
            *(f"  -> {finding.detected_km:.3f} km {finding.severity}: {finding.text}" for finding in run.findings),
        )


def say(*lines: str) -> None:
    """Lines on standard output, at once."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _rms(shares: np.ndarray) -> float:
    return float(np.sqrt(np.mean((shares - 1.0) ** 2)))


if __name__ == "__main__":
    main()
