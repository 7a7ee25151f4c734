"""Soil values held to the reference wheel: 0.315 x 0.889 m tyre, 7.5 kN (physics notes, after Wong 2008)."""

from typing import get_args

import pytest

from profiles.road import soil

LOAD_N = 7500.0


def test_soft_dry_sand_leaves_almost_nothing_to_pull_with() -> None:
    """Dry sand: sinkage 99-102 mm, resistance 0.24-0.26, drawbar 1-3 % at 20 % slip."""
    assert 0.099 <= soil.sinkage_m("dry_sand", LOAD_N) <= 0.102
    assert 0.24 <= soil.resistance_ratio("dry_sand", LOAD_N) <= 0.26
    assert 0.01 <= soil.drawbar_ratio("dry_sand", LOAD_N) <= 0.03


def test_firm_sand_carries_and_pulls() -> None:
    """LETE sand: sinkage 8 mm, resistance 0.02, drawbar 41 % at 20 % slip."""
    assert soil.sinkage_m("lete_sand", LOAD_N) == pytest.approx(0.008, abs=0.0005)
    assert soil.resistance_ratio("lete_sand", LOAD_N) == pytest.approx(0.02, abs=0.005)
    assert soil.drawbar_ratio("lete_sand", LOAD_N) == pytest.approx(0.41, abs=0.005)


def test_rigid_ground_has_constant_ratios() -> None:
    """On gravel, rock and setts nothing sinks and the ratios do not depend on load."""
    for name in ("gravel", "rock", "paved"):
        assert soil.sinkage_m(name, LOAD_N) == 0.0
        assert soil.resistance_ratio(name, LOAD_N) == soil.resistance_ratio(name, 2 * LOAD_N)
        assert 0.6 <= soil.traction_ratio(name, LOAD_N) <= 0.9


def test_every_name_that_a_terrain_may_use_has_values() -> None:
    """All soils of the schema answer, and traction grows with slip where ground shears."""
    for name in get_args(soil.SoilName):
        assert 0.0 < soil.resistance_ratio(name, LOAD_N) < 0.6
        assert soil.traction_ratio(name, LOAD_N, 0.1) <= soil.traction_ratio(name, LOAD_N, 0.4)


@pytest.mark.parametrize("load_n", [0.0, -1.0, float("nan"), float("inf")])
def test_a_load_that_is_none_is_refused(load_n: float) -> None:
    """No load, or one that is no number, is an error, not a ratio."""
    for name in ("dry_sand", "rock"):
        with pytest.raises(ValueError, match="wheel_load_n"):
            soil.resistance_ratio(name, load_n)


def test_an_unknown_soil_names_the_known_ones() -> None:
    """A wrong name in code says what there is."""
    with pytest.raises(KeyError, match="dry_sand"):
        soil.resistance_ratio("mud", LOAD_N)
    with pytest.raises(ValueError, match="slip"):
        soil.traction_ratio("dry_sand", LOAD_N, float("nan"))
