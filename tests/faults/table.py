"""The fault table: all rows, and how they stand in the docs."""

from tests.faults import companion_rows, device_rows, host_rows, line_rows, process_rows, sensor_rows
from tests.faults.row import Must, Row
from tests.faults.run_row import RunRow, SharedRun

LOOP_ROWS: tuple[Row, ...] = (*line_rows.ROWS, *device_rows.ROWS, *sensor_rows.ROWS, *host_rows.ROWS)
RUN_ROWS: tuple[RunRow, ...] = process_rows.ROWS
SHARED_RUNS: tuple[SharedRun, ...] = companion_rows.SHARED

SECTIONS: dict[str, tuple[Row | RunRow, ...]] = {
    "The line": line_rows.ROWS,
    "The servo controller and its supplies": device_rows.ROWS,
    "Sensors and actuators": sensor_rows.ROWS,
    "The loop's own side": host_rows.ROWS,
    "Processes, instruments, the machine": (*RUN_ROWS, *(row for shared in SHARED_RUNS for row in shared.rows)),
}


def demand(row: Row | RunRow) -> list[str]:
    """What a row demands, as cells of the table: fault, where, what must happen, within, recorded."""
    must = row.must
    state = f"{must.state}, device {must.device_says}" if must.state == "TRIPPED" else must.state
    kinds = ", ".join(f"`{kind}`" for kind in must.kinds)
    return [row.fault, row.where, state + _besides(must), _within(must), kinds or "–"]


def counted(samples: float) -> str:
    """A number of samples."""
    return "1 sample" if samples == 1 else f"{samples:g} samples"


def _besides(must: Must) -> str:
    words = "" if must.exit_code is None else f", exit {must.exit_code}"
    unanswered = must.state == "TRIPPED" and not must.acknowledged
    return words + (", trip not acknowledged" if unanswered else "")


def _within(must: Must) -> str:
    if must.state == "RUNNING":
        return "–"
    parts = [] if must.within_samples is None else [counted(must.within_samples)]
    parts.append(f"{must.within_ms:g} ms")
    neutral = "" if must.neutral_ms is None else f"; neutral {must.neutral_ms:g} ms"
    return ", ".join(parts) + neutral
