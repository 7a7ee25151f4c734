"""The vehicle file: what it must say, and that each value names its source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles import catalogue
from profiles.car.vehicle import FOLDER, load_vehicle
from profiles.schema import InputError, Strict
from profiles.values import Sourced

TEXT = (FOLDER / "d7xr.yaml").read_text(encoding="utf-8")
LIBRARY = catalogue.names(FOLDER)


def _values(model: Strict) -> Iterator[Sourced]:
    for name in type(model).model_fields:
        part = getattr(model, name)
        if isinstance(part, Strict):
            yield from [part] if isinstance(part, Sourced) else _values(part)


@pytest.mark.parametrize("name", LIBRARY)
def test_each_value_of_a_library_car_names_its_source(name: str) -> None:
    """Every number stands beside a source in words, more than a bare "estimate"."""
    values = list(_values(load_vehicle(name)))
    assert len(values) > 50
    unnamed = [value for value in values if len(value.source.split()) < 2]
    assert unnamed == []


@pytest.mark.parametrize("name", LIBRARY)
def test_the_wheels_carry_the_car(name: str) -> None:
    """The four static wheel loads are the weight; each body corner and its wheel make up a wheel load."""
    car = load_vehicle(name)
    assert 2 * (car.wheel_load_n("front") + car.wheel_load_n("rear")) == pytest.approx(car.mass_kg.value * 9.80665)
    front_kg = car.sprung_corner_kg("front") + car.front.unsprung_corner_kg.value
    assert front_kg == pytest.approx(0.5 * car.front_axle_share.value * car.mass_kg.value)


def test_the_library_has_a_race_car_and_a_road_car() -> None:
    """The race car is heavier, has more travel, stiffer springs and twin dampers at the rear."""
    assert LIBRARY == ["d7xr", "octa"]
    race, stock = load_vehicle("d7xr"), load_vehicle("octa")
    assert race.mass_kg.value > stock.mass_kg.value
    assert race.front.bump_stop_at_m.value > stock.front.bump_stop_at_m.value
    assert race.front.spring_n_per_m.value > stock.front.spring_n_per_m.value
    assert [axle.dampers.value for axle in (race.front, race.rear, stock.front, stock.rear)] == [1, 2, 1, 1]


@pytest.mark.parametrize(("name", "low_hz", "high_hz"), [("d7xr", 1.35, 1.45), ("octa", 1.2, 1.35)])
def test_body_bounce_lies_where_its_source_says(name: str, low_hz: float, high_hz: float) -> None:
    """Spring over sprung mass of each axle is the frequency that the source of the spring names."""
    car = load_vehicle(name)
    for axle in (car.front, car.rear):
        sprung_kg = car.sprung_corner_kg("front" if axle is car.front else "rear")
        assert low_hz < (axle.spring_n_per_m.value / sprung_kg) ** 0.5 / 6.2832 < high_hz


@pytest.mark.parametrize(
    ("before", "after", "key", "allowed"),
    [
        ("knee_mps: {value: 0.25", "knee: {value: 0.25", "front.knee", "knee_mps"),
        ("0.5, source: ", "0.5, text: ", "front_axle_share.source", "must be given"),
        ("value: 54000.0", "value: -54000.0", "front.spring_n_per_m.value", "more than 0"),
        ("share: {value: 0.5,", "share: {value: 50.0,", "front_axle_share.value", "at most 1"),
        ("share: {value: 0.5,", "share: {value: 0.9,", "front_axle_share.value", "0.3 to 0.7"),
        ("value: 0.43", "value: .nan", "tyre.effective_radius_m.value", "finite"),
        ("{value: 3.02", "{value: 3020.0", "wheelbase_m.value", "1.5 to 6"),
        ("mass_kg: {value: 3200", "mass_kg: {value: 375", "front.unsprung_corner_kg.value", "less than the 93.75 kg"),
        ("bump_m: {value: 0.04", "bump_m: {value: 0.2", "front.hydraulic_bump_m.value", "less than bump_stop_at_m"),
        ("factor: {value: 3.0", "factor: {value: 0.3", "front.hydraulic_bump_factor.value", "1 to 10"),
        ("dampers: {value: 2", "dampers: {value: 3", "rear.dampers.value", "at most 2"),
        ("dampers: {value: 2", "dampers: {value: 1.5", "rear.dampers.value", "a whole number"),
    ],
)
def test_a_fault_in_a_vehicle_file_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, key: str, allowed: str
) -> None:
    """Unknown key, missing source, out of bounds, NaN and misfits are refused with line, key and what is allowed."""
    assert before in TEXT
    path = tmp_path / "car.yaml"
    path.write_text(TEXT.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_vehicle(str(path))
    faults = [fault for fault in caught.value.faults if key == fault.key and allowed in fault.allowed]
    assert faults
    named = key.removesuffix(".value").removesuffix(".source").split(".")[-1]
    assert named in path.read_text(encoding="utf-8").splitlines()[faults[0].line - 1]


def test_a_fault_of_the_driveline_is_told_with_its_place(tmp_path: Path) -> None:
    """What no driveline has is refused under its key in the section."""
    path = tmp_path / "car.yaml"
    path.write_text(TEXT.replace("inertia_kgm2: {value: 6.6", "inertia_kgm2: {value: 6600.0"), encoding="utf-8")
    with pytest.raises(InputError, match=r"driveline\.wheel\.inertia_kgm2\.value"):
        load_vehicle(str(path))


def test_an_unknown_car_is_told_with_the_names_there_are() -> None:
    """A misspelt name gets the library's names."""
    with pytest.raises(InputError, match="d7xr"):
        load_vehicle("d7rx")
