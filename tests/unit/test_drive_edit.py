"""A drive without its mild parts: splicing in closed form and any blocks; commands anew; distances."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiles.drive.edit import Kept, Played, cut_drive, fade_in, join_samples, kept_fault, pieces, splice, total
from profiles.drive.prepare import FELT, DriveBlock
from profiles.driver.speed import PLAN_HZ, SpeedPlan
from tests.drives import BENCH

RATE_HZ, FADE = 500.0, 100
KEPT: Kept = ((0, 1000), (1500, 2100), (5000, 8000))


def spliced(rows: np.ndarray, *cuts: int, kept: Kept = KEPT) -> np.ndarray:
    """All rows in blocks that end at some rows."""
    return np.concatenate(list(splice(np.split(rows, sorted(cuts)), kept, FADE)))


def test_a_stretch_fades_into_the_next() -> None:
    """Ramps by the sample number: each kept row as it was, each row of a join a mean, half a cosine apart."""
    out = spliced(np.arange(8000.0)[:, None])[:, 0]
    share = 0.5 - 0.5 * np.cos(np.pi * (np.arange(FADE) + 0.5) / FADE)
    assert len(out) == total(KEPT, FADE) == 4600 - 2 * FADE
    assert np.array_equal(out[:900], np.arange(900.0))
    assert out[900:1000] == pytest.approx((1 - share) * np.arange(900, 1000) + share * np.arange(1500, 1600))
    assert np.array_equal(out[1000:1400], np.arange(1600.0, 2000.0))
    assert np.array_equal(out[-2900:], np.arange(5100.0, 8000.0))
    assert fade_in(FADE)[[0, -1], 0].sum() == pytest.approx(1.0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 8000), max_size=8))
def test_any_blocks_splice_to_the_same_bits(cuts: list[int]) -> None:
    """Empty blocks, blocks within a join, blocks longer than a stretch."""
    rows = np.random.default_rng(3).normal(size=(8000, 2))
    assert np.array_equal(spliced(rows, *cuts), spliced(rows))


def drive_of(setpoint: np.ndarray, cut: int = 8000) -> Iterator[DriveBlock]:
    """A drive whose set points are given and whose commands are not looked at."""
    for first in range(0, len(setpoint), cut):
        part = setpoint[first : first + cut]
        at_m = 0.02 * np.arange(first, first + len(part))
        segment = (at_m > 60.0).astype(np.int16)
        felt, none = np.zeros((len(part), len(FELT))), np.zeros(3, np.int64)
        nothing = np.full_like(part, np.nan)
        yield DriveBlock(first, nothing, part, at_m, np.full(len(part), 10.0), segment, felt, none, (25.0, 26.0))


def test_commands_of_a_level_and_of_a_wave() -> None:
    """What never changes is commanded as it is; a wave's commands are the same in any blocks, and lead it."""
    level = np.tile([0.05, 300.0, 20.0], (8000, 1))
    drive = np.concatenate([block.drive for block in cut_drive(drive_of(level), BENCH, KEPT)])
    assert drive == pytest.approx(np.tile(level[0], (4400, 1)), rel=2e-3)
    time_s = np.arange(8000)[:, None] / RATE_HZ
    wave = np.sin(2 * np.pi * 2.0 * time_s) * [0.05, 300.0, 20.0]
    whole, cut = list(cut_drive(drive_of(wave), BENCH, KEPT)), list(cut_drive(drive_of(wave, 333), BENCH, KEPT))
    assert [len(block.drive) for block in whole] == [4096, 304]
    for one, other in zip(whole, cut, strict=True):
        assert np.array_equal(one.drive, other.drive)
        assert np.array_equal(one.setpoint, other.setpoint)
        assert (one.first_sample, one.end_degc) == (other.first_sample, (25.0, 26.0))
    pan, told = whole[0].setpoint[200:800, 0], whole[0].drive[:, 0]
    lags = [float(np.mean(np.square(told[200 - lag : 800 - lag] - pan))) for lag in range(12)]
    assert 2 <= int(np.argmin(lags)) <= 6  # dead time and the actuator's own answer, some ten milliseconds
    assert set(np.concatenate([block.segment for block in whole]).tolist()) == {0, 1}


def test_played_distance() -> None:
    """At 10 m/s a second is 10 m, in a join too; what is left out is passed in the time of a join."""
    plan = SpeedPlan.of(np.full(round(16 * PLAN_HZ) + 1, 10.0), 160.0)
    played = Played.of(plan, KEPT, RATE_HZ)
    assert played.length_m == pytest.approx(total(KEPT, FADE) / RATE_HZ * 10.0)
    assert played.at(np.array([0.0, 10.0, 18.0])) == pytest.approx([0.0, 10.0, 18.0])
    assert played.at(np.array([32.0])) == pytest.approx([20.0])
    assert (np.diff(played.at(np.linspace(0, 160, 500))) > 0.0).all()


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (KEPT, ""),
        ((), "from sample 0"),
        (((10, 8000),), "from sample 0"),
        (((0, 7000),), "the drive's end at 8000"),
        (((0, 199), (400, 8000)), "at least 200 samples"),
        (((0, 1000), (1000, 8000)), "something left out"),
    ],
)
def test_stretches_that_can_be_kept(kept: Kept, told: str) -> None:
    """Both ends of the drive, each stretch longer than its joins, something left out between two."""
    found = kept_fault(kept, RATE_HZ, 8000)
    assert told in found if told else found == ""


def test_windows_become_stretches() -> None:
    """Neighbours join, a gap shorter than wanted is filled, the last window ends with the drive."""
    wanted = np.array([1, 1, 0, 0, 1, 0, 1], bool)
    assert pieces(wanted, 1000, 6500, 200) == ((0, 2000), (4000, 5000), (6000, 6500))
    assert pieces(wanted, 1000, 6500, 1500) == ((0, 2000), (4000, 6500))
    assert join_samples(RATE_HZ) == FADE
