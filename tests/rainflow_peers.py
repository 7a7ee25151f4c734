"""Rainflow against every peer that is installed: ``python -m tests.rainflow_peers [HISTORIES]`` prints a line for each.

Random histories with ties and plateaus; each peer's counts by range must be equal, to the count. Exit code 1 where they
are not. A peer that is not installed is named (pip install rainflow pylife rfcnt).
"""

import importlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.life.rainflow import RainflowCounter

History = NDArray[np.float64]
Counts = dict[float, float]


def histories(count: int, seed: int = 20_261) -> Iterator[History]:
    """Whole numbers from -9 to 9, 3 to 119 samples; half of them held now and then. None has fewer than 3 levels."""
    rng = np.random.default_rng(seed)
    while count:
        history = rng.integers(-9, 10, rng.integers(3, 120)).astype(np.float64)
        if count % 2:
            history = np.repeat(history, rng.integers(1, 4, len(history)))
        if len(set(history.tolist())) >= 3:
            count -= 1
            yield history


def ours(history: History, with_residue: bool) -> Counts:
    """Cycles by range, and the residue's halves where wanted."""
    counter, found = RainflowCounter(), Counter[float]()
    parts = [counter.count(history)]
    for part in [*parts, counter.residue_cycles()] if with_residue else parts:
        for range_, weight in zip(part.ranges.tolist(), part.weights.tolist(), strict=True):
            found[range_] += weight
    return dict(found)


def by_rainflow(module: Any, history: History) -> Counts:
    """ASTM E1049 counts of the package rainflow."""
    found = Counter[float]()
    for range_, _mean, count, _start, _end in module.extract_cycles(history):
        found[range_] += count
    return {range_: count for range_, count in found.items() if range_ > 0.0}


def by_pylife(module: Any, history: History) -> Counts:
    """Closed cycles of pylife's four-point detector; its residue is compared as well."""
    detector = module.FourPointDetector(recorder=module.LoopValueRecorder())
    detector.process(history)
    counter = RainflowCounter()
    counter.count(history)
    if detector.residuals.tolist() != counter.residue.tolist():
        return {-1.0: 1.0}
    loops = detector.recorder
    return dict(Counter(np.abs(loops.values_from - loops.values_to).tolist()))


def by_rfcnt(module: Any, history: History) -> Counts:
    """Closed cycles of rfcnt, a class for each whole number, its gate below the smallest step."""
    settings = {
        "class_count": 19,
        "class_offset": -9.5,
        "hysteresis": 0.5,
        "residual_method": module.ResidualMethod.NONE,
    }
    matrix = module.rfc(history, 1.0, spread_damage=0, **settings)["rfm"]
    found = Counter[float]()
    for start, stop in zip(*np.nonzero(matrix), strict=True):
        found[float(abs(start - stop))] += float(matrix[start, stop])
    return dict(found)


PEERS: dict[str, tuple[str, Callable[[Any, History], Counts], bool]] = {
    "rainflow": ("rainflow", by_rainflow, True),
    "pylife": ("pylife.stress.rainflow", by_pylife, False),
    "rfcnt": ("rfcnt", by_rfcnt, False),
}
"""By name: what to import, how it counts, and whether its counts are those with the residue's halves."""


def differing(name: str, count: int) -> int | None:
    """How many of so many histories a peer counts otherwise; None where it is not installed."""
    module_name, count_by, with_residue = PEERS[name]
    try:
        module = importlib.import_module(module_name)
    except ImportError:
        return None
    return sum(count_by(module, history) != ours(history, with_residue) for history in histories(count))


def main(count: int) -> int:
    """Compare with all; the exit code."""
    found = {name: differing(name, count) for name in PEERS}
    for name, differs in found.items():
        told = "not installed" if differs is None else f"{count - differs} of {count} histories counted the same"
        sys.stdout.write(f"{name}: {told}\n")
    return int(any(found.values()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000))
