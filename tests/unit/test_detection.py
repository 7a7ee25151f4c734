"""Detection on synthetic signals: each failure is found and told apart, and nothing else is taken for one."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from strut_rows import CODE_END, CODE_NAN, RATE_HZ, Left, after, codes, healthy_rows, new_judge

from rig.life.strut import EDGE, Strut, differentiate, energy_shares, noise_variance, nominal, regress, shares, smooth
from rig.life.verdict import FAILURE, RIG, Finding
from rig.state import RigState

Rows = NDArray[np.void]


def judged(rows: Rows) -> list[Finding]:
    """All findings about a run."""
    return new_judge().consume(rows)


def test_differentiator_is_exact_to_fourth_order() -> None:
    """The speed of a 40 Hz sine is right within 0.3 %, and all columns have the same delay: none."""
    time_s = np.arange(250) / RATE_HZ
    omega = 2.0 * np.pi * 40.0
    speed = differentiate(np.sin(omega * time_s), RATE_HZ)
    assert np.abs(speed / omega - np.cos(omega * time_s)[2:-2]).max() < 0.003
    assert len(smooth(speed)) == 250 - 2 * EDGE


def test_regression_gives_back_the_strut() -> None:
    """Stiffness within 0.5 %, each damping force at 0.5 m/s within 2 %, from ten seconds with noise."""
    rows = healthy_rows(10.0)
    force, travel = 3.0 * codes(rows, "strut_force_n"), 1e-5 * codes(rows, "strut_travel_m")
    found = regress(Strut(RATE_HZ, 0.25, 0.002).sums(force, travel, 20.8).moments)
    assert found is not None
    assert found[0] == pytest.approx(54_000.0, rel=0.005)
    assert 0.5 * found[1] + 0.25 * found[3] == pytest.approx(2200.0 * 0.5 + 2300.0 * 0.25, rel=0.02)
    assert 0.5 * found[2] + 0.25 * found[4] == pytest.approx(3600.0 * 0.5 + 5400.0 * 0.25, rel=0.02)


def test_shares_tell_spring_from_damper() -> None:
    """Half a second is enough to see which of two is weak; the second features agree without a fit."""
    drawn = nominal(54_000.0, (4500.0, 2200.0), (9000.0, 3600.0))
    rows = healthy_rows(0.5, Left(damping=0.7))
    force, travel = 3.0 * codes(rows, "strut_force_n"), 1e-5 * codes(rows, "strut_travel_m")
    moments = Strut(RATE_HZ, 0.25, 0.0).sums(force, travel, 20.0).moments
    left = shares(moments, drawn)
    assert left is not None
    assert left.spring.value == pytest.approx(1.0, abs=0.03)
    assert left.compression.value == pytest.approx(0.7, abs=0.03)
    assert left.rebound.value == pytest.approx(0.7, abs=0.03)
    assert energy_shares(moments, drawn)[1] == pytest.approx(0.7, abs=0.03)


def test_a_strut_that_does_not_move_is_not_determined() -> None:
    """Without motion there is no answer, rather than a wrong one."""
    sums = Strut(RATE_HZ, 0.25, 0.0).sums(np.zeros(250), np.zeros(250), 20.0)
    assert (sums.spring_hidden, sums.damper_hidden) == (1.0, 1.0)
    assert regress(sums.moments) is None
    assert shares(sums.moments, nominal(54_000.0, (4500.0, 2200.0), (9000.0, 3600.0))) is None


def test_noise_that_passes_for_motion_is_known() -> None:
    """Noise of 0.05 mm on a strut at rest: its variance is found within a tenth, and it hides everything."""
    noise = 5e-5 * np.random.default_rng(4).standard_normal(5000)
    sums = Strut(RATE_HZ, 0.25, 0.0).sums(np.zeros(5000), noise, 20.0)
    assert noise_variance(noise) == pytest.approx(2.5e-9, rel=0.1)
    assert sums.spring_hidden == pytest.approx(1.0, abs=0.1)
    assert sums.damper_hidden == pytest.approx(1.0, abs=0.1)


def test_hardly_moving_is_not_weak() -> None:
    """At 0.3 mm RMS noise passes for motion: twenty such minutes after rough ones make no part look weak."""
    rough, smooth_ground = healthy_rows(60.0), healthy_rows(1140.0, size_m=0.0003)
    smooth_ground["sample"] += np.uint64(60 * RATE_HZ)
    assert judged(np.concatenate([rough, smooth_ground])) == []


def test_twenty_healthy_minutes_without_a_word() -> None:
    """Warm-up to 69 °C, two surfaces, sensor noise: no failure and no warning in twenty minutes."""
    assert judged(healthy_rows(1200.0)) == []


@pytest.mark.parametrize("at_s", [10.0, 52.3, 80.77])
def test_spring_fracture(at_s: float) -> None:
    """A spring that is gone is found within 1.5 s, before and after the baseline, and dated to a sample or two."""
    (finding,) = judged(healthy_rows(90.0, Left(spring=after(at_s, 90.0, 0.0))))
    assert (finding.component, finding.severity, finding.mode) == ("coil_spring", FAILURE, "fracture")
    assert abs(finding.sample - at_s * RATE_HZ) <= 2
    assert finding.evidence.first_sample <= finding.sample < finding.evidence.last_sample
    assert finding.evidence.last_sample / RATE_HZ < at_s + 1.51
    assert finding.value < 0.1 < finding.limit == 0.6


@pytest.mark.parametrize(("left", "mode"), [(0.0, "rod_fracture"), (0.45, "leak")])
def test_sudden_loss_of_damping(left: float, mode: str) -> None:
    """No damping at all is a broken rod; half of it lost is a leak."""
    (finding,) = judged(healthy_rows(60.0, Left(damping=after(52.3, 60.0, left))))
    assert (finding.component, finding.severity, finding.mode) == ("damper", FAILURE, mode)
    assert abs(finding.sample - 52.3 * RATE_HZ) <= 2
    assert finding.value == pytest.approx(left, abs=0.05)


@pytest.mark.parametrize(
    ("left", "component", "mode", "feature"),
    [
        (Left(damping=after(60.0, 150.0, 0.70)), "damper", "leak", "damping"),
        (Left(spring=after(60.0, 150.0, 0.92)), "coil_spring", "crack", "stiffness"),
        (Left(mount=after(60.0, 150.0, 0.75)), "top_mount", "softening", "mount"),
    ],
)
def test_gradual_loss(left: Left, component: str, mode: str, feature: str) -> None:
    """Three blocks beyond the limit fail the one part that is weak, from the first of them on."""
    findings = judged(healthy_rows(150.0, left))
    assert {finding.component for finding in findings} == {component}
    failure = findings[-1]
    assert (failure.severity, failure.mode, failure.feature) == (FAILURE, mode, feature)
    assert failure.evidence.first_sample == failure.sample == 60 * RATE_HZ
    assert failure.evidence.last_sample == 90 * RATE_HZ - 1


@pytest.mark.parametrize(
    ("left", "component"),
    [
        (Left(damping=after(60.0, 150.0, 0.85)), "damper"),
        (Left(spring=after(60.0, 150.0, 0.96)), "coil_spring"),
        (Left(mount=after(60.0, 150.0, 0.85)), "top_mount"),
    ],
)
def test_small_loss_only_warns(left: Left, component: str) -> None:
    """Between the limits there is one warning, said once."""
    (finding,) = judged(healthy_rows(150.0, left))
    assert (finding.component, finding.severity) == (component, "warning")


def test_a_surface_met_late_does_not_take_a_loss_for_healthy() -> None:
    """A mount that is 8 % softer where new ground begins, and 15 % later on it: warned, as it would be on the old."""
    softer = np.minimum(after(60.0, 160.0, 0.92), after(110.0, 160.0, 0.85))
    rows = healthy_rows(160.0, Left(mount=softer))
    rows["segment"] = (rows["sample"] >= 60 * RATE_HZ).astype(np.int16)
    (finding,) = judged(rows)
    assert (finding.component, finding.severity, finding.mode) == ("top_mount", "warning", "softening")
    assert finding.value == pytest.approx(0.85, abs=0.01)


def test_fade_is_not_a_leak() -> None:
    """A hot damper damps less; corrected for temperature that is no loss, uncorrected it would warn."""
    assert judged(healthy_rows(400.0)) == []
    uncorrected = judged(healthy_rows(400.0, Left(fade=0.006)))
    assert {finding.component for finding in uncorrected} == {"damper"}


def test_parts_unlike_the_drawing_are_told() -> None:
    """A strut that is weak from the first metre can't be seen against its own baseline, but against the drawing."""
    findings = judged(healthy_rows(60.0, Left(spring=0.75)))
    assert [(finding.component, finding.mode, finding.severity) for finding in findings] == [
        ("coil_spring", "unlike_drawing", "warning")
    ]


def test_half_shaft_fracture() -> None:
    """Torque that does not come while it is asked for: found in 50 ms of asking, dated to the first such sample."""
    (finding,) = judged(healthy_rows(20.0, Left(shaft=after(11.0, 20.0, 0.0))))
    assert (finding.component, finding.severity, finding.mode) == ("half_shaft", FAILURE, "fracture")
    assert finding.sample == 11 * RATE_HZ
    assert finding.evidence.last_sample == finding.sample + 24


def test_half_shaft_waits_for_torque_to_be_asked_for() -> None:
    """Around a set point of zero nothing is said: the break shows when the set point comes back beyond 300 N·m.

    It is found by the same samples as ever, but dated to where the torque was lost, not to where it was missed.
    """
    rows = healthy_rows(20.0, Left(shaft=after(9.6, 20.0, 0.0)))
    asked = np.abs(600.0 * np.sin(2.0 * np.pi * 0.2 * np.arange(4800, len(rows)) / RATE_HZ) + 200.0) > 300.0
    (finding,) = judged(rows)
    assert abs(finding.evidence.last_sample - 24 - (4800 + int(np.flatnonzero(asked)[0]))) <= 1
    assert finding.sample == 4800
    assert finding.distance_km == pytest.approx(rows["distance_m"][4800] / 1000.0, abs=1e-9)


def stick(rows: Rows, channel: str) -> None:
    codes(rows, channel)[20_000:] = codes(rows, channel)[20_000]


def fill(code: int) -> Callable[[Rows, str], None]:
    def put(rows: Rows, channel: str) -> None:
        codes(rows, channel)[20_000:] = code

    return put


def flicker(rows: Rows, channel: str) -> None:
    codes(rows, channel)[20_000::7] = CODE_NAN


def weaken(rows: Rows, channel: str) -> None:
    codes(rows, channel)[20_000:] = codes(rows, channel)[20_000:] * 0.7


@pytest.mark.parametrize(
    "channel",
    ["strut_force_n", "strut_travel_m", "halfshaft_torque_nm", "pan_displacement_m", "damper_temperature_degc"],
)
@pytest.mark.parametrize("fault", [stick, fill(CODE_NAN), fill(CODE_END), fill(-CODE_END), fill(0), flicker, weaken])
def test_a_sensor_fault_fails_no_part(channel: str, fault: Callable[[Rows, str], None]) -> None:
    """Stuck, NaN, at the end of its range, zero, flickering or reading 30 % low: never a component's failure."""
    if fault is weaken and channel in ("pan_displacement_m", "damper_temperature_degc"):
        channel = "strut_force_n"
    rows = healthy_rows(110.0)
    fault(rows, channel)
    failed = [finding for finding in judged(rows) if finding.severity == FAILURE and finding.component != RIG]
    assert failed == []


@pytest.mark.parametrize("channel", ["strut_force_n", "strut_travel_m", "pan_displacement_m"])
def test_stuck_sensors_of_the_strut_are_left_out(channel: str) -> None:
    """Windows with a stuck sensor say nothing at all; the rig's own limits trip on it."""
    rows = healthy_rows(110.0)
    stick(rows, channel)
    assert judged(rows) == []


def test_stuck_torque_blames_the_sensor() -> None:
    """Torque that repeats one code while more is asked for is a rig fault, and says so."""
    rows = healthy_rows(60.0)
    codes(rows, "halfshaft_torque_nm")[20_000:] = 3
    (finding,) = judged(rows)
    assert (finding.component, finding.mode, finding.severity) == (RIG, "sensor_stuck", FAILURE)


def test_force_that_reads_low_blames_the_sensor() -> None:
    """Spring, damper and mount all 30 % weaker at once is one sensor, not three parts."""
    rows = healthy_rows(110.0)
    weaken(rows, "strut_force_n")
    findings = judged(rows)
    assert findings
    assert {(finding.component, finding.mode) for finding in findings} == {(RIG, "sensor_scale")}


def test_peaks_alone_say_nothing() -> None:
    """A force spike of 40 kN every second is rough ground, no failure."""
    rows = healthy_rows(90.0)
    codes(rows, "strut_force_n")[25_000::500] += 13_000
    assert judged(rows) == []


@pytest.mark.parametrize("state", [RigState.HOLDING, RigState.STOPPING, RigState.TRIPPED])
def test_only_motion_in_full_is_judged(state: RigState) -> None:
    """While the rig holds, stops or has tripped, nothing that is measured is held against a part."""
    rows = healthy_rows(60.0, Left(spring=after(50.0, 60.0, 0.0), shaft=after(50.0, 60.0, 0.0)))
    rows["state"][25_000:] = int(state)
    assert judged(rows) == []


def test_ramps_are_not_judged() -> None:
    """While the span is not 1 the torque may be anything."""
    rows = healthy_rows(60.0, Left(shaft=after(50.0, 60.0, 0.0)))
    rows["span"][25_000:] = 0.99
    assert judged(rows) == []


def test_missing_rows_are_left_out() -> None:
    """Rows that were lost leave windows out; a break among them is still found, in the first windows that are whole."""
    rows = healthy_rows(60.0, Left(spring=after(52.0, 60.0, 0.0)))
    kept = np.delete(rows, np.r_[1000:1003, 10_000:12_345, 25_999:26_001])
    (finding,) = judged(kept)
    assert finding.component == "coil_spring"
    assert abs(finding.sample / RATE_HZ - 52.0) <= 1.0
