"""What only the simulators know about the specimens."""

from pathlib import Path

import numpy as np
import pytest

from profiles.catalogue import names
from profiles.schema import InputError
from rig.life.specimens import FOLDER, load_specimens
from simulators.corner.specimens import (
    MODES,
    WEIBULL_SHAPE,
    YOUNG_SHARE,
    Truth,
    complete,
    fails_young,
    life_multiplier,
    read_specimens,
    true_life,
    truth_of,
)

GOOD = """\
kind: specimens
name: mixed
specimens:
  - {component: damper, serial: D-1, batch: 2026-03, variant: race, truth: {life_factor: 0.5, mode: rod_fracture}}
  - {component: coil_spring, serial: S-1}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "specimens.yaml"
    path.write_text(text)
    return path


def test_a_file_is_read(tmp_path: Path) -> None:
    """Component, mode and life of each specimen; what is not said is a new part."""
    damper, spring = read_specimens(written(tmp_path, GOOD))
    assert (damper.component, damper.mode) == ("damper", "rod_fracture")
    assert damper.failing_damage == pytest.approx(0.5 * life_multiplier("damper", "D-1"))
    assert spring == truth_of("coil_spring", "S-1")


@pytest.mark.parametrize(
    ("wrong", "allowed"),
    [
        ("{component: gearbox, serial: G}", "damper, coil_spring"),
        ("{component: coil_spring, serial: S, truth: {mode: leak}}", "fracture"),
        ("{component: damper, serial: S, truth: {life_factor: 0.0}}", "more than 0"),
        ("{component: damper, serial: S, truth: {lifefactor: 1.0}}", "life_factor"),
        ("{component: damper}", "serial"),
    ],
)
def test_a_wrong_file_says_what_is_allowed(tmp_path: Path, wrong: str, allowed: str) -> None:
    """One fault with its line and what could stand there."""
    path = written(tmp_path, f"kind: specimens\nname: x\nspecimens:\n  - {wrong}\n")
    with pytest.raises(InputError, match=allowed) as caught:
        read_specimens(path)
    assert [fault.line for fault in caught.value.faults] == [4]


def test_life_belongs_to_the_serial_number() -> None:
    """The same part has the same life in every run; another part has another."""
    assert life_multiplier("damper", "D-1") == life_multiplier("damper", "D-1")
    assert life_multiplier("damper", "D-1") != life_multiplier("damper", "D-2")


@pytest.mark.parametrize("component", MODES)
def test_lives_scatter_as_their_weibull_family(component: str) -> None:
    """Over many serial numbers: median and spread of the family's shape."""
    lives = np.array([life_multiplier(component, f"S-{number}") for number in range(4000)])
    shape = WEIBULL_SHAPE[component]
    for quantile in (0.1, 0.5, 0.9):
        assert np.quantile(lives, quantile) == pytest.approx((-np.log(1 - quantile)) ** (1 / shape), rel=0.08)


def test_a_bench_without_a_file_has_parts_of_typical_life() -> None:
    """Every component is there; those that are given replace them."""
    parts = complete((truth_of("damper", "D-1", Truth(mode="rod_fracture")),))
    assert set(parts) == set(MODES)
    assert parts["damper"].mode == "rod_fracture"
    assert parts["coil_spring"].failing_damage == 1.0


def test_a_few_fail_young() -> None:
    """Three in a hundred, with a tenth of the family's life and the scatter of bad assembly."""
    serials = [f"X-{number}" for number in range(20_000)]
    young = [serial for serial in serials if fails_young("coil_spring", serial)]
    assert len(young) / len(serials) == pytest.approx(YOUNG_SHARE, rel=0.1)
    lives = np.array([true_life("coil_spring", serial) for serial in young])
    assert np.quantile(lives, 0.632) == pytest.approx(0.1, rel=0.2)
    shape = np.log(np.log(10) / np.log(2)) / np.log(np.quantile(lives, 0.9) / np.median(lives))
    assert shape == pytest.approx(0.8, rel=0.15)
    old = next(serial for serial in serials if serial not in young)
    assert true_life("coil_spring", old) == life_multiplier("coil_spring", old)


def test_serial_numbers_that_are_in_use_keep_their_lives() -> None:
    """Those of the library and of the tests are none of the young."""
    library = {(part.component, part.serial) for name in names(FOLDER) for part in load_specimens(name).specimens}
    letters = {"damper": "D", "coil_spring": "S", "half_shaft": "H", "top_mount": "M"}
    tests = {(component, f"{letter}-{number}") for component, letter in letters.items() for number in (1, 2, 9)}
    young = [pair for pair in library | tests if true_life(*pair) != life_multiplier(*pair)]
    assert young == []
