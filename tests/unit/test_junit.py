"""The verdict as JUnit XML."""

import json
from pathlib import Path
from xml.etree import ElementTree

from synthetic_run import Recipe, make_run

from rig import runs
from rig.report import junit


def suite_of(run_dir: Path) -> ElementTree.Element:
    """The test suite in the JUnit XML that is written for a run."""
    suite = ElementTree.parse(junit.write(run_dir)).getroot().find("testsuite")
    assert suite is not None
    return suite


def counts(suite: ElementTree.Element) -> list[int]:
    return [int(suite.get(name, "-1")) for name in ("tests", "failures", "errors", "skipped")]


def test_survivors_pass(tmp_path: Path) -> None:
    """Every component that survived is a test case that passed, with serial number; so is the rig."""
    suite = suite_of(make_run(tmp_path, Recipe(seconds=2.0)))
    assert counts(suite) == [5, 0, 0, 0]
    assert [case.get("name") for case in suite.iter("testcase")][:2] == ["rig", "damper D-0001"]


def test_failure_names_mode_and_kilometre(tmp_path: Path) -> None:
    """A failed component is a failure with mode, distance and evidence; the suspended ones are skipped with why."""
    suite = suite_of(make_run(tmp_path, Recipe(seconds=5.0, broken_at_s=4.0)))
    assert counts(suite) == [5, 1, 0, 3]
    failure = suite.find("testcase[@name='coil_spring C-0001']/failure")
    assert failure is not None
    assert (failure.get("type"), failure.get("message")) == ("fracture", "fracture at 0.076 km")
    assert "samples 1750 to 2250" in (failure.text or "")
    skipped = suite.find("testcase[@name='damper D-0001']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "coil_spring failed"


def test_rig_fault_is_no_component_failure(tmp_path: Path) -> None:
    """A rig fault is an error of the test case rig; components are skipped, none fails."""
    run_dir = make_run(tmp_path, Recipe(seconds=0.0, reason="watchdog of the device"))
    verdict = json.loads((run_dir / runs.VERDICT_NAME).read_text())
    (run_dir / runs.VERDICT_NAME).write_text(json.dumps(verdict | {"exit_code": 3}))
    suite = suite_of(run_dir)
    assert counts(suite) == [5, 0, 1, 4]
    error = suite.find("testcase[@name='rig']/error")
    assert error is not None
    assert error.get("message") == "watchdog of the device"


def test_interrupted_run_is_an_error(tmp_path: Path) -> None:
    """A run without a verdict is an error of the rig, and claims nothing about components."""
    assert counts(suite_of(make_run(tmp_path, Recipe(seconds=1.0, with_verdict=False)))) == [1, 0, 1, 0]


def test_properties_identify_the_run(tmp_path: Path) -> None:
    """Seed, hashes and kilometres stand in the properties."""
    run_dir = make_run(tmp_path, Recipe(seconds=2.0, seed=11))
    run = runs.open_run(run_dir)
    found = {item.get("name"): item.get("value") for item in suite_of(run_dir).iter("property")}
    assert run.verdict is not None
    assert found["seed"] == "11"
    assert found["samples_sha256"] == run.verdict.samples_sha256
    assert found["events_head_sha256"] == run.events.head
    assert float(found["distance_km"] or 0) > 0.02


def test_control_characters_do_not_break_the_xml(tmp_path: Path) -> None:
    """A reason with characters that XML can't carry, or markup, is written without harm."""
    suite = suite_of(make_run(tmp_path, Recipe(seconds=0.0, reason='a\x00b\x1b[31m <c> & "d"')))
    skipped = suite.find("testcase[@name='damper D-0001']/skipped")
    assert skipped is not None
    assert skipped.get("message") == 'ab[31m <c> & "d"'
