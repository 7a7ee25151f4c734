"""The judge and the slow instruments: a hub bearing by its thermocouple, beside the parts that rows tell of."""

import json
from typing import Any

import pytest

from profiles.schema import InputError
from rig.life.components import Component
from rig.life.judge import Judge
from rig.life.specimens import Specimen, SpecimenFile
from tests.strut_rows import RATE_HZ, RIG, SURFACES, new_judge
from tests.warm_rows import WATCH, readings, turning_rows

HUB = Component.model_validate(
    {
        "kind": "component",
        "name": "hub_bearing",
        "description": "a test",
        "weibull_shape": 1.5,
        "weibull_source": "a test",
        "damage_warning": 0.5,
        "damage": (
            {
                "law": "basquin",
                "name": "any",
                "channel": "strut_force_n",
                "exponent": 3.0,
                "reference_range": 1e4,
                "reference_cycles": 1e6,
                "gate": 300.0,
                "source": "a test",
                "confidence": "design",
            },
        ),
        "watch": WATCH.model_dump(),
    }
)
FILE = SpecimenFile(kind="specimens", name="hub", specimens=(Specimen(component="hub_bearing", serial="B-1"),))
FRICTION = 4.0


def judge() -> Judge:
    """Of a hub alone."""
    return Judge(RIG, [HUB], FILE, SURFACES)


def told(of: Judge, until: int = 400, first: int = 0) -> None:
    """Rows and readings, second by second."""
    rows = turning_rows(400.0)
    done = 0
    for sample, km, values in readings(400, friction=FRICTION, since_s=100.0):
        if first <= sample < until * RATE_HZ:
            of.consume(rows[done : sample + 1])
            of.consume_readings(sample, km, values)
        done = sample + 1


def test_a_hot_bearing_fails_with_its_mechanism() -> None:
    """The failure is the judge's: mode, mechanism, first seen; after it nothing more is judged."""
    hot = judge()
    told(hot)
    assert [finding.severity for finding in hot.findings] == ["warning", "failure"]
    assert hot.failure is not None
    assert hot.closed
    (verdict,) = hot.verdicts(4.0, False, "stopped")
    assert (verdict.outcome, verdict.mode, verdict.mechanism) == ("FAILED", "running_hot", "wear of the raceways")
    assert verdict.first_detection_km == hot.findings[0].detected_km
    assert verdict.distance_km == hot.failure.distance_km


def test_readings_come_after_the_rows_of_their_sample() -> None:
    """Else they are left out: there is nothing to hold them against."""
    early, rows, done = judge(), turning_rows(400.0), 0
    for sample, km, values in readings(400, friction=FRICTION, since_s=100.0):
        early.consume(rows[done:sample])
        assert early.consume_readings(sample, km, values) == []
        done = sample
    assert early.findings == ()


@pytest.mark.parametrize("at_s", [97, 133, 171])
def test_a_judge_goes_on_from_its_state_with_its_readings(at_s: int) -> None:
    """Through JSON, bit for bit."""
    whole, first, second = judge(), judge(), judge()
    told(whole)
    told(first, until=at_s)
    second.restore(json.loads(json.dumps(first.state())))
    told(second, first=at_s * RATE_HZ)
    assert json.dumps(second.state()) == json.dumps(whole.state())


def test_a_state_from_before_there_were_readings_is_taken() -> None:
    """A run that watches no temperature, recorded before this was known."""
    fresh = new_judge()
    state: dict[str, Any] = fresh.state()
    del state["warming"]
    fresh.restore(state)


def test_a_rig_that_reads_no_temperatures_is_refused() -> None:
    """A watch that can see nothing is a mistake."""
    bare = RIG.model_copy(update={"instruments": (), "fan": None, "shaker": None})
    with pytest.raises(InputError, match="data_acquisition"):
        Judge(bare, [HUB], FILE, SURFACES)


def test_a_part_whose_sensor_gave_nothing_did_not_survive() -> None:
    """Nobody saw how it is: it is suspended where it came to, and must be inspected."""
    seeing, blind, rows = judge(), judge(), turning_rows(100.0)
    done = 0
    for sample, km, values in readings(100):
        for of, seen in ((seeing, values), (blind, {})):
            of.consume(rows[done : sample + 1])
            of.consume_readings(sample, km, seen)
        done = sample + 1
    ends = [of.verdicts(1.0, True, "reached 1 km")[0] for of in (seeing, blind)]
    assert [(end.outcome, end.to_inspect) for end in ends] == [("SURVIVED", False), ("SUSPENDED", True)]
    assert "read too briefly" in ends[1].reason
