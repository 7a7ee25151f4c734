"""The vehicle file: what it must say, and that each value names its source."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from profiles.car.vehicle import FOLDER, load_vehicle
from profiles.schema import InputError, Strict

TEXT = (FOLDER / "d7xr.yaml").read_text(encoding="utf-8")


def _values(model: Strict) -> Iterator[Strict]:
    for name in type(model).model_fields:
        part = getattr(model, name)
        if isinstance(part, Strict):
            yield from [part] if hasattr(part, "source") else _values(part)


def test_each_value_of_the_library_car_names_its_source() -> None:
    """Every number of d7xr stands beside a source in words."""
    values = list(_values(load_vehicle("d7xr")))
    assert len(values) > 40
    assert all(len(value.source.split()) >= 2 for value in values)  # type: ignore[attr-defined]


def test_the_nominal_corner_is_that_of_the_physics_notes() -> None:
    """Static wheel load and bounce frequency follow from 700 + 95 kg and 54 kN/m."""
    car = load_vehicle("d7xr")
    assert car.wheel_load_n == pytest.approx(795 * 9.80665)
    bounce_hz = (car.suspension.spring_n_per_m.value / car.sprung_corner_kg.value) ** 0.5 / 6.2832
    assert bounce_hz == pytest.approx(1.4, abs=0.01)


@pytest.mark.parametrize(
    ("before", "after", "key", "allowed"),
    [
        ("knee_mps: {value: 0.25", "knee: {value: 0.25", "suspension.knee", "knee_mps"),
        ('value: 0.25, source: "design value"', "value: 0.25", "source", "must be given"),
        ("value: 54000.0", "value: -54000.0", "suspension.spring_n_per_m.value", "more than 0"),
        ("value: 0.82", "value: 82.0", "driveline.efficiency.value", "at most 1"),
        ("value: 0.43", "value: .nan", "tyre.effective_radius_m.value", "finite"),
    ],
)
def test_a_fault_in_a_vehicle_file_is_told_with_its_place(
    tmp_path: Path, before: str, after: str, key: str, allowed: str
) -> None:
    """Unknown key, missing source, out of bounds and NaN are each refused with line, key and what is allowed."""
    assert before in TEXT
    path = tmp_path / "car.yaml"
    path.write_text(TEXT.replace(before, after), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_vehicle(str(path))
    faults = [fault for fault in caught.value.faults if key in fault.key and allowed in fault.allowed]
    assert faults
    assert TEXT.splitlines()[faults[0].line - 1].find(before.split(":")[0]) >= 0


def test_an_unknown_car_is_told_with_the_names_there_are() -> None:
    """A misspelt name gets the library's names."""
    with pytest.raises(InputError, match="d7xr"):
        load_vehicle("d7rx")
