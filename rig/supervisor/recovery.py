"""Going on with a run that was interrupted: what may be, from where, and with what is known of it."""

import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.bridge import End
from rig.clock import RealClock, pause, utc_now
from rig.config import Rig
from rig.life.judge import Judge
from rig.life.verdict import FAILURE, Finding, Outcome
from rig.plan.plan import Told, untold
from rig.record import events as event_log
from rig.record.checkpoint import Checkpoint
from rig.record.columns import Columns
from rig.record.events import Event, EventLog, LogInUseError
from rig.record.files import in_words, sha256_of
from rig.record.journal import iter_tables
from rig.record.manifest import FILE_NAME as MANIFEST_NAME
from rig.record.manifest import Manifest
from rig.record.seals import BrokenSealsError
from rig.record.segments import thinned_until
from rig.record.takeup import BrokenSamplesError, take_up
from rig.rt.beginning import Beginning
from rig.rt.control import ControlLaw
from rig.runs import Run, open_run
from rig.supervisor.outset import Outset
from rig.supervisor.played import Part
from rig.supervisor.progress import Progress
from rig.supervisor.recap import Recap, begin, recap, restored
from rig.supervisor.session import Session, order_of, prepare

RECORDER_S = 20.0
"""A recorder that has lost its supervisor goes on for some seconds; so long is waited for it."""
_SAME_CLOCK_NS = 5_000_000_000
"""The monotonic clock still is the one of the run's start, if it says about the time that the wall clock says."""


def prepare_recovery(run_dir: Path, override_checks: str | None = None, told: Told = untold) -> tuple[Session, Run]:
    """The session of a run that may be gone on with, planned anew from the same files.

    Raises:
        InputError: why it can't be gone on with, and what to do.
    """
    run = open_run(run_dir)
    _refuse_ended(run)
    order = order_of(run.manifest, run_dir.resolve().parent, override_checks)
    if order is None:
        raise _refusal(run_dir, "its manifest does not keep what was asked for", "a run of a later version of rig")
    session = prepare(order, told, run.count())
    _refuse_changed(run, session)
    return session, run


def _refuse_ended(run: Run) -> None:
    """A run that has come to its end is over; so is one whose record has a gap, or is not what it was."""
    if run.events.broken:
        raise _refusal(run.path, run.events.broken, "a whole chain of events: see rig verify")
    wanted = run.events.events[0].data.get("manifest_sha256") if run.events.events else None
    if wanted is not None and sha256_of(run.path / MANIFEST_NAME) != wanted:
        raise _refusal(run.path, "its manifest is not the one that it began with", "a whole record: see rig verify")
    verdict = run.verdict
    if verdict is None or is_recovered(run.events.events):
        return
    if verdict.outcome == Outcome.SURVIVED:
        raise _refusal(run.path, f"it has ended: {verdict.reason}", "a run that stopped before its target")
    if verdict.outcome == Outcome.FAILED:
        raise _refusal(run.path, f"a part failed: {verdict.reason}", "a run whose parts are whole; mount new ones")
    if verdict.rows_lost:
        found = f"{verdict.rows_lost} samples were lost: no verdict can come of it"
        raise _refusal(run.path, found, "a record without a gap")


def is_recovered(events: tuple[Event, ...]) -> bool:
    """Whether a run has been gone on with since it last ended."""
    told = [event.kind for event in events if event.kind in ("run_ended", "run_recovered")]
    return bool(told) and told[-1] == "run_recovered"


def _refuse_changed(run: Run, session: Session) -> None:
    """The same road for the same parts, or it would be another run."""
    before = {(one.role, one.name): one.sha256 for one in run.manifest.inputs}
    now = {(one.role, one.name): one.sha256 for one in session.inputs}
    allowed = "as it was when the run began: its text is in manifest.json"
    faults = [
        Fault(name, 0, role, "another content than when the run began" if (role, name) in before else "new", allowed)
        for (role, name), sha256 in now.items()
        if before.get((role, name)) != sha256
    ]
    faults += [Fault(name, 0, role, "not used any more", allowed) for role, name in before if (role, name) not in now]
    if not faults and session.plan.drive_sha256 != run.manifest.drive_sha256:
        found = "the drive of the same files comes out otherwise than when the run began"
        faults = [Fault(str(run.path), 0, "drive_sha256", found, "the versions that manifest.json names")]
    if faults:
        raise InputError(faults)


def open_log(run_dir: Path) -> EventLog:
    """The run's events, to go on with.

    Raises:
        InputError: another process writes them, the chain is broken, or the disk refuses.
    """
    try:
        return EventLog(run_dir)
    except LogInUseError as error:
        raise _refusal(run_dir, str(error), "a run whose supervisor is gone") from None
    except ValueError as error:
        raise _refusal(run_dir, str(error), "a whole chain of events: see rig verify") from None
    except OSError as error:
        raise _refusal(run_dir, in_words(error, "its events can't be written"), "a folder to write to") from None


def take_up_samples(run_dir: Path) -> int:
    """See `rig.record.takeup.take_up`; waits for a recorder that has outlived its run.

    Raises:
        InputError: the samples can't be gone on with.
    """
    clock = RealClock()
    deadline_ns = clock.now_ns() + int(RECORDER_S * 1e9)
    while True:
        try:
            return take_up(run_dir)
        except BlockingIOError as error:
            if clock.now_ns() > deadline_ns:
                raise _refusal(run_dir, in_words(error, "its samples"), "a run whose recorder is gone") from None
            pause(0.2)
        except (BrokenSamplesError, BrokenSealsError) as error:
            raise _refusal(run_dir, str(error), "whole samples: see rig verify") from None
        except OSError as error:
            raise _refusal(run_dir, in_words(error, "its samples can't be written"), "a folder to write to") from None


def outset_of(session: Session, run: Run, judge: Judge) -> tuple[Outset, Recap]:
    """Where the run goes on, by its record; the judge knows all of it then. Its samples have been taken up.

    The checkpoint only saves time where all samples are there: without one that fits, the judge is shown them again.

    Raises:
        InputError: the samples can't be read.
    """
    saved, told = _checkpoint(run.path), event_log.read_events(run.path / event_log.FILE_NAME).events
    found = _recap(run, told, saved, judge)
    played = found.played
    anchor = datetime.fromisoformat(run.manifest.anchor.utc)
    elapsed_s = max((utc_now() - anchor).total_seconds(), *(event.time_s for event in told), 0.0)
    ramp = round(session.plan.rig.ramp_s * session.plan.rig.sample_rate_hz) + 1  # sums of steps may fall short of 1
    first_row = max(0, played.full_row - ramp)
    wanted = found.reduced.last_wanted
    beginning = Beginning(
        first_sample=played.samples,
        mono_shift_ns=_shift_ns(run.manifest, played.mono_ns, elapsed_s) if played.samples else 0,
        distance_m=played.distance_m,
        run_up=first_row > 0,
        wanted_span=wanted,
        learned=_learned(saved, session.plan.rig),
    )
    progress = Progress(
        distance_m=played.distance_m,
        begun_m=played.distance_m,
        sample=max(0, played.samples - 1),
        segment=max(0, played.segment),
        wanted_span=wanted,
        reduced_m=found.reduced.settle(),
        reduced=found.reduced,
        played=played,
    )
    played.parts.append(Part(played.samples, first_row, played.full_row, run_up=True))
    recoveries = 1 + sum(event.kind == "run_recovered" for event in told)
    findings = judge.findings
    place = (beginning, first_row, played.full_row, played.owed_m)
    return Outset(*place, progress, findings, _untold(findings, told), elapsed_s, recoveries), found


def _untold(findings: tuple[Finding, ...], told: tuple[Event, ...]) -> tuple[Finding, ...]:
    """What the judge had found in the last moments, and nobody had put on record."""
    kinds = ("component_warning", "component_failed", "device_fault")
    known = {(event.sample, event.text) for event in told if event.kind in kinds}
    return tuple(each for each in findings if (each.sample, each.text) not in known)


def _recap(run: Run, told: tuple[Event, ...], saved: dict[str, object], judge: Judge) -> Recap:
    """Read the record; what has been thinned is known from the checkpoint alone.

    Raises:
        InputError: it says nothing that fits, or a sample is missing.
    """
    judged, thinned = restored(judge, saved, run.count()), thinned_until(run.path)
    found = begin(told, saved, judged, thinned)
    if found is None:
        words = f"only a summary is left of its first {thinned} samples, and no checkpoint says what they came to"
        raise _refusal(run.path, words, "checkpoint.json as the run wrote it")
    if thinned and not _stands_where_it_says(run, found):
        words = f"its checkpoint and its record don't say the same of sample {found.first - 1}"
        raise _refusal(run.path, words, "checkpoint.json as the run wrote it")
    recap(found, _rows(run, found.first), run.slow, judge, judged)
    played = found.played
    if not found.is_whole or not math.isfinite(played.distance_m):
        last = f"the last is {played.samples - 1}, at {played.distance_m:g} m"
        words = f"{found.rows} samples from {found.first} on, {last}"
        raise _refusal(run.path, words, "samples without a gap, each at its distance")
    return found


def _stands_where_it_says(run: Run, found: Recap) -> bool:
    """Whether the sample that a checkpoint stands for is in the record, and what it says of it."""
    last = next((rows[0] for rows in _rows(run, found.first - 1) if len(rows)), None)
    return last is not None and found.played.stands_at(last)


def _rows(run: Run, first: int) -> Iterator[NDArray[np.void]]:
    columns = Columns(run.manifest)
    for table in iter_tables(run.path, first=first):
        rows = columns.rows(table)
        yield rows[rows["sample"] >= first] if first else rows


def _checkpoint(run_dir: Path) -> dict[str, object]:
    """The checkpoint; empty where there is none that can be read."""
    try:
        return Checkpoint(run_dir).read() or {}
    except InputError:
        return {}


def _learned(saved: dict[str, object], rig: Rig) -> tuple[tuple[float, ...], ...]:
    """What the control law had learned of each axis; nothing where the law can't have learned that.

    No hash vouches for a checkpoint, and this multiplies commands. A gain of 0: the loop had not said anything yet.
    """
    try:
        learned = tuple(msgspec.convert(saved.get("learned", ()), list[tuple[float, ...]]))
        ControlLaw(rig, 0.0, Beginning(learned=learned))
    except (msgspec.MsgspecError, ValueError):
        return ()
    return learned


def _shift_ns(manifest: Manifest, last_ns: int, elapsed_s: float) -> int:
    """From this loop's clock to that of the rows, which must not go back: another boot has another monotonic clock."""
    if manifest.pace == "stepped":
        return last_ns + round(1e9 / manifest.sample_rate_hz)
    now_ns = RealClock().now_ns()
    shift_ns = manifest.anchor.mono_ns + int(1e9 * elapsed_s) - now_ns
    shift_ns = 0 if abs(shift_ns) < _SAME_CLOCK_NS else shift_ns
    return max(shift_ns, last_ns + 1 - now_ns)


def what_is_left(session: Session, run: Run, outset: Outset, judge: Judge) -> End:
    """How the run has ended already, and only lacks its verdict: the road is done, or a part has failed; else NOT_YET.

    Raises:
        InputError: the judge has stopped judging, as it does not believe a sensor; or the target was reached in a ramp
            down, so that the last metres are owed in full and no distance is left to go on with.
    """
    if judge.failure is not None:
        return End.COMPONENT
    if judge.closed:
        text = next(finding.text for finding in judge.findings if finding.severity == FAILURE)
        raise _refusal(run.path, f"its judge has closed: {text}", "a run whose sensors were believed to its end")
    if outset.full_row >= session.plan.samples or (outset.owed_m is not None and outset.owed_m >= session.target_m):
        return End.COMPLETED
    if not outset.progress.distance_m < session.target_m:
        found = "its target lies in its ramp down: the last metres were not played in full"
        raise _refusal(run.path, found, "a run that stopped before its target")
    return End.NOT_YET


def _refusal(run_dir: Path, found: str, allowed: str) -> InputError:
    return InputError([Fault(str(run_dir), 0, "RUN", found, allowed)])
