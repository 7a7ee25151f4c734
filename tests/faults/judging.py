"""From what happened to what was measured, and whether it is what must happen."""

from collections.abc import Iterator
from typing import Any

from rig.bridge import End, EventKind
from rig.state import RigState
from tests.faults.row import BUSY_MS, Must, Reaction
from tests.faults.scene import AT, Scene

_STOPPED = {"OFFLINE": End.TRIPPED, "TRIPPED": End.TRIPPED, "STOPPING": End.RIG_STOP, "HOLDING": End.PERSON}


def judge(scene: Scene) -> Reaction:
    """What was measured in a row of the loop, with complaints where it is not what must be."""
    log, must = scene.stand.log(), scene.row.must
    begun_ns = _begun_ns(scene, log)
    state, state_ns = _first_state(scene, begun_ns)
    assert scene.record is not None
    reaction = Reaction(
        state=state,
        state_ms=_ms(begun_ns, state_ns),
        device_ms=_ms(begun_ns, _left_run_ns(log)),
        neutral_ms=_ms(begun_ns, _neutral_ns(log)),
        samples=_samples_until_judged(scene),
        kinds=tuple(dict.fromkeys(one.kind for one in scene.record.events)),
        reads=scene.reason or _last_text(scene),
        first_fault=scene.stand.state()["first_fault"],
    )
    reaction.complaints += _complaints(must, reaction)
    reaction.complaints += _wire_complaints(scene, log)
    if scene.record.broken or scene.record.torn:
        reaction.complaints.append(f"the events are not whole: {scene.record.broken or scene.record.torn}")
    return reaction


def _begun_ns(scene: Scene, log: dict[str, Any]) -> int:
    if not scene.row.begins:
        return scene.broken_ns
    found = [one for one in log["changes"] if one["what"] == "begun" and one["told"] == scene.row.begins]
    assert found, f"the fault {scene.row.begins!r} never began"
    return int(found[0]["time_ns"])


def _first_state(scene: Scene, begun_ns: int) -> tuple[str, int]:
    """The first state after the fault other than RUNNING; RUNNING where the run went on to its end."""
    states = [(RigState(one.index), one.at_ns) for one in scene.told if one.kind is EventKind.STATE]
    if not states:
        return RigState.OFFLINE.name, _last_ns(scene)
    later = [(state, at_ns) for state, at_ns in states if at_ns > begun_ns and state is not RigState.RUNNING]
    if scene.end is End.COMPLETED:
        return RigState.RUNNING.name, 0
    return (later[0][0].name, later[0][1]) if later else (states[-1][0].name, 0)


def _last_ns(scene: Scene) -> int:
    return scene.told[0].at_ns if scene.told else 0


def _left_run_ns(log: dict[str, Any]) -> int:
    ran = False
    for one in log["changes"]:
        ran = ran or one["state"] == "RUN"
        if ran and one["what"] == "state" and one["state"] != "RUN":
            return int(one["time_ns"])
    return 0


def _neutral_ns(log: dict[str, Any]) -> int:
    return next((int(one["time_ns"]) for one in log["changes"] if one["what"] == "neutral"), 0)


def _samples_until_judged(scene: Scene) -> int | None:
    """Bad samples up to the one at which a limit was broken, that one included."""
    found = [one.sample for one in scene.told if one.kind is EventKind.LIMIT]
    return found[0] - AT + 1 if found else None


def _last_text(scene: Scene) -> str:
    """Where nothing ended the run: the last thing that was told besides changes of state."""
    assert scene.record is not None
    texts = [one.text for one in scene.record.events if one.kind != "state_changed"]
    return texts[-1] if texts else ""


def _ms(begun_ns: int, then_ns: int) -> float | None:
    return (then_ns - begun_ns) * 1e-6 if then_ns else None


def _complaints(must: Must, found: Reaction) -> Iterator[str]:
    if found.state != must.state:
        yield f"the state is {found.state}, must be {must.state}"
    if must.state != "RUNNING" and not (found.state_ms or 0.0) <= must.within_ms + BUSY_MS:
        yield f"{found.state} after {found.state_ms:.1f} ms, must be within {must.within_ms:g} ms"
    if must.within_samples is not None and (found.samples is None or not found.samples <= must.within_samples):
        yield f"judged after {found.samples} samples, must be within {must.within_samples}"
    if must.neutral_ms is not None and not (found.neutral_ms or 1e9) <= must.neutral_ms + BUSY_MS:
        yield f"at neutral after {found.neutral_ms} ms, must be within {must.neutral_ms:g} ms"
    if found.first_fault != must.device_says:
        yield f"the device's first fault is {found.first_fault}, must be {must.device_says}"
    missing = [kind for kind in must.kinds if kind not in found.kinds]
    if missing:
        yield f"not recorded: {', '.join(missing)}; recorded: {', '.join(found.kinds)}"
    if must.says not in found.reads:
        yield f"the operator reads {found.reads!r}, must read {must.says!r}"


def _wire_complaints(scene: Scene, log: dict[str, Any]) -> Iterator[str]:
    """What reached the device after the loop had tripped: TRIP, or nothing; and how the loop itself ended."""
    must = scene.row.must
    if scene.end is not _STOPPED.get(must.state, End.COMPLETED):
        yield f"the loop ended with {scene.end.name}"
    unanswered = [one for one in scene.told if one.kind is EventKind.TRIP_UNACKNOWLEDGED]
    if bool(unanswered) == must.acknowledged:
        yield "the trip was not acknowledged" if unanswered else "the trip was acknowledged, which it must not be"
    tripped = [one.at_ns for one in scene.told if one.kind is EventKind.STATE and one.index == RigState.TRIPPED]
    if must.state == "OFFLINE" and log["exchanges"]:
        yield f"the device was written to: {log['exchanges'][0]}"
    if must.state == "TRIPPED" and tripped:
        yield from _stale_writes(scene, log, tripped[0])
        if any(one.kind is EventKind.BUS_FAULT for one in scene.told):
            yield from _old_connection(log, tripped[0])


def _old_connection(log: dict[str, Any], tripped_ns: int) -> Iterator[str]:
    """After a fault of the bus its connection is closed at once, and whatever follows comes over a new one."""
    before = [one["peer"] for one in log["exchanges"] if one["time_ns"] <= tripped_ns]
    after = [one["peer"] for one in log["exchanges"] if one["time_ns"] > tripped_ns and one["command"] == "TRIP"]
    if before and before[-1] in after:
        yield "the trip came over the connection that had failed"
    if before and not any(one["what"] == "disconnected" and one["told"] == before[-1] for one in log["changes"]):
        yield "the connection that had failed was not closed"


def _stale_writes(scene: Scene, log: dict[str, Any], tripped_ns: int) -> Iterator[str]:
    played = max((one["samples_played"] for one in log["exchanges"] if one["time_ns"] <= tripped_ns), default=0)
    for one in [one for one in log["exchanges"] if one["time_ns"] > tripped_ns]:
        stale = one["command"] != "TRIP" or one["count"]
        if stale and not (scene.row.line_keeps and one["state"] in ("FAULT", "BOOT")):
            yield f"a stale write reached the device after the trip: {one}"
        if one["samples_played"] > played + scene.rig.lead_samples:
            yield f"a sample of a stale write was played after the trip: {one}"
