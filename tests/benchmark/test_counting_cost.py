"""What counting costs beside its peers: pylife and rfcnt for rainflow, pyyeti for the fatigue damage spectrum.

None of them is among our requirements: what is not installed is said and skipped (pip install pylife rfcnt pyyeti).
Each runs in one thread, and what is compared is processor time: it says the same while other work shares the machine.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray

from rig.life.rainflow import Cycles, RainflowCounter
from rig.life.response_spectra import ResponseSpectra
from tests.benchmark.slices import Durations, no_collector, note, quantile_us, take_turns

pytestmark = [pytest.mark.timeout(900), pytest.mark.filterwarnings("default")]

History = NDArray[np.float64]
CHUNK, PYLIFE_CHUNK = 1000, 65_536
FDS = """
import json, sys, time
import numpy as np
from pyyeti.fdepsd import fdepsd
rate_hz, size, low, high, lines = json.loads(sys.argv[1])
noise = np.random.default_rng(1).normal(size=size)
frequencies = np.geomspace(low, high, lines)
def go():
    started = time.process_time()
    fdepsd(noise, rate_hz, frequencies, 10, parallel="no", verbose=False)
    return time.process_time() - started
go()
print(json.dumps([go() for _ in range(2)]))
"""


def once(action: Callable[[], object]) -> Durations:
    """One call as a slice of its own: ns of this thread's processor time."""
    with no_collector():
        started = time.thread_time_ns()
        action()
        return np.array([time.thread_time_ns() - started])


def ours(history: History, chunk: int) -> list[Cycles]:
    """All cycles, range and mean of each, a list entry a chunk."""
    counter = RainflowCounter()
    return [counter.count(history[start : start + chunk]) for start in range(0, len(history), chunk)]


def pylife_counts(history: History, chunk: int, recorder: Any) -> Any:
    """All cycles by pylife's four-point detector."""
    detector = pytest.importorskip("pylife.stress.rainflow").FourPointDetector(recorder=recorder)
    for start in range(0, len(history), chunk):
        detector.process(history[start : start + chunk])
    return recorder


def kept(rainflow: Any) -> Any:
    """The recorder of pylife without what makes it quadratic: it copies all that it has for each chunk that comes."""

    class Kept(rainflow.LoopValueRecorder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.pieces: list[Any] = []

        def record_values(self, values_from: History, values_to: History) -> None:
            self.pieces.append((values_from, values_to))

    return Kept()


def ratios(pools: dict[str, Durations], name: str) -> NDArray[np.float64]:
    """How many times as fast as a peer, slice by slice: they were taken one after the other."""
    return pools[name] / pools["candidate"]


def note_ratios(benchmark: Any, pools: dict[str, Durations]) -> None:
    for name in pools:
        if name != "candidate":
            each = ratios(pools, name)
            note(benchmark, **{f"times_as_fast_as_{name}": float(np.median(each))})
            note(benchmark, **{f"times_as_fast_as_{name}_lowest": float(each.min())})


@pytest.mark.parametrize("size", [1_000_000, 10_000_000], ids=["1e6", "1e7"])
def test_batch_rainflow_against_pylife(benchmark: Any, size: int) -> None:
    """Noise in one block, exact, against chunks of 65,536: pylife as it is, and without its recorder."""
    rainflow = pytest.importorskip("pylife.stress.rainflow")
    history = np.random.default_rng(1).normal(size=size)
    theirs = pylife_counts(history, PYLIFE_CHUNK, rainflow.LoopValueRecorder())
    (mine,) = ours(history, size)
    assert np.array_equal(np.abs(theirs.values_from - theirs.values_to), mine.ranges)
    del theirs, mine
    peers = {
        "pylife": lambda: once(lambda: pylife_counts(history, PYLIFE_CHUNK, rainflow.LoopValueRecorder())),
        "pylife_detector_alone": lambda: once(lambda: pylife_counts(history, PYLIFE_CHUNK, kept(rainflow))),
        "ours_in_chunks_of_65536": lambda: once(lambda: ours(history, PYLIFE_CHUNK)),
    }
    pools = take_turns(benchmark, lambda: once(lambda: ours(history, size)), peers, slices=9)
    note_ratios(benchmark, pools)
    assert np.median(ratios(pools, "pylife")) >= 4.0 or size < 10_000_000


def test_chunks_of_a_thousand(benchmark: Any) -> None:
    """Chunks of 1,000 samples, as a run's are, against pylife and rfcnt."""
    rainflow, rfcnt = pytest.importorskip("pylife.stress.rainflow"), pytest.importorskip("rfcnt")
    history = np.random.default_rng(1).normal(size=1_000_000)

    def by_rfcnt() -> None:
        counter = rfcnt.RFC(0.1, class_count=120, class_offset=-6.0, hysteresis=0.0)
        for start in range(0, len(history), CHUNK):
            counter.feed(history[start : start + CHUNK])

    peers = {
        "pylife": lambda: once(lambda: pylife_counts(history, CHUNK, rainflow.LoopValueRecorder())),
        "pylife_detector_alone": lambda: once(lambda: pylife_counts(history, CHUNK, kept(rainflow))),
        "rfcnt": lambda: once(by_rfcnt),
    }
    pools = take_turns(benchmark, lambda: once(lambda: ours(history, CHUNK)), peers, slices=9)
    note_ratios(benchmark, pools)
    assert np.median(ratios(pools, "pylife")) >= 10.0
    assert np.median(ratios(pools, "rfcnt")) >= 6.0


def test_flat_over_a_long_history_and_a_hold(benchmark: Any) -> None:
    """1e7 samples in chunks of 1,000, then a hold of 2e6: time of a million, and what memory grows by."""
    noise, hold = np.random.default_rng(1).normal(size=1_000_000), np.full(2_000_000, 0.5)
    counter, process = RainflowCounter(), psutil.Process()

    def million(values: History) -> float:
        started = time.thread_time()
        for start in range(0, len(values), CHUNK):
            counter.count(values[start : start + CHUNK])
        return time.thread_time() - started

    million(noise)
    before = process.memory_info().rss
    took = benchmark.pedantic(lambda: [million(noise) for _ in range(10)], rounds=1)
    held = million(hold) / 2.0
    grown_mb = (process.memory_info().rss - before) / 1e6
    halves = float(np.median(took[5:]) / np.median(took[:5]))
    note(benchmark, second_half_to_first=halves, slowest_to_fastest=max(took) / min(took))
    note(benchmark, hold_to_noise=held / float(np.median(took)), memory_growth_mb=grown_mb)
    assert 0.8 <= halves <= 1.2
    assert held <= float(np.median(took))
    assert grown_mb < 1.0


def test_damage_spectrum_against_pyyeti(benchmark: Any) -> None:
    """50 oscillators up to a twelfth of the rate, Q = 10, against ``pyyeti.fdepsd`` (serial, in a process of its own).

    pyyeti counts into 300 amplitude bins and takes three exponents from them; ours sums three exponents exactly.
    """
    pytest.importorskip("pyyeti")
    size = 100_000
    recipe = (2000.0, size, 2.0, 166.0, 50)
    noise, frequencies = np.random.default_rng(1).normal(size=size), np.geomspace(*recipe[2:4], recipe[4])

    def theirs() -> Durations:
        done = subprocess.run([sys.executable, "-c", FDS, json.dumps(recipe)], capture_output=True, check=True)
        return np.array([min(json.loads(done.stdout)) * 1e9], np.int64)

    def mine(exponents: tuple[float, ...]) -> None:
        spectra = ResponseSpectra(recipe[0], frequencies, exponents)
        spectra.count(noise)
        assert spectra.damage().min() > 0.0

    one = {"one_exponent": lambda: once(lambda: mine((8.0,)))}
    pools = take_turns(
        benchmark, lambda: once(lambda: mine((4.0, 8.0, 12.0))), {"pyyeti": theirs, **one}, slices=3, warm=True
    )
    note_ratios(benchmark, {name: pools[name] for name in ("candidate", "pyyeti")})
    with_one = pools["pyyeti"] / pools["one_exponent"]
    note(benchmark, times_as_fast_as_pyyeti_with_one_exponent=float(np.median(with_one)))
    note(benchmark, ns_a_sample_and_oscillator=quantile_us(pools["candidate"], 0.5) * 1e3 / size / recipe[4])
    assert np.median(ratios(pools, "pyyeti")) >= 50.0
