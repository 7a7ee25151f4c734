"""The quarter car, held to the reference values of the physics notes (§7) and to mechanics."""

import numpy as np
import pytest
from numpy.typing import NDArray

from profiles.car.corner import OUTPUTS, Corner, at_rest, corner_of, ride
from profiles.car.track import Track
from profiles.road.builder import iter_road
from tests.roads import CAR, road_of, terrain_of

FloatArray = NDArray[np.float64]
COLD = corner_of(CAR)._replace(fade_per_k=0.0)


def _drive(track: Track, length_m: float, speed_mps: float, rate_hz: float = 2000.0, car: Corner = COLD) -> FloatArray:
    track.reach(length_m)
    distance = np.arange(int(length_m / speed_mps * rate_hz)) * speed_mps / rate_hz
    out = np.empty((len(OUTPUTS), len(distance)))
    state = at_rest(car, float(track.heights_m[0]))
    speed = np.full(len(distance), speed_mps)
    ride(car, track.heights_m, track.first_station, track.step_m, distance, speed, 1.0 / rate_hz, state, out)
    return out


def _body_rms_over_corrugation(speed_kmh: float) -> tuple[float, float]:
    roads = road_of(lambda x: 0.02 * np.sin(2 * np.pi * x / 0.75), 300.0)
    out = _drive(Track(roads, 0.2), 290.0, speed_kmh / 3.6)[:, 2000:]
    return float(out[4].std()), float(out[5].mean())


def test_class_e_at_60_kmh_gives_the_reference_values() -> None:
    """Body RMS 4.7 ± 0.25 m/s², wheel lift 4.4 ± 1.5 %, damper power 1.66 ± 0.12 kW (mean of three seeds)."""
    terrain = terrain_of({"roughness": {"iso_class": "E"}, "length_m": 3000.0})
    outs = [_drive(Track(iter_road(terrain, seed), 0.2), 2990.0, 60 / 3.6)[:, 4000:] for seed in (1, 2, 3)]
    assert np.mean([out[4].std() for out in outs]) == pytest.approx(4.7, abs=0.25)
    assert np.mean([100 * np.mean(out[3] == 0.0) for out in outs]) == pytest.approx(4.4, abs=1.5)
    assert np.mean([out[5].mean() for out in outs]) == pytest.approx(1660, abs=120)


def test_corrugation_is_worst_near_25_kmh_and_smooth_above_60() -> None:
    """Over 0.75 m waves the wheel hops near 25 km/h; at 100 km/h body and damper are at rest again."""
    speeds = np.arange(10.0, 61.0, 2.5)
    shaken = [_body_rms_over_corrugation(speed)[0] for speed in speeds]
    assert 20.0 <= speeds[int(np.argmax(shaken))] <= 30.0
    fast, fast_w = _body_rms_over_corrugation(100.0)
    worst, worst_w = _body_rms_over_corrugation(25.0)
    assert fast < 0.5 * worst
    assert fast_w < 0.25 * worst_w


def test_the_wheel_hops_at_9_to_10_hz() -> None:
    """An undamped wheel that is knocked swings at √((k + k_t)/m_u)/2π, about 9.4 Hz."""
    loose = COLD._replace(compression_low=1.0, compression_high=1.0, rebound_low=1.0, rebound_high=1.0)
    roads = road_of(lambda x: 0.01 * (x > 1.0), 100.0)
    out = _drive(Track(roads, 0.2), 95.0, 10.0, car=loose)
    spectrum = np.abs(np.fft.rfft(out[3] - out[3].mean()))
    f = np.fft.rfftfreq(out.shape[1], 1 / 2000)
    high = f > 5.0
    assert 9.0 <= f[high][np.argmax(spectrum[high])] <= 10.0


def test_a_car_on_the_level_stays_at_rest() -> None:
    """Nothing moves, and the tyre carries the static load."""
    out = _drive(Track(road_of(lambda x: 0.0 * x + 1.5, 50.0), 0.2), 40.0, 10.0)
    assert np.abs(out[0]).max() < 1e-12
    np.testing.assert_allclose(out[3], CAR.wheel_load_n)


def test_in_free_fall_the_wheel_drops_to_where_the_spring_is_unloaded() -> None:
    """Over a sudden drop the tyre carries nothing, and the suspension droops towards -m_s g/k = -127 mm."""
    roads = road_of(lambda x: np.where(x < 10.0, 8.0, 0.0), 60.0)
    out = _drive(Track(roads, 0.2), 40.0, 20.0)
    start = int(np.argmax(out[3] == 0.0))
    end = start + int(np.argmax(out[3, start:] > 0.0))
    assert (end - start) / 2000.0 == pytest.approx(np.sqrt(2 * 8.0 / 9.81), abs=0.1)
    assert out[0, end - 1] == pytest.approx(-700 * 9.80665 / 54_000, abs=0.005)


def test_the_rim_strikes_beyond_its_depth() -> None:
    """A sharp step that squeezes the tyre beyond 90 mm meets six times its stiffness."""
    roads = list(road_of(lambda x: 0.12 * (x > 2.0), 20.0))
    soft = _drive(Track(roads, 0.2), 10.0, 20.0, car=COLD._replace(rim_n_per_m=0.0))
    assert soft[3].max() > 0.09 * 280_000
    assert _drive(Track(roads, 0.2), 10.0, 20.0)[3].max() > soft[3].max() + 5000


def test_a_hot_damper_fades_and_settles_at_power_over_cooling() -> None:
    """Force falls by 0.2 % a kelvin, and the temperature follows C dT/dt = P - hA (T - T_amb)."""
    roads = list(road_of(lambda x: 0.02 * np.sin(2 * np.pi * x / 1.5), 1000.0))
    fading = corner_of(CAR)._replace(heat_j_per_k=20.0)
    out = _drive(Track(roads, 0.2), 990.0, 8.0, car=fading)
    half = out.shape[1] // 2
    mean_w, mean_degc = out[5, half:].mean(), out[6, half:].mean()
    assert mean_degc == pytest.approx(fading.ambient_degc + mean_w / fading.cooling_w_per_k, rel=0.02)
    cold = _drive(Track(roads, 0.2), 990.0, 8.0)
    assert np.abs(out[2, half:]).max() < np.abs(cold[2, half:]).max()


def test_the_step_of_2_khz_is_fine_enough() -> None:
    """Body RMS on class E changes by less than 1 % from 2 kHz to 8 kHz."""
    terrain = terrain_of({"roughness": {"iso_class": "E"}, "length_m": 500.0})
    rms = [_drive(Track(iter_road(terrain, 5), 0.2), 490.0, 15.0, rate)[4].std() for rate in (2000.0, 8000.0)]
    assert rms[0] == pytest.approx(rms[1], rel=0.01)


def test_splitting_a_ride_changes_no_bit() -> None:
    """Two calls that share the state give what one call gives."""
    track = Track(iter_road(terrain_of({}), 3), 0.2)
    track.reach(200.0)
    distance = np.arange(20_000) * 0.005
    speed = np.full(20_000, 10.0)
    whole, parts = np.empty((len(OUTPUTS), 20_000)), np.empty((len(OUTPUTS), 20_000))
    one, two = at_rest(COLD, 0.0), at_rest(COLD, 0.0)
    ride(COLD, track.heights_m, 0, 0.05, distance, speed, 5e-4, one, whole)
    for part in (slice(0, 7), slice(7, 12_345), slice(12_345, 20_000)):
        ride(COLD, track.heights_m, 0, 0.05, distance[part], speed[part], 5e-4, two, parts[:, part])
    np.testing.assert_array_equal(whole, parts)
    np.testing.assert_array_equal(one, two)
