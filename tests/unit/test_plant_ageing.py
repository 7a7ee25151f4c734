"""Joint and bearing of the simulated corner: how they age, and that they change nothing where they are not mounted."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from corner_bench import corner, wired

from simulators.corner.plant import Plant
from simulators.corner.specimens import Mode, SpecimenTruth
from simulators.settings import CornerSettings
from simulators.wires import Wires

RATE_HZ = 500


@pytest.fixture
def wires() -> Iterator[Wires]:
    with wired() as cabling:
        yield cabling


def mounted(component: str, mode: Mode, failing_damage: float) -> tuple[SpecimenTruth, ...]:
    return (SpecimenTruth(component, mode, failing_damage),)


def driven(plant: Plant, seconds: float, torque_nm: float = 1000.0) -> np.ndarray:
    """Codes of a plant that turns at 60 rad/s under torque, its strut at rest."""
    setpoints = np.tile([0.0, torque_nm / 0.96, 60.0], (round(seconds * RATE_HZ), 1))
    return plant.play(setpoints)


def gap_rad(plant: Plant) -> float:
    """The twist between the two sides of the gap, of the corner's own state: from pull to push at 20 N·m."""
    ends = []
    for torque in (20.0, -20.0):
        plant.play(np.tile([0.0, torque / 0.96, 0.0], (500, 1)))
        ends.append(float(plant._state["twist_rad"][0]) - torque / CornerSettings().shaft_nm_per_rad)
    return ends[0] - ends[1]


def test_a_joint_that_is_not_mounted_changes_no_bit(wires: Wires) -> None:
    """A new joint and bearing show as none at all do; without them nothing wears that wore not before."""
    plain = Plant(corner(), wires)
    specimens = mounted("cv_joint", "backlash", 1e12) + mounted("hub_bearing", "running_hot", 1e12)
    new = Plant(corner(specimens=specimens), wires)
    np.testing.assert_array_equal(driven(plain, 4.0), driven(new, 4.0))
    assert set(plain.damage()) == {"damper", "coil_spring", "half_shaft", "top_mount"}
    assert set(new.damage()) - set(plain.damage()) == {"cv_joint", "hub_bearing"}


def test_a_joint_wears_by_turns_at_torque(wires: Wires) -> None:
    """1 kN·m at 4°: turns (1 + (4/15)^1.5)^3 of 2.3e6."""
    plant = Plant(corner(specimens=mounted("cv_joint", "backlash", 1.0)), wires)
    driven(plant, 2.0)
    before = plant.damage()["cv_joint"]
    driven(plant, 4.0)
    turns = 4.0 * 60.0 / (2.0 * np.pi)
    expected = turns * (1.0 + (4.0 / 15.0) ** 1.5) ** 3 / 2.3e6
    assert plant.damage()["cv_joint"] - before == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("damage", "degrees"), [(0.0, 0.4), (0.5, 0.4 + 0.6 * 0.5**1.5), (1.0, 1.0)])
def test_backlash_grows_with_the_joints_damage(wires: Wires, damage: float, degrees: float) -> None:
    """To 0.4° + 0.6° D^1.5, seen from the twist between pull and push."""
    plant = Plant(corner(specimens=mounted("cv_joint", "backlash", 1.0)), wires)
    plant._parts[4, 0] = damage
    assert np.degrees(gap_rad(plant)) == pytest.approx(degrees, abs=0.01)


@pytest.mark.parametrize(("used", "times"), [(0.5, 1.0), (0.8, 1.0), (0.9, 1.5), (1.0, 2.0), (1.2, 3.0)])
def test_a_worn_bearing_warms_faster(wires: Wires, used: float, times: float) -> None:
    """Friction doubles over the last fifth of its life; only the hub's temperature shows it."""
    rises, codes = [], []
    for damage in (0.0, used):
        wires.ambient_temperature_degc = 20.0
        plant = Plant(corner(specimens=mounted("hub_bearing", "running_hot", 1.0)), wires)
        plant._parts[5, 0] = damage
        codes.append(driven(plant, 20.0))
        rises.append(wires.hub_temperature_degc - 20.0)
    assert rises[1] / rises[0] == pytest.approx(times, rel=0.01)
    np.testing.assert_array_equal(codes[0], codes[1])


def test_blocks_of_any_length_age_alike(wires: Wires) -> None:
    """Batches change no bit of what is measured, nor of the wear."""
    specimens = mounted("cv_joint", "backlash", 1e-6) + mounted("hub_bearing", "running_hot", 1e-6)
    config = dataclasses.replace(corner(), specimens=specimens)
    rng = np.random.default_rng(2)
    drive = np.cumsum(rng.normal(0, [0.002, 40, 0.5], (300, 3)), axis=0)
    whole, split = Plant(config, wires), Plant(config, wires)
    expected = whole.play(drive)
    found = np.concatenate([split.play(part) for part in np.split(drive, [1, 8, 90, 91])])
    np.testing.assert_array_equal(found, expected)
    assert split.damage() == whole.damage()
