"""``python -m tests.slow_windows``: what windows say of a healthy spring, by how far its force stands out.

Two stages with healthy parts, as `tests.detection` plays them; of each window that has a baseline the share of the
spring that it shows, by the spring's force over what the baseline leaves unexplained.
"""

from itertools import pairwise
from unittest.mock import patch

import numpy as np

from rig.life.detection import StrutDetector
from rig.life.strut import Sums, force_rms_n, shares
from rig.life.verdict import Finding
from rig.life.windows import Window
from tests.detection.courses import courses
from tests.detection.trial import healthy_run

SEED, STAGES, LENGTH_KM = 900, (3, 7), 40.0
BORDERS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, np.inf)


def main() -> None:
    """Play them, and print the table."""
    found: list[tuple[float, float]] = []

    def note(self: StrutDetector, window: Window, _signals: object, sums: Sums) -> list[Finding]:
        reference, unexplained_n = self._blocks.healthy(window.surface)
        left = shares(sums.moments, reference) if reference is not None else None
        if reference is not None and unexplained_n is not None and left is not None:
            found.append((force_rms_n(sums.moments, reference)[0] / unexplained_n, left.spring.value))
        return []

    with patch.object(StrutDetector, "_judge_break", note):
        for number in STAGES:
            healthy_run(courses(SEED, max(STAGES) + 1, LENGTH_KM)[number], 1000 + number, "leak")
    stands_out, share = np.array(found).T
    print(f"{len(found):,} windows")  # noqa: T201
    for low, high in pairwise(BORDERS):
        inside = share[(stands_out >= low) & (stands_out < high)]
        print(f"{low:g} to {high:g} times: {len(inside)} windows, shares {inside.min():.2f} to {inside.max():.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
