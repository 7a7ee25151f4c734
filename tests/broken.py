"""What a whole run must leave whose part breaks."""

from pathlib import Path

from rig.life.specimens import load_specimens
from tests.commands import Done


def serials(specimens: str) -> list[str]:
    """Of the parts of a specimens file, in its order."""
    return [part.serial for part in load_specimens(specimens).specimens]


def judge_broken(done: Done, specimens: str, component: str) -> None:
    """Exit 1; the part failed at a kilometre, with evidence; the others are suspended; page and JUnit say so."""
    assert done.code == 1, done.err
    assert [verdict["serial"] for verdict in done.verdict["verdicts"]] == serials(specimens)
    by_component = {verdict["component"]: verdict for verdict in done.verdict["verdicts"]}
    failed = by_component.pop(component)
    assert failed["outcome"] == "FAILED"
    assert 0.1 < failed["distance_km"] < 2.0
    assert failed["evidence"]["first_sample"] < failed["evidence"]["last_sample"] < done.verdict["samples"]
    assert {verdict["outcome"] for verdict in by_component.values()} == {"SUSPENDED"}
    run_dir = Path(done.verdict["run"])
    assert component in (run_dir / "report.html").read_text()
    assert "<failure" in (run_dir / "junit.xml").read_text()
