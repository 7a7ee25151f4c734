"""From what happened in a whole run to what was measured, and whether it is what must happen."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from rig.record.events import Event
from rig.runs import Run, open_run
from tests.faults.row import RUN_BUSY_MS, Must, Reaction
from tests.faults.run_row import RunRow
from tests.faults.whole_run import Played

_STATE_OF_END = {"TRIPPED": "TRIPPED", "RIG_STOP": "STOPPING", "PERSON": "STOPPING", "COMPLETED": "RUNNING"}
_STATE_OF_DEVICE = {"FAULT": "TRIPPED", "EMERGENCY_STOP": "TRIPPED", "RAMP_DOWN": "STOPPING", "OFF": "STOPPING"}

PLAUSIBLE = {"_degc": (0.0, 150.0), "_strain": (-0.01, 0.01), "_voltage_v": (0.0, 25.0), "_current_a": (0.0, 1.5)}
"""What instruments can have read; the answer to another question is mostly something else."""


def judge(row: RunRow, played: Played) -> Reaction:
    """What was measured of one row, with complaints where it is not what must be."""
    run, begun_ns = open_run(played.run_dir), played.broken_ns.get(row.name, 0)
    events = run.events.events
    left_ns, device_state = _left_run(played.log, begun_ns)
    told = _told(row, run, played)
    reaction = Reaction(
        state=_state(events, device_state),
        device_ms=(left_ns - begun_ns) * 1e-6 if left_ns else None,
        neutral_ms=_neutral_ms(played.log, begun_ns),
        kinds=tuple(dict.fromkeys(one.kind for one in events)),
        reads=told,
        first_fault=played.first_fault,
    )
    if not begun_ns:
        reaction.complaints.append("it was never broken")
    reaction.complaints += _complaints(row.must, reaction, played)
    reaction.complaints += _record_complaints(run, played, to_the_end=row.recorded and row.must.state == "STOPPING")
    reaction.complaints += _stale_writes(played.log)
    if row.must.state == "RUNNING":
        reaction.complaints += _companion_complaints(run)
    return reaction


def _state(events: tuple[Event, ...], device_state: str) -> str:
    """By the record, where it came to its end, else by what the device saw."""
    ends = [one.data["end"] for one in events if one.kind == "run_ended"]
    return _STATE_OF_END[ends[0]] if ends else _STATE_OF_DEVICE.get(device_state, device_state)


def _told(row: RunRow, run: Run, played: Played) -> str:
    """What the operator reads: why the run ended, or, where it went on, the event itself."""
    texts = [one.text for one in run.events.events if one.kind in row.must.kinds and row.must.says in one.text]
    if row.must.state != "RUNNING":
        return played.reason
    return texts[0] if texts else ""


def _left_run(log: dict[str, Any], begun_ns: int) -> tuple[int, str]:
    for one in log["changes"]:
        if one["what"] == "state" and one["time_ns"] > begun_ns and one["state"] != "RUN":
            return int(one["time_ns"]), str(one["state"])
    return 0, ""


def _neutral_ms(log: dict[str, Any], begun_ns: int) -> float | None:
    times = [one["time_ns"] for one in log["changes"] if one["what"] == "neutral" and one["time_ns"] > begun_ns]
    return (times[0] - begun_ns) * 1e-6 if times else None


def _complaints(must: Must, found: Reaction, played: Played) -> Iterator[str]:
    if found.state != must.state:
        yield f"the state is {found.state}, must be {must.state}; the run says: {played.reason}"
    if must.state != "RUNNING" and not (found.device_ms or 1e9) <= must.within_ms + RUN_BUSY_MS:
        yield f"the device left RUN after {found.device_ms} ms, must be within {must.within_ms:g} ms"
    if must.neutral_ms is not None and not (found.neutral_ms or 1e9) <= must.neutral_ms + RUN_BUSY_MS:
        yield f"at neutral after {found.neutral_ms} ms, must be within {must.neutral_ms:g} ms"
    if found.first_fault != must.device_says:
        yield f"the device's first fault is {found.first_fault}, must be {must.device_says}"
    if played.exit_code != must.exit_code:
        yield f"the exit code is {played.exit_code}, must be {must.exit_code}"
    missing = [kind for kind in must.kinds if kind not in found.kinds]
    if missing:
        yield f"not recorded: {', '.join(missing)}; recorded: {', '.join(found.kinds)}"
    if must.says not in found.reads or (must.says and not found.reads):
        yield f"the operator reads {found.reads!r}, must read {must.says!r}"


def _record_complaints(run: Run, played: Played, to_the_end: bool) -> Iterator[str]:
    """The record is whole: a chain of events without a break, samples without a gap, none lost that was there."""
    if run.events.broken:
        yield f"the chain of events is broken: {run.events.broken}"
    samples = run.samples(["sample", "span"])
    numbers, spans = samples["sample"], samples["span"]
    if not len(numbers) >= max(1, played.recorded) or not np.array_equal(numbers, np.arange(len(numbers))):
        yield f"the samples have gaps: {len(numbers)} of them, {played.recorded} were there already"
    if to_the_end and not (len(spans) and spans[-1] < 0.02):
        yield f"the record ends at a span of {spans[-1:]}, not at rest"
    verdict = run.verdict
    if verdict is not None and verdict.exit_code == 3 and {one["outcome"] for one in verdict.verdicts} != {"SUSPENDED"}:
        yield f"a rig fault ended parts otherwise than suspended: {verdict.verdicts}"
    if verdict is not None and verdict.samples_sha256 and run.samples_sha256() != verdict.samples_sha256:
        yield "the samples are not those of the verdict"


def _stale_writes(log: dict[str, Any]) -> Iterator[str]:
    """After the device has faulted, nothing but TRIP comes."""
    faults = [one["time_ns"] for one in log["changes"] if one["what"] == "state" and one["state"] == "FAULT"]
    for one in log["exchanges"] if faults else ():
        if one["time_ns"] > faults[0] and one["outcome"] == "taken" and (one["command"] != "TRIP" or one["count"]):
            yield f"a stale write reached the device after the fault: {one}"


def _companion_complaints(run: Run) -> Iterator[str]:
    """What goes on goes on without an underrun, and no instrument gave the answer to another question."""
    if run.verdict is None or run.verdict.timing["underruns"]:
        yield f"underruns: {run.verdict.timing['underruns'] if run.verdict else 'nobody knows'}"
    for row in run.slow:
        for name, value in row.items():
            lowest, highest = next((limits for unit, limits in PLAUSIBLE.items() if name.endswith(unit)), (-1e9, 1e9))
            if value is not None and not lowest <= value <= highest:
                yield f"a reading of {name} that can't be: {value}"
    missing = {"damper_temperature_degc", "fan_voltage_v"} - set(run.slow[-1])
    if missing:
        yield f"no reading in the end: {', '.join(sorted(missing))}"
