"""One run from order to verdict: prepare, start the crew, supervise, close. What ``rig run`` calls."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

from rich.console import Console

from rig.life.judge import Judge
from rig.record.events import EventLog
from rig.rt.realtime import Timing
from rig.runs import VerdictFile
from rig.supervisor.closing import close_run
from rig.supervisor.crew import SUPERVISOR, Crew
from rig.supervisor.display import display_for
from rig.supervisor.journalist import Journalist
from rig.supervisor.session import Session, make_run_dir, write_manifest
from rig.supervisor.supervise import Supervisor

_RECORDER_POLL_S = {"real": 0.02, "stepped": 0.002}


def conduct(session: Session, console: Console) -> tuple[Path, VerdictFile]:
    """Run a prepared session to its verdict.

    Raises:
        InputError: the runs folder can't be written to.
        CrewError, LaunchError: a process did not come up; nothing has moved.
    """
    run_dir = make_run_dir(session)
    judge = Judge(session.plan.rig, session.components, session.specimens, session.surfaces)
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(session, run_dir))
        judge.warm()
        timing = crew.timing()
        grade: Literal["A", "B", "C"] = timing.grade
        write_manifest(session, run_dir, grade)
        crew.start_recorder(run_dir, _RECORDER_POLL_S[session.pace])
        log = stack.enter_context(EventLog(run_dir))
        journalist = Journalist(session, log, crew.events, SUPERVISOR)
        journalist.started(f"{session.plan.terrain.name} on {session.plan.rig.name}", _start_data(session, timing))
        supervisor = Supervisor(session, crew, judge, journalist, run_dir)
        display = stack.enter_context(display_for(session, console))
        ended = supervisor.run(display.show)
        verdict = close_run(session, ended, judge, journalist, run_dir, grade)
    return run_dir, verdict


def _start_data(session: Session, timing: Timing) -> dict[str, Any]:
    return {
        "road_sha256": session.plan.road_sha256,
        "drive_sha256": session.plan.drive_sha256,
        "timing": timing.reason,
        "target_km": session.target_m / 1000.0,
    }
