"""What a plan counts while the drive passes by: the same whatever the blocks, and what the drive holds."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from profiles.drive.prepare import FELT, DriveBlock
from profiles.driver.speed import plan_speed
from rig.life.rainflow import RainflowCounter
from rig.plan.leg import leg_blocks
from rig.plan.tally import EXPONENTS, GATE_SHARE, LOAD, NARROW_M, STRUT_SCALE_N, WIDE_M, Tally, bin_width_m
from tests.plans import stage_file, task_of

AXES = ("pan_displacement_m", "halfshaft_torque_nm", "shaft_speed_radps")
SCALES = (0.2, 6000.0, 120.0)
PARTS = "  - {surface: reg, length_km: 0.2}\n  - {surface: wadi, length_km: 0.2}\n  - {surface: reg, length_km: 0.1}\n"
STRUT = FELT.index("strut_force_n")


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> list[DriveBlock]:
    task = task_of(course(tmp_path_factory))
    speed = plan_speed(task.leg.route, task.vehicle, task.style)
    return list(leg_blocks(task, speed))


def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stage_file(tmp_path_factory.mktemp("stage"), parts=PARTS)


def tally_of(blocks: list[DriveBlock], tmp_path_factory: pytest.TempPathFactory) -> Tally:
    tally = Tally(task_of(course(tmp_path_factory)).leg.route, AXES, SCALES, 500.0)
    for block in blocks:
        tally.consume(block)
    tally.finish()
    return tally


@pytest.fixture(scope="module")
def tally(blocks: list[DriveBlock], tmp_path_factory: pytest.TempPathFactory) -> Tally:
    return tally_of(blocks, tmp_path_factory)


def cut(blocks: list[DriveBlock], samples: int) -> Iterator[DriveBlock]:
    """The same drive in shorter blocks."""
    for block in blocks:
        for start in range(0, len(block.drive), samples):
            part = slice(start, start + samples)
            yield DriveBlock(
                block.first_sample + start, block.drive[part], block.setpoint[part], block.distance_m[part],
                block.speed_mps[part], block.segment[part], block.felt[part], block.clipped, block.end_degc,
            )  # fmt: skip


def test_grounds_hold_what_was_driven_on_them(tally: Tally, blocks: list[DriveBlock]) -> None:
    """Two grounds, one of them in two segments; lengths, times, speeds, RMS and peaks as the samples have them."""
    assert [(g.label, g.surface) for g in tally.grounds] == [("reg", "stony_plain"), ("wadi", "wadi")]
    on_reg = np.concatenate([block.segment != 1 for block in blocks])
    pan = np.concatenate([block.setpoint[:, 0] for block in blocks])
    speed = np.concatenate([block.speed_mps for block in blocks])
    for ground, there, length_m in zip(tally.grounds, (on_reg, ~on_reg), (300.0, 200.0), strict=True):
        assert ground.length_m == pytest.approx(length_m, abs=1.0)
        assert ground.duration_s == pytest.approx(np.count_nonzero(there) / 500.0)
        assert ground.top_mps == speed[there].max()
        assert ground.rms(AXES[0]) == pytest.approx(np.sqrt(np.mean(pan[there] ** 2)))
        assert ground.peak[AXES[0]] == np.abs(pan[there]).max()


def test_damage_is_that_of_the_whole_history(tally: Tally, blocks: list[DriveBlock]) -> None:
    """Shares by ground add up to the rainflow sum of the strut force, counted in one go, residue as half cycles."""
    strut = np.concatenate([block.felt[:, STRUT] for block in blocks])
    counter = RainflowCounter(gate=GATE_SHARE * STRUT_SCALE_N)
    parts = [counter.count(strut, np.zeros(len(strut), dtype=np.int64)), counter.residue_cycles()]
    for exponent in EXPONENTS:
        whole = sum(float((part.weights * part.ranges**exponent).sum()) for part in parts)
        assert sum(ground.damage[LOAD][exponent] for ground in tally.grounds) == pytest.approx(whole)
        assert all(ground.damage[LOAD][exponent] > 0.0 for ground in tally.grounds)


def test_blocks_do_not_matter(tally: Tally, blocks: list[DriveBlock], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cut into blocks of 333 samples, everything comes out the same; sums to rounding."""
    other = tally_of(list(cut(blocks, 333)), tmp_path_factory)
    assert other.samples == tally.samples
    for mine, theirs in zip(tally.grounds, other.grounds, strict=True):
        assert theirs.damage[LOAD] == pytest.approx(mine.damage[LOAD])
        assert theirs.squares == pytest.approx(mine.squares)
        assert theirs.peak == mine.peak
        assert theirs.hottest_degc == mine.hottest_degc
    for name in ("strut_peak_n", "travel_peak", "peak_m", "segment"):
        assert np.array_equal(getattr(other.bins, name), getattr(tally.bins, name))
    assert other.bins.duration_s == pytest.approx(tally.bins.duration_s)
    assert np.array_equal(other.crossings[AXES[0]].counts, tally.crossings[AXES[0]].counts)
    assert np.array_equal(other.ranges[LOAD].cycles, tally.ranges[LOAD].cycles)


def test_bins_say_where_the_strut_takes_most(tally: Tally, blocks: list[DriveBlock]) -> None:
    """The largest bin has the drive's largest force, its place, its segment; bins are narrow on a short route."""
    strut = np.concatenate([np.abs(block.felt[:, STRUT]) for block in blocks])
    distance = np.concatenate([block.distance_m for block in blocks])
    worst = int(np.argmax(tally.bins.strut_peak_n))
    assert tally.bins.strut_peak_n[worst] == strut.max()
    assert tally.bins.peak_m[worst] == distance[int(np.argmax(strut))]
    assert worst == int(tally.bins.peak_m[worst] / NARROW_M)
    assert tally.bins.duration_s.sum() == pytest.approx(tally.samples / 500.0)
    assert (bin_width_m(500.0), bin_width_m(80_000.0)) == (NARROW_M, WIDE_M)


def test_segments_hold_their_own(tally: Tally) -> None:
    """Three segments, the last of the first one's ground; the time of all is that of the drive."""
    assert len(tally.segments) == 3
    assert sum(one.duration_s for one in tally.segments) == pytest.approx(tally.samples / 500.0)
    assert max(tally.segments[0].top_mps, tally.segments[2].top_mps) == tally.grounds[0].top_mps
