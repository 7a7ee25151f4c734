"""``rig run`` with a stopwatch on its phases: ``python -m tests.benchmark.stopwatch TERRAIN RUNS_DIR`` prints JSON."""

import time

_BORN_S = time.perf_counter()

import functools  # noqa: E402 - the imports below are the first phase
import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable  # noqa: E402
from contextlib import ExitStack  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402
from unittest.mock import patch  # noqa: E402

from rig import report  # noqa: E402
from rig.cli.console import progress_console  # noqa: E402
from rig.life import judge  # noqa: E402
from rig.supervisor import conduct, session  # noqa: E402
from rig.supervisor.crew import Crew  # noqa: E402
from rig.supervisor.launcher import Launched  # noqa: E402
from rig.supervisor.session import Order, prepare  # noqa: E402
from rig.supervisor.supervise import Supervisor  # noqa: E402

_PHASES: dict[str, tuple[Any, str]] = {
    "plan": (session, "load_plan"),
    "waveforms": (session, "waveforms"),
    "launch_bench": (Launched, "__init__"),
    "warm_judge": (judge, "_warm"),
    "await_loop": (Crew, "timing"),
    "start_recorder": (Crew, "start_recorder"),
    "run": (Supervisor, "run"),
    "report": (report, "build"),
    "end_processes": (Crew, "__exit__"),
}


def _watched(function: Callable[..., Any], name: str, spent_s: dict[str, float]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        started_s = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            spent_s[name] = spent_s.get(name, 0.0) + time.perf_counter() - started_s

    return call


def main(terrain: str, runs: str) -> dict[str, Any]:
    """Run a terrain to its verdict; seconds of each phase, and what the loop says of its own timing."""
    spent_s = {"imports": time.perf_counter() - _BORN_S}
    with ExitStack() as stack:
        for name, (owner, attribute) in _PHASES.items():
            watched = _watched(getattr(owner, attribute), name, spent_s)
            stack.enter_context(patch.object(owner, attribute, watched))
        _, verdict = conduct.conduct(prepare(Order(terrain, runs=Path(runs))), progress_console())
    total_s = time.perf_counter() - _BORN_S
    spent_s["other"] = total_s - sum(spent_s.values())
    timing = {name: verdict.timing[name] for name in ("cycles", "round_trip_us", "work_us")}
    return {"total_s": total_s, "phases_s": spent_s, "drive_s": verdict.duration_s, "code": verdict.exit_code, **timing}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
