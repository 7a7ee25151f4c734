"""What outlasts a bench: parts that were worn are worn, oil that was hot is hot; what moved stands still."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from corner_bench import corner, wired

from simulators.corner import kernels
from simulators.corner.memory import ForeignMemoryError
from simulators.corner.plant import Plant
from simulators.corner.specimens import SpecimenTruth
from simulators.settings import BenchConfig
from simulators.wires import Wires


@pytest.fixture
def wires() -> Iterator[Wires]:
    with wired() as cabling:
        yield cabling


def shaken(plant: Plant, samples: int = 500) -> np.ndarray:
    """Codes of a plant that is driven hard."""
    time_s = np.arange(samples) / 500.0
    return plant.play(np.stack([0.1 * np.sin(20.0 * time_s), 2000.0 + 0 * time_s, 30.0 + 0 * time_s], axis=1))


def remembering(path: Path, **settings: object) -> BenchConfig:
    return dataclasses.replace(corner(), memory=path, **settings)  # type: ignore[arg-type]


def test_wear_and_heat_outlast_the_bench(wires: Wires, tmp_path: Path) -> None:
    """Without being closed: each change is in the file at once."""
    before = Plant(remembering(tmp_path / "memory"), wires)
    shaken(before)
    worn, hot = before.damage(), float(before._state["damper_degc"][0])
    after = Plant(remembering(tmp_path / "memory"), wires)
    assert after.damage() == worn
    assert worn["half_shaft"] > 0.0
    assert float(after._state["damper_degc"][0]) == hot > wires.ambient_temperature_degc
    assert int(after._state["sample"][0]) == 500
    assert float(after._state["top_m"][0]) == float(after._state["body_mps"][0]) == 0.0
    shaken(after)
    assert Plant(remembering(tmp_path / "memory"), wires).damage()["half_shaft"] > worn["half_shaft"]


def test_the_memory_changes_nothing_that_is_measured(wires: Wires, tmp_path: Path) -> None:
    """A new bench with one gives the same bits as a new bench without."""
    assert np.array_equal(shaken(Plant(remembering(tmp_path / "memory"), wires)), shaken(Plant(corner(), wires)))


def test_how_long_a_part_lives_is_the_specimens_file_s(wires: Wires, tmp_path: Path) -> None:
    """Only how far it has come is remembered."""
    plant = Plant(remembering(tmp_path / "memory"), wires)
    shaken(plant)
    worn = plant.damage()["half_shaft"]
    truth = SpecimenTruth("half_shaft", "fracture", 0.5)
    other = Plant(remembering(tmp_path / "memory", specimens=(truth,)), wires)
    assert other.damage()["half_shaft"] == pytest.approx(2.0 * worn)


def test_a_memory_from_before_there_were_joints_is_taken_over(wires: Wires, tmp_path: Path) -> None:
    """Wear and heat of the four parts are kept; joint and bearing are new."""
    path = tmp_path / "memory"
    worn = Plant(remembering(path), wires)
    shaken(worn)
    now = np.fromfile(path, np.dtype([("parts", "<f8", (6, 5)), ("state", kernels.STATE)]))
    before = np.zeros(1, np.dtype([("parts", "<f8", (4, 5)), ("state", kernels.STATE)]))
    before["parts"][0], before["state"] = now["parts"][0, :4], now["state"]
    before.tofile(path)
    joint = SpecimenTruth("cv_joint", "backlash", 1.0)
    after = Plant(remembering(path, specimens=(joint,)), wires)
    assert after.damage() == {**worn.damage(), "cv_joint": 0.0}
    assert float(after._state["damper_degc"][0]) == float(now["state"]["damper_degc"][0])


def test_a_file_of_something_else_is_left_alone(wires: Wires, tmp_path: Path) -> None:
    """In words, with what was wanted."""
    path = tmp_path / "memory"
    path.write_bytes(b"a letter")
    with pytest.raises(ForeignMemoryError, match="has 8 bytes, wanted"):
        Plant(remembering(path), wires)
    assert path.read_bytes() == b"a letter"
