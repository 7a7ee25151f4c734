"""The end of a run: from how the loop ended and what was found to verdicts, exit code, report and JUnit."""

import contextlib
from enum import IntEnum
from pathlib import Path
from typing import Any

import msgspec

from profiles.schema import InputError
from rig import report
from rig.bridge import End
from rig.life.judge import Judge
from rig.life.verdict import Outcome, Verdict
from rig.record import segments
from rig.record.files import in_words
from rig.record.recorder import RecorderFinished
from rig.record.seals import FILE_NAME as SEALS_NAME
from rig.record.seals import read_seals
from rig.report import junit
from rig.runs import Run, VerdictFile, sealed_files, verdict_sha256, write_verdict
from rig.supervisor.journalist import Journalist
from rig.supervisor.outset import Outset
from rig.supervisor.recap import Recap
from rig.supervisor.session import Session
from rig.supervisor.supervise import Ended


class ExitCode(IntEnum):
    """What ``rig run`` says to the shell."""

    SURVIVED = 0
    COMPONENT_FAILED = 1
    BAD_INPUT = 2
    RIG_FAULT = 3
    STOPPED = 4


def exit_code(end: End, verdicts: list[Verdict], whole: bool) -> ExitCode:
    """The exit code of a run.

    A trip is a trip whatever else happened: a person must look at the rig. A record that is not whole is a rig
    fault too. Otherwise a failed component outranks the way in which the run was then stopped. A road that was done,
    though not at full span because a person wanted it so, is as if that person had stopped the run. A part that nothing
    on the rig watches does not change the code: it says that nothing was seen to fail, not that all is whole.
    """
    if end is End.TRIPPED or not whole:
        return ExitCode.RIG_FAULT
    if any(verdict.outcome is Outcome.FAILED for verdict in verdicts):
        return ExitCode.COMPONENT_FAILED
    if end is End.COMPLETED and any(one.outcome is not Outcome.SURVIVED and not one.to_inspect for one in verdicts):
        return ExitCode.STOPPED
    by_end = {End.COMPLETED: ExitCode.SURVIVED, End.PERSON: ExitCode.STOPPED}
    return by_end.get(end, ExitCode.RIG_FAULT)


def reason_of(ended: Ended, session: Session) -> str:
    """Why the run ended, in words."""
    if ended.end is End.COMPLETED and ended.whole:
        of = "" if session.plan.course.edit is None else " of an edited drive, accelerated for fatigue only"
        target, reduced_m = f"{session.target_m / 1000:g} km{of}", ended.progress.reduced_m
        return f"{_km(reduced_m)} of {target} were played at a span below 100 %" if reduced_m else f"reached {target}"
    return ended.reason or f"ended: {ended.end.name.lower()}"


def _km(distance_m: float) -> str:
    """A part of the way as people say it, never nothing where there was something."""
    return f"{round(distance_m / 1000.0, 3):g}" if distance_m >= 1.0 else "less than 0.001"


def close_run(
    session: Session,
    ended: Ended,
    judge: Judge,
    journalist: Journalist,
    run_dir: Path,
    grade: str,
    recoveries: int = 0,
) -> VerdictFile:
    """Verdicts into ``verdict.json``, then report and JUnit beside it.

    A part survives only where the whole distance was played, and at full span.
    """
    completed = ended.end is End.COMPLETED and ended.whole
    distance_km = session.target_m / 1000.0 if completed else ended.progress.distance_m / 1000.0
    reason = reason_of(ended, session)
    verdicts = judge.verdicts(distance_km, completed and not ended.progress.reduced_m, reason)
    code = exit_code(ended.end, verdicts, ended.whole)
    if code is ExitCode.COMPONENT_FAILED:  # found so late that the road was done: what failed is still the headline
        reason = ended.reason or reason
    reason += _inspections(verdicts) + _besides(session, judge)
    reduced_km = ended.progress.reduced_m / 1000.0
    recorded = ended.recorded
    rate_hz = session.plan.rig.sample_rate_hz
    verdict = VerdictFile(
        outcome=str(_overall(verdicts)),
        exit_code=int(code),
        reason=reason,
        distance_km=distance_km,
        target_km=session.target_m / 1000.0,
        duration_s=(recorded.samples if recorded else ended.progress.sample) / rate_hz,
        samples=recorded.samples if recorded else 0,
        samples_sha256=recorded.sha256 if recorded else "",
        rows_lost=recorded.rows_lost if recorded else 0,
        verdicts=[_plain(verdict) for verdict in verdicts],
        damage=judge.damage(),
        damage_by_surface=judge.damage_by_surface(),
        findings=[_plain(finding) for finding in ended.findings],
        trends=judge.trends(),
        checks=ended.checks,
        timing={**ended.timing, "grade": grade, "sample_rate_hz": rate_hz},
        recoveries=recoveries,
    )
    said = {"exit_code": int(code), "end": ended.end.name, "reduced_km": reduced_km}
    journalist.ended(reason, ended.progress, {**said, **seal_of(run_dir, verdict, recorded)})
    verdict.events_head = journalist.head
    _write(run_dir, verdict)
    return verdict


def close_as_it_is(
    session: Session, end: End, outset: Outset, judge: Judge, journalist: Journalist, run: Run, found: Recap
) -> VerdictFile:
    """Close a run that only lacks its verdict: nothing moves. ``found``: what its record says."""
    head = read_seals(run.path / segments.FOLDER / SEALS_NAME).head
    recorded = RecorderFinished(found.played.samples, found.digest.hexdigest() if found.digest else "", 0, head)
    failure = judge.failure
    reason = failure.text if failure else ""
    checks = run.checks.summary() if run.checks else ""
    ended = Ended(end, list(judge.findings), outset.progress, recorded, {}, reason, whole=True, checks=checks)
    return close_run(session, ended, judge, journalist, run.path, run.manifest.timing_grade, outset.recoveries)


def seal_of(run_dir: Path, verdict: VerdictFile, recorded: RecorderFinished | None) -> dict[str, Any]:
    """What the event that ends a run vouches for: the head of the events then stands for the whole record."""
    seal = {"verdict_sha256": verdict_sha256(verdict), "files": sealed_files(run_dir)}
    if recorded is None:
        return seal
    return {**seal, "samples": recorded.samples, "samples_sha256": recorded.sha256, "seals_head": recorded.seals_head}


def _write(run_dir: Path, verdict: VerdictFile) -> None:
    """Verdict, report and JUnit; where the disk refuses, the verdict says so, and the run is no good one any more."""
    try:
        write_verdict(run_dir, verdict)
        report.build(run_dir)
        junit.write(run_dir)
    except (OSError, InputError) as error:
        words = in_words(error, "the result can't be written") if isinstance(error, OSError) else str(error)
        verdict.exit_code = int(ExitCode.RIG_FAULT)
        verdict.reason = f"{verdict.reason}; {words}"
        with contextlib.suppress(OSError):
            write_verdict(run_dir, verdict)


def _inspections(verdicts: list[Verdict]) -> str:
    """What a person must still do about a run that has come to its target; nothing where all is watched."""
    names = [verdict.component for verdict in verdicts if verdict.to_inspect]
    return f"; to be inspected, as nothing has shown how they are: {', '.join(names)}" if names else ""


def _besides(session: Session, judge: Judge) -> str:
    """What was driven beside the stage, so that nobody takes it for stage distance, or for nothing."""
    count, health = len({one.number for one in judge.health}), session.plan.health
    if health is None or not count:
        return ""
    return f"; beside it {count} health block{'' if count == 1 else 's'} of {health.length_m / 1000:.3f} km"


def _overall(verdicts: list[Verdict]) -> Outcome:
    """The run's outcome: parts that are only left to be inspected do not count, unless all are."""
    outcomes = {verdict.outcome for verdict in verdicts if not verdict.to_inspect} or {Outcome.SUSPENDED}
    for outcome in (Outcome.FAILED, Outcome.SUSPENDED):
        if outcome in outcomes:
            return outcome
    return Outcome.SURVIVED


def _plain(item: msgspec.Struct) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(item)
    return plain
