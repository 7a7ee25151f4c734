"""A plan in figures: parts add up to the whole, places are those of the course, nothing is lost on the way to JSON."""

import json
from itertools import pairwise

import numpy as np
import pytest

from rig.cli.plan import as_document
from rig.plan import Plan, Wanted, load_plan
from rig.plan.plan import places
from rig.plan.summary import Summary, summary_of
from tests.plans import campaign_file


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return load_plan(Wanted(str(campaign_file(tmp_path_factory.mktemp("campaign")))))


@pytest.fixture(scope="module")
def found(plan: Plan) -> Summary:
    return summary_of(plan)


def test_grounds_add_up_to_the_whole(found: Summary) -> None:
    """Kilometres, hours, shares, damage: the last row is the sum of the others, peaks their largest."""
    *parts, whole = found.grounds
    assert [part.label for part in parts] == ["reg", "wadi"]
    assert sum(part.km for part in parts) == pytest.approx(whole.km) == pytest.approx(1.5, rel=2e-3)
    assert sum(part.share for part in parts) == pytest.approx(1.0)
    assert sum(part.driving_s for part in parts) == pytest.approx(whole.driving_s) == pytest.approx(found.driving_s)
    for exponent, damage in whole.strut_damage.items():
        assert sum(part.strut_damage[exponent] for part in parts) == pytest.approx(damage)
    assert whole.strut_peak_n == max(part.strut_peak_n for part in parts)
    assert whole.body_rms_mps2 == pytest.approx(
        np.sqrt(sum(part.body_rms_mps2**2 * part.driving_s for part in parts) / whole.driving_s)
    )


def test_legs_are_the_stages_with_their_rests(found: Summary) -> None:
    """Names, days, kilometres; the rest is before the third; the first lap warms the damper."""
    assert [(leg.name, leg.day) for leg in found.legs] == [
        ("short (1 of 2)", "one"), ("short (2 of 2)", "one"), ("short", "two"),
    ]  # fmt: skip
    assert [leg.end_km for leg in found.legs] == pytest.approx([0.5, 1.0, 1.5])
    assert [leg.rest_before_s > 0.0 for leg in found.legs] == [False, False, True]
    assert found.duration_s == pytest.approx(found.driving_s + found.legs[2].rest_before_s)
    assert found.legs[1].damper_hottest_degc > found.legs[0].damper_hottest_degc > 35.0


def test_worst_places_are_the_largest_forces(found: Summary, plan: Plan) -> None:
    """Ten at most, the worst first, the first of them the whole course's peak, and what lies there."""
    forces = [place.strut_peak_n for place in found.worst]
    assert forces == sorted(forces, reverse=True)
    assert forces[0] == found.whole.strut_peak_n
    assert len(found.worst) == 10
    assert all(0.0 < place.km < 1.5 for place in found.worst)
    assert {place.label for place in found.worst} <= {"reg", "wadi"}
    assert any(word in place.obstacles for place in found.worst for word in ("wadi crossings", "cobbles", "g outs"))
    for leg in plan.legs:
        near = sorted(p.km for p in found.worst if leg.start_m / 1000 <= p.km < leg.start_m / 1000 + 0.5)
        assert all(b - a > 0.04 for a, b in pairwise(near))


def test_usage_is_the_largest_of_all_legs(found: Summary, plan: Plan) -> None:
    """One line for each quantity of each axis, in the order of the axes, at places of the course."""
    keys = [(use.axis, use.quantity) for use in found.usage]
    assert len(keys) == len(set(keys)) == 11
    for use in found.usage:
        key = (use.axis, use.quantity)
        of_legs = [(one, leg.start_m) for leg in plan.legs for one in leg.plan.usage if (one.axis, one.quantity) == key]
        largest, start_m = max(of_legs, key=lambda one: one[0].share)
        assert use.share == largest.share
        assert use.distance_m == start_m + largest.distance_m
    assert max(use.distance_m for use in found.usage) > 500.0
    assert found.loads == ("halfshaft_torque_nm",)


def test_json_holds_everything(found: Summary, plan: Plan) -> None:
    """It is valid JSON without NaN, and names what the tables show; segments only if asked for."""
    document = json.loads(json.dumps(as_document(plan, found, segments=False), allow_nan=False))
    assert document["km"] == 1.5
    assert document["grounds"][-1]["strut_damage"]["5"] == found.whole.strut_damage[5]
    assert document["excesses"] == []
    assert "segments" not in document
    assert len(as_document(plan, found, segments=True)["segments"]) == 6


def test_one_place_is_no_places() -> None:
    """As people say it."""
    assert [places(count) for count in (0, 1, 2)] == ["0 places", "1 place", "2 places"]
