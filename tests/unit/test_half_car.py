"""One side of the car with its pitch: against two quarter cars, statics, and the conservation of energy."""

import numpy as np
import pytest

from profiles.car.corner import HALF_OUTPUTS, OUTPUTS, HalfCar, half_at_rest, half_car, half_car_of
from profiles.car.kernels import ride_half
from profiles.car.track import Track
from profiles.car.vehicle import Vehicle
from tests.car_rides import (
    D7XR,
    OCTA,
    REFERENCE,
    FloatArray,
    bank,
    class_road,
    cold_half,
    half,
    hump,
    level,
    longest_flight_s,
    quarter,
    road_of,
)

LENGTH_M = 3.02
LIGHT_REAR = REFERENCE._replace(sprung_kg=600.0, static_n=(600.0 + 95.0) * 9.80665)


def _two_quarters(front_kg: float, rear_kg: float) -> HalfCar:
    """A side whose radius of gyration squared is the product of the axles' distances from the centre of gravity."""
    front, rear = (REFERENCE._replace(sprung_kg=kg, static_n=(kg + 95.0) * 9.80665) for kg in (front_kg, rear_kg))
    radius_m = LENGTH_M * np.sqrt(front_kg * rear_kg) / (front_kg + rear_kg)
    return half_car(front, rear, LENGTH_M, radius_m)


def _let_go(car: HalfCar, state: FloatArray, seconds: float, rate_hz: float = 2000.0) -> FloatArray:
    """What the side does on level ground from a state, float64[len(HALF_OUTPUTS), n]."""
    n = round(seconds * rate_hz)
    out, zero = np.empty((len(HALF_OUTPUTS), n)), np.zeros(n)
    ride_half(car, np.zeros(9), np.zeros(9), 0, 0.05, zero, zero, zero, 1.0 / rate_hz, state, out)
    return out


@pytest.mark.parametrize(("front_kg", "rear_kg"), [(700.0, 700.0), (760.0, 610.0)])
def test_without_coupling_it_is_two_quarter_cars(front_kg: float, rear_kg: float) -> None:
    """Where the pitch radius squared is a·b, each corner does what its quarter car does, to rounding."""
    car = _two_quarters(front_kg, rear_kg)
    both = half(class_road("E", 5, 400.0), 390.0, 15.1, car)
    front = quarter(class_road("E", 5, 400.0), 390.0, 15.1, car.front)
    rear = quarter(class_road("E", 5, 400.0), 390.0, 15.1, car.rear)
    late = round(LENGTH_M / 15.1 * 2000.0)
    for name in OUTPUTS:
        scale = np.abs(front[name]).max()
        np.testing.assert_allclose(both[f"front_{name}"], front[name], rtol=0, atol=1e-9 * scale)
        np.testing.assert_allclose(both[f"rear_{name}"][late:], rear[name][:-late], rtol=0, atol=1e-6 * scale)


@pytest.mark.parametrize("vehicle", [D7XR, OCTA], ids=["d7xr", "octa"])
def test_on_the_level_it_stays_at_rest(vehicle: Vehicle) -> None:
    """No force is felt, whatever share the front axle carries; the tyres carry their static loads."""
    out = half(road_of(lambda x: level(x) + 2.5, 60.0), 50.0, 10.0, half_car_of(vehicle))
    for name in HALF_OUTPUTS:
        if "tyre" not in name and "degc" not in name:
            assert np.abs(out[name]).max() < 1e-8, name
    np.testing.assert_allclose(out["front_tyre_force_n"], vehicle.wheel_load_n("front"))
    np.testing.assert_allclose(out["rear_tyre_force_n"], vehicle.wheel_load_n("rear"))


@pytest.mark.parametrize("along", [-5.0, 2.5])
@pytest.mark.parametrize("vehicle", [D7XR, OCTA], ids=["d7xr", "octa"])
def test_braking_dives_and_driving_squats_as_statics_says(vehicle: Vehicle, along: float) -> None:
    """The front wheel gains -m a h/L of one side, and the springs give way by it; the nose goes down in braking."""
    out = {
        name: values[-1]
        for name, values in half(road_of(level, 200.0), 190.0, 15.0, half_car_of(vehicle), along=along).items()
    }
    moved_n = -0.5 * vehicle.mass_kg.value * along * vehicle.centre_height_m.value / vehicle.wheelbase_m.value
    spring = {axle: vehicle.axle(axle).spring_n_per_m.value for axle in ("front", "rear")}  # type: ignore[arg-type]
    tyre = vehicle.tyre.stiffness_n_per_m.value
    assert out["front_strut_force_n"] == pytest.approx(moved_n, rel=1e-3)
    assert out["rear_strut_force_n"] == pytest.approx(-moved_n, rel=1e-3)
    assert out["front_tyre_force_n"] == pytest.approx(vehicle.wheel_load_n("front") + moved_n, rel=1e-3)
    assert out["front_suspension_m"] == pytest.approx(moved_n / spring["front"], rel=1e-3)
    sunk_m = moved_n * (1 / spring["front"] + 1 / spring["rear"] + 2 / tyre)
    assert out["pitch_rad"] == pytest.approx(sunk_m / vehicle.wheelbase_m.value, rel=1e-3)
    assert (out["pitch_rad"] > 0) == (along < 0)


def test_in_flight_nothing_pushes_the_car() -> None:
    """A car in the air that means to brake falls without pitching."""
    car = cold_half(D7XR)
    state, n = half_at_rest(car, 10.0, 10.0), 1000
    out, zero = np.empty((len(HALF_OUTPUTS), n)), np.zeros(n)
    ride_half(car, np.zeros(9), np.zeros(9), 0, 0.05, zero, zero, np.full(n, -5.0), 5e-4, state, out)
    assert out[3].max() == 0.0
    assert np.abs(out[14]).max() < 1e-12


def test_undamped_energy_stays_and_a_damper_takes_what_goes() -> None:
    """Bounced and pitched on level ground: heave, pitch, springs and tyres hold the energy, less the dampers' work."""
    free = REFERENCE._replace(compression_low=0.0, compression_high=0.0, rebound_low=0.0, rebound_high=0.0)
    start = np.array([0.01, 0.0, 0.06, 0.3, 20.0, -0.01, 0.2, -0.05, -0.2, 20.0])
    for front, rear in ((free, LIGHT_REAR._replace(**_dampers(free))), (REFERENCE, LIGHT_REAR)):
        car = half_car(front, rear, LENGTH_M, 1.3)
        state = start.copy()
        before = _energy_j(car, 1.3, state)
        out = _let_go(car, state, 1.0, 20_000.0)
        lost = (out[OUTPUTS.index("damper_power_w")] + out[7 + OUTPUTS.index("damper_power_w")]).sum() / 20_000.0
        assert before - _energy_j(car, 1.3, state) == pytest.approx(lost, abs=0.005 * before)
        assert (lost > 0.5 * before) == (front is REFERENCE)


def _dampers(corner: object) -> dict[str, float]:
    names = ("compression_low", "compression_high", "rebound_low", "rebound_high")
    return {name: getattr(corner, name) for name in names}


def _energy_j(car: HalfCar, radius_m: float, state: FloatArray) -> float:
    """Of one side that bounces without leaving the ground or reaching a stop, from static ride height."""
    (zw_f, vw_f, zb_f, vb_f, _), (zw_r, vw_r, zb_r, vb_r, _) = state[:5], state[5:]
    f, r = car.front, car.rear
    mass = f.sprung_kg + r.sprung_kg
    speed = (f.sprung_kg * vb_f + r.sprung_kg * vb_r) / mass
    pitch_rate = (vb_r - vb_f) / car.wheelbase_m
    moving = mass * (speed**2 + (radius_m * pitch_rate) ** 2) + f.unsprung_kg * vw_f**2 + r.unsprung_kg * vw_r**2
    springs = f.spring_n_per_m * (zw_f - zb_f) ** 2 + r.spring_n_per_m * (zw_r - zb_r) ** 2
    return float(0.5 * (moving + springs + f.tyre_n_per_m * zw_f**2 + r.tyre_n_per_m * zw_r**2))


def test_a_long_g_out_is_milder_in_front_and_harder_behind() -> None:
    """In a dip of 10 m the front strut takes less than the quarter car's; the rear follows a car that pitches already.

    The notes guess that a quarter car overstates g-outs by 20 to 40 %: with this pitch inertia it is 5 to 15 % for the
    front wheel of a long dip, next to nothing in one of 6 m, and for the rear wheel it understates.
    """
    car = half_car(REFERENCE, REFERENCE, LENGTH_M, D7XR.pitch_radius_m.value)
    shares = {}
    for length_m in (6.0, 10.0):
        roads = road_of(hump(20.0, length_m, -0.4), 120.0)
        alone = quarter(roads, 110.0, 60 / 3.6)["strut_force_n"].max()
        out = half(roads, 110.0, 60 / 3.6, car)
        shares[length_m] = [out[f"{axle}_strut_force_n"].max() / alone for axle in ("front", "rear")]
    assert 0.85 < shares[10.0][0] < 0.95
    assert 1.0 < shares[10.0][1] < 1.15
    assert shares[6.0][0] == pytest.approx(1.0, abs=0.03)
    assert 1.05 < shares[6.0][1] < 1.2


def test_a_bank_jump_flies_as_long_as_the_quarter_car_and_lands_nose_down() -> None:
    """From a bank of 1 m at 60 km/h: 0.6 s in the air; the rear is still on the ramp, so that it lands nose first."""
    out = half(road_of(bank, 120.0), 110.0, 60 / 3.6, cold_half(D7XR))
    assert longest_flight_s(out["front_tyre_force_n"]) == pytest.approx(0.6, abs=0.06)
    take_off = round(29.9 / (60 / 3.6) * 2000.0)
    landing = take_off + int(np.argmax(out["front_tyre_force_n"][take_off:] > 12_000.0))
    assert out["pitch_rad"][take_off] < -0.08
    assert out["pitch_rad"][landing] > 0.08


def test_each_axle_warms_by_its_own_damper() -> None:
    """Over class E the twin rear dampers warm half as much as the single front one, from where each started."""
    track = Track(class_road("E", 4, 900.0), 0.2)
    track.reach(890.0)
    car, n = cold_half(D7XR), 100_000
    state, out = half_at_rest(car, 0.0, 0.0, (25.0, 40.0)), np.empty((len(HALF_OUTPUTS), n))
    car = car._replace(rear=car.rear._replace(ambient_degc=40.0))
    distance, speed = np.arange(n) * 0.0075, np.full(n, 15.0)
    ride_half(car, track.heights_m, track.rear_m, 0, 0.05, distance, speed, np.zeros(n), 5e-4, state, out)
    rise = out[[6, 13], -1] - out[[6, 13], 0]
    assert out[13, 0] == 40.0
    assert rise[0] > 5.0
    assert rise[1] == pytest.approx(0.5 * rise[0], rel=0.1)


def test_the_step_of_2_khz_is_fine_enough() -> None:
    """Body RMS above both axles on class E changes by less than 0.5 % from 2 kHz to 8 kHz."""
    coarse, fine = (half(class_road("E", 5, 500.0), 490.0, 15.0, cold_half(D7XR), rate) for rate in (2000.0, 8000.0))
    for name in ("front_body_acceleration_mps2", "rear_body_acceleration_mps2"):
        assert coarse[name].std() == pytest.approx(fine[name].std(), rel=0.005)


def test_stock_parts_ride_softer_and_reach_their_stops_sooner() -> None:
    """On the same class D road the road car shakes its body less, and on class F it hits its bump stops far more."""
    race, stock = (half(class_road("D", 3, 1000.0), 990.0, 60 / 3.6, half_car_of(car)) for car in (D7XR, OCTA))
    shaken = [out["front_body_acceleration_mps2"].std() for out in (race, stock)]
    assert 0.75 < shaken[1] / shaken[0] < 0.95
    warmed = [out["rear_damper_temperature_degc"][-1] - 25.0 for out in (race, stock)]
    assert warmed[1] > 2.0 * warmed[0]  # one small damper where the race car has two large ones
    stops = []
    for car in (D7XR, OCTA):
        out = half(class_road("F", 3, 1000.0), 990.0, 30 / 3.6, half_car_of(car))
        stops.append(np.mean(out["front_suspension_m"] > car.front.bump_stop_at_m.value))
    assert stops[1] > 5 * stops[0]
    assert stops[1] > 0.005
