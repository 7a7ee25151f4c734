"""Verdicts: what is said about each specimen at the end, whatever ended the run."""

import msgspec
import pytest
from strut_rows import Left, after, codes, healthy_rows, new_judge

from rig.life.judge import Judge
from rig.life.verdict import Evidence, Outcome, Verdict

LENGTH_S = 45.0


@pytest.fixture(scope="module")
def healthy() -> Judge:
    """A judge that has seen a healthy run."""
    judge = new_judge()
    judge.consume(healthy_rows(LENGTH_S))
    return judge


@pytest.fixture(scope="module")
def broken() -> Judge:
    """A judge that has seen the spring break at 40 s."""
    judge = new_judge()
    judge.consume(healthy_rows(LENGTH_S, Left(spring=after(40.0, LENGTH_S, 0.0))))
    return judge


def outcomes(verdicts: list[Verdict]) -> dict[str, Outcome]:
    """The outcome of each component."""
    return {verdict.component: verdict.outcome for verdict in verdicts}


def test_completed_run_survived(healthy: Judge) -> None:
    """All parts of a run that reached its target survived, with the distance and the reason."""
    verdicts = healthy.verdicts(2.0, True, "reached 2 km")
    assert set(outcomes(verdicts).values()) == {Outcome.SURVIVED}
    assert {(v.distance_km, v.reason, v.mode, v.evidence) for v in verdicts} == {(2.0, "reached 2 km", None, None)}
    assert [v.serial for v in verdicts] == ["D-0001", "S-0001", "H-0001", "M-0001"]


@pytest.mark.parametrize("reason", ["stopped by a person", "tripped: strut force above its limit"])
def test_other_ends_suspend(healthy: Judge, reason: str) -> None:
    """A run that ended for any other reason says nothing about the parts but how far they came."""
    verdicts = healthy.verdicts(0.3, False, reason)
    assert set(outcomes(verdicts).values()) == {Outcome.SUSPENDED}
    assert {v.reason for v in verdicts} == {reason}


@pytest.mark.parametrize("completed", [True, False])
def test_first_failure_fails_and_suspends_the_others(broken: Judge, completed: bool) -> None:
    """The broken part failed with its mode, place and evidence, however the run went on to end; the others did not."""
    verdicts = broken.verdicts(0.36, completed, "stopped")
    assert outcomes(verdicts) == {
        "damper": Outcome.SUSPENDED,
        "coil_spring": Outcome.FAILED,
        "half_shaft": Outcome.SUSPENDED,
        "top_mount": Outcome.SUSPENDED,
    }
    spring = verdicts[1]
    assert spring.mode == "fracture"
    assert spring.distance_km == pytest.approx(0.320, abs=0.001)
    assert spring.first_detection_km is not None
    assert spring.distance_km <= spring.first_detection_km < 0.333
    assert isinstance(spring.evidence, Evidence)
    assert verdicts[0].reason == "coil_spring failed at 0.320 km"
    assert verdicts[0].distance_km == 0.36


@pytest.fixture(scope="module")
def whole_corner() -> Judge:
    """A judge of all eleven parts that has seen a healthy run."""
    judge = new_judge("whole_corner")
    judge.consume(healthy_rows(20.0))
    return judge


def test_what_nothing_watches_is_suspended_at_the_target(whole_corner: Judge) -> None:
    """Its damage is counted; at the end of a whole run a person must look at it, and the reason says so."""
    unseen = [verdict for verdict in whole_corner.verdicts(2.0, True, "reached 2 km") if verdict.to_inspect]
    assert len(unseen) == 7
    reason = "reached 2 km; nothing on this rig watches it: it must be inspected"
    few = "reached 2 km; its torque passed through zero too seldom to judge its backlash: it must be inspected"
    reasons = {verdict.component: verdict.reason for verdict in unseen}
    assert reasons.pop("cv_joint") == few
    assert "to judge its friction: it must be inspected" in reasons.pop("hub_bearing")
    assert set(reasons.values()) == {reason}
    assert {(v.outcome, v.distance_km) for v in unseen} == {(Outcome.SUSPENDED, 2.0)}
    assert all(verdict.damage > 0.0 for verdict in unseen)
    (bearing,) = (verdict for verdict in unseen if verdict.static_ratio is not None)
    assert bearing.component == "hub_bearing"
    watched = [v for v in whole_corner.verdicts(2.0, True, "reached 2 km") if not v.to_inspect]
    assert {(v.outcome, v.reason) for v in watched} == {(Outcome.SURVIVED, "reached 2 km")}


def test_a_run_that_stopped_early_leaves_nothing_to_inspect(whole_corner: Judge) -> None:
    """Who did not come to the target is suspended for that, watched or not."""
    verdicts = whole_corner.verdicts(0.3, False, "stopped by a person")
    assert {(v.outcome, v.reason, v.to_inspect) for v in verdicts} == {
        (Outcome.SUSPENDED, "stopped by a person", False)
    }


def test_rig_fault_suspends_all() -> None:
    """A force path that is dead while it still gives noise ends judging, and fails no part."""
    rows = healthy_rows(LENGTH_S)
    noise = codes(healthy_rows(LENGTH_S, seed=9), "damper_temperature_degc")
    codes(rows, "strut_force_n")[20_000:] = noise[20_000:] % 16
    judge = new_judge()
    (finding,) = judge.consume(rows)
    assert (finding.component, finding.mode, finding.severity) == ("rig", "force_path", "failure")
    assert judge.failure is None
    assert judge.closed
    assert set(outcomes(judge.verdicts(0.3, False, finding.text)).values()) == {Outcome.SUSPENDED}


def test_verdicts_are_plain_in_json(broken: Judge) -> None:
    """A verdict goes through JSON and comes back equal; outcomes are words."""
    verdicts = broken.verdicts(0.36, False, "stopped")
    text = msgspec.json.encode(verdicts)
    assert b'"outcome":"FAILED"' in text
    assert msgspec.json.decode(text, type=list[Verdict]) == verdicts
