"""How often the interval of `rig.equivalence.scatter` holds: ``python -m tests.equivalence_coverage`` (five minutes).

The same course with other seeds is the same kind of road. Each seed's own stretches give an interval for the mean of
all seeds, which is held against that mean; what is counted goes into docs/equivalence.md.
"""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rig.equivalence.counting import LawName
from rig.equivalence.predicted import count_plan
from rig.equivalence.scatter import Factors, scatter
from rig.equivalence.stretches import Stretches
from rig.life.components import load_component
from rig.plan import Wanted, load_plan
from rig.plan.plan import untold
from tests.plans import stage_file

CONFIDENCE = 0.9
PARTS = """
  - {surface: sand_track, length_km: 1.5}
  - {surface: reg, length_km: 2.0}
  - {surface: dunettes, length_km: 1.0}
  - {surface: wadi, length_km: 1.0}
  - {surface: hamada, length_km: 1.0}
  - {surface: corrugated_track, length_km: 0.5}
"""
COMPONENTS = ("damper", "coil_spring", "half_shaft", "top_mount")
LAWS = ("rod_fatigue", "seal_wear", "wire_fatigue", "torsion_fatigue", "rubber_fatigue")


def stretches_of(course: str, seed: int) -> dict[LawName, Stretches]:
    """Where a course with a seed does its damage, by law."""
    plan = load_plan(Wanted(course, seed=seed, over="slow"))
    components = [load_component(name) for name in COMPONENTS]
    count, _ = count_plan(plan, components, (3.0,), [], plan.distance_m, untold)
    return {key: count.stretches(key) for key in count.damage if key[1] in LAWS}


def damage_of(way: Stretches) -> float:
    """All of it."""
    return sum(float(part.sum()) for part in way.damage.values())


def row(ways: list[Stretches]) -> str:
    """Scatter over the seeds, and how often the mean of all lies within, below and above a seed's interval."""
    total, found = np.array([damage_of(way) for way in ways]), [scatter(way, CONFIDENCE) for way in ways]
    told = np.array([one or Factors(np.nan, np.nan) for one in found])
    low, high, truth = total * told[:, 0], total * told[:, 1], total.mean()
    below, above, width = np.mean(truth < low), np.mean(truth > high), np.median(told[:, 1] / told[:, 0])
    held = 1.0 - below - above
    return f"{total.max() / total.min():.1f} | {width:.1f} | {held:.0%} ({below:.0%}, {above:.0%})"


def lines(seeds: int) -> Iterator[str]:
    """The tables."""
    yield f"{seeds} seeds, {CONFIDENCE:.0%} interval: most over least of all | high over low | held (mean below, above)"
    with tempfile.TemporaryDirectory() as folder:
        for course in ("dune_loop", str(stage_file(Path(folder), "seven_km", PARTS))):
            ways = [stretches_of(course, seed) for seed in range(1, seeds + 1)]
            for key in ways[0]:
                yield f"{Path(course).stem} | {key[1]} | {row([way[key] for way in ways])}"


def main() -> None:
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=60)
    for line in lines(parser.parse_args().seeds):
        print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
