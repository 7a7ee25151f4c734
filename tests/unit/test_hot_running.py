"""A bearing that runs hot: found by kelvin and by friction, and by neither alone; the model in closed form."""

import json
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rig.life.friction_heat import FrictionHeat
from rig.life.hot_running import HotRunningDetector
from rig.life.verdict import Finding
from rig.life.watches import CusumRule, TemperatureWatch
from rig.life.windows import Decoder
from tests.strut_rows import CODE_NAN, RATE_HZ, RIG, codes
from tests.warm_rows import AIR_DEGC, SPEED_RADPS, TORQUE_NM, WATCH, excess_k, readings, turning_rows

Readings = Sequence[tuple[int, float, dict[str, float | None]]]


def detector(watch: TemperatureWatch = WATCH) -> HotRunningDetector:
    """Of a hub, in blocks of ten seconds."""
    return HotRunningDetector("hub_bearing", watch, Decoder(RIG), RATE_HZ)


def played(judge: HotRunningDetector, rows: NDArray[np.void], told: Readings) -> list[Finding]:
    """Rows second by second, each reading after those of its sample."""
    found, done = [], 0
    for sample, km, values in told:
        judge.add(rows[done : sample + 1])
        done = sample + 1
        found += judge.judge(sample, km, values)
    return found


def said(found: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Who, how bad, which mode."""
    return [(each.component, each.severity, each.mode) for each in found]


def test_the_model_is_the_closed_form() -> None:
    """Constant power: 9 K · (1 − exp(−t/40 s)); and it cools while the rig holds still."""
    model = FrictionHeat(WATCH, Decoder(RIG), RATE_HZ)
    model.add(turning_rows(100.0))
    point = model.at(100 * RATE_HZ - 1)
    assert point is not None
    assert point.excess_k == pytest.approx(excess_k(100.0), rel=1e-4)
    assert point.heat_j == pytest.approx(WATCH.drag_nm * SPEED_RADPS * 100.0, rel=1e-9)
    still = turning_rows(140.0, speed_radps=0.0)[100 * RATE_HZ :]
    model.add(still)
    later = model.at(10**9)
    assert later is not None
    assert later.excess_k == pytest.approx(point.excess_k * math.exp(-1.0), rel=1e-4)


def test_power_through_the_joint_makes_heat() -> None:
    """A loss of half a per cent of torque times speed."""
    joint = WATCH.model_copy(update={"drag_nm": 0.0, "loss_ratio": 0.005, "torque_channel": "halfshaft_torque_nm"})
    model = FrictionHeat(joint, Decoder(RIG), RATE_HZ)
    model.add(turning_rows(10.0))
    point = model.at(10 * RATE_HZ)
    assert point is not None
    assert point.heat_j == pytest.approx(0.005 * TORQUE_NM * SPEED_RADPS * 10.0, rel=1e-9)


def test_a_speed_that_is_none_leaves_the_last_power() -> None:
    """A NaN adds no nonsense, and the part does not go cold by it."""
    rows = turning_rows(10.0)
    codes(rows, "shaft_speed_radps")[RATE_HZ : 9 * RATE_HZ] = CODE_NAN
    model, whole = (FrictionHeat(WATCH, Decoder(RIG), RATE_HZ) for _ in range(2))
    model.add(rows)
    whole.add(turning_rows(10.0))
    assert model.at(10 * RATE_HZ) == whole.at(10 * RATE_HZ)


@pytest.mark.parametrize("offset_k", [0.0, 25.0, -8.0])
def test_a_healthy_part_is_left_alone(offset_k: float) -> None:
    """Also one that came hot from another run, or cold out of the night."""
    assert played(detector(), turning_rows(300.0), readings(300, offset_k=offset_k)) == []


def test_friction_of_three_warns_then_fails() -> None:
    """18 K more in the end: a warning by the friction, a failure once there are 6 K of it too."""
    found = played(detector(), turning_rows(400.0), readings(400, friction=3.0, since_s=100.0))
    assert said(found) == [("hub_bearing", "warning", "running_hot"), ("hub_bearing", "failure", "running_hot")]
    warning, failure = found
    at_6_k_s = 100.0 - 40.0 * math.log(1.0 - 6.0 / 18.0)
    for each, begun_s in ((warning, 110.0), (failure, at_6_k_s)):
        assert begun_s - 10.0 <= each.sample / RATE_HZ <= begun_s + 10.0
        assert each.evidence.last_sample - each.sample == pytest.approx(30.0 * RATE_HZ, abs=RATE_HZ + 1)
        assert each.detected_km > each.distance_km
    assert (warning.limit, failure.limit) == (1.5, 2.0)
    assert 2.0 <= failure.value <= 3.2


SUMMED = WATCH.model_copy(
    update={
        "hot_running": WATCH.hot_running.model_copy(
            update={"cusum": CusumRule(allowance=0.15, interval=0.6, source="a test", confidence="design")}
        )
    }
)


def test_friction_below_the_warning_warns_by_its_sum() -> None:
    """1.35 times is no block's limit; a fifth of it a block beyond 1.15 comes to 0.6. Healthy friction adds nothing."""
    (warning,) = played(detector(SUMMED), turning_rows(400.0), readings(400, friction=1.35, since_s=100.0))
    assert (warning.severity, warning.mode, warning.limit) == ("warning", "running_hot", 1.15)
    assert warning.value == pytest.approx(1.35, abs=0.05)
    assert 110.0 <= warning.sample / RATE_HZ <= 140.0
    assert warning.text.startswith("hub_bearing: by its temperature 1.3")
    assert played(detector(SUMMED), turning_rows(400.0), readings(400)) == []
    assert played(detector(), turning_rows(400.0), readings(400, friction=1.35, since_s=100.0)) == []


def test_a_sensor_that_is_blamed_leaves_no_sum() -> None:
    """Friction beyond the allowance, then one value again and again: what was added up is doubtful too."""
    told = readings(250, friction=1.25, since_s=100.0)
    stuck = [(s, km, {**v, "hub_temperature_degc": 44.0} if 155 <= s / RATE_HZ < 175 else v) for s, km, v in told]
    assert said(played(detector(SUMMED), turning_rows(250.0), told)) == [("hub_bearing", "warning", "running_hot")]
    judge = detector(SUMMED)
    assert said(played(judge, turning_rows(180.0), [each for each in stuck if each[0] < 180 * RATE_HZ])) == [
        ("rig", "warning", "sensor_stuck")
    ]
    assert judge.state()["cusum"] == {"value": 0.0, "excursion": None}


def test_much_friction_of_a_slow_wheel_is_no_failure() -> None:
    """Four times the friction of hardly any heat: 4.5 K above the model, less than a failure needs."""
    slow_radps = SPEED_RADPS / 6.0
    told = [
        (sample, km, {**values, "hub_temperature_degc": AIR_DEGC + 1.5 * (1.0 - math.exp(-s / 40.0)) + more_k})
        for sample, km, values in readings(500)
        for s in [sample / RATE_HZ]
        for more_k in [4.5 * (1.0 - math.exp(-max(0.0, s - 100.0) / 40.0)) + 0.01 * math.sin(s)]
    ]
    found = played(detector(), turning_rows(500.0, slow_radps), told)
    assert said(found) == [("hub_bearing", "warning", "running_hot")]


@pytest.mark.parametrize("nothing", [None, math.nan])
def test_without_readings_nothing_is_said_and_a_gap_breaks_the_count(nothing: float | None) -> None:
    """Hot blocks, a gap of one, hot blocks: no three in a row."""
    told = readings(142, friction=3.0, since_s=100.0)
    gap = [(s, km, {**v, "hub_temperature_degc": nothing} if 120 <= s / RATE_HZ < 130 else v) for s, km, v in told]
    assert said(played(detector(), turning_rows(142.0), told)) == [("hub_bearing", "warning", "running_hot")]
    assert played(detector(), turning_rows(142.0), gap) == []


@pytest.mark.parametrize("dead", ["hub_temperature_degc", "ambient_temperature_degc"])
def test_one_dead_sensor_of_the_two_is_seen(dead: str) -> None:
    """The other's noise must not hide it: blamed, and the part is not vouched for."""
    told = [(s, km, {**values, dead: 33.0}) for s, km, values in readings(300)]
    judge = detector()
    assert said(played(judge, turning_rows(300.0), told)) == [("rig", "warning", "sensor_stuck")]
    assert judge.is_blind(299 * RATE_HZ)


def test_a_sensor_that_has_come_off_is_blamed() -> None:
    """It reads the air, whatever the bearing does: hardly any friction, which no bearing has."""
    noise = np.random.default_rng(8)
    told = [
        (s, km, {**values, "hub_temperature_degc": AIR_DEGC + 0.05 * noise.standard_normal()})
        for s, km, values in readings(300)
    ]
    judge = detector()
    assert said(played(judge, turning_rows(300.0), told)) == [("rig", "warning", "sensor_low")]
    assert judge.is_blind(299 * RATE_HZ)


def test_a_wild_sensor_vouches_for_nothing() -> None:
    """What it tells is no friction, so the part must be inspected: it may be the bearing that seizes."""
    judge = detector()
    told = [(s, km, {**v, "hub_temperature_degc": 40.0 + 9.0 * s / RATE_HZ}) for s, km, v in readings(200)]
    played(judge, turning_rows(200.0), told)
    assert judge.is_blind(199 * RATE_HZ)


def test_blocks_beside_a_gap_are_not_in_a_row() -> None:
    """Every fourth block without a reading: friction takes four in a row, so nothing is ever said of it."""
    told = [
        (s, km, {} if s / RATE_HZ % 40.0 < 10.0 else values)
        for s, km, values in readings(400, friction=3.0, since_s=50.0)
    ]
    judge = detector()
    assert played(judge, turning_rows(400.0), told) == []
    assert judge.is_blind(399 * RATE_HZ)


@pytest.mark.parametrize(
    ("value_degc", "mode"), [(lambda _: 71.25, "sensor_stuck"), (lambda second: 40.0 + 9.0 * second, "sensor_scale")]
)
def test_a_dead_or_wild_sensor_is_blamed_once_and_no_part(value_degc, mode: str) -> None:  # type: ignore[no-untyped-def]
    """One value again and again; a rise that no friction makes."""
    told = [(s, km, {**values, "hub_temperature_degc": value_degc(s // RATE_HZ)}) for s, km, values in readings(200)]
    found = played(detector(), turning_rows(200.0), told)
    assert ("rig", "warning", mode) in said(found)
    assert not [each for each in found if each.severity == "failure"]
    assert said(found).count(("rig", "warning", mode)) == 1


@settings(deadline=None, max_examples=8)
@given(cuts=st.lists(st.integers(1, 200 * RATE_HZ), max_size=6), saved=st.integers(1, 198))
def test_any_split_and_any_restart_gives_the_same(cuts: list[int], saved: int) -> None:
    """Bit for bit, through JSON."""
    rows, told = turning_rows(200.0), readings(200, friction=4.0, since_s=60.0)
    whole, parts = detector(SUMMED), detector(SUMMED)
    wanted = played(whole, rows, told)
    found, done = [], 0
    for number, (sample, km, values) in enumerate(told):
        borders = [done, *sorted(cut for cut in cuts if done < cut <= sample), sample + 1]
        for start, end in pairwise(borders):
            parts.add(rows[start:end])
        done = sample + 1
        found += parts.judge(sample, km, values)
        if number == saved:
            state = json.loads(json.dumps(parts.state()))
            parts = detector(SUMMED)
            parts.restore(state)
    assert found == wanted
    assert json.dumps(parts.state()) == json.dumps(whole.state())
    assert len(wanted) == 2


def test_a_reading_is_judged_once_and_one_of_long_ago_not_at_all() -> None:
    """What comes again, or later than the model is kept, changes nothing."""
    judge, rows, told = detector(), turning_rows(100.0), readings(100)
    played(judge, rows, told)
    state = json.dumps(judge.state())
    assert judge.judge(*told[-1]) == []
    assert judge.judge(*told[5]) == []
    assert json.dumps(judge.state()) == state


def test_a_watch_that_has_told_nothing_lately_is_blind() -> None:
    """Without readings, before three frictions have been told, and where they came to an end long ago."""
    rows, told = turning_rows(100.0), readings(100)
    seeing, never, lost = detector(), detector(), detector()
    played(seeing, rows, told)
    played(never, rows, [(sample, km, {}) for sample, km, _ in told])
    played(lost, rows, [(sample, km, values if km < 0.62 else {}) for sample, km, values in told])
    assert not seeing.is_blind(100 * RATE_HZ - 1)
    assert never.is_blind(100 * RATE_HZ - 1)
    assert not lost.is_blind(99 * RATE_HZ)
    assert lost.is_blind(101 * RATE_HZ)
    for seconds, blind in ((55, True), (62, False)):
        early = detector()
        played(early, rows, told[:seconds])
        assert early.is_blind(seconds * RATE_HZ) == blind


def test_a_watch_without_friction_is_refused() -> None:
    """It would have no model."""
    with pytest.raises(ValueError, match="drag_nm above 0"):
        TemperatureWatch.model_validate({**WATCH.model_dump(), "drag_nm": 0.0})
