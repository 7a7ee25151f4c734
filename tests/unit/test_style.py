"""The driver file: what it must say, and what it refuses."""

from pathlib import Path

import pytest
import yaml

from profiles import catalogue
from profiles.driver.style import BOUNDS, FOLDER, load_style
from profiles.schema import InputError

TEXT = (FOLDER / "stage_pace.yaml").read_text(encoding="utf-8")
LIBRARY = catalogue.names(FOLDER)


def _written(folder: Path, **values: float) -> str:
    """A driver file with other values, by their keys."""
    said = yaml.safe_load(TEXT)
    for key, value in values.items():
        said[key]["value"] = value
    path = folder / "driver.yaml"
    path.write_text(yaml.safe_dump(said), encoding="utf-8")
    return str(path)


def _faults(folder: Path, **values: float) -> list[tuple[str, str]]:
    """Key and what is allowed, of each fault."""
    with pytest.raises(InputError) as caught:
        load_style(_written(folder, **values))
    return [(fault.key, fault.allowed) for fault in caught.value.faults]


def test_the_library_has_three_drivers() -> None:
    """All load, named as their files are."""
    assert LIBRARY == ["attack", "careful", "stage_pace"]
    assert [load_style(name).name for name in LIBRARY] == LIBRARY


@pytest.mark.parametrize("name", LIBRARY)
def test_each_value_of_a_library_driver_names_its_source(name: str) -> None:
    """Every number stands beside a source in words."""
    style = load_style(name)
    assert [key for key in BOUNDS if len(getattr(style, key).source.split()) < 2] == []


@pytest.mark.parametrize("key", BOUNDS)
def test_each_value_grows_from_careful_to_attack(key: str) -> None:
    """The margins shrink instead."""
    careful, stage_pace, attack = (getattr(load_style(name), key).value for name in ("careful", "stage_pace", "attack"))
    ordered = [attack, stage_pace, careful] if "margin" in key else [careful, stage_pace, attack]
    assert ordered == sorted(ordered)
    assert careful != attack


@pytest.mark.parametrize("name", LIBRARY)
def test_the_higher_the_danger_the_slower(name: str) -> None:
    """Each level has its own speed, level 3 the lowest."""
    style = load_style(name)
    speeds = [style.danger_mps(level) for level in (1, 2, 3)]
    assert speeds == [style.danger_1_mps.value, style.danger_2_mps.value, style.danger_3_mps.value]
    assert speeds[0] > speeds[1] > speeds[2] > style.creep_mps.value


@pytest.mark.parametrize("key", BOUNDS)
def test_a_value_that_nobody_drives_by_is_refused(tmp_path: Path, key: str) -> None:
    """Below and above its bounds, with key and bounds in the fault."""
    low, high = BOUNDS[key]
    for value in (0.99 * low, 1.01 * high):
        assert (f"{key}.value", f"{low:g} to {high:g}") in _faults(tmp_path, **{key: value})


def test_a_value_at_its_bound_is_allowed(tmp_path: Path) -> None:
    """The bounds belong to what is allowed."""
    bounds = {"comfort_mps2": 0.1, "jerk_mps3": 200.0, "braking_mps2": 20.0}
    style = load_style(_written(tmp_path, **bounds))
    assert {key: getattr(style, key).value for key in bounds} == bounds


@pytest.mark.parametrize(("creep", "top"), [(6.0, 6.0), (7.0, 6.0)])
def test_creep_must_be_slower_than_the_top_speed(tmp_path: Path, creep: float, top: float) -> None:
    """Else nothing lies between them."""
    assert _faults(tmp_path, creep_mps=creep, top_speed_mps=top) == [("creep_mps.value", "less than top_speed_mps")]


@pytest.mark.parametrize(
    "dangers", [{"danger_1_mps": 12.0}, {"danger_2_mps": 25.0}, {"danger_2_mps": 5.0}, {"danger_3_mps": 15.0}]
)
def test_dangers_must_be_in_order(tmp_path: Path, dangers: dict[str, float]) -> None:
    """A worse danger is not driven faster."""
    assert _faults(tmp_path, **dangers) == [("danger_2_mps.value", "between danger_3_mps and danger_1_mps")]


def test_equal_dangers_are_allowed(tmp_path: Path) -> None:
    """A driver may make no difference between them."""
    style = load_style(_written(tmp_path, danger_1_mps=9.0, danger_2_mps=9.0, danger_3_mps=9.0))
    assert style.danger_mps(1) == style.danger_mps(3) == 9.0


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    """Three slips of the pen, three faults, each in the line of its value."""
    path = Path(_written(tmp_path, comfort_mps2=350.0, creep_mps=20.0, danger_2_mps=30.0))
    with pytest.raises(InputError) as caught:
        load_style(str(path))
    lines = path.read_text(encoding="utf-8").splitlines()
    keys = [fault.key for fault in caught.value.faults]
    assert sorted(keys) == ["comfort_mps2.value", "creep_mps.value", "danger_2_mps.value"]
    for fault in caught.value.faults:
        assert fault.file == str(path)
        assert fault.found.strip("'") in lines[fault.line - 1]
