"""The loop's process: build, warm up, ask for real-time scheduling, run, report. No files, no logging, no VISA."""

import contextlib
import logging
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from rig.bridge import Bridge, End, Slot
from rig.config import Rig
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt import row_kernels
from rig.rt.check_moves import plan_moves
from rig.rt.checks import Seen
from rig.rt.clamp import clamp_of
from rig.rt.control import WINDOW, ControlLaw, outcome_of
from rig.rt.limits import LimitJudge, limit_table
from rig.rt.outbox import STATE_OF_MODE
from rig.rt.progress import ProgressWatch
from rig.rt.realtime import freeze_garbage, leave_signals_to_supervisor, request_realtime, stepped_timing
from rig.rt.steal import Steal
from rig.wiring import LoopOrder, build_check_loop, build_loop


def run_loop(order: LoopOrder, connection: Connection) -> None:
    """Entry of the process: says ``ready`` with its timing, waits for ``go``, runs, says ``ended`` with a report.

    Before the ``go`` it may be told to ``check``: it plays the small moves of the rig file's checks and says
    ``checked``, with why the moves ended and what was seen; the rig is without power again then, or tripped.

    Where something fails that is no fault of bus, device or limits, it says ``failed`` with a text (the rig has been
    tripped then) and ends.
    """
    leave_signals_to_supervisor()
    logging.disable(logging.CRITICAL)  # a library's log line must not cost the loop a write
    bridge = Bridge.attach(order.bridge_name, order.bridge_shape)
    rows, events = Ring.attach(order.rows_name), Ring.attach(order.events_name)
    try:
        answer = _run(order, connection, bridge, rows, events)
    except Exception as error:  # noqa: BLE001 - the supervisor puts it on record; nobody reads this process' streams
        answer = ("failed", f"{type(error).__name__}: {error}")
    finally:
        rows.close()
        events.close()
    if answer is not None:
        with contextlib.suppress(OSError):  # the supervisor is gone
            connection.send(answer)


def _run(order: LoopOrder, connection: Connection, bridge: Bridge, rows: Ring, events: Ring) -> tuple[str, Any] | None:
    warm_up(order.rig)
    loop, parts = build_loop(order, bridge, rows, events)
    timing = request_realtime(order.rig.cpu) if order.pace == "real" else stepped_timing()
    try:
        connection.send(("ready", timing))
        freeze_garbage()
        word = connection.recv()
        if word == "check":
            connection.send(("checked", _check(order, bridge, rows, events)))
            word = connection.recv()
        if word != "go":
            return None
    except (EOFError, OSError):
        return None  # the supervisor is gone before the start: nothing moves
    steal = Steal()
    end = loop.run()
    return "ended", {"end": int(end), "timing": {**parts.timing.report(), **steal.report()}}


def _check(order: LoopOrder, bridge: Bridge, rows: Ring, events: Ring) -> dict[str, Any]:
    """Play the moves of the rig file's checks; where the run may go on, the panel is as new afterwards."""
    checks = order.rig.checks
    if checks is None:
        raise ValueError("checks were asked for that the rig file does not have")
    moves = plan_moves(order.rig, checks)
    loop, outbox, witness = build_check_loop(order, bridge, rows, events, moves)
    end = loop.run()
    if end is End.COMPLETED:
        for slot in (Slot.ENDED, Slot.LATE_CYCLES, Slot.UNDERRUNS, Slot.HEARTBEAT):
            bridge.set(slot, 0)
        bridge.learned[:] = 0.0  # by other moves than the road's
    seen = Seen(outbox.setpoints, outbox.codes, witness.identity, witness.ready, tuple(witness.statuses))
    return {"end": int(end), "seen": seen}


def warm_up(rig: Rig) -> None:
    """Compile (or load) every kernel of the loop on scratch data, so that no first sample pays for it."""
    axes, count = len(rig.axes), rig.lead_samples
    law, out = ControlLaw(rig, 1.0), outcome_of(WINDOW, axes)
    feedback, requests = np.zeros((WINDOW, len(rig.channels)), np.int16), np.full(WINDOW, -1, np.int64)
    LimitJudge(limit_table(rig), rig.sample_rate_hz).judge(0, count, feedback, law.expected, requests)
    ProgressWatch(rig).judge(0, count, feedback, law.expected)
    law.command(0, feedback, requests, np.zeros((16, 2 * axes + 3)), -1, out, count)
    codes, rows = np.zeros((WINDOW, axes), np.int16), np.zeros(WINDOW, row_dtype(axes, len(rig.channels)))
    clamp_of(rig).encode(out["commands"], codes, count)
    row_kernels.begin(0, count, out, codes, np.ones(axes), np.zeros(axes), STATE_OF_MODE, 0, rows)
    row_kernels.complete(0, feedback, 0, rows)
