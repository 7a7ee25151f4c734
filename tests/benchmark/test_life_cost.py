"""What judging costs: the judge as times real time, the rainflow counter against the `rainflow` package."""

from typing import Any

import numpy as np
import pytest
import rainflow
from numpy.typing import NDArray
from strut_rows import RATE_HZ, healthy_rows, new_judge

from rig.life.rainflow import RainflowCounter
from tests.benchmark.slices import note, once, quantile_us, ratio, take_turns

SECONDS = 120.0
EXPONENT = 5.0


@pytest.mark.parametrize(("piece", "least"), [(10, 2.0), (100, 100.0), (500, 2.0)])
def test_judge_against_real_time(benchmark: Any, piece: int, least: float) -> None:
    """`Judge.consume` in the pieces that come at pace real (20 ms), after a stall, and at a meeting of pace stepped."""
    parts = np.split(healthy_rows(SECONDS), range(piece, round(SECONDS * RATE_HZ), piece))

    def judge_all() -> None:
        judge = new_judge()
        assert [found for part in parts for found in judge.consume(part)] == []

    pools = take_turns(benchmark, lambda: once(judge_all), {})
    taken_s = quantile_us(pools["candidate"], 0.5) * 1e-6
    note(benchmark, times_real_time=SECONDS / taken_s, us_a_sample=taken_s / SECONDS / RATE_HZ * 1e6)
    note(benchmark, us_a_piece=taken_s / len(parts) * 1e6)
    assert SECONDS / taken_s > least


def test_judge_of_the_whole_corner(benchmark: Any) -> None:
    """`Judge.consume` of all eleven parts beside that of the four of `new_parts`, in pieces of 20 ms."""
    rows = healthy_rows(SECONDS)
    parts = np.split(rows, range(10, len(rows), 10))

    def judge_all(specimens: str) -> None:
        judge = new_judge(specimens)
        for part in parts:
            judge.consume(part)

    peers = {"four": lambda: once(lambda: judge_all("new_parts"))}
    pools = take_turns(benchmark, lambda: once(lambda: judge_all("whole_corner")), peers)
    times = ratio(pools, "four")
    note(benchmark, times_the_four=times)
    assert times < 3.0


def counted(history: NDArray[np.float64], block: int) -> float:
    """The Miner sum of a history by our counter, residue as half cycles."""
    counter, total = RainflowCounter(), 0.0
    for start in range(0, len(history), block):
        total += miner(counter.count(history[start : start + block]))
    return total + miner(counter.residue_cycles())


def miner(cycles: Any) -> float:
    return float((cycles.weights * cycles.ranges**EXPONENT).sum())


def counted_by_peer(history: list[float]) -> float:
    """The same by the package."""
    return sum(count * span**EXPONENT for span, _, count, _, _ in rainflow.extract_cycles(history))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("size", "slices"), [(1_000_000, 4), (10_000_000, 1)], ids=["1e6", "1e7"])
def test_rainflow_against_the_package(benchmark: Any, size: int, slices: int) -> None:
    """Noise in one block and in blocks of 1,000 samples, both tools to the same Miner sum."""
    history = np.random.default_rng(1).normal(size=size)
    listed = history.tolist()  # what the package likes best
    sums: dict[str, float] = {}

    def keep(name: str, total: float) -> None:
        sums[name] = total

    counted(history[:1000], 1000)  # compile
    pools = take_turns(
        benchmark,
        lambda: once(lambda: keep("ours", counted(history, size))),
        {
            "package": lambda: once(lambda: keep("package", counted_by_peer(listed))),
            "blocks_of_1000": lambda: once(lambda: keep("blocks", counted(history, 1000))),
        },
        slices,
        warm=False,
    )
    assert sums["ours"] == pytest.approx(sums["package"], rel=1e-9)
    assert sums["blocks"] == pytest.approx(sums["package"], rel=1e-9)
    took_s = {name: quantile_us(pool, 0.5) * 1e-6 for name, pool in pools.items()}
    note(benchmark, times_as_fast=took_s["package"] / took_s["candidate"])
    note(benchmark, times_as_fast_in_blocks=took_s["package"] / took_s["blocks_of_1000"])
    note(benchmark, **{f"{name}_s": each for name, each in took_s.items()})
    assert ratio(pools, "package") < 0.5
