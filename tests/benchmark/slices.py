"""Fair comparisons on a machine that is not quiet: reference and candidate take turns in slices, durations are pooled.

Quantiles are judged, never the maximum; the clock ticks that a hypervisor took meanwhile are noted beside them.
"""

import gc
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rig.rt.realtime import steal_ticks

Durations = NDArray[np.int64]
"""Nanoseconds of each operation of a slice."""
Slice = Callable[[], Durations]


@contextmanager
def no_collector() -> Iterator[None]:
    """Keep the garbage collector out, as the loop does."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def timed(action: Callable[[int], object], numbers: range) -> Durations:
    """Call ``action`` with each number; how long each call took, int64[numbers] in ns."""
    result = np.zeros(len(numbers), np.int64)
    clock = time.perf_counter_ns
    with no_collector():
        for at, number in enumerate(numbers):
            started = clock()
            action(number)
            result[at] = clock() - started
    return result


def once(action: Callable[[], object]) -> Durations:
    """One call as a slice of its own."""
    return timed(lambda _: action(), range(1))


def take_turns(
    benchmark: Any, candidate: Slice, references: Mapping[str, Slice], slices: int = 4, warm: bool = True
) -> dict[str, Durations]:
    """Run all in turns, ``slices`` times; the pooled durations by name, the candidate's under ``candidate``.

    Before, each runs one slice that does not count. What pytest-benchmark prints is the candidate's time for a slice.
    """
    pools: dict[str, list[Durations]] = {name: [] for name in ("candidate", *references)}
    if warm:
        for one in (*references.values(), candidate):
            one()

    def others() -> None:
        for name, reference in references.items():
            pools[name].append(reference())

    before = steal_ticks()
    benchmark.pedantic(lambda: pools["candidate"].append(candidate()), setup=others, rounds=slices)
    benchmark.extra_info["steal_ticks"] = steal_ticks() - before
    return {name: np.concatenate(parts) for name, parts in pools.items()}


def quantile_us(durations: Durations, share: float) -> float:
    """A quantile, µs."""
    return float(np.quantile(durations, share)) * 1e-3


def note(benchmark: Any, **figures: float | str) -> None:
    """Put figures beside the benchmark, numbers with three digits."""
    rounded = {name: float(f"{each:.3g}") if isinstance(each, float) else each for name, each in figures.items()}
    benchmark.extra_info.update(rounded)


def note_quantiles(benchmark: Any, pools: Mapping[str, Durations]) -> None:
    """Put p50 and p99 of each beside the benchmark, and the candidate's as ratios to each of the others."""
    for name, pool in pools.items():
        note(benchmark, **{f"{name}_p50_us": quantile_us(pool, 0.5), f"{name}_p99_us": quantile_us(pool, 0.99)})
    for name in pools:
        if name != "candidate":
            p50, p99 = ratio(pools, name, 0.5), ratio(pools, name, 0.99)
            note(benchmark, **{f"ratio_to_{name}_p50": p50, f"ratio_to_{name}_p99": p99})


def ratio(pools: Mapping[str, Durations], reference: str, share: float = 0.5) -> float:
    """How many times as long as a reference the candidate takes, by a quantile."""
    return quantile_us(pools["candidate"], share) / quantile_us(pools[reference], share)
