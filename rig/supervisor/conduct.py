"""One run from order to verdict: prepare, start the crew, supervise, close. What ``rig run``, ``rig recover`` call."""

import contextlib
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from profiles.catalogue import find
from profiles.schema import InputError
from rig.bridge import End
from rig.config import FOLDER as RIG_FOLDER
from rig.life.judge import Judge
from rig.operator.latch import refuse_latched
from rig.operator.server import open_server
from rig.record import manifest
from rig.record.checks import FILE_NAME as CHECKS_NAME
from rig.record.events import EventLog
from rig.record.files import sha256_of
from rig.record.recorder import SYNC_S
from rig.rt.realtime import Timing
from rig.runs import VERDICT_NAME, Run, VerdictFile, set_aside
from rig.supervisor.check_table import show_checks
from rig.supervisor.closing import close_as_it_is, close_run
from rig.supervisor.crew import LAUNCH_LOG, LAUNCH_MEMORY, SUPERVISOR, Crew, CrewError, CrewOrder
from rig.supervisor.display import display_for
from rig.supervisor.interrupt import Interrupt, StoppedEarly
from rig.supervisor.journalist import Journalist
from rig.supervisor.launcher import LaunchError
from rig.supervisor.outset import Outset
from rig.supervisor.prechecks import PreChecks
from rig.supervisor.recovery import open_log, outset_of, take_up_samples, what_is_left
from rig.supervisor.session import Session, make_run_dir, override_of, write_manifest
from rig.supervisor.supervise import Supervisor

_RECORDER_POLL_S = {"real": SYNC_S, "stepped": 0.002}

Begin = Callable[[Crew, Timing, ExitStack], Journalist]
"""Once the crew is up: let the recorder begin, and say in the events that the run does."""


def conduct(session: Session, console: Console) -> tuple[Path, VerdictFile]:
    """Run a prepared session to its verdict.

    Ctrl-C gives up what is starting; once the loop is let go it asks for a stop, and the end of a run (the last rows,
    the verdict, the report) is not to be interrupted.

    Raises:
        InputError: the runs folder can't be written to, the specimens don't fit the rig, there is no such launch
            command, the rig's last trip has not been reset, or operators can't be let in.
        CrewError, LaunchError: a process did not come up; nothing has moved.
        StoppedEarly: a person did not want it any more; nothing has moved.
    """
    refuse_latched(session.plan.rig, session.order.runs)
    judge = _judge_of(session)
    with Interrupt() as interrupt:  # before there is a directory: else a Ctrl-C just then would leave it behind
        run_dir = make_run_dir(session)

        def begin(crew: Crew, timing: Timing, stack: ExitStack) -> Journalist:
            write_manifest(session, run_dir, timing)
            crew.start_recorder(run_dir, _RECORDER_POLL_S[session.pace])
            tell = Journalist(session, stack.enter_context(EventLog(run_dir)), crew.events, SUPERVISOR)
            _started(tell, session, run_dir, timing)
            return tell

        try:
            return run_dir, _conduct(session, console, judge, run_dir, interrupt, begin, Outset())
        except (InputError, CrewError, LaunchError, StoppedEarly, KeyboardInterrupt) as error:
            _leave_no_empty(run_dir, keep_log=isinstance(error, CrewError | LaunchError))
            raise


def conduct_recovery(session: Session, run: Run, console: Console) -> VerdictFile:
    """Go on with an interrupted run to its verdict; the session is that of `rig.supervisor.recovery`.

    Raises:
        InputError: the record can't be gone on with; and as `conduct`.
        CrewError, LaunchError, StoppedEarly: as `conduct`; the record is as it was then, with its samples taken up.
    """
    run_dir, judge = run.path, _judge_of(session)
    with open_log(run_dir) as log, Interrupt() as interrupt:
        take_up_samples(run_dir)
        outset, found = outset_of(session, run, judge)
        end = what_is_left(session, run, outset, judge)
        if end is not End.NOT_YET:
            tell = Journalist(session, log, None, SUPERVISOR, outset.elapsed_s)
            _gone_on(tell, session, run, outset, judge, {"timing": "nothing was left to play"})
            set_aside(run_dir, outset.recoveries, (VERDICT_NAME,))
            return close_as_it_is(session, end, outset, judge, tell, run, found)

        def begin(crew: Crew, timing: Timing, _stack: ExitStack) -> Journalist:
            crew.start_recorder(run_dir, _RECORDER_POLL_S[session.pace])
            tell = Journalist(session, log, crew.events, SUPERVISOR, outset.elapsed_s)
            _gone_on(tell, session, run, outset, judge, {"timing": timing.reason, "grade": timing.grade})
            set_aside(run_dir, outset.recoveries, (VERDICT_NAME, CHECKS_NAME))
            return tell

        return _conduct(session, console, judge, run_dir, interrupt, begin, outset, run.manifest.timing_grade)


def _judge_of(session: Session) -> Judge:
    return Judge(session.plan.rig, session.components, session.specimens, session.surfaces)


def _leave_no_empty(run_dir: Path, keep_log: bool) -> None:
    """Take away a run directory in which nothing has been recorded; a log that may say why stays."""
    log = run_dir / LAUNCH_LOG
    if log.exists() and not (keep_log and log.stat().st_size):
        log.unlink()
    with contextlib.suppress(OSError):
        if not (run_dir / manifest.FILE_NAME).exists():
            (run_dir / LAUNCH_MEMORY).unlink(missing_ok=True)
        run_dir.rmdir()


def _conduct(
    session: Session,
    console: Console,
    judge: Judge,
    run_dir: Path,
    interrupt: Interrupt,
    begin: Begin,
    outset: Outset,
    worst_grade: str = "A",
) -> VerdictFile:
    with ExitStack() as stack:
        server = stack.enter_context(open_server(run_dir))
        crew = stack.enter_context(Crew(_crew_order(session, outset), run_dir, interrupt))
        judge.warm()
        timing = crew.timing()
        interrupt.check()
        grade = max(timing.grade, worst_grade)
        tell = begin(crew, timing, stack)
        checks = _checks(session, console)
        supervisor = Supervisor(session, crew, judge, tell, run_dir, interrupt, server, checks, outset)
        supervisor.progress.grade = grade
        display = stack.enter_context(display_for(session, console))
        ended = supervisor.run(display.show)
        return close_run(session, ended, judge, tell, run_dir, grade, outset.recoveries)


def _crew_order(session: Session, outset: Outset) -> CrewOrder:
    plan = session.plan
    path = find(session.order.rig, RIG_FOLDER, "rig")
    bench = (session.pace, plan.seed, session.specimens_path)
    return CrewOrder(plan.rig, path, *bench, session.target_m, session.waveforms_v, outset.beginning)


def _checks(session: Session, console: Console) -> PreChecks | None:
    rig = session.plan.rig
    if rig.checks is None:
        return None
    return PreChecks(rig, override_of(session), lambda checks: show_checks(console, checks))


def _started(tell: Journalist, session: Session, run_dir: Path, timing: Timing) -> None:
    data = {
        "road_sha256": session.plan.road_sha256,
        "drive_sha256": session.plan.drive_sha256,
        "timing": timing.reason,
        "target_km": session.target_m / 1000.0,
        "fitted": "; ".join(session.plan.fitted),
        "manifest_sha256": sha256_of(run_dir / manifest.FILE_NAME),
    }
    tell.started(f"{session.plan.name} on {session.plan.rig.name}", data)


def _gone_on(tell: Journalist, session: Session, run: Run, outset: Outset, judge: Judge, data: dict[str, Any]) -> None:
    """Say that the run goes on, and where; and what was found in its last moments."""
    if not run.events.events:  # it died between its manifest and its first event
        hashed = {"manifest_sha256": sha256_of(run.path / manifest.FILE_NAME)}
        tell.started(f"{session.plan.name} on {session.plan.rig.name}", hashed)
    where = f"at {outset.progress.distance_m / 1000.0:.3f} km, sample {outset.beginning.first_sample}"
    rows = {"first_row": outset.first_row, "full_row": outset.full_row, "recoveries": outset.recoveries}
    tell.recovered(f"the run goes on {where}", outset.beginning.first_sample, outset.progress, {**rows, **data})
    for finding in outset.untold:
        tell.finding(finding)
    tell.health(judge.health)
