"""The simulated corner: what it answers to set points, and how its parts wear and break."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from corner_bench import AXES, CHANNELS, corner, wired

from drivers.channel import CODE_MAX, CODE_NAN, Channel
from simulators.corner import kernels
from simulators.corner.actuators import step_matrix
from simulators.corner.plant import Plant
from simulators.corner.specimens import Mode, SpecimenTruth
from simulators.faults.sensors import SensorNan
from simulators.settings import QUANTITIES, BenchConfig
from simulators.wires import Wires

RATE_HZ = 500


@pytest.fixture
def wires() -> Iterator[Wires]:
    with wired() as cabling:
        yield cabling


def run(plant: Plant, pan_m: np.ndarray, torque_nm: float = 0.0, speed_radps: float = 0.0) -> dict[str, np.ndarray]:
    """Play a pan movement and return what was measured, by name, in units."""
    setpoints = np.stack([pan_m, np.full_like(pan_m, torque_nm), np.full_like(pan_m, speed_radps)], axis=1)
    codes = plant.play(setpoints)
    return {channel.name: channel.decode(codes[:, column]) for column, channel in enumerate(CHANNELS)}


def sine(amplitude_m: float, frequency_hz: float, seconds: float) -> np.ndarray:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return amplitude_m * np.sin(2 * np.pi * frequency_hz * time_s)


def breaking(component: str, mode: Mode, failing_damage: float = 1e-12) -> BenchConfig:
    return corner(specimens=(SpecimenTruth(component, mode, failing_damage),))


def mixed_drive(samples: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.cumsum(rng.normal(0, [0.002, 40, 0.2], (samples, 3)), axis=0) * [1, 1, 0.5]


@pytest.mark.parametrize("lengths", [[1] * 60, [7, 3, 20, 30], [59, 1]])
def test_any_block_length_gives_the_same_bits(wires: Wires, lengths: list[int]) -> None:
    """However samples are batched, feedback and hidden damage are identical."""
    drive = mixed_drive(60)
    whole, split = Plant(corner(), wires), Plant(corner(), wires)
    expected = whole.play(drive)
    parts = [split.play(part) for part in np.split(drive, np.cumsum(lengths)[:-1])]
    np.testing.assert_array_equal(np.concatenate(parts), expected)
    assert split.damage() == whole.damage()


def test_another_seed_gives_other_noise_only(wires: Wires) -> None:
    """Noise depends on the seed; what it is added to does not."""
    drive = mixed_drive(400)
    one, other = (Plant(corner(seed=seed), wires) for seed in (1, 2))
    first, second = one.play(drive), other.play(drive)
    assert (first != second).any()
    assert one.damage() == other.damage()


def test_noise_is_standard_normal() -> None:
    """Mean 0, deviation 1, and no relation between channels or neighbours."""
    table = np.array([[kernels.normal(5, sample, channel) for channel in range(3)] for sample in range(20_000)])
    np.testing.assert_allclose(table.mean(axis=0), 0.0, atol=0.03)
    np.testing.assert_allclose(table.std(axis=0), 1.0, atol=0.02)
    related = np.corrcoef(np.hstack([table[1:], table[:-1]]), rowvar=False)
    np.testing.assert_allclose(related, np.eye(6), atol=0.03)


def test_measurement_noise_is_as_stated(wires: Wires) -> None:
    """At rest each channel shows its own noise: 0.05 mm, 5 N·m, 0.02 rad/s, 40 N, 0.05 mm, 0.05 m/s², 0.05 °C."""
    seen = run(Plant(corner(), wires), np.zeros(4000))
    spread = [seen[name].std() for name in QUANTITIES]
    np.testing.assert_allclose(spread, [5e-5, 5.0, 0.02, 40.0, 5e-5, 0.05, 0.05], rtol=0.05)


@pytest.mark.parametrize("axis", AXES, ids=lambda axis: axis.channel.name)
def test_step_matrix_is_the_exact_second_order_step(axis: object) -> None:
    """A held unit step: the response overshoots as theory says for its damping ratio."""
    row = step_matrix(axis, 1 / 4000)  # type: ignore[arg-type]
    x = v = peak = 0.0
    for _ in range(4000):
        x, v = row[0] * x + row[1] * v + row[2] + row[3], row[4] * x + row[5] * v + row[6] + row[7]
        peak = max(peak, x)
    zeta = axis.damping_ratio  # type: ignore[attr-defined]
    assert x == pytest.approx(1.0, abs=1e-9)
    assert peak == pytest.approx(1 + np.exp(-np.pi * zeta / np.sqrt(1 - zeta**2)), abs=2e-4)


def test_pan_follows_with_the_lag_of_its_model(wires: Wires) -> None:
    """At 5 Hz: gain and phase of a second order with dead time, within the noise."""
    f, w = 5.0, 5.0 / 45.0
    seen = run(Plant(corner(), wires), sine(0.02, f, 4.0))["pan_displacement_m"][RATE_HZ:]
    time_s = (np.arange(len(seen)) + RATE_HZ) / RATE_HZ
    found = 2 * np.mean(seen * np.exp(-2j * np.pi * f * time_s)) / 0.02 * 1j
    expected = np.exp(-2j * np.pi * f * 0.003) / (1 - w**2 + 2j * 0.65 * w)
    assert abs(found - expected) < 0.002


def test_actuator_keeps_to_its_rate_and_acceleration(wires: Wires) -> None:
    """A step of the set point is answered at no more than 5 m/s and 250 m/s²."""
    seen = run(Plant(corner(), wires), np.full(100, 0.15))["pan_displacement_m"]
    speed = np.diff(seen) * RATE_HZ
    assert 4.0 < speed.max() < 5.2
    assert abs(np.diff(speed) * RATE_HZ).max() < 250 + 4 * 5e-5 * RATE_HZ**2 * 2


def test_spring_and_damper_are_those_of_the_car(wires: Wires) -> None:
    """A slow movement shows 54 kN/m; a fast one is harder in rebound than in compression."""
    slow = run(Plant(corner(), wires), 0.1 * np.minimum(np.arange(4000) / 2000, 1.0))
    assert slow["strut_force_n"][-500:].mean() == pytest.approx(54_000 * slow["strut_travel_m"][-500:].mean(), abs=15)
    fast = run(Plant(corner(), wires), sine(0.05, 3.0, 3.0))
    damper_n = fast["strut_force_n"] - 54_000 * fast["strut_travel_m"]
    assert damper_n.max() == pytest.approx(4500 * 0.25 + 2200 * (0.942 - 0.25), rel=0.1)
    assert damper_n.min() == pytest.approx(-(9000 * 0.25 + 3600 * (0.942 - 0.25)), rel=0.1)


def test_top_mount_gives_in_series(wires: Wires) -> None:
    """The strut travels less than the pan, by the force over the mount's stiffness."""
    seen = run(Plant(corner(), wires), 0.1 * np.minimum(np.arange(4000) / 2000, 1.0))
    deflection_m = (seen["pan_displacement_m"] - seen["strut_travel_m"])[-500:].mean()
    assert deflection_m == pytest.approx(seen["strut_force_n"][-500:].mean() / 2.0e6, rel=0.02)


def test_bump_stop_is_hit_beyond_170_mm(wires: Wires) -> None:
    """Near the end of the travel the force rises far over the spring's."""
    seen = run(Plant(corner(), wires), np.minimum(np.arange(4000) / 2000, 1.0) * 0.195)
    force_n, travel_m = seen["strut_force_n"][-500:].mean(), seen["strut_travel_m"][-500:].mean()
    assert force_n == pytest.approx(54_000 * travel_m + 6e6 * (travel_m - 0.17) ** 2, rel=0.01)
    assert force_n > 1.2 * 54_000 * travel_m


def test_torque_has_a_gain_error(wires: Wires) -> None:
    """1,000 N·m asked are 960: the host's controller has something to do."""
    seen = run(Plant(corner(), wires), np.zeros(500), torque_nm=1000)["halfshaft_torque_nm"]
    assert seen[-200:].mean() == pytest.approx(960, abs=2)


def test_reversing_the_torque_crosses_the_backlash(wires: Wires) -> None:
    """In the gap the shaft carries nothing, for some milliseconds, once each way."""
    plant = Plant(corner(), wires)
    carried = []
    for asked in np.linspace(60, -60, 300):
        plant.play(np.array([[0.0, asked, 0.0]]))
        carried.append(float(plant._state["torque_nm"][0]))
    assert carried[100] > 10
    assert carried[-1] < -50
    assert 4 <= carried[100:].count(0.0) <= 40


def test_oil_heats_and_the_fan_cools(wires: Wires) -> None:
    """Work of the damper becomes heat; at 24 V the air takes 20 W/K instead of 6."""
    plant = Plant(corner(), wires)
    hot = run(plant, sine(0.06, 3.0, 120.0))["damper_temperature_degc"]
    assert hot[-1] > 50
    assert wires.damper_temperature_degc == pytest.approx(hot[-500:].mean(), abs=1)
    still = run(plant, np.zeros(60 * RATE_HZ))["damper_temperature_degc"]
    wires.fan_voltage_v = 24.0
    blown = run(plant, np.zeros(60 * RATE_HZ))["damper_temperature_degc"]
    for seen, air in ((still, 6.0), (blown, 20.0)):
        first, last = seen[:100].mean() - 20, seen[-100:].mean() - 20
        assert np.log(first / last) == pytest.approx(59.8 * air / 4100, rel=0.05)


def test_a_hot_damper_fades(wires: Wires) -> None:
    """0.2 % less force for each kelvin."""
    cold = run(Plant(corner(), wires), sine(0.05, 3.0, 2.0))
    wires.ambient_temperature_degc = 120.0
    hot = run(Plant(corner(), wires), sine(0.05, 3.0, 2.0))
    ratio = [(s["strut_force_n"] - 54_000 * s["strut_travel_m"]).min() for s in (hot, cold)]
    assert ratio[0] / ratio[1] == pytest.approx(np.exp(-0.2), rel=0.05)


def test_shaker_moves_the_body_and_only_while_it_is_on(wires: Wires) -> None:
    """100 Hz at 0.1 V shows as about 1 m/s² at the body mount; switched off there is only noise."""
    wires.set_waveform(0.1 * np.sin(2 * np.pi * 0.1 * np.arange(1000)), 1000.0)
    plant = Plant(corner(), wires)
    assert run(plant, np.zeros(2000))["body_acceleration_mps2"].std() < 0.06
    wires.shaker_on = True
    seen = run(plant, np.zeros(2000))["body_acceleration_mps2"][1000:]
    assert seen.std() * np.sqrt(2) == pytest.approx(1.1, abs=0.15)


def test_instruments_sensors_are_fed(wires: Wires) -> None:
    """Torque at speed warms the CV joint, turning warms the hub, strut force strains the lower arm."""
    run(Plant(corner(), wires), np.full(30 * RATE_HZ, 0.1), torque_nm=2000, speed_radps=60)
    assert wires.cv_joint_temperature_degc > 23
    assert wires.hub_temperature_degc > 20.1
    assert wires.lower_arm_strain == pytest.approx(5400 * 3e-8, rel=0.05)


def test_a_healthy_corner_shows_no_sign(wires: Wires) -> None:
    """Four minutes of hard driving are nothing to parts that last thousands of kilometres."""
    plant = Plant(corner(), wires)
    run(plant, sine(0.06, 3.0, 240.0), torque_nm=1500, speed_radps=20)
    assert max(plant.damage().values()) < 0.01


def test_a_broken_spring_carries_nothing(wires: Wires) -> None:
    """Stiffness and static load are gone in one sample; the damper still works."""
    plant = Plant(breaking("coil_spring", "fracture"), wires)
    seen = run(plant, np.concatenate([sine(0.05, 1.0, 3.0), np.full(1000, 0.05)]))
    assert plant.damage()["coil_spring"] > 1
    assert seen["strut_force_n"][-300:].mean() == pytest.approx(-6867, abs=20)


def test_a_broken_half_shaft_transmits_nothing(wires: Wires) -> None:
    """The torque falls to 0 while the set point stays."""
    plant = Plant(breaking("half_shaft", "fracture"), wires)
    run(plant, np.zeros(200), torque_nm=1000)
    run(plant, np.zeros(200), torque_nm=-1000)
    assert abs(run(plant, np.zeros(200), torque_nm=1000)["halfshaft_torque_nm"].mean()) < 2


@pytest.mark.parametrize(("mode", "left"), [("leak", 0.4), ("rod_fracture", 0.0)])
def test_a_failed_damper_has_lost_its_force(wires: Wires, mode: Mode, left: float) -> None:
    """A leak leaves 40 % of the damping, a broken rod nothing."""
    plant, whole = Plant(breaking("damper", mode), wires), Plant(corner(), wires)
    forces = []
    for each in (plant, whole):
        seen = run(each, sine(0.05, 3.0, 4.0))
        forces.append((seen["strut_force_n"] - 54_000 * seen["strut_travel_m"])[-1000:].min())
    assert forces[0] / forces[1] == pytest.approx(left, abs=0.06)


def test_a_worn_mount_is_softer(wires: Wires) -> None:
    """At damage 1 a fifth of its stiffness is gone."""
    left = np.ones(4)
    kernels.remaining(np.array([0.0, 0.0, 0.0, 1.0]), 0, left)
    np.testing.assert_allclose(left, [1.0, 1.0, 1.0, 0.8], rtol=1e-3)


@pytest.mark.parametrize(("life", "drop"), [(0.58, 0.01), (0.68, 0.02), (0.80, 0.05), (0.87, 0.10), (0.93, 0.20)])
def test_a_cracked_spring_softens_as_paris_says(life: float, drop: float) -> None:
    """The stiffness that is lost at each part of life (physics notes §5.3)."""
    left = np.ones(4)
    kernels.remaining(np.array([0.0, life, 0.0, 0.0]), 0, left)
    assert 1 - left[kernels.SPRING] == pytest.approx(drop, rel=0.1)


def test_damage_of_a_sine_is_basquin(wires: Wires) -> None:
    """Constant amplitude: one cycle a period at the range that is measured."""
    plant = Plant(corner(), wires)
    run(plant, np.zeros(100))
    seen = run(plant, sine(0.08, 1.0, 40.0))
    spring_range_n = 54_000 * np.ptp(seen["strut_travel_m"][2000:])
    assert plant.damage()["coil_spring"] == pytest.approx(40 / 6e6 * (spring_range_n / 12_000) ** 8, rel=0.06)


def test_sensors_saturate_at_the_end_codes(wires: Wires) -> None:
    """Out of range is the end code, as of any converter, never a wrapped number."""
    narrow = Channel("strut_force_n", "N", 0.01)
    config = dataclasses.replace(corner(), channels=(narrow,))
    assert Plant(config, wires).play(np.tile([0.1, 0.0, 0.0], (500, 1)))[-1, 0] == CODE_MAX


def test_a_dead_sensor_reads_as_none(wires: Wires) -> None:
    """The code for NaN, on that channel alone."""
    plant = Plant(corner(), wires)
    plant.converter.spoil(SensorNan(fault="sensor_nan", channel="strut_force_n"))
    codes = plant.play(np.zeros((5, 3)))
    assert (codes[:, 3] == CODE_NAN).all()
    assert (np.delete(codes, 3, axis=1) != CODE_NAN).all()


def test_an_axis_or_channel_that_the_corner_lacks_is_refused(wires: Wires) -> None:
    """A rig file may ask for what this bench can't simulate; it says what it can."""
    config = dataclasses.replace(corner(), channels=(Channel("steering_angle_rad", "rad", 1e-4),))
    with pytest.raises(ValueError, match=r"steering_angle_rad.*strut_force_n"):
        Plant(config, wires)


def test_a_bench_may_have_one_axis_only(wires: Wires) -> None:
    """The other axes stay at rest."""
    config = dataclasses.replace(corner(), axes=AXES[:1])
    codes = Plant(config, wires).play(np.full((300, 1), 0.05))
    assert codes[-1, 0] == pytest.approx(5000, abs=25)
    assert abs(codes[-1, 1]) < 100
