"""Health blocks as the judge sees them: a fall is measured, health is health, what is not whole is not compared."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from strut_rows import CODE_NAN, RATE_HZ, RIG, Left, codes, healthy_rows

from rig.life.components import components_of
from rig.life.health import GROUP, SURFACE, WARNING_LOSS, HealthResult
from rig.life.judge import Judge
from rig.life.pooled import Pooled
from rig.life.specimens import load_specimens
from rig.life.strut import Sums
from rig.life.verdict import RIG as THE_RIG
from rig.life.verdict import WARNING, Finding
from rig.state import RigState

Rows = NDArray[np.void]

BLOCK_S, BETWEEN_S = 64.2, 2.6
NEXT = Left()
"""A block in which nothing is lost."""


def drive_of(*left: Left, before_s: float = 3.3) -> Rows:
    """Health blocks of the same motion, with noise of their own, and a little of another ground around each."""
    parts = [healthy_rows(before_s, seed=100)]
    for number, each in enumerate(left):
        parts += [block_of(number, each), healthy_rows(BETWEEN_S, seed=101 + number)]
        parts[-1]["segment"] = 0
    parts[0]["segment"] = 0
    rows = np.concatenate(parts)
    rows["sample"] = np.arange(len(rows))
    rows["distance_m"] = np.cumsum(np.where(rows["segment"] > 0, 0.0, rows["speed_mps"] / RATE_HZ))
    return rows


def block_of(number: int, left: Left) -> Rows:
    """One health block: the segment of its number, its motion that of all others, noise of 40 N of its own."""
    rows = healthy_rows(BLOCK_S, left, seed=7)
    rows["segment"] = number + 1
    noise = np.random.default_rng(200 + number).normal(0.0, 40.0 / 3.0, len(rows))
    codes(rows, "strut_force_n")[:] += np.rint(noise).astype(np.int16)
    return rows


def judge_of(blocks: int) -> Judge:
    file = load_specimens("new_parts")
    return Judge(RIG, components_of(file), file, ("dunes", *[SURFACE] * blocks))


def judged(rows: Rows, blocks: int) -> tuple[list[HealthResult], list[Finding]]:
    """What the health blocks say, and the findings that are theirs."""
    judge = judge_of(blocks)
    judge.consume(rows)
    return judge.health, [one for one in judge.findings if one.feature.startswith("health_")]


def test_healthy_blocks_differ_by_noise_alone() -> None:
    """All four shares are 1 within a twentieth of the loss that warns, and within four of the errors that are told."""
    results, findings = judged(drive_of(NEXT, NEXT, NEXT), 3)
    assert [(one.number, one.reference, one.why) for one in results] == [(1, 1, ""), (2, 1, ""), (3, 1, "")]
    assert findings == []
    for one in results[1:]:
        assert set(one.shares) == set(WARNING_LOSS)
        for name, (share, error) in one.shares.items():
            assert abs(share - 1.0) < min(0.05 * WARNING_LOSS[name], 4.0 * error), name
            assert 0.0 < error < 0.1 * WARNING_LOSS[name]
    assert [value for value, _ in results[0].shares.values()] == pytest.approx([1.0] * 4, abs=1e-12)


LOSSES = (Left(spring=0.995, damping=0.99, mount=0.99), Left(spring=0.95), Left(damping=0.93), Left(mount=0.92))


def test_what_is_lost_is_measured_and_warned_of_once() -> None:
    """Each share is right within two thousandths, a mount's within five; one block beyond its limit is enough."""
    results, findings = judged(drive_of(NEXT, *LOSSES, *LOSSES[1:3]), 7)
    for one, left in zip(results[1:], LOSSES, strict=False):
        wanted = {"stiffness": left.spring, "compression": left.damping, "rebound": left.damping, "mount": left.mount}
        for name, (share, _) in one.shares.items():
            assert share == pytest.approx(wanted[name], abs=0.005 if name == "mount" else 0.002), name
    told = [(one.component, one.mode, one.feature, one.evidence.first_sample) for one in findings]
    starts = [one.first_sample for one in results]
    assert told == [
        ("coil_spring", "crack", "health_stiffness", starts[2]),
        ("damper", "leak", "health_compression", starts[3]),
        ("damper", "leak", "health_rebound", starts[3]),
        ("top_mount", "softening", "health_mount", starts[4]),
    ]
    assert {one.severity for one in findings} == {WARNING}


def test_a_sensor_that_reads_low_is_blamed_and_no_part() -> None:
    """Where spring and damper lose the same, it is the force."""
    rows = drive_of(NEXT, NEXT)
    force = codes(rows, "strut_force_n")
    force[:] = np.where(rows["segment"] == 2, np.rint(0.94 * force), force).astype(np.int16)
    _, findings = judged(rows, 2)
    assert [(one.component, one.mode) for one in findings] == [(THE_RIG, "sensor_scale")]


def _held(rows: Rows, inside: NDArray[np.int64]) -> Rows:
    rows["state"][inside[5000:5600]] = int(RigState.HOLDING)
    return rows


def _dead(rows: Rows, inside: NDArray[np.int64]) -> Rows:
    codes(rows, "strut_travel_m")[inside[9000:9400]] = 17
    return rows


def _absent(rows: Rows, inside: NDArray[np.int64]) -> Rows:
    codes(rows, "strut_force_n")[inside[9000]] = CODE_NAN
    return rows


def _missing(rows: Rows, inside: NDArray[np.int64]) -> Rows:
    return np.delete(rows, inside[12_000:12_300])


def _short(rows: Rows, inside: NDArray[np.int64]) -> Rows:
    rows["segment"][inside[:15_000]] = 0
    return rows


SPOILT: dict[str, Callable[[Rows, NDArray[np.int64]], Rows]] = {
    "it was not played in full": _held,
    "a sensor gave no measurement": _dead,
    "a sensor gave no measurement, once": _absent,
    "are needed": _short,
    "samples are missing in it": _missing,
}


def test_what_is_not_whole_is_not_compared_and_says_why() -> None:
    """Nor is anything held against it: the first good one is what healthy means, however weak those before were."""
    rows = drive_of(*[Left(spring=0.9)] * len(SPOILT), NEXT, NEXT)
    for number, spoil in enumerate(SPOILT.values(), 1):
        rows = spoil(rows, np.flatnonzero(rows["segment"] == number))
    results, findings = judged(rows, len(SPOILT) + 2)
    assert [one.reference for one in results] == [None] * len(SPOILT) + [6, 6]
    for one, why in zip(results, SPOILT, strict=False):
        assert why.removesuffix(", once") in one.why
        assert one.shares == {}
        assert "not compared" in one.text
    assert findings == []


def test_the_same_however_rows_are_cut_and_after_a_restart() -> None:
    """In pieces of any length, saved and taken up by another judge in the middle of blocks: the same to the bit."""
    rows = drive_of(NEXT, Left(damping=0.93))
    whole = judge_of(2)
    whole.consume(rows)
    pieces, judge = np.split(rows, [777, 20_001, 20_002, 41_300, 60_000]), judge_of(2)
    for piece in pieces:
        judge.consume(piece)
        saved = json.loads(json.dumps(judge.state()))
        judge = judge_of(2)
        judge.restore(saved)
    assert judge.health == whole.health
    assert len(whole.health) == 2
    assert judge.findings == whole.findings


def test_where_windows_fall_hardly_matters() -> None:
    """The block begins anywhere in a window: the share moves by less than a fiftieth of the loss that warns."""
    first = drive_of(NEXT, NEXT)
    later = np.concatenate([first, drive_of(NEXT, before_s=3.41)])
    later["segment"][len(first) :] *= 3
    later["sample"] = np.arange(len(later))
    results, _ = judged(later, 3)
    assert [one.reference for one in results] == [1, 1, 1]
    assert all(abs(share - 1.0) < 0.02 * WARNING_LOSS[name] for name, (share, _) in results[2].shares.items())


def test_a_block_that_does_not_end_says_nothing_yet() -> None:
    """Where rows end within it, there is no result; without health blocks there are none at all."""
    rows = drive_of(NEXT)
    results, _ = judged(rows[: -round(BETWEEN_S * RATE_HZ)], 1)
    assert results == []
    assert judged(healthy_rows(20.0), 0)[0] == []


def test_what_the_model_lacks_is_no_error() -> None:
    """A strut that stiffens with travel, alike in both blocks: the error that is told is that of noise all the same."""
    rows = drive_of(NEXT, NEXT)
    travel_m = 1e-5 * codes(rows, "strut_travel_m")
    codes(rows, "strut_force_n")[:] += np.rint(2e6 * travel_m**3 / 3.0).astype(np.int16)
    results, _ = judged(rows, 2)
    share, error = results[1].shares["stiffness"]
    assert abs(share - 1.0) < 2.0 * error
    assert error < 0.002, "0.005 where the same stretch is not left out of both"


def test_groups_are_ten_seconds_and_add_up() -> None:
    """45 windows are three groups; what is left out and what is left are the whole; saved and taken up again."""
    pooled = Pooled(GROUP)
    for k in range(45):
        pooled.add(Sums(np.full((7, 7), 2.0**k), 1.0, 2.0), np.full((3, 3), float(k)))
    assert (pooled.groups, pooled.windows) == (3, 45)
    strut, mount = pooled.without(1)
    assert strut.moments[0, 0] == sum(2.0**k for k in (*range(20), *range(40, 45)))
    assert (strut.travel_noise, strut.speed_noise) == (25.0, 50.0)
    assert mount[0, 0] == sum((*range(20), *range(40, 45)))
    again = Pooled.restored(json.loads(json.dumps(pooled.state())))
    assert again.strut.moments.tobytes() == pooled.strut.moments.tobytes()
    assert (again.groups, again.windows, again.mount.tolist()) == (3, 45, pooled.mount.tolist())
