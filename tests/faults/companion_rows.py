"""Rows: what must not end a run: instruments that fail, two busy processes, a step of the clock."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

from tests.faults.making import shown
from tests.faults.row import Must
from tests.faults.run_row import RunRow, SharedRun, Under
from tests.faults.stepped_clock import step_by

STEP_S = 3600.0


def _instrument(name: str, words: str, says: str, at_s: float, fault: str, **params: Any) -> RunRow:
    def act(under: Under) -> None:
        under.site.instruments.fault(fault, **params)

    must = Must("RUNNING", 0.0, says, ("instrument_fault",), exit_code=0)
    return RunRow(name, words, f"instruments: `{shown(fault, params)}`", must, act, at_s)


def _busy(under: Under) -> None:
    for _ in range(2):
        process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        under.undoing.callback(process.wait)
        under.undoing.callback(process.kill)  # first


def _clock(seconds: float) -> Callable[[Under], None]:
    def act(under: Under) -> None:
        del under
        step_by(seconds)

    return act


GOES_ON = Must("RUNNING", 0.0, "", exit_code=0)

SHARED = (
    SharedRun(
        "quiet",
        (
            _instrument("visa_timeout", "an instrument does not answer", "data_acquisition", 0.0,
                        "instrument_timeout", role="data_acquisition", times=1),
            _instrument("visa_closed", "an instrument closes the connection", "supply", 0.1,
                        "instrument_closed", role="supply", times=1),
            RunRow("clock_forward", "the time of day steps forward by an hour", "machine: the clock of the wall",
                   GOES_ON, _clock(STEP_S), 1.5),
            _instrument("visa_garbage", "an instrument answers garbage", "data_acquisition", 3.0,
                        "instrument_garbage", role="data_acquisition", times=1),
            RunRow("clock_back", "the time of day steps back by two hours", "machine: the clock of the wall",
                   GOES_ON, _clock(-2.0 * STEP_S), 3.2),
        ),
        until_m=45.0,
    ),
    SharedRun(
        "busy",
        (
            RunRow("two_busy", "two processes take all processors", "machine: two endless loops", GOES_ON, _busy),
            _instrument("visa_last_question", "an instrument answers the question before", "data_acquisition", 0.1,
                        "instrument_late_answer", role="data_acquisition", times=1),
            _instrument("visa_error_queue", "an error in an instrument's queue", "supply", 0.2,
                        "instrument_error_queue", role="supply"),
        ),
        until_m=45.0,
    ),
)  # fmt: skip
"""Runs of eight seconds, through which all goes on."""
