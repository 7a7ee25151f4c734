"""What planning costs for a kilometre, against the time the same kilometre takes to drive."""

from collections.abc import Callable
from typing import Any

import numpy as np

from profiles.car.response import iter_response
from profiles.car.vehicle import load_vehicle
from profiles.drive.high_band import shaker_block
from profiles.driver.speed import plan_speed
from profiles.road.builder import iter_road, road_digest
from profiles.road.terrain import STEP_M, load_terrain
from profiles.signal import FloatArray
from rig.config import load_rig
from rig.plan import make_plan
from tests.benchmark.slices import Durations, note, once, quantile_us, ratio, take_turns

TERRAIN = load_terrain("dune_loop")
CAR, RIG = load_vehicle("d7xr"), load_rig("one_corner")
KM = TERRAIN.length_m / 1000.0


def least_road() -> FloatArray:
    """The least that a synthesised road of two tracks costs: one inverse FFT of coloured noise for the whole length."""
    stations = round(TERRAIN.length_m / STEP_M)
    rng, bins = np.random.default_rng(1), stations // 2 + 1
    spectrum = rng.normal(size=(2, bins)) + 1j * rng.normal(size=(2, bins))
    return np.asarray(np.fft.irfft(spectrum / np.arange(1, bins + 1), stations))


def shaker_blocks() -> None:
    """The waveforms of the body-mount shaker, one for each segment: not part of a plan, but made before each run."""
    assert RIG.shaker is not None
    for segment in range(len(TERRAIN.segments)):
        shaker_block(TERRAIN, CAR, TERRAIN.seed, segment, RIG.shaker.rate_hz, RIG.shaker.points)


def test_road_against_one_transform(benchmark: Any) -> None:
    """All blocks of `iter_road`, with obstacles, cross-fades and tiles that do not depend on the block length."""
    pools = take_turns(
        benchmark,
        lambda: once(lambda: list(iter_road(TERRAIN, TERRAIN.seed))),
        {"one_transform": lambda: once(least_road)},
        slices=8,
    )
    note(benchmark, ratio_to_one_transform=ratio(pools, "one_transform"))
    note(benchmark, ms_a_km=quantile_us(pools["candidate"], 0.5) * 1e-3 / KM)
    assert quantile_us(pools["candidate"], 0.5) * 1e-6 / KM < 5.0


def test_plan_against_the_drive(benchmark: Any) -> None:
    """`make_plan` of the whole stage, its parts beside it, against the duration of the drive that it plans."""
    speeds = plan_speed(TERRAIN, CAR, TERRAIN.seed)

    def afresh(part: Callable[[], object]) -> Durations:
        plan_speed.cache_clear()  # it remembers its last plans
        return once(part)

    parts: dict[str, Callable[[], object]] = {
        "speed": lambda: plan_speed(TERRAIN, CAR, TERRAIN.seed),
        "road": lambda: list(iter_road(TERRAIN, TERRAIN.seed)),
        "road_digest": lambda: road_digest(TERRAIN, TERRAIN.seed),
        "road_and_car": lambda: list(iter_response(iter_road(TERRAIN, TERRAIN.seed), speeds, CAR)),
    }
    slices = {name: lambda part=part: afresh(part) for name, part in parts.items()}

    def shaker() -> Durations:
        plan_speed(TERRAIN, CAR, TERRAIN.seed)  # is known by then, as in a run
        return once(shaker_blocks)

    slices["shaker"] = shaker
    pools = take_turns(benchmark, lambda: afresh(lambda: make_plan(TERRAIN, CAR, RIG, TERRAIN.seed)), slices)
    plan_s = quantile_us(pools["candidate"], 0.5) * 1e-6
    note(benchmark, times_real_time=speeds.duration_s / plan_s, seconds_a_km=plan_s / KM)
    note(benchmark, **{f"{name}_over_plan": 1.0 / ratio(pools, name) for name in slices})
    assert speeds.duration_s / plan_s > 5.0
