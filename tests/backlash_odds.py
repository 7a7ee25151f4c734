"""``python -m tests.backlash_odds``: how often a joint's sum warns falsely, and how early rightly.

By the scatter of its blocks alone.

No signal is played: a block's gap is the true one times a log-normal scatter, as docs/detection.md has it for healthy
joints; baseline, sum and limits are the product's.
"""

import math

import numpy as np

from rig.life.backlash import SETTLED
from rig.life.components import load_component
from rig.life.cusum import Cusum
from rig.life.parts import JudgeSettings
from rig.life.spans import Span
from rig.life.watches import BacklashWatch

SCATTER = 0.25
FIRST_DEG, GROWTH_DEG = 0.4, 0.6
"""The gap of a new joint, and what wear adds to it by its end (physics notes §5.3: to the power 1.5 of damage)."""
HEALTHY_RUNS, HEALTHY_BLOCKS, WORN_RUNS = 300, 10_000, 4_000


def warned_at(watch: BacklashWatch, gaps_deg: np.ndarray) -> int | None:
    """The block that warns, given what the blocks read, float64[blocks]; None where none does."""
    assert watch.cusum is not None
    known = [float(gap) for gap in gaps_deg[: JudgeSettings().baseline_blocks]]
    cusum, in_a_row = Cusum(watch.cusum), 0
    for number in range(len(known), len(gaps_deg)):
        gap, usual = float(gaps_deg[number]), sum(known) / len(known)
        if len(known) < SETTLED and gap < usual * math.sqrt(watch.warning_ratio):
            known.append(gap)
        in_a_row = in_a_row + 1 if gap >= watch.warning_ratio * usual else 0
        if cusum.add(Span(number, number, 0.0, 0.0), 1.0 - usual / gap) is not None or in_a_row == watch.blocks:
            return number
    return None


def main() -> None:
    """Print how often healthy joints are warned of, and lives of forty and of twenty blocks."""
    watch = load_component("cv_joint").watch
    assert isinstance(watch, BacklashWatch)
    rng = np.random.default_rng(0)

    def read(true_deg: np.ndarray) -> np.ndarray:
        return np.asarray(true_deg * np.exp(SCATTER * rng.standard_normal(len(true_deg))))

    false = sum(warned_at(watch, read(np.full(HEALTHY_BLOCKS, FIRST_DEG))) is not None for _ in range(HEALTHY_RUNS))
    print(f"healthy: {false} of {HEALTHY_RUNS} runs of {HEALTHY_BLOCKS:,} blocks warn falsely")  # noqa: T201
    for blocks in (40, 20):
        damage = np.arange(1, blocks + 1) / blocks
        found = [warned_at(watch, read(FIRST_DEG + GROWTH_DEG * damage**1.5)) for _ in range(WORN_RUNS)]
        left = [1.0 - damage[at] for at in found if at is not None and at < blocks - 1]
        share, middle = len(left) / WORN_RUNS, float(np.median(left))
        print(f"a life of {blocks} blocks: {share:.1%} are warned of in it, with {middle:.0%} left (median)")  # noqa: T201


if __name__ == "__main__":
    main()
