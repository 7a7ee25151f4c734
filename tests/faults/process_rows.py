"""Rows: our own processes killed and stopped, and what a whole machine does."""

import os
import resource
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from rig.rt.orders import LOOKS_FOR_SUPERVISOR, SUPERVISOR_TIMEOUT_S
from rig.supervisor.instruments import SILENT_S
from rig.supervisor.watch import RECORDER_TIMEOUT_S
from tests.faults.making import CYCLE_MS, WATCHDOG_MS
from tests.faults.row import Must
from tests.faults.run_row import RunRow, Under
from tests.faults.site import RAMP_S, SMALL_DISK_MB
from tests.faults.stand import RIG

RAMP_MS = 1000.0 * RAMP_S
DRY_MS = RIG.lead_samples * CYCLE_MS
TURN_MS = 100.0
"""A turn of the supervisor, at the longest."""
LOOK_MS = LOOKS_FOR_SUPERVISOR * CYCLE_MS
SUPERVISOR_MS, RECORDER_MS = 1000.0 * SUPERVISOR_TIMEOUT_S, 1000.0 * RECORDER_TIMEOUT_S["real"]
VISA_MS = 1000.0 * (1.0 + SILENT_S)
"""How long each may stand still; the VISA worker is asked once a second."""
CHECKPOINT_MS = 1000.0
"""Something is written at least so often."""


def signalled(name: str, number: signal.Signals) -> Callable[[Under], None]:
    """Send a signal to one process of the run, and to no other."""

    def act(under: Under) -> None:
        os.kill(under.pids[name], number)

    return act


def _killed(name: str, words: str, must: Must, **more: Any) -> RunRow:
    where = f"process: `kill -9` of the {words}"
    return RunRow(f"kill_{name}", f"the {words} is killed", where, must, signalled(name, signal.SIGKILL), **more)


def _stopped(name: str, words: str, must: Must, **more: Any) -> RunRow:
    where = f"process: `kill -STOP` of the {words}"
    return RunRow(f"stop_{name}", f"the {words} stands still", where, must, signalled(name, signal.SIGSTOP), **more)


def _loop_gone(says: str) -> Must:
    neutral_ms = WATCHDOG_MS + RAMP_MS
    kinds, first_fault = ("process_lost",), "UNDERRUN"
    return Must("TRIPPED", DRY_MS, says, kinds, first_fault=first_fault, neutral_ms=neutral_ms, exit_code=3)


def _ramped(after_ms: float, says: str, *kinds: str, exit_code: int | None = 3) -> Must:
    """The loop's own ramp, then the device's, from where the axes are already."""
    within_ms = after_ms + RAMP_MS + RIG.lead_samples * CYCLE_MS
    return Must("STOPPING", within_ms, says, kinds, neutral_ms=within_ms + RAMP_MS, exit_code=exit_code)


def go_on(under: Under) -> None:
    """A supervisor that stood still goes on."""
    os.kill(under.pids["supervisor"], signal.SIGCONT)


def fill_disk(under: Under) -> None:
    """Not a byte is left; where the folder is no file system of its own, the recorder may write no more."""
    if not under.disk_is_small:
        resource.prlimit(under.pids["recorder"], resource.RLIMIT_FSIZE, (1, 1))
        return
    with (under.runs / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


ROWS = (
    _killed("loop", "loop", _loop_gone("the loop's process is gone; trip acknowledged")),
    _stopped("loop", "loop", _loop_gone("the loop's process stands still; trip acknowledged")),
    _killed("recorder", "recorder", _ramped(TURN_MS, "the recorder process is gone", "process_lost"),
            recorded=False),
    _stopped("recorder", "recorder",
             _ramped(RECORDER_MS + TURN_MS, "the recorder process stands still", "process_lost"), recorded=False),
    _killed("visa", "VISA worker", _ramped(TURN_MS, "the visa process is gone", "process_lost")),
    _stopped("visa", "VISA worker", _ramped(VISA_MS + TURN_MS, "the visa process stands still", "process_lost")),
    _killed("supervisor", "supervisor", _ramped(LOOK_MS, "", exit_code=None), apart=True),
    _stopped("supervisor", "supervisor",
             _ramped(SUPERVISOR_MS + 2.0 * LOOK_MS, "the supervisor took no turn for", "process_lost"),
             apart=True, then=go_on),
    RunRow("full_disk", "the disk is full", f"disk: a file system of {SMALL_DISK_MB} MB, filled to the last byte",
           _ramped(CHECKPOINT_MS + TURN_MS, "no space left on device", "run_started"), fill_disk, small_disk=True,
           recorded=False),
)  # fmt: skip
