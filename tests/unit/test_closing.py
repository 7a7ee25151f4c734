"""The end of a run: exit codes, and what counts as completed."""

import errno
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from rig.bridge import End
from rig.life.verdict import Outcome, Verdict
from rig.record.recorder import RecorderFinished
from rig.runs import VerdictFile
from rig.supervisor import closing
from rig.supervisor.closing import ExitCode, close_run, exit_code
from rig.supervisor.progress import Progress
from rig.supervisor.supervise import Ended


def verdict(outcome: Outcome) -> Verdict:
    """On one part."""
    return Verdict("damper", "D-1", outcome, 1.0, None, None, None, 0.1, "because")


@pytest.mark.parametrize(
    ("end", "outcome", "whole", "code"),
    [
        (End.COMPLETED, Outcome.SURVIVED, True, ExitCode.SURVIVED),
        (End.COMPLETED, Outcome.SUSPENDED, False, ExitCode.RIG_FAULT),
        (End.COMPLETED, Outcome.SUSPENDED, True, ExitCode.STOPPED),
        (End.COMPLETED, Outcome.FAILED, True, ExitCode.COMPONENT_FAILED),
        (End.COMPONENT, Outcome.FAILED, True, ExitCode.COMPONENT_FAILED),
        (End.COMPONENT, Outcome.FAILED, False, ExitCode.RIG_FAULT),
        (End.COMPONENT, Outcome.SUSPENDED, True, ExitCode.RIG_FAULT),
        (End.PERSON, Outcome.SUSPENDED, True, ExitCode.STOPPED),
        (End.PERSON, Outcome.SUSPENDED, False, ExitCode.RIG_FAULT),
        (End.PERSON, Outcome.FAILED, True, ExitCode.COMPONENT_FAILED),
        (End.RIG_STOP, Outcome.SUSPENDED, True, ExitCode.RIG_FAULT),
        (End.TRIPPED, Outcome.SUSPENDED, True, ExitCode.RIG_FAULT),
        (End.TRIPPED, Outcome.FAILED, True, ExitCode.RIG_FAULT),
        (End.NOT_YET, Outcome.SUSPENDED, True, ExitCode.RIG_FAULT),
    ],
)
def test_exit_codes(end: End, outcome: Outcome, whole: bool, code: ExitCode) -> None:
    """Whatever is not known to be good is a rig fault."""
    assert exit_code(end, [verdict(outcome)], whole) is code


def closed(
    end: End,
    whole: bool,
    verdicts: Callable[[float, bool, str], list[Verdict]],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    reduced_m: float = 0.0,
    edit: object = None,
    health: tuple[int, float] | None = None,
) -> VerdictFile:
    """What `close_run` makes of a run to 2 km that came to 1.99 km, with these verdicts; no report is written."""
    monkeypatch.setattr(closing.report, "build", lambda _: None)
    monkeypatch.setattr(closing.junit, "write", lambda _: None)
    count, length_m = health or (0, 0.0)
    ended_blocks = [SimpleNamespace(number=number + 1) for number in range(count)]
    judge: Any = SimpleNamespace(verdicts=verdicts, damage=dict, damage_by_surface=dict, health=ended_blocks)
    judge.trends = list
    tell: Any = SimpleNamespace(ended=lambda *_: None, head="")
    plan = SimpleNamespace(rig=SimpleNamespace(sample_rate_hz=500), course=SimpleNamespace(edit=edit))
    plan.health = SimpleNamespace(length_m=length_m) if health else None
    session: Any = SimpleNamespace(plan=plan, target_m=2000.0)
    recorded = RecorderFinished(10, "0" * 64, 0)
    ended = Ended(end, [], Progress(distance_m=1990.0, reduced_m=reduced_m), recorded, {}, reason, whole)
    return close_run(session, ended, judge, tell, tmp_path, "A")


@pytest.mark.parametrize(
    ("end", "whole", "completed"),
    [
        (End.COMPLETED, True, True),
        (End.COMPLETED, False, False),
        (End.RIG_STOP, True, False),
        (End.TRIPPED, True, False),
    ],
)
def test_only_a_whole_run_to_the_target_is_judged_as_completed(
    end: End, whole: bool, completed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The judge gives a survival only to a run that completed and of which nothing is missing."""
    asked: list[tuple[float, bool, str]] = []

    def verdicts(distance_km: float, completed: bool, reason: str) -> list[Verdict]:
        asked.append((distance_km, completed, reason))
        return [verdict(Outcome.SURVIVED if completed else Outcome.SUSPENDED)]

    file = closed(end, whole, verdicts, "3 rows were lost", tmp_path, monkeypatch)
    wanted = (2.0, True, "reached 2 km") if completed else (1.99, False, "3 rows were lost")
    assert asked == [wanted]
    assert file.outcome == ("SURVIVED" if completed else "SUSPENDED")
    assert file.exit_code == (0 if completed else 3)


@pytest.mark.parametrize(
    ("outcome", "code", "overall"), [(Outcome.SURVIVED, 0, "SURVIVED"), (Outcome.SUSPENDED, 4, "SUSPENDED")]
)
def test_parts_that_nothing_watches_do_not_change_the_code(
    outcome: Outcome, code: int, overall: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is what its watched parts are; its reason names those that a person must look at."""
    unseen = msgspec.structs.replace(verdict(Outcome.SUSPENDED), component="propshaft", to_inspect=True)
    file = closed(End.COMPLETED, True, lambda *_: [verdict(outcome), unseen], "", tmp_path, monkeypatch)
    assert (file.exit_code, file.outcome) == (code, overall)
    assert file.reason == "reached 2 km; to be inspected, as nothing has shown how they are: propshaft"
    alone = closed(End.COMPLETED, True, lambda *_: [unseen], "", tmp_path, monkeypatch)
    assert (alone.exit_code, alone.outcome) == (0, "SUSPENDED"), "nothing was seen to survive"


def test_an_edited_drive_is_told_in_every_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The distance is what was played, and the reason says what for."""
    asked: list[tuple[float, str]] = []

    def verdicts(distance_km: float, completed: bool, reason: str) -> list[Verdict]:
        asked.append((distance_km, reason))
        return [verdict(Outcome.SURVIVED)]

    closed(End.COMPLETED, True, verdicts, "", tmp_path, monkeypatch, edit=object())
    assert asked == [(2.0, "reached 2 km of an edited drive, accelerated for fatigue only")]


def test_health_blocks_are_told_beside_the_distance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many and how far each; the distance is that of the stage alone."""
    file = closed(
        End.COMPLETED, True, lambda *_: [verdict(Outcome.SURVIVED)], "", tmp_path, monkeypatch, health=(3, 1138.9)
    )
    assert file.reason == "reached 2 km; beside it 3 health blocks of 1.139 km"
    assert file.distance_km == 2.0
    none = closed(
        End.COMPLETED, True, lambda *_: [verdict(Outcome.SURVIVED)], "", tmp_path, monkeypatch, health=(0, 1138.9)
    )
    assert none.reason == "reached 2 km"


def test_a_failure_found_in_the_last_rows_is_the_headline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The road was done before the failure could stop the run: FAILED, exit 1, and the reason names the part."""

    def verdicts(distance_km: float, completed: bool, reason: str) -> list[Verdict]:
        return [verdict(Outcome.FAILED)]

    file = closed(End.COMPLETED, True, verdicts, "damper: leak", tmp_path, monkeypatch)
    assert (file.outcome, file.exit_code, file.reason) == ("FAILED", 1, "damper: leak")


@pytest.mark.parametrize(
    ("reduced_m", "words"),
    [
        (1234.4, "1.234 of 2 km were played at a span below 100 %"),
        (1200.0, "1.2 of 2 km were played at a span below 100 %"),
        (0.3, "less than 0.001 of 2 km were played at a span below 100 %"),
    ],
)
def test_a_road_played_at_less_than_full_span_is_no_survival(
    reduced_m: float, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its parts are suspended at the target, with the reason in words; the run ends as if a person had stopped it."""
    asked: list[tuple[float, bool, str]] = []

    def verdicts(distance_km: float, completed: bool, reason: str) -> list[Verdict]:
        asked.append((distance_km, completed, reason))
        return [verdict(Outcome.SURVIVED if completed else Outcome.SUSPENDED)]

    file = closed(End.COMPLETED, True, verdicts, "", tmp_path, monkeypatch, reduced_m)
    assert asked == [(2.0, False, words)]
    assert (file.outcome, file.exit_code, file.reason) == ("SUSPENDED", 4, words)


def test_a_disk_that_refuses_at_the_end_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No exception: the verdict comes back with the disk's words, as a rig fault."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "report.html")

    def verdicts(distance_km: float, completed: bool, reason: str) -> list[Verdict]:
        monkeypatch.setattr(closing.report, "build", full)
        return [verdict(Outcome.SURVIVED)]

    file = closed(End.COMPLETED, True, verdicts, "", tmp_path, monkeypatch)
    assert file.exit_code == 3
    assert file.reason == "reached 2 km; the result can't be written: no space left on device (report.html)"
