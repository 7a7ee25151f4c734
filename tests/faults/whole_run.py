"""One run played, in this process or by ``rig run`` in one of its own, and broken while it is under way."""

import json
import multiprocessing
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from rig.record.journal import count_rows
from rig.supervisor.conduct import conduct
from tests.commands import start_rig
from tests.faults.run_row import RunRow, Under
from tests.faults.site import TERRAIN, Site

UNDER_WAY_SAMPLES = 500
START_S, END_S = 90.0, 60.0


@dataclass
class Played:
    """What a run left.

    Attributes:
        run_dir: its directory.
        broken_ns: when each row broke what it breaks (monotonic).
        exit_code, reason: as the verdict says; None and empty where its supervisor was killed.
        log: of the device.
        first_fault: of the device in the end.
        recorded: samples that were in the files when the first row broke something.
        error: what the breaking raised.
    """

    run_dir: Path
    recorded: int = 0
    broken_ns: dict[str, int] = field(default_factory=dict)
    exit_code: int | None = None
    reason: str = ""
    log: dict[str, Any] = field(default_factory=dict)
    first_fault: str = ""
    error: BaseException | None = None


def play(
    rows: Sequence[RunRow], site: Site, runs: Path, until_m: float | None = None, *, disk_is_small: bool = False
) -> Played:
    """Run to the end, whatever that is, and wait until the device is at rest."""
    site.begin()
    played = Played(runs)
    under = Under(site, runs, disk_is_small=disk_is_small)
    with under.undoing:
        if rows[0].apart:
            _apart(rows[0], under, played)
        else:
            _here(rows, under, until_m, played)
    if played.error is not None:
        raise played.error
    _await_rest(site)
    played.log, played.first_fault = site.log(), site.door.do("state")["first_fault"]
    played.run_dir = _run_dir(runs)
    return played


def _run_dir(runs: Path) -> Path:
    return next(path for path in sorted(runs.iterdir()) if path.is_dir())


def _here(rows: Sequence[RunRow], under: Under, until_m: float | None, played: Played) -> None:
    """What ``rig run`` calls once it has planned, in this process; the breaking in a thread beside it."""
    over = threading.Event()

    def breaking() -> None:
        try:
            if _under_way(under, over):
                ours = multiprocessing.active_children()
                under.pids |= {child.name.removeprefix("rig-"): child.pid or 0 for child in ours}
                _break(rows, under, played, over)
            else:
                raise AssertionError("the run never got under way")
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            played.error = error

    thread = threading.Thread(target=breaking)
    thread.start()
    try:
        _, verdict = conduct(under.site.ordered(under.runs, until_m), Console(quiet=True))
    finally:
        over.set()
        thread.join()
    played.exit_code, played.reason = verdict.exit_code, verdict.reason


def _apart(row: RunRow, under: Under, played: Played) -> None:
    """``rig run`` as people type it."""
    words = ("--rig", str(under.site.rig_file), "--pace", "real", "--runs", str(under.runs), "--json")
    process = start_rig("run", str(TERRAIN), *words)
    try:
        assert _under_way(under, threading.Event()), "the run never got under way"
        family = [one for one in psutil.Process(process.pid).children(recursive=True) if _is_ours(one)]
        under.pids["supervisor"] = process.pid
        _break([row], under, played, threading.Event())
        assert under.site.await_device({"OFF", "FAULT", "EMERGENCY_STOP"}, 10.0), "the device never came to rest"
        if row.then is not None:
            row.then(under)
        out, err = process.communicate(timeout=END_S)
        assert "Traceback" not in err, err
        _, alive = psutil.wait_procs(family, timeout=20.0)
        assert not alive, f"still there: {alive}"
    finally:
        process.kill()
        process.communicate()
    if out:
        played.exit_code, played.reason = (json.loads(out)[key] for key in ("exit_code", "reason"))


def _is_ours(process: psutil.Process) -> bool:
    """Not Python's own, which clears the shared memory away."""
    return "resource_tracker" not in " ".join(process.cmdline())


def _under_way(under: Under, over: threading.Event) -> bool:
    """Wait until axes move and samples are recorded; False where the run is over before."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s and not over.is_set():
        if under.site.await_device({"RUN"}, 0.1, UNDER_WAY_SAMPLES) and count_rows(_run_dir(under.runs)):
            return True
    return False


def _break(rows: Sequence[RunRow], under: Under, played: Played, over: threading.Event) -> None:
    started_s = time.monotonic()
    played.recorded = count_rows(_run_dir(under.runs))
    for row in rows:
        over.wait(max(0.0, started_s + row.at_s - time.monotonic()))
        played.broken_ns[row.name] = time.monotonic_ns()
        row.act(under)


def _await_rest(site: Site) -> None:
    """Until the device's own ramp is over."""
    site.await_device({"OFF", "FAULT", "EMERGENCY_STOP"}, 5.0)
    deadline_s = time.monotonic() + 2.0
    while time.monotonic() < deadline_s and not any(one["what"] == "neutral" for one in site.log()["changes"]):
        time.sleep(0.02)
