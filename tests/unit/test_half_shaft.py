"""The half-shaft's own motion: its natural frequency, backlash, shifts, brakes, flight and landing."""

import math

import numpy as np
import pytest

from profiles.car.vehicle import Vehicle
from profiles.driveline.engine import engine_torque_nm, ratios
from profiles.driveline.kernels import RIPPLE_HZ, STATES, Drivetrain, turn
from profiles.driveline.shaft import RPM_STEP, Driveline, Shaft, drivetrain_of
from profiles.signal import FloatArray
from tests.drives import CAR, LOAD_N, response_of

TRAIN = drivetrain_of(CAR, "front")._replace(ripple=0.0)
HELD = TRAIN._replace(engine_kgm2=1e9, gap_rad=0.0, damping=0.0)
"""A driven end that nothing moves, a shaft without backlash and damping."""
RATIOS = ratios(CAR.driveline)
FULL_NM = engine_torque_nm(CAR.driveline, np.arange(0.0, 6550.0, RPM_STEP) * math.pi / 30.0)
STIFFNESS, INERTIA, RADIUS_M = 14_000.0, 6.6, 0.43
FIRST, THIRD, FIFTH = 8, 10, 12


def _state(drive_mps: float, wheel_mps: float, gear: int = FIRST, **values: float) -> FloatArray:
    """A state of given speeds at the tread, the other wheels' as the driven end's, 0.6 s after a shift: for 0.9 s no
    other comes.
    """
    state = np.zeros(STATES)
    state[1], state[2], state[4], state[5], state[9] = drive_mps / RADIUS_M, wheel_mps / RADIUS_M, 0.6, gear, 1.0
    state[11] = drive_mps / RADIUS_M
    for name, value in values.items():
        state[{"twist": 0, "engine_nm": 3, "their_twist": 10}[name]] = value
    return state


def _turned(
    state: FloatArray, seconds: float, train: Drivetrain = TRAIN, *, rate_hz: float = 2000.0, speed_mps: float = 10.0,
    needed_nm: float = 0.0, grip: float = 0.65, tyre_n: float = 0.0, side_tyre_n: float = 0.0,
) -> FloatArray:  # fmt: skip
    """Torque, wheel speed and gear over a time, float64[3, n]; the state is changed."""
    n = round(seconds * rate_hz)
    out, like = np.empty((3, n)), np.ones(n)
    turn(
        train, RATIOS, FULL_NM, speed_mps * like, 0.0 * like, needed_nm * like, 0.0 * like, grip * like, tyre_n * like,
        side_tyre_n * like, 1.0 / rate_hz, state, out,
    )  # fmt: skip
    return out


def _with_shaft(**values: float) -> Vehicle:
    """The car with other values of its half-shaft or gearbox."""
    line = CAR.driveline
    parts = {}
    for part in ("shaft", "gearbox"):
        section = getattr(line, part)
        update = {
            key: getattr(section, key).model_copy(update={"value": value})
            for key, value in values.items()
            if hasattr(section, key)
        }
        parts[part] = section.model_copy(update=update)
    return CAR.model_copy(update={"driveline": line.model_copy(update=parts)})


def test_a_free_wheel_swings_against_a_held_end_at_its_natural_frequency() -> None:
    """The root of 14,000 over 6.6, over 2 pi: 7.3 Hz, within 1 %."""
    torque = _turned(_state(10.0, 11.0), 3.0, HELD)[0]
    crossings = np.flatnonzero(np.diff(np.sign(torque)) != 0)
    hz = 0.5 * 2000.0 / np.diff(crossings).mean()
    assert hz == pytest.approx(math.sqrt(STIFFNESS / INERTIA) / (2.0 * math.pi), rel=0.01)
    assert hz == pytest.approx(7.3, abs=0.1)


def test_damping_is_that_of_the_file() -> None:
    """30 N·m·s/rad are 5 % of critical: each swing is exp(-2 pi 0.05) of the one before, within 3 %."""
    torque = _turned(_state(10.0, 11.0), 1.0, HELD._replace(damping=30.0))[0]
    share = 30.0 / (2.0 * math.sqrt(STIFFNESS * INERTIA))
    peaks = [torque[k] for k in range(1, len(torque) - 1) if torque[k - 1] < torque[k] > torque[k + 1]]
    assert share == pytest.approx(0.05, abs=0.002)
    assert peaks[2] / peaks[1] == pytest.approx(math.exp(-2.0 * math.pi * share), rel=0.03)


def test_a_wheel_that_is_too_fast_winds_the_shaft_up_by_its_over_speed() -> None:
    """3 m/s over a held end: dw times the root of k J is 2.12 kN·m; exactly without losses."""
    torque = _turned(_state(10.0, 13.0), 0.3, HELD)[0]
    assert np.abs(torque).max() == pytest.approx(3.0 / RADIUS_M * math.sqrt(STIFFNESS * INERTIA), rel=0.01)
    assert np.abs(torque).max() == pytest.approx(2100.0, rel=0.02)


def test_with_backlash_and_damping_it_is_little_less() -> None:
    """The held end, the shaft as in the file: 2.1 kN·m within 15 %."""
    torque = _turned(_state(10.0, 13.0), 0.3, TRAIN._replace(engine_kgm2=1e9))[0]
    assert np.abs(torque).max() == pytest.approx(2100.0, rel=0.15)


def _landing(gear: int, loads: float) -> FloatArray:
    """All four wheels come down 3 m/s too fast, at so many times the static load; twisted forwards, so no backlash."""
    wound = 0.5 * TRAIN.gap_rad
    state = _state(13.0, 13.0, gear, twist=wound, their_twist=wound)
    return _turned(state, 0.5, tyre_n=loads * LOAD_N, side_tyre_n=2.0 * loads * LOAD_N)


@pytest.mark.parametrize("gear", [FIRST, THIRD, FIFTH])
def test_a_landing_on_all_wheels_is_the_engines_inertia_against_the_shafts(gear: int) -> None:
    """The harder the wheels grip, the more: up to dw times the root of k J of a quarter of what turns behind."""
    peaks = [_landing(gear, loads)[0].max() for loads in (1.0, 2.0, 4.0, 50.0)]
    behind_kgm2 = 1.0 + 0.25 * TRAIN.engine_kgm2 * RATIOS[gear] ** 2
    most_nm = 3.0 / RADIUS_M * math.sqrt(STIFFNESS * behind_kgm2)
    assert peaks == sorted(peaks)
    assert 0.85 * most_nm < peaks[-1] < most_nm
    assert peaks[0] > 0.5 * most_nm


def test_a_low_gear_makes_a_landing_worse() -> None:
    """In first gear twice the static load gives 3 kN·m, in fifth a third of it; the wheels turn as the car moves."""
    first, fifth = (_landing(gear, 2.0) for gear in (FIRST, FIFTH))
    assert first[0].max() == pytest.approx(3000.0, rel=0.1)
    assert fifth[0].max() < 0.4 * first[0].max()
    assert first[1, -1] * RADIUS_M == pytest.approx(10.0, rel=0.02)


def test_within_the_backlash_there_is_no_torque() -> None:
    """0.4 degrees from end to end: at 0.1 rad/s the shaft is free from -0.2 to 0.2 degrees, for 70 ms."""
    half_rad = math.radians(0.2)
    train = TRAIN._replace(engine_kgm2=1e9)
    torque = _turned(_state(10.0, 10.0 - 0.1 * RADIUS_M, twist=-half_rad), 0.1, train, grip=0.0)[0]
    free = round(2.0 * half_rad / 0.1 * 2000.0)
    np.testing.assert_array_equal(torque[1:free], 0.0)
    assert (torque[free + 3 :] > 0.0).all()


@pytest.mark.parametrize("beyond_rad", [-0.05, -0.01, 0.01, 0.05])
def test_beyond_the_backlash_torque_is_stiffness_times_twist(beyond_rad: float) -> None:
    """14 kN·m a radian from its end on."""
    twist = beyond_rad + math.copysign(math.radians(0.2), beyond_rad)
    torque = _turned(_state(10.0, 10.0, twist=twist), 0.001)[0]
    assert torque[0] == pytest.approx(STIFFNESS * beyond_rad)


def _shift(car: Vehicle) -> tuple[FloatArray, int]:
    """Torque of a car that speeds up, and the sample of its shift from second to third gear."""
    speed = 10.0 + 1.5 * np.arange(10_000) / 2000.0
    shaft = Driveline(car).consume(response_of(len(speed), speed_mps=speed, acceleration_mps2=1.5))
    changed = np.flatnonzero((shaft.gear[1:] == 3.0) & (shaft.gear[:-1] == 2.0)) + 1
    assert len(changed) == 1
    return shaft.torque_nm, int(changed[0])


def test_a_shift_is_a_hole_in_the_torque() -> None:
    """Gone within 0.25 s of it, back within half a second after; before it all is as ever."""
    torque, at = _shift(CAR)
    before = torque[at - 1]
    assert torque[at - 400 : at] == pytest.approx(before, rel=0.02)
    assert torque[at + 50] > 0.5 * before
    assert torque[at + 300 : at + 500].max() < 0.3 * before
    assert torque[at + 460 : at + 500].max() < 0.05 * before
    assert torque[at + 1500] == pytest.approx(before, rel=0.08)


def _ripple() -> tuple[FloatArray, int, float]:
    """What the ripple adds to the torque, the sample at which the hole ends, and the torque before it."""
    torque, at = _shift(CAR)
    smooth, _ = _shift(_with_shaft(shift_ripple=0.0))
    return torque - smooth, at + 500, float(torque[at - 1])


def test_after_the_hole_the_torque_ripples_at_ten_hertz_and_calms_down() -> None:
    """Against a gearbox without ripple: nothing up to the end of the hole, then 10 Hz, less by e in 0.3 s."""
    ripple, end, _ = _ripple()
    most = np.abs(ripple[end:]).max()
    assert np.abs(ripple[end - 500 : end]).max() < 1e-3 * most
    swings = np.abs(np.fft.rfft(ripple[end : end + 3000], 12_000))
    assert np.fft.rfftfreq(12_000, 1.0 / 2000.0)[np.argmax(swings)] == pytest.approx(RIPPLE_HZ, abs=0.5)
    early, late = (np.abs(ripple[start : start + 200]).max() for start in (end + 600, end + 1200))
    assert late / early == pytest.approx(math.exp(-1.0), rel=0.15)
    assert np.abs(ripple[end + 2800 :]).max() < 0.03 * most


def test_the_ripple_after_a_shift_is_felt_by_the_shaft() -> None:
    """A fifth of the torque, dying away: at least a tenth of the torque before is seen."""
    ripple, end, before = _ripple()
    assert np.abs(ripple[end:]).max() > 0.1 * before


@pytest.mark.parametrize("braking_mps2", [2.0, 5.0])
def test_the_brakes_are_not_felt_by_the_shaft(braking_mps2: float) -> None:
    """At the wheels it is 688 N·m and more; the shaft carries what the engine drags at most. Nothing locks."""
    speed = 20.0 - braking_mps2 * np.arange(6000) / 2000.0
    shaft = Driveline(CAR).consume(response_of(6000, speed_mps=speed, acceleration_mps2=-braking_mps2))
    drag_nm = 0.25 * 90.0 * RATIOS[(shaft.gear + 7).astype(int)]
    settled = slice(1000, None)
    assert (shaft.torque_nm[settled] > -1.1 * drag_nm[settled]).all()
    assert np.abs(shaft.torque_nm[settled]).max() < 0.5 * 0.25 * 3200.0 * braking_mps2 * RADIUS_M
    assert (shaft.speed_radps * RADIUS_M > 0.8 * speed).all()


def test_in_flight_the_engines_torque_is_gone_within_sixty_milliseconds() -> None:
    """Both axles in the air: 5 % is left after 60 ms; with one on the ground the engine goes on pulling."""
    flying, rolling = (_state(10.0, 10.0, engine_nm=500.0) for _ in range(2))
    _turned(flying, 0.06, needed_nm=500.0)
    _turned(rolling, 0.06, needed_nm=500.0, side_tyre_n=LOAD_N)
    assert 0.0 < flying[3] <= 0.05 * 500.0 * 1.01
    assert rolling[3] > 450.0


def test_in_flight_the_shaft_swings_about_nothing() -> None:
    """What was wound up swings out: from 0.1 s on the mean torque of half a second is 5 % of what it was at most."""
    tyre = np.where((np.arange(8000) >= 4000) & (np.arange(8000) < 5600), 0.0, LOAD_N)
    response = response_of(8000, grade=0.1, front_tyre_force_n=tyre, rear_tyre_force_n=tyre)
    torque = Driveline(CAR).consume(response).torque_nm
    before = torque[3999]
    assert before > 400.0
    assert abs(torque[4200:5200].mean()) < 0.05 * before
    assert np.abs(torque[5000:5600]).max() < np.abs(torque[4000:4600]).max()
    assert torque[-1] == pytest.approx(before, rel=0.02)


def test_the_cut_keeps_the_wheels_from_spinning_up_in_flight() -> None:
    """Half a second in the air with 500 N·m asked for: less than half of the over-speed without the cut."""
    cut, uncut = (
        _turned(_state(10.0, 10.0, THIRD, engine_nm=500.0), 0.1, train, needed_nm=500.0)[1, -1] * RADIUS_M - 10.0
        for train in (TRAIN, TRAIN._replace(flight_n=-1.0))
    )
    assert 0.0 < cut < 0.6 * uncut


def test_the_joint_bends_with_the_suspension() -> None:
    """4 degrees at rest, and the arctangent of travel over 0.45 m: 24.7 at 170 mm of bump."""
    travel = np.array([-0.18, 0.0, 0.05, 0.17])
    shaft: Shaft = Driveline(CAR).consume(response_of(4, front_suspension_m=travel, rear_suspension_m=-travel))
    rear = Driveline(CAR, "rear_left").consume(response_of(4, front_suspension_m=travel, rear_suspension_m=-travel))
    np.testing.assert_allclose(shaft.joint_angle_rad, math.radians(4.0) + np.arctan(travel / 0.45))
    np.testing.assert_allclose(rear.joint_angle_rad, math.radians(4.0) + np.arctan(-travel / 0.45))
    assert np.degrees(shaft.joint_angle_rad[-1]) == pytest.approx(24.7, abs=0.05)


@pytest.mark.parametrize("loads", [1.0, 2.0])
@pytest.mark.parametrize("gear", [FIRST, THIRD])
def test_half_the_step_hardly_changes_the_peak_of_a_landing(gear: int, loads: float) -> None:
    """2 kHz against 4 and 8 kHz: less than 3 %."""
    peaks = [
        _turned(
            _state(13.0, 13.0, gear, twist=0.5 * TRAIN.gap_rad), 0.3,
            rate_hz=rate, tyre_n=loads * LOAD_N, side_tyre_n=2.0 * loads * LOAD_N,
        )[0].max()
        for rate in (2000.0, 4000.0, 8000.0)
    ]  # fmt: skip
    assert peaks == pytest.approx([peaks[-1]] * 3, rel=0.03)


def test_a_stiffer_shaft_takes_more_of_a_landing() -> None:
    """Four times the stiffness: between once and twice the peak, as the root says."""
    stiff = drivetrain_of(_with_shaft(stiffness_nm_per_rad=56_000.0), "front")
    soft, hard = (
        np.abs(_turned(_state(10.0, 13.0, THIRD), 0.3, train, rate_hz=8000.0, side_tyre_n=LOAD_N)[0]).max()
        for train in (TRAIN, stiff)
    )
    assert 1.7 * soft < hard < 2.1 * soft


def test_a_standing_car_neither_turns_its_wheels_nor_reverses() -> None:
    """Braked to standstill and held: wheel speed is never negative, and next to nothing is left of it."""
    speed = np.concatenate((np.linspace(5.0, 0.0, 2000), np.zeros(4000)))
    accelerations = np.where(np.arange(6000) < 2000, -5.0, 0.0)
    shaft = Driveline(CAR).consume(response_of(6000, speed_mps=speed, acceleration_mps2=accelerations))
    assert shaft.speed_radps.min() >= 0.0
    assert shaft.speed_radps[-1] * RADIUS_M < 0.05
