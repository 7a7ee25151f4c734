"""The verdict as JUnit XML, for the build servers that read nothing else."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from rig.record.files import write_atomically
from rig.report.words import kilometres, number
from rig.runs import JUNIT_NAME, Run, VerdictFile, open_run

_RIG_FAULT = 3


def write(run_dir: Path) -> Path:
    """Write the JUnit XML of a run and return its path.

    One test case a component: FAILED is a failure, SUSPENDED is skipped with its reason. The test case ``rig`` has an
    error where the rig itself faulted or tripped, or the run has no verdict: no component is to blame for that.

    Raises:
        InputError: the folder is no run directory.
        OSError: the file can't be written.
    """
    run = open_run(run_dir)
    suite = ElementTree.Element("testsuite", name=run.manifest.name, timestamp=run.manifest.created_utc)
    _properties(suite, run)
    _rig_case(suite, run)
    for verdict in run.verdict.verdicts if run.verdict else ():
        _component_case(suite, run, verdict)
    for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(list(suite.iter(tag)))))
    suite.set("time", f"{run.verdict.duration_s:.3f}" if run.verdict else "0")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    path = run_dir / JUNIT_NAME
    write_atomically(path, ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    return path


def _properties(suite: ElementTree.Element, run: Run) -> None:
    verdict = run.verdict
    found = {
        "rig": run.manifest.rig,
        "terrain": run.manifest.terrain,
        "seed": str(run.manifest.seed),
        "pace": run.manifest.pace,
        "timing_grade": run.manifest.timing_grade,
        "checks": run.checks.summary() if run.checks else "none",
        "distance_km": f"{verdict.distance_km:.6f}" if verdict else "",
        "target_km": f"{run.manifest.target_km:.6f}",
        "samples_sha256": verdict.samples_sha256 if verdict else "",
        "events_head_sha256": run.events.head,
        "recoveries": str(verdict.recoveries) if verdict else "",
        "outcome": verdict.outcome if verdict else "",
        "reason": verdict.reason if verdict else "",
    }
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in found.items():
        ElementTree.SubElement(properties, "property", name=name, value=_clean(value))


def _rig_case(suite: ElementTree.Element, run: Run) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=run.manifest.name, name="rig")
    fault = _rig_fault(run.verdict)
    if fault:
        ElementTree.SubElement(case, "error", type="rig_fault", message=_clean(fault))


def _rig_fault(verdict: VerdictFile | None) -> str:
    if verdict is None:
        return "the run has no verdict: it was interrupted"
    return verdict.reason or "rig fault or trip" if verdict.exit_code == _RIG_FAULT else ""


def _component_case(suite: ElementTree.Element, run: Run, verdict: dict[str, Any]) -> None:
    name = f"{verdict.get('component')} {verdict.get('serial')}"
    case = ElementTree.SubElement(suite, "testcase", classname=run.manifest.name, name=_clean(name))
    reason = str(verdict.get("reason") or "")
    if verdict.get("outcome") == "FAILED":
        mode = str(verdict.get("mode") or "failed")
        message = f"{mode} at {kilometres(verdict.get('distance_km'))}"
        failure = ElementTree.SubElement(case, "failure", type=_clean(mode), message=_clean(message))
        failure.text = _clean(_evidence(verdict, reason))
    elif verdict.get("outcome") != "SURVIVED":
        ElementTree.SubElement(case, "skipped", message=_clean(reason or str(verdict.get("outcome"))))


def _evidence(verdict: dict[str, Any], reason: str) -> str:
    window = verdict.get("evidence") or {}
    return (
        f"{reason}\nfirst detection: {kilometres(verdict.get('first_detection_km'))}\n"
        f"damage: {number(verdict.get('damage'))}\n"
        f"evidence: samples {window.get('first_sample', '–')} to {window.get('last_sample', '–')}"
    )


def _clean(text: str) -> str:
    """Text without the control characters that XML 1.0 has no way to carry."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n")
