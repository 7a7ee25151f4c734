"""How sure equivalent km are, and what they show: scatter and reliabilities against numbers worked by hand."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from profiles.schema import InputError, load
from rig.equivalence.confidence import Sureness, least_range
from rig.equivalence.counting import Count, Samples
from rig.equivalence.scatter import joined, scatter
from rig.equivalence.shown import Shown, Worth, shown
from rig.equivalence.stretches import Grid, Stretches
from rig.equivalence.sure_words import about, between, chances
from rig.life.components import FOLDER, Component, load_component

T_90_5 = 2.0150483733
"""The 95 % quantile of Student's t with 5 degrees of freedom (any table)."""


def way(stretch_km: float = 0.1, **surfaces: list[float]) -> Stretches:
    """Damage of whole stretches by surface."""
    damage = {name: np.array(done) for name, done in surfaces.items()}
    return Stretches(stretch_km, damage, {name: np.full(len(done), stretch_km) for name, done in damage.items()})


def width(variance: float, total: float, t: float) -> float:
    return math.exp(t * math.sqrt(variance) / total)


def test_scatter_of_one_surface() -> None:
    """Six stretches, one of which does half: variance 6/5 · Σ(d - mean)², t of 5 degrees of freedom, on ln."""
    found = scatter(way(dunes=[1.0, 1.0, 1.0, 1.0, 1.0, 5.0]), 0.9)
    assert found is not None
    left = 5 * (2.0 / 3.0) ** 2 + (10.0 / 3.0) ** 2
    assert found.high == pytest.approx(width(1.2 * left, 10.0, T_90_5), rel=1e-9)
    assert found.low == pytest.approx(1.0 / found.high)


def test_surfaces_scatter_by_themselves() -> None:
    """A rough surface beside a smooth one is no scatter; two that scatter add up, with Satterthwaite's freedom."""
    assert scatter(way(dunes=[1.0] * 6, reg=[9.0] * 6), 0.9) == (1.0, 1.0)
    found = scatter(way(dunes=[1.0, 1.0, 1.0, 1.0, 1.0, 5.0], reg=[9.0] * 6), 0.9)
    one = scatter(way(dunes=[1.0, 1.0, 1.0, 1.0, 1.0, 5.0]), 0.9)
    assert found is not None
    assert one is not None
    assert math.log(found.high) == pytest.approx(math.log(one.high) * 10.0 / 64.0)
    both = scatter(way(a=[1.0, 1.0, 1.0, 1.0, 1.0, 5.0], b=[1.0, 1.0, 1.0, 1.0, 1.0, 5.0]), 0.9)
    assert both is not None
    left = 2.4 * (5 * (2.0 / 3.0) ** 2 + (10.0 / 3.0) ** 2)
    assert both.high == pytest.approx(width(left, 20.0, 1.8124611228), rel=1e-9)  # 10 degrees of freedom


def test_half_a_stretch_is_half_as_much() -> None:
    """Damage goes by km: a stretch that is cut off by the end of its surface, and does its share, scatters nothing."""
    cut = Stretches(0.1, {"reg": np.array([2.0] * 5 + [1.0])}, {"reg": np.array([0.1] * 5 + [0.05])})
    found = scatter(cut, 0.9)
    assert found is not None
    assert found.high == pytest.approx(1.0)


def test_few_stretches_of_a_surface_go_with_the_next() -> None:
    """Three and six make nine, whose means differ: that is scatter; four in all can't be told, nor no damage."""
    apart, mixed = scatter(way(reg=[2.0] * 6), 0.9), scatter(way(sand=[1.0] * 3, reg=[2.0] * 6), 0.9)
    assert apart == (1.0, 1.0)
    assert mixed is not None
    left = 3 * (1.0 - 5.0 / 3.0) ** 2 + 6 * (2.0 - 5.0 / 3.0) ** 2
    assert mixed.high == pytest.approx(width(9.0 / 8.0 * left, 15.0, 1.8595480375), rel=1e-9)
    assert scatter(way(sand=[1.0] * 2, reg=[2.0] * 2), 0.9) is None
    assert scatter(way(reg=[0.0] * 9), 0.9) is None


def test_runs_together() -> None:
    """The stretches of two runs are those of one that is as long."""
    one, other = way(reg=[1.0, 2.0, 3.0]), way(reg=[4.0, 5.0, 6.0], dunes=[1.0] * 6)
    both = joined([one, other])
    assert scatter(both, 0.9) == scatter(way(reg=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], dunes=[1.0] * 6), 0.9)


def test_cells_of_surfaces_and_stretches() -> None:
    """A way of 250 m has two stretches at least 100 m long; 5,000 km have a thousand; what is beyond is the last's."""
    grid = Grid(("reg", "dunes"), 200.0)
    cells = grid.cell_of(np.array([0, 0, 1, 1]), np.array([0.0, 99.0, 100.0, 250.0]))
    assert cells.tolist() == [0, 0, 3, 3]
    assert grid.by_surface(np.array([1.0, 2.0, 4.0, 8.0])) == {"reg": 3.0, "dunes": 12.0}
    assert Grid(("reg",), 5e6).cells == 1000
    held = grid.stretches(np.array([1.0, 0.0, 0.0, 8.0]), np.array([50.0, 0.0, 0.0, 100.0]))
    assert {name: values.tolist() for name, values in held.km.items()} == {"reg": [0.05], "dunes": [0.1]}


def test_damage_belongs_to_the_stretch_where_it_is_done() -> None:
    """A seal that slides 1, 3 and 5 m in three stretches, the last on another surface, at the law's own 90 degC."""
    distance_m = np.arange(0.0, 300.0)
    surface = (distance_m >= 200.0).astype(np.int64)
    travel_m = np.concatenate([slides * (np.arange(100) % 2) / 100.0 for slides in (1.0, 3.0, 5.0)])
    values = {"strut_travel_m": travel_m, "damper_temperature_degc": np.full(300, 90.0)}
    count = Count([], [load_component("damper")], (3.0,), ("reg", "dunes"), frozenset(values), 500.0, 300.0)
    for part in (slice(0, 150), slice(150, 300)):
        some = {name: each[part] for name, each in values.items()}
        count.add(Samples(some, surface[part], distance_m[part]))
    found = count.stretches(("damper", "seal_wear"))
    worn_m = {name: (400e3 * done).tolist() for name, done in found.damage.items()}
    assert worn_m == {"reg": pytest.approx([1.0, 3.0], abs=0.06), "dunes": pytest.approx([5.0], abs=0.06)}
    assert {name: way.tolist() for name, way in found.km.items()} == {
        "reg": pytest.approx([0.099, 0.1]), "dunes": pytest.approx([0.1]),
    }  # fmt: skip
    assert sum(count.damage["damper", "seal_wear"].values()) == pytest.approx(sum(map(sum, worn_m.values())) / 400e3)


SPRING = load_component("coil_spring")  # shape 3


def told(*worth: Worth, confidence: float = 0.9) -> Shown:
    return shown(SPRING, "wire_fatigue", worth, 100.0, confidence)


def survivor(km: float, range_km: tuple[float, float] | None = None, outcome: str = "SURVIVED") -> Worth:
    return Worth(f"S-{km:g}", outcome, km, range_km)


def test_one_survivor_of_one_life() -> None:
    """R 50 % at 50 % and 10 % at 90 %, and no more; 22 such specimens show R 90 % at 90 % (physics notes, 5.2)."""
    found = told(survivor(100.0))
    assert (found.reliability_50, found.reliability) == pytest.approx((0.5, 0.1))
    assert (found.lives, found.needed) == ((1.0,), 22)
    assert (found.reliability_50_range, found.reliability_range) == (None, None)


def test_more_and_less_than_a_life() -> None:
    """R = (1 - C)^(1 / k^3): two lives show 0.1^(1/8) = 75.0 %, half a life 0.1^8; n = ln 0.1 / (8 ln 0.9) is 2.7."""
    double, half = told(survivor(200.0)), told(survivor(50.0, outcome="SUSPENDED"))
    assert double.reliability == pytest.approx(0.749894209)
    assert (double.needed, half.needed) == (3, 175)
    assert half.reliability == pytest.approx(1e-8)
    assert half.reliability_50 == pytest.approx(0.5**8)
    assert told(survivor(200.0), confidence=0.95).reliability == pytest.approx(0.05**0.125)


def test_the_range_of_the_km_is_that_of_the_reliability() -> None:
    """Half and twice the km: 0.5^8 to 0.5^(1/8)."""
    found = told(survivor(100.0, (50.0, 200.0)))
    assert found.reliability_50_range == pytest.approx((0.5**8, 0.5**0.125))
    assert told(survivor(100.0, (50.0, 200.0)), survivor(100.0)).reliability_50_range is None


def test_two_survivors_show_more_than_one() -> None:
    """Of one life each 0.1^(1/2); lives of 1 and 2 count as 1 + 8 specimens."""
    assert told(survivor(100.0), survivor(100.0)).reliability == pytest.approx(math.sqrt(0.1))
    assert told(survivor(100.0), survivor(200.0)).reliability == pytest.approx(0.1 ** (1.0 / 9.0))


@pytest.mark.parametrize(
    ("worth", "why"),
    [
        ([survivor(300.0), survivor(50.0, outcome="FAILED")], "S-50 FAILED"),
        ([survivor(300.0, outcome="")], "there is no verdict"),
        ([Worth("S-1", "SURVIVED", None, None)], "no equivalent km"),
        ([survivor(0.0)], "no equivalent km"),
    ],
)
def test_nothing_is_shown(worth: list[Worth], why: str) -> None:
    """Of a failed part, one without a verdict, and one that can't be told: no reliability, and why."""
    found = told(*worth)
    assert why in found.nothing_as
    assert (found.reliability_50, found.reliability, found.needed, found.lives) == (None, None, None, ())


def test_a_tiny_share_of_a_life() -> None:
    """0.0001 of a life at shape 3 would take more than a million specimens; the reliability is 0, not an error."""
    found = told(survivor(0.01))
    assert (found.needed, found.reliability) == (None, 0.0)


def test_words_are_no_finer_than_what_is_known() -> None:
    """Two digits; never 0 % or 100 %."""
    assert (about(1623.0), about(0.0123456), about(None)) == ("1,600 km", "0.012 km", "–")
    assert between((0.123, 4.56)) == "0.12 to 4.6 km"
    assert chances(0.5, (1e-9, 0.9999)) == "50 % (<1 to >99)"
    assert chances(None, None) == "–"


def test_the_least_of_several() -> None:
    """The least of 10 (9 to 12) and 11 (2 to 40) lies in 2 to 12; where one is not known, nor is it."""
    first, second = (
        Sureness("spring", "1", "a", None, None, None, None, None, pair, "") for pair in ((9.0, 12.0), (2.0, 40.0))
    )
    assert least_range([first, second]) == (2.0, 12.0)
    assert least_range([first, replace(second, range_km=None)]) is None


def test_exponent_ranges_of_files(tmp_path: Path) -> None:
    """A range that does not hold the exponent, or is turned round, is an error that says where."""
    text = (FOLDER / "coil_spring.yaml").read_text()
    for wrong in ("[9.0, 10.0]", "[10.0, 8.0]"):
        path = tmp_path / "coil_spring.yaml"
        path.write_text(text.replace("[8.0, 10.0]", wrong))
        with pytest.raises(InputError, match="exponent_range"):
            load(path, Component)
