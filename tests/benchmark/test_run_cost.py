"""Where the time of ``make demo`` goes once it is installed: on a machine that has compiled nothing yet, and after."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import ROOT

from tests.benchmark.slices import note

LIMIT_S = 180.0


def run_with_stopwatch(kernels: Path, runs: Path) -> dict[str, Any]:
    """A run of the dune loop in a process of its own, with compiled kernels in a folder."""
    command = [sys.executable, "-m", "tests.benchmark.stopwatch", "dune_loop", str(runs)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(kernels)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    assert result["code"] == 0
    return result


@pytest.mark.timeout(400)
def test_first_run_against_the_second(benchmark: Any, tmp_path: Path) -> None:
    """Phases of both runs, against the three minutes that a first run may take with its installation."""
    runs = [benchmark.pedantic(run_with_stopwatch, (tmp_path / "kernels", tmp_path / "runs"), rounds=1)]
    runs.append(run_with_stopwatch(tmp_path / "kernels", tmp_path / "runs"))
    for name, run in zip(("first", "second"), runs, strict=True):
        note(benchmark, **{f"{name}_{phase}_s": spent for phase, spent in run["phases_s"].items()})
        note(benchmark, **{f"{name}_s": run["total_s"], f"{name}_times_real_time": run["drive_s"] / run["total_s"]})
    last = runs[-1]
    for part in ("round_trip_us", "work_us"):
        note(benchmark, **{f"second_{part}_p50": last[part]["p50"], f"second_{part}_p99": last[part]["p99"]})
    note(benchmark, second_cycles=last["cycles"], second_us_a_cycle=last["phases_s"]["run"] / last["cycles"] * 1e6)
    note(
        benchmark, first_over_second=runs[0]["total_s"] / last["total_s"], first_over_limit=runs[0]["total_s"] / LIMIT_S
    )
    assert runs[0]["total_s"] < LIMIT_S
