"""The trim of the control law: the integral, its limits, and what must not get into it."""

import numpy as np
import pytest

from drivers.channel import CODE_NAN
from rig.rt.control import Mode
from tests.law_bench import AXES, LEAD, PAN, RAMP, RIG, TORQUE, Bench, constant_drive, only


def test_the_integral_removes_a_standing_error_at_its_rate() -> None:
    """A constant error e gives a trim that grows by integral_per_s x e a second, on top of the proportional part."""
    law = RIG.axes[TORQUE].control
    bench = Bench(constant_drive(4 * RAMP), error_codes=only(TORQUE, 40))  # 10 N·m
    bench.play(LEAD + 100)
    trim = bench.column(TORQUE)[LEAD:] - 1000.0
    assert np.allclose(trim, law.proportional * 10.0 + law.integral_per_s * 10.0 * np.arange(1, 101) / 500.0)


def test_the_trim_stops_at_its_limit_and_comes_back_at_once() -> None:
    """Anti-windup: after a long saturation the first sample of the opposite error already leaves the bound."""
    law = RIG.axes[TORQUE].control
    sign = [1]
    bench = Bench(constant_drive(9 * RAMP), error_codes=lambda sample: only(TORQUE, sign[0] * 1200)(sample))
    bench.play(6 * RAMP)
    assert bench.column(TORQUE)[-1] == pytest.approx(1000.0 + law.trim_limit)
    assert bench.law.axes["integral"][TORQUE] <= law.trim_limit
    sign[0] = -1
    bench.play(1)
    assert bench.column(TORQUE)[-1] < 1000.0 + law.trim_limit - 1.0


def test_an_integral_beyond_a_bound_that_came_nearer_unwinds() -> None:
    """Near the end of the travel less trim is allowed than was gathered; an error away from the bound still counts."""
    drive = constant_drive(4 * RAMP, pan_m=0.1)
    drive[200:, PAN] = 0.1999  # leaves 0.1 mm of trim
    bench = Bench(drive, error_codes=only(PAN, 2000))
    bench.play(200 + LEAD)
    gathered = bench.law.axes["integral"][PAN]
    assert gathered > 2e-4
    bench.error_codes = only(PAN, -20)
    bench.play(100)
    assert bench.law.axes["integral"][PAN] < gathered
    assert bench.column(PAN).max() <= 0.2


def test_nothing_winds_up_while_a_hold_stands() -> None:
    """At span 0 the trim moves nothing, so an error there must not gather for the resume."""
    bench = Bench(constant_drive(4 * RAMP))
    bench.play(20)
    bench.law.ask(Mode.HOLD)
    bench.play(RAMP + 10)
    bench.error_codes = only(TORQUE, 400)
    before = bench.law.axes["integral"].copy()
    bench.play(1000)
    assert (bench.law.axes["integral"] == before).all()


def test_a_sensor_that_is_not_there_does_not_enter_the_integral() -> None:
    """The code for NaN is no measurement of -32768 counts."""
    bench = Bench(constant_drive(4 * RAMP), error_codes=only(TORQUE, CODE_NAN))
    bench.play(300)
    assert bench.law.axes["integral"][TORQUE] == 0.0
    assert np.allclose(bench.column(TORQUE), 1000.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_set_point_that_is_no_number_gives_no_command(bad: float) -> None:
    """What can't be judged must not be played: the command is no number, which the clamp refuses."""
    drive = constant_drive(200)
    drive[100, AXES + PAN] = bad
    bench = Bench(drive)
    bench.play(101)
    assert np.isnan(bench.column(PAN)[100])
    assert np.isfinite(bench.column(PAN)[:100]).all()


@pytest.mark.parametrize("beyond_m", [0.2001, 0.204, 0.21, -0.2001])
def test_no_trim_pulls_a_drive_back_into_the_range(beyond_m: float) -> None:
    """A drive beyond the travel reaches the clamp as it is, however little it is beyond."""
    drive = constant_drive(200)
    drive[100:, PAN] = beyond_m
    bench = Bench(drive, error_codes=only(PAN, 20))
    bench.play(101)
    assert bench.column(PAN)[100] == beyond_m
