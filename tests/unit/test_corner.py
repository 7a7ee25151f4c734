"""The quarter car, held to the reference values of the physics notes and to mechanics."""

import numpy as np
import pytest

from profiles.car.corner import OUTPUTS, at_rest, corner_of
from profiles.car.kernels import ride
from profiles.car.track import Track
from tests.car_rides import (
    D7XR,
    PLAIN,
    REFERENCE,
    FloatArray,
    bank,
    class_road,
    hump,
    level,
    longest_flight_s,
    quarter,
    road_of,
)


def _wave(amplitude_m: float, wave_m: float, length_m: float) -> FloatArray:
    return amplitude_m * np.sin(2 * np.pi * np.arange(round(length_m / 0.05)) * 0.05 / wave_m)


def _over_corrugation(speed_kmh: float) -> tuple[float, float]:
    roads = road_of(lambda x: 0.02 * np.sin(2 * np.pi * x / 0.75), 300.0)
    out = quarter(roads, 290.0, speed_kmh / 3.6)
    return float(out["body_acceleration_mps2"][2000:].std()), float(out["damper_power_w"][2000:].mean())


def test_class_e_at_60_kmh_gives_the_reference_values() -> None:
    """Body RMS 4.7 ± 0.25 m/s², wheel lift 4.4 ± 1.5 %, damper power 1.66 ± 0.12 kW (mean of three seeds)."""
    outs = [quarter(class_road("E", seed, 3000.0), 2990.0, 60 / 3.6) for seed in (1, 2, 3)]
    assert np.mean([out["body_acceleration_mps2"].std() for out in outs]) == pytest.approx(4.7, abs=0.25)
    assert np.mean([100 * np.mean(out["tyre_force_n"] == 0.0) for out in outs]) == pytest.approx(4.4, abs=1.5)
    assert np.mean([out["damper_power_w"].mean() for out in outs]) == pytest.approx(1660, abs=120)


@pytest.mark.parametrize(
    ("iso_class", "speed_kmh", "body_mps2", "lift_pct", "travel_mm", "power_w"),
    [
        ("D", 80, 2.87, 0.15, 20, 588),
        ("D", 100, 3.18, 0.4, 22, 734),
        ("E", 40, 3.84, 1.3, 29, 1094),
        ("E", 80, 5.35, 8.0, 44, 2146),
        ("F", 20, 5.01, 4.1, 42, 1783),
        ("F", 30, 6.21, 11.0, 53, 2792),
    ],
)
def test_classes_at_speed_give_the_rows_of_the_physics_notes(
    iso_class: str, speed_kmh: float, body_mps2: float, lift_pct: float, travel_mm: float, power_w: float
) -> None:
    """Body and travel within 5 %, damper power within 8 %, wheel lift within a quarter (mean of three seeds)."""
    outs = [quarter(class_road(iso_class, seed, 3000.0), 2990.0, speed_kmh / 3.6) for seed in (1, 2, 3)]
    assert np.mean([out["body_acceleration_mps2"].std() for out in outs]) == pytest.approx(body_mps2, rel=0.05)
    assert np.mean([1e3 * out["suspension_m"].std() for out in outs]) == pytest.approx(travel_mm, rel=0.05)
    assert np.mean([out["damper_power_w"].mean() for out in outs]) == pytest.approx(power_w, rel=0.08)
    lifted = np.mean([100 * np.mean(out["tyre_force_n"] == 0.0) for out in outs])
    assert lifted == pytest.approx(lift_pct, rel=0.25)


def test_corrugation_is_worst_near_25_kmh_and_smooth_above_60() -> None:
    """Over 0.75 m waves the wheel hops near 25 km/h, with 2.6 kW in the damper; at 100 km/h it takes 0.2 kW."""
    speeds = np.arange(10.0, 61.0, 2.5)
    shaken = [_over_corrugation(speed)[0] for speed in speeds]
    assert 20.0 <= speeds[int(np.argmax(shaken))] <= 30.0
    assert shaken[-1] < 0.6 * max(shaken)
    worst, worst_w = _over_corrugation(25.0)
    fast, fast_w = _over_corrugation(100.0)
    assert fast < 0.4 * worst
    assert worst_w == pytest.approx(2600, rel=0.15)
    assert fast_w == pytest.approx(200, rel=0.4)


def test_the_wheel_hops_at_9_to_10_hz() -> None:
    """An undamped wheel that is knocked swings at √((k + k_t)/m_u)/2π, about 9.4 Hz."""
    loose = REFERENCE._replace(compression_low=1.0, compression_high=1.0, rebound_low=1.0, rebound_high=1.0)
    tyre_n = quarter(road_of(lambda x: 0.01 * (x > 1.0), 100.0), 95.0, 10.0, loose)["tyre_force_n"]
    spectrum = np.abs(np.fft.rfft(tyre_n - tyre_n.mean()))
    f = np.fft.rfftfreq(len(tyre_n), 1 / 2000)
    high = f > 5.0
    assert 9.0 <= f[high][np.argmax(spectrum[high])] <= 10.0


def test_a_car_on_the_level_stays_at_rest() -> None:
    """Nothing moves, no force is felt, and the tyre carries the static load."""
    out = quarter(road_of(lambda x: level(x) + 1.5, 50.0), 40.0, 10.0, corner_of(D7XR))
    for name in ("suspension_m", "suspension_mps", "strut_force_n", "body_acceleration_mps2", "damper_power_w"):
        assert np.abs(out[name]).max() < 1e-9
    np.testing.assert_allclose(out["tyre_force_n"], D7XR.wheel_load_n("front"))


def test_beyond_the_end_of_the_road_it_is_level() -> None:
    """A road that ends on a ramp neither rises further nor turns the tyre's damping."""
    heights_m = np.linspace(0.0, 1.0, 101)
    car = REFERENCE._replace(tyre_ns_per_m=5000.0)
    state, out = at_rest(car, 1.0), np.empty((len(OUTPUTS), 100))
    ride(car, heights_m, 0, 0.05, np.linspace(5.0, 6.0, 100), np.full(100, 20.0), 5e-4, state, out)
    np.testing.assert_allclose(out[3], car.static_n)


def test_in_free_fall_the_wheel_drops_to_where_the_spring_is_unloaded() -> None:
    """Over a sudden drop the tyre carries nothing, and the suspension droops towards -m_s g/k = -127 mm."""
    out = quarter(road_of(lambda x: np.where(x < 10.0, 8.0, 0.0), 60.0), 40.0, 20.0)
    tyre_n = out["tyre_force_n"]
    start = int(np.argmax(tyre_n == 0.0))
    end = start + int(np.argmax(tyre_n[start:] > 0.0))
    assert (end - start) / 2000.0 == pytest.approx(np.sqrt(2 * 8.0 / 9.81), abs=0.1)
    assert out["suspension_m"][end - 1] == pytest.approx(-700 * 9.80665 / 54_000, abs=0.005)


def test_a_bank_jump_lands_with_the_reference_force() -> None:
    """From a bank of 1 m at 60 km/h: 0.6 s in the air, and 40 kN on landing without rim and hydraulic stop."""
    out = quarter(road_of(bank, 120.0), 110.0, 60 / 3.6, PLAIN)
    assert longest_flight_s(out["tyre_force_n"]) == pytest.approx(0.6, abs=0.06)
    assert out["strut_force_n"].max() == pytest.approx(40_000, rel=0.05)


def test_a_g_out_gives_the_reference_force() -> None:
    """A dip of 0.4 m over 6 m at 60 km/h: 44 kN and 6.4 m/s without rim and hydraulic stop."""
    out = quarter(road_of(hump(20.0, 6.0, -0.4), 120.0), 110.0, 60 / 3.6, PLAIN)
    assert out["strut_force_n"].max() == pytest.approx(44_000, rel=0.05)
    assert np.abs(out["suspension_mps"]).max() == pytest.approx(6.4, rel=0.05)


def test_a_tyre_that_comes_down_feels_nothing_before_it_touches() -> None:
    """Just off the road and falling at 5 m/s, a damped tyre still carries nothing; pressed, it is damped."""
    car, out = REFERENCE._replace(tyre_ns_per_m=2000.0), np.empty((len(OUTPUTS), 1))
    for height_m, expected_n in ((0.05, 0.0), (0.0, car.static_n + 10_000.0)):
        state = np.array([height_m, -5.0, height_m, -5.0, 20.0])
        ride(car, np.zeros(9), 0, 0.05, np.zeros(1), np.zeros(1), 5e-4, state, out)
        assert out[3, 0] == pytest.approx(expected_n)


def test_the_rim_strikes_beyond_its_depth() -> None:
    """A sharp step that squeezes the tyre beyond 90 mm meets six times its stiffness."""
    roads = road_of(lambda x: 0.12 * (x > 2.0), 20.0)
    soft = quarter(roads, 10.0, 20.0, REFERENCE._replace(rim_n_per_m=0.0))["tyre_force_n"].max()
    assert soft > 0.09 * 280_000
    assert quarter(roads, 10.0, 20.0)["tyre_force_n"].max() > soft + 5000


def test_the_hydraulic_stop_saves_travel_before_the_bump_stop() -> None:
    """In the last 40 mm compression damping rises to three times: the car goes less deep and ends with less force."""
    roads = road_of(hump(20.0, 8.0, -0.4), 120.0)
    cars = (REFERENCE, REFERENCE._replace(hydraulic_per_m=0.0))
    with_it, without = (quarter(roads, 110.0, 60 / 3.6, car) for car in cars)
    assert with_it["suspension_m"].max() < without["suspension_m"].max() - 0.005
    assert with_it["strut_force_n"].max() < without["strut_force_n"].max()
    shallow = road_of(hump(20.0, 12.0, -0.1), 120.0)
    first, second = (quarter(shallow, 110.0, 10.0, car)["strut_force_n"] for car in cars)
    np.testing.assert_array_equal(first, second)


def test_the_hydraulic_stop_is_three_times_the_damper_at_the_bump_stop() -> None:
    """Compressed at 1 m/s the damper gives 2.8 kN, twice that 20 mm before the stop, thrice at it; pulled, no more."""
    out, forces = np.empty((len(OUTPUTS), 1)), []
    for depth_m, speed_mps in ((0.13, 1.0), (0.15, 1.0), (0.17, 1.0), (0.20, 1.0), (0.17, -1.0)):
        state = np.array([depth_m, speed_mps, 0.0, 0.0, 20.0])
        ride(REFERENCE, np.zeros(9), 0, 0.05, np.zeros(1), np.zeros(1), 5e-4, state, out)
        forces.append(out[2, 0] - 54_000 * depth_m - 6e6 * max(0.0, depth_m - 0.17) ** 2)
    np.testing.assert_allclose(forces, [2775, 2 * 2775, 3 * 2775, 3 * 2775, -4950])


@pytest.mark.parametrize(
    ("cooling_w_per_k", "minutes", "above_k"), [(6.0, 11.0, 181), (12.0, 5.7, 91), (20.0, 3.4, 54)]
)
def test_damper_temperatures_are_those_of_the_physics_notes(
    cooling_w_per_k: float, minutes: float, above_k: float
) -> None:
    """C of 4.1 kJ/K in still air, on a stage and under a fan: the time constants, and the rise at 1,086 W."""
    car = REFERENCE._replace(cooling_w_per_k=cooling_w_per_k)
    heights_m = np.concatenate((_wave(0.02, 1.5, 1500.0), np.zeros(2)))
    state, out = at_rest(car, 0.0), np.empty((len(OUTPUTS), 30_000))
    distance_m, speed = np.arange(30_000) * 0.04, np.full(30_000, 40.0)  # 800 whole waves in half a minute
    degc, power_w = [], 0.0
    for _ in range(round(5 * minutes * 2)):
        ride(car, heights_m, 0, 0.05, distance_m, speed, 1e-3, state, out)
        degc.append(out[6, -1])
        power_w = out[5].mean()
    rise_k = power_w / cooling_w_per_k
    assert degc[-1] - car.ambient_degc == pytest.approx(rise_k, rel=0.02)
    assert rise_k * 1086 / power_w == pytest.approx(above_k, abs=0.7)
    reached = np.interp((1 - np.exp(-1)) * rise_k, np.array(degc) - car.ambient_degc, np.arange(1, len(degc) + 1) / 2)
    assert reached == pytest.approx(minutes, abs=0.5)


def test_twin_dampers_take_half_of_the_power_each() -> None:
    """The car moves the same, and each of two dampers warms half as much as a single one."""
    single = quarter(class_road("E", 4, 500.0), 490.0, 15.0)
    twin = quarter(class_road("E", 4, 500.0), 490.0, 15.0, REFERENCE._replace(dampers=2.0))
    np.testing.assert_array_equal(twin["strut_force_n"], single["strut_force_n"])
    np.testing.assert_allclose(twin["damper_power_w"], 0.5 * single["damper_power_w"])
    rise = [out["damper_temperature_degc"][-1] - 25.0 for out in (single, twin)]
    assert rise[1] == pytest.approx(0.5 * rise[0])


def test_a_hot_damper_fades() -> None:
    """At 120 degC its force is exp(-0.2) of that at 20 degC, and the body is held less."""
    hot = corner_of(D7XR)._replace(heat_j_per_k=1e9)
    out, forces = np.empty((len(OUTPUTS), 1)), []
    for degc in (20.0, 120.0):
        state = np.array([0.0, 1.0, 0.0, 0.0, degc])
        ride(hot, np.zeros(9), 0, 0.05, np.zeros(1), np.zeros(1), 5e-4, state, out)
        forces.append(out[2, 0])
    assert forces[1] == pytest.approx(np.exp(-0.2) * forces[0])


def test_the_step_of_2_khz_is_fine_enough() -> None:
    """Body RMS on class E changes by less than 0.5 % from 2 kHz to 8 kHz."""
    rms = [
        quarter(class_road("E", 5, 500.0), 490.0, 15.0, rate_hz=rate)["body_acceleration_mps2"].std()
        for rate in (2000.0, 8000.0)
    ]
    assert rms[0] == pytest.approx(rms[1], rel=0.005)


def test_splitting_a_ride_changes_no_bit() -> None:
    """Two calls that share the state give what one call gives."""
    track = Track(class_road("D", 3, 300.0), 0.2)
    track.reach(200.0)
    distance = np.arange(20_000) * 0.005
    speed = np.full(20_000, 10.0)
    whole, parts = np.empty((len(OUTPUTS), 20_000)), np.empty((len(OUTPUTS), 20_000))
    one, two = at_rest(REFERENCE, 0.0), at_rest(REFERENCE, 0.0)
    ride(REFERENCE, track.heights_m, 0, 0.05, distance, speed, 5e-4, one, whole)
    for part in (slice(0, 7), slice(7, 12_345), slice(12_345, 20_000)):
        ride(REFERENCE, track.heights_m, 0, 0.05, distance[part], speed[part], 5e-4, two, parts[:, part])
    np.testing.assert_array_equal(whole, parts)
    np.testing.assert_array_equal(one, two)
