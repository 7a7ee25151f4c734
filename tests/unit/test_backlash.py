"""Backlash found from set point and torque, on rows of a shaft model of the tests' own."""

import json

import numpy as np
import pytest
from numba import njit
from strut_rows import CODE_NAN, RATE_HZ, RIG, SURFACES, codes, healthy_rows

from rig.life.backlash import BacklashDetector
from rig.life.components import load_component
from rig.life.judge import Judge
from rig.life.parts import JudgeSettings
from rig.life.specimens import SpecimenFile
from rig.life.verdict import Outcome
from rig.life.watches import BacklashWatch
from rig.life.windows import Decoder, WindowAssembler

LENGTH_S, CHANGE_S = 70.0, 30.0
STIFFNESS_NM_PER_RAD, DAMPING_NMS_PER_RAD = 14_000.0, 14.0


@njit
def shaft_torque(drive_nm: np.ndarray, gap_rad: np.ndarray, step_s: float) -> np.ndarray:
    """The torque of a shaft behind a gap, which a drive winds up against its own damping."""
    torque, twist = np.zeros_like(drive_nm), 0.0
    for i in range(len(drive_nm)):
        half = 0.5 * gap_rad[i]
        wound = twist - half if twist > half else min(twist + half, 0.0)
        torque[i] = STIFFNESS_NM_PER_RAD * wound
        twist += step_s * (drive_nm[i] - torque[i]) / DAMPING_NMS_PER_RAD
    return torque


def turning_rows(gap_deg: float, offset_nm: float = 0.0, scale: float = 1.0, amplitude_nm: float = 400.0) -> np.ndarray:
    """Rows of a torque that swings through zero three times a second; the gap is 0.4° until it changes."""
    steps = 8
    fine_s = np.arange(round(LENGTH_S * RATE_HZ) * steps) / (RATE_HZ * steps)
    drive = amplitude_nm * np.sin(2.0 * np.pi * 1.5 * fine_s) + 0.4 * amplitude_nm * np.sin(2.0 * np.pi * 0.31 * fine_s)
    gap = np.radians(np.where(fine_s < CHANGE_S, 0.4, gap_deg))
    torque = shaft_torque(drive, gap, 1.0 / (RATE_HZ * steps))[::steps]
    rows = healthy_rows(LENGTH_S)
    noise = 5.0 * np.random.default_rng(4).standard_normal(len(rows))
    late = np.where(fine_s[::steps] < CHANGE_S, 0.0, 1.0)
    seen = torque * (1.0 + late * (scale - 1.0)) + late * offset_nm + noise
    axis = [each.name for each in RIG.axes].index("halfshaft_torque_nm")
    rows["setpoint"][:, axis] = np.rint(drive[::steps] / RIG.axes[axis].scale)
    codes(rows, "halfshaft_torque_nm")[:] = np.rint(seen / 0.25)
    return rows


def joint_judge() -> Judge:
    """A judge of the library's joint alone."""
    part = {"component": "cv_joint", "serial": "J-1"}
    file = SpecimenFile.model_validate({"kind": "specimens", "name": "joint", "specimens": (part,)})
    return Judge(RIG, [load_component("cv_joint")], file, SURFACES)


def found(rows: np.ndarray) -> list[tuple[str, str, str]]:
    """Component, severity and mode of all findings."""
    return [(each.component, each.severity, each.mode) for each in joint_judge().consume(rows)]


WARNED = ("cv_joint", "warning", "backlash")
FAILED = ("cv_joint", "failure", "backlash")


@pytest.mark.parametrize(("gap_deg", "expected"), [(0.4, []), (0.6, []), (1.0, [WARNED]), (1.6, [WARNED, FAILED])])
def test_a_gap_is_found_as_it_grows(gap_deg: float, expected: list[tuple[str, str, str]]) -> None:
    """Half as wide again is nothing; 2.5 times warns; four times warns in the block in which it began, and fails."""
    assert found(turning_rows(gap_deg)) == expected


def test_what_is_said_is_the_gaps_ratio() -> None:
    """From 0.4° to 1.6° is read as four times, within a fifth; it began where the gap did."""
    _, finding = joint_judge().consume(turning_rows(1.6))
    assert finding.value == pytest.approx(4.0, rel=0.2)
    assert finding.limit == pytest.approx(3.0)
    assert CHANGE_S * RATE_HZ - 10 * RATE_HZ < finding.sample < CHANGE_S * RATE_HZ + 10 * RATE_HZ
    assert finding.mechanism == "wear of the ball tracks and of the cage"
    assert "times its baseline, limit 3.00, in 3 blocks of crossings in a row" in finding.text


def test_a_healthy_block_counts_as_one() -> None:
    """A small gap is read unsurely; were its blocks passed over, only those that look worn would be in the sum."""
    judge = joint_judge()
    assert judge.consume(turning_rows(0.4)) == []
    (trend,) = judge.trends()
    assert sum(point.blocks for point in trend.points) == 7


def test_a_gap_below_twice_the_first_warns_by_its_sum() -> None:
    """0.8° after 0.4°: no three blocks in a row are beyond twice, five together are; told in times, with its limits."""
    (finding,) = joint_judge().consume(turning_rows(0.8))
    assert (finding.severity, finding.value) == ("warning", pytest.approx(1.9, abs=0.1))
    assert finding.limit == pytest.approx(1.0 / 0.7)
    assert finding.text.startswith("cv_joint: backlash 1.87 times its baseline on the mean of 5 blocks; the sum")
    assert (finding.evidence.first_sample / RATE_HZ) == pytest.approx(CHANGE_S, abs=8.0)


@pytest.mark.parametrize("wrong", [{"offset_nm": 15.0}, {"scale": 0.9}])
def test_a_sensor_that_drifts_is_no_gap(wrong: dict[str, float]) -> None:
    """An offset lies beside the crossing as well; a scale error takes from one side what it gives the other."""
    assert found(turning_rows(0.4, **wrong)) == []


def test_a_torque_that_does_not_cross_says_nothing() -> None:
    """A wide gap is not seen where the set point stays within the band."""
    assert found(turning_rows(1.6, amplitude_nm=15.0)) == []


@pytest.mark.parametrize(("amplitude_nm", "outcome"), [(400.0, Outcome.SURVIVED), (15.0, Outcome.SUSPENDED)])
def test_only_a_joint_that_was_judged_survives(amplitude_nm: float, outcome: Outcome) -> None:
    """Who reaches the target without enough crossings for one block after the baseline must be inspected."""
    judge = joint_judge()
    judge.consume(turning_rows(0.4, amplitude_nm=amplitude_nm))
    again = joint_judge()
    again.restore(json.loads(json.dumps(judge.state())))
    (verdict,) = again.verdicts(1.0, True, "reached 1 km")
    assert (verdict.outcome, verdict.to_inspect) == (outcome, outcome is Outcome.SUSPENDED)


def test_a_sensor_without_values_says_nothing() -> None:
    """Windows with codes that are no measurement are left out, and what they cut is no crossing."""
    rows = turning_rows(1.6)
    codes(rows, "halfshaft_torque_nm")[::200] = CODE_NAN
    assert found(rows) == []


def test_a_dead_sensor_is_no_gap() -> None:
    """One code again and again is no torque that is missing."""
    rows = turning_rows(0.4)
    codes(rows, "halfshaft_torque_nm")[round(CHANGE_S * RATE_HZ) :] = 0
    assert found(rows) == []


def test_a_lag_alone_is_hardly_a_gap() -> None:
    """Torque that is 4 ms late and has no gap: 98 % of what that looks like is taken out."""
    watch, rows = load_component("cv_joint").watch, healthy_rows(20.0)
    assert isinstance(watch, BacklashWatch)
    time_s = np.arange(len(rows)) / RATE_HZ
    swing = 400.0 * np.tanh(3.0 * np.sin(2.0 * np.pi * 1.5 * time_s))
    axis = [each.name for each in RIG.axes].index("halfshaft_torque_nm")
    rows["setpoint"][:, axis] = np.rint(swing / RIG.axes[axis].scale)
    codes(rows, "halfshaft_torque_nm")[:] = np.rint(np.interp(time_s - 0.004, time_s, swing) / 0.25)
    detector = BacklashDetector("cv_joint", watch, Decoder(RIG), RATE_HZ, JudgeSettings(baseline_blocks=99))
    for window in WindowAssembler(Decoder(RIG), 250, np.zeros(len(SURFACES) + 1, np.int64)).push(rows):
        detector.judge(window)
    late = [each.impulse for each in detector._crossings]
    assert abs(detector._baseline[0][0]) < 0.02 * float(np.median(late))
    assert len(detector._baseline) * watch.crossings + len(late) == 3 * 20 - 1, "each crossing once"


def test_any_pieces_and_any_restart_find_the_same() -> None:
    """Cut anywhere, and gone on with from its state through JSON."""
    rows = turning_rows(1.6)
    whole, cut, second = joint_judge(), joint_judge(), joint_judge()
    expected = whole.consume(rows)
    for piece in np.split(rows, [1, 777, 12_345, 12_400, 30_001]):
        second.restore(json.loads(json.dumps(cut.state())))
        second.consume(piece)
        cut, second = second, joint_judge()
    assert list(cut.findings) == expected
    assert cut.state() == whole.state()


def test_a_warning_comes_before_the_failure() -> None:
    """A file with ratios the wrong way round is refused."""
    watch = load_component("cv_joint").watch.model_dump() | {"warning_ratio": 4.0}
    with pytest.raises(ValueError, match="warning_ratio of at most failure_ratio"):
        type(load_component("cv_joint").watch).model_validate(watch)
