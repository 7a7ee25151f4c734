"""One run from order to verdict: prepare, start the crew, supervise, close. What ``rig run`` calls."""

import contextlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from profiles.catalogue import find
from profiles.schema import InputError
from rig.config import FOLDER as RIG_FOLDER
from rig.life.judge import Judge
from rig.operator.latch import refuse_latched
from rig.operator.server import open_server
from rig.record import manifest
from rig.record.events import EventLog
from rig.record.files import sha256_of
from rig.record.recorder import SYNC_S
from rig.rt.realtime import Timing
from rig.runs import VerdictFile
from rig.supervisor.check_table import show_checks
from rig.supervisor.closing import close_run
from rig.supervisor.crew import LAUNCH_LOG, SUPERVISOR, Crew, CrewError, CrewOrder
from rig.supervisor.display import display_for
from rig.supervisor.interrupt import Interrupt, StoppedEarly
from rig.supervisor.journalist import Journalist
from rig.supervisor.launcher import LaunchError
from rig.supervisor.prechecks import PreChecks
from rig.supervisor.session import Session, make_run_dir, override_of, write_manifest
from rig.supervisor.supervise import Supervisor

_RECORDER_POLL_S = {"real": SYNC_S, "stepped": 0.002}


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
    judge = Judge(session.plan.rig, session.components, session.specimens, session.surfaces)
    with Interrupt() as interrupt:  # before there is a directory: else a Ctrl-C just then would leave it behind
        run_dir = make_run_dir(session)
        try:
            return run_dir, _conduct(session, console, judge, run_dir, interrupt)
        except (InputError, CrewError, LaunchError, StoppedEarly, KeyboardInterrupt) as error:
            _leave_no_empty(run_dir, keep_log=isinstance(error, CrewError | LaunchError))
            raise


def _leave_no_empty(run_dir: Path, keep_log: bool) -> None:
    """Take away a run directory in which nothing has been recorded; a log that may say why stays."""
    log = run_dir / LAUNCH_LOG
    if log.exists() and not (keep_log and log.stat().st_size):
        log.unlink()
    with contextlib.suppress(OSError):
        run_dir.rmdir()


def _conduct(session: Session, console: Console, judge: Judge, run_dir: Path, interrupt: Interrupt) -> VerdictFile:
    with ExitStack() as stack:
        server = stack.enter_context(open_server(run_dir))
        crew = stack.enter_context(Crew(_crew_order(session), run_dir, interrupt))
        judge.warm()
        timing = crew.timing()
        interrupt.check()
        grade: Literal["A", "B", "C"] = timing.grade
        write_manifest(session, run_dir, timing)
        crew.start_recorder(run_dir, _RECORDER_POLL_S[session.pace])
        log = stack.enter_context(EventLog(run_dir))
        journalist = Journalist(session, log, crew.events, SUPERVISOR)
        started = {**_start_data(session, timing), "manifest_sha256": sha256_of(run_dir / manifest.FILE_NAME)}
        journalist.started(f"{session.plan.name} on {session.plan.rig.name}", started)
        checks = _checks(session, console)
        supervisor = Supervisor(session, crew, judge, journalist, run_dir, interrupt, server, checks)
        supervisor.progress.grade = grade
        display = stack.enter_context(display_for(session, console))
        ended = supervisor.run(display.show)
        return close_run(session, ended, judge, journalist, run_dir, grade)


def _crew_order(session: Session) -> CrewOrder:
    plan = session.plan
    path = find(session.order.rig, RIG_FOLDER, "rig")
    bench = (session.pace, plan.seed, session.specimens_path)
    return CrewOrder(plan.rig, path, *bench, session.target_m, session.waveforms_v)


def _checks(session: Session, console: Console) -> PreChecks | None:
    rig = session.plan.rig
    if rig.checks is None:
        return None
    return PreChecks(rig, override_of(session), lambda checks: show_checks(console, checks))


def _start_data(session: Session, timing: Timing) -> dict[str, Any]:
    return {
        "road_sha256": session.plan.road_sha256,
        "drive_sha256": session.plan.drive_sha256,
        "timing": timing.reason,
        "target_km": session.target_m / 1000.0,
        "fitted": "; ".join(session.plan.fitted),
    }
