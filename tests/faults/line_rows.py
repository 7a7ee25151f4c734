"""Rows: the Modbus line between loop and device; what the device's own server does wrong."""

from typing import Any

from tests.faults.making import (
    AT_ONCE_MS,
    CYCLE_MS,
    RAMP_MS,
    TIMEOUT_MS,
    WATCHDOG_MS,
    device,
    line,
    trip,
    whole_line,
)
from tests.faults.row import Must, Row
from tests.faults.stand import RIG

LOST = "bus_fault"
NO_ANSWER = "no answer from the servo controller; the connection is closed"
TIMED_OUT_MS = TIMEOUT_MS + CYCLE_MS
"""Until the socket is closed and the loop has tripped, from the question that is not answered."""
DRY_MS = RIG.lead_samples * CYCLE_MS + WATCHDOG_MS + RAMP_MS
"""The device plays what it has, holds for as long as its watchdog waits, and ramps."""
UNDERRUN: dict[str, Any] = {"first_fault": "UNDERRUN", "neutral_ms": DRY_MS}
"""While no answer comes, no samples come either: the device has run dry before the timeout."""

CODES = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "device failure",
    5: "acknowledge",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    9: "reserved",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}

EXCEPTIONS = tuple(
    device(f"exception_{code}", f"Modbus exception {code}, {words}",
           trip(AT_ONCE_MS, f"the servo controller refused: exception code {code}", LOST),
           "modbus_exception", code=code, times=1)
    for code, words in CODES.items()
)  # fmt: skip

SILENCE = (
    device("silent_once", "a question is not answered", trip(TIMED_OUT_MS, NO_ANSWER, LOST, **UNDERRUN),
           "modbus_silent", times=1, on="writes"),
    device("silent_executed", "a question is obeyed, not answered", trip(TIMED_OUT_MS, NO_ANSWER, LOST, **UNDERRUN),
           "modbus_silent", times=1, on="writes", executed=True),
    device("late_answer", "an answer comes 0.1 s late", trip(TIMED_OUT_MS, NO_ANSWER, LOST, **UNDERRUN),
           "modbus_late", by_ms=100.0, times=1),
    device("slightly_late", "an answer comes 3 ms late", Must("RUNNING", 0.0, ""), "modbus_late", by_ms=3.0, times=1),
)  # fmt: skip


def _unanswered(name: str, words: str, behaviour: str, **params: Any) -> Row:
    """An answer that is none ends at the timeout."""
    return line(name, words, trip(TIMED_OUT_MS, NO_ANSWER, LOST, **UNDERRUN), behaviour, **params)


MESSAGES = (
    _unanswered("request_lost", "a question gets lost", "drop", direction="requests", times=1),
    _unanswered("reply_lost", "an answer gets lost", "drop", times=1),
    _unanswered("bytes_lost", "bytes within an answer get lost", "drop_bytes", count=40),
    _unanswered("request_late", "a question arrives 0.1 s late", "delay", also={"line_keeps": True},
                ms=100.0, direction="requests", times=1),
    _unanswered("reply_late", "an answer arrives 0.1 s late", "delay", ms=100.0, times=1),
    _unanswered("truncated", "an answer of which only the first 30 bytes come", "truncate", to_bytes=30, times=1),
    _unanswered("garbage", "garbage before an answer", "insert", times=1),
    _unanswered("transaction", "an answer with another transaction number", "wrong_transaction", times=1),
    _unanswered("too_long", "an answer whose head says that it is longer", "wrong_length", add=10, times=1),
    _unanswered("unit", "an answer of another unit", "wrong_unit", times=1),
    _unanswered("swapped", "two answers swapped", "reorder", times=1),
    line("too_short", "an answer whose head says that it is shorter",
         trip(AT_ONCE_MS, "an answer that is no answer: it can't be decoded", LOST), "wrong_length", add=-10, times=1),
    line("function", "an answer to another function", trip(AT_ONCE_MS, "an answer", LOST),
         "wrong_function", add=1, times=1),
    line("bit_flipped", "a bit flipped in the echo of an answer",
         trip(AT_ONCE_MS, "a torn feedback frame", LOST), "corrupt", byte=20, times=1),
    line("duplicated", "answers come twice", Must("RUNNING", 0.0, ""), "duplicate", times=3),
    line("jitter", "answers take up to 1.5 ms longer", Must("RUNNING", 0.0, ""), "delay", ms=0.0, jitter_ms=1.5),
)  # fmt: skip

CONNECTIONS = (
    whole_line("reset", "the connection is reset",
               trip(AT_ONCE_MS, "the servo controller closed the connection", LOST), "cut"),
    whole_line("closed", "the connection is closed",
               trip(AT_ONCE_MS, "the servo controller closed the connection", LOST), "close"),
    whole_line("half_open", "a half-open connection: nothing comes through any more",
               trip(TIMED_OUT_MS, NO_ANSWER, LOST, "device_fault", acknowledged=False, first_fault="UNDERRUN",
                    neutral_ms=DRY_MS), "half_open"),
    whole_line("gone", "the connection is reset, new ones are refused",
               trip(AT_ONCE_MS, "the servo controller closed the connection", LOST, "device_fault",
                    acknowledged=False, first_fault="UNDERRUN", neutral_ms=DRY_MS),
               "refuse", "cut"),
    whole_line("refused", "the connection is refused",
               Must("OFFLINE", 100.0, "no servo controller at", (LOST,)), "refuse",
               at_start=True),
    whole_line("never_answers", "a connection that nobody answers",
               Must("OFFLINE", 1000.0 + CYCLE_MS, NO_ANSWER, (LOST,)), "half_open", at_start=True),
)  # fmt: skip

ROWS: tuple[Row, ...] = (*EXCEPTIONS, *SILENCE, *MESSAGES, *CONNECTIONS)
