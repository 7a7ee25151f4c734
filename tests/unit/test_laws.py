"""Damage laws against hand arithmetic, and the accounts that feed them."""

import json

import numpy as np
import pytest

from rig.life.components import load_component
from rig.life.damage import ComponentDamage, CycleAccount, SlidingAccount
from rig.life.laws import cycles_to_failure
from rig.life.laws.schema import BasquinLaw, SlidingLaw


def basquin(exponent: float = 5.0, knee: float | None = 2.0e6, gate: float = 0.0) -> BasquinLaw:
    """A law with 2e6 cycles at range 100."""
    return BasquinLaw(
        law="basquin", name="a_law", channel="strut_force_n", exponent=exponent, reference_range=100.0,
        reference_cycles=2.0e6, knee_cycles=knee, gate=gate, source="this test", confidence="design",
    )  # fmt: skip


def sliding() -> SlidingLaw:
    """400 km at 90 °C, twice as fast each 10 K."""
    return SlidingLaw(
        law="sliding", name="seal", travel_channel="strut_travel_m", temperature_channel="damper_temperature_degc",
        life_m=400e3, reference_degc=90.0, doubling_k=10.0, source="this test", confidence="design",
    )  # fmt: skip


def test_basquin_above_the_knee() -> None:
    """Twice the range costs 2^5 of the life."""
    assert cycles_to_failure(basquin(), 100.0) == pytest.approx(2.0e6)
    assert cycles_to_failure(basquin(), 200.0) == pytest.approx(2.0e6 / 32.0)


def test_haibach_below_the_knee() -> None:
    """Half the range below the knee gains 2^(2·5-1), and the two slopes meet at the knee."""
    assert cycles_to_failure(basquin(), 50.0) == pytest.approx(2.0e6 * 2.0**9)
    assert cycles_to_failure(basquin(), 100.0 - 1e-9) == pytest.approx(2.0e6)


def test_knee_away_from_the_reference() -> None:
    """A knee at 16 times the cycles lies at half the range for exponent 4; below it the slope is 7."""
    law = basquin(exponent=4.0, knee=32.0e6)
    assert cycles_to_failure(law, 50.0) == pytest.approx(32.0e6)
    assert cycles_to_failure(law, 25.0) == pytest.approx(32.0e6 * 2.0**7)


def test_without_a_knee_one_slope_holds() -> None:
    """No endurance limit: the first slope goes on, and range 0 never fails."""
    assert cycles_to_failure(basquin(knee=None), 50.0) == pytest.approx(2.0e6 * 32.0)
    assert cycles_to_failure(basquin(knee=None), 0.0) == np.inf


def test_cycles_of_en_1993_1_9() -> None:
    """EN 1993-1-9: the constant amplitude limit at 5e6 cycles is 0.7368 of the strength at 2e6, slope 3."""
    law = basquin(exponent=3.0, knee=None)
    assert cycles_to_failure(law, 100.0 * (2.0 / 5.0) ** (1.0 / 3.0)) == pytest.approx(5.0e6)


def test_open_ranges_count_half() -> None:
    """One swing of the reference range and back: two halves, 1/2e6 in all, before any cycle has closed."""
    account = CycleAccount(basquin(), surfaces=2)
    account.add([np.array([0.0, 100.0, 0.0])], np.array([0, 0, 1]))
    assert account.by_surface() == pytest.approx([0.25e-6, 0.25e-6])


def test_closed_and_open_damage_add_up() -> None:
    """A thousand swings: the damage is a thousand times that of one."""
    account = CycleAccount(basquin(), surfaces=1)
    history = np.tile([0.0, 100.0], 1000)
    account.add([np.append(history, 0.0)], np.zeros(2001, np.int64))
    assert account.by_surface()[0] == pytest.approx(1000 / 2.0e6)


def test_sliding_at_the_reference_temperature_and_above() -> None:
    """4 m of sliding take 1e-5 of 400 km at 90 °C, twice that at 100 °C."""
    for degc, expected in ((90.0, 1e-5), (100.0, 2e-5), (70.0, 0.25e-5)):
        account = SlidingAccount(sliding(), surfaces=1)
        travel = np.tile([0.0, 0.1], 20)
        account.add([np.append(travel, 0.0), np.full(41, degc)], np.zeros(41, np.int64))
        assert account.by_surface()[0] == pytest.approx(expected)


def test_sliding_goes_on_across_blocks() -> None:
    """The slide from the last sample of a block to the first of the next is not lost."""
    whole, pieces = SlidingAccount(sliding(), 1), SlidingAccount(sliding(), 1)
    travel, degc, tags = np.linspace(0.0, 1.0, 11), np.full(11, 90.0), np.zeros(11, np.int64)
    whole.add([travel, degc], tags)
    for part in (slice(0, 4), slice(4, 4), slice(4, 11)):
        pieces.add([travel[part], degc[part]], tags[part])
    assert pieces.by_surface() == whole.by_surface()


def test_worst_law_is_the_components_damage() -> None:
    """Rod and seal compete: without any force range the seal's wear is the damper's damage."""
    damage = ComponentDamage(load_component("damper"), surfaces=1)
    rod, seal = damage.accounts
    rod.add([np.zeros(3)], np.zeros(3, np.int64))
    seal.add([np.array([0.0, 0.1, 0.0]), np.full(3, 90.0)], np.zeros(3, np.int64))
    assert damage.by_law()["rod_fatigue"] == 0.0
    assert damage.by_surface().sum() == damage.by_law()["seal_wear"] == pytest.approx(0.2 / 400e3)


def test_accounts_go_through_json() -> None:
    """Accounts that go on from a saved state give the same bits."""
    rng = np.random.default_rng(7)
    force, travel = 5000.0 * rng.standard_normal(500), 0.03 * rng.standard_normal(500)
    tags, degc = np.arange(500) // 100, np.full(500, 60.0)
    whole, first, second = (ComponentDamage(load_component("damper"), surfaces=5) for _ in range(3))
    for damage, part in ((whole, slice(0, 500)), (first, slice(0, 211))):
        damage.accounts[0].add([force[part]], tags[part])
        damage.accounts[1].add([travel[part], degc[part]], tags[part])
    second.restore(json.loads(json.dumps(first.state())))
    second.accounts[0].add([force[211:]], tags[211:])
    second.accounts[1].add([travel[211:], degc[211:]], tags[211:])
    assert second.state() == whole.state()
    assert np.array_equal(second.by_surface(), whole.by_surface())
