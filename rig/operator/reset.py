"""Out of a trip: a person has looked at the rig, says so, and the device is asked to be OFF again.

The trip's latch on the host goes only when the device is OFF, or when the device is gone with the run that launched it.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from drivers.errors import BusError
from drivers.frames import DeviceState, DeviceStatus, FaultCode, FeedbackBlock, Interlock
from drivers.hardware import Hardware
from profiles.schema import Fault, InputError, load
from rig.clock import RealClock, pause
from rig.config import Rig, load_rig
from rig.operator.folder import folders_of, live_runs
from rig.operator.latch import latched_run, latches, lift_latch
from rig.operator.postscript import Postscript, postscript
from rig.record import events, manifest
from rig.record.events import read_events
from rig.record.manifest import Manifest
from rig.wiring import build_hardware

_LATCHED = (DeviceState.FAULT, DeviceState.EMERGENCY_STOP)
_ASK_AGAIN_S = 0.05
_PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class ResetOutcome:
    """Whether the rig is reset, and what there is to say; ``before``: what the device showed first, or empty."""

    done: bool
    text: str
    before: str
    run: Path


def reset_run(run: Path | None, runs: Path, reason: str, rig_file: str | None) -> ResetOutcome:
    """Reset the rig of a run that tripped, and put that on its record; refused ones too.

    Args:
        run: the run's directory; the one that latched the rig, or the newest that tripped, where None.
        runs: the folder to look for it.
        reason: what was found and done; from a person.
        rig_file: where the rig is now, if not where the manifest says.

    Raises:
        InputError: no reason, no such run, a run that did not trip or is still going on, a record that is broken.
        OSError: the record can't be written.
    """
    if not reason.strip():
        raise InputError(
            [Fault("(argument)", 0, "--reason", "nothing", "what was found at the rig, and done about it")]
        )
    run_dir = run if run is not None else _last_tripped(runs)
    described = manifest.read(run_dir)
    _refuse_others(run_dir, described)
    with _rig_of(described, rig_file) as rig, postscript(run_dir, "to put the reset on record") as record:
        outcome = _reset_device(rig, run_dir)
        _write(record, outcome, reason.strip())
        if outcome.done:
            lift_latch(run_dir.resolve().parent, described.rig)
    return outcome


def has_tripped(run_dir: Path) -> bool:
    """Whether a run tripped, and nobody has reset that yet."""
    tripped = False
    for event in read_events(run_dir / events.FILE_NAME).events:
        if event.kind == "operator_reset" and event.data.get("taken"):
            tripped = False
        elif "TRIPPED" in (event.data.get("state"), event.data.get("end")) and event.kind in _TELLS_OF_STATE:
            tripped = True
    return tripped


_TELLS_OF_STATE = ("state_changed", "run_ended")


def _last_tripped(runs: Path) -> Path:
    candidates = sorted((path for path in runs.glob("*") if (path / events.FILE_NAME).is_file()), reverse=True)
    for name in latched_run(runs):
        if runs / name in candidates:
            return runs / name
    for path in candidates:
        if has_tripped(path):
            return path
    found = f"no tripped run among {len(candidates)}"
    raise InputError([Fault(str(runs), 0, "RUN", found, "a run that tripped; --runs DIR names another folder")])


def _refuse_others(run_dir: Path, described: Manifest) -> None:
    folder, name = run_dir.resolve().parent, run_dir.resolve().name
    if any(one.run == run_dir.resolve() for one in live_runs(folders_of(run_dir.stat().st_uid), run_dir.stat().st_uid)):
        raise InputError(
            [Fault(str(run_dir), 0, "RUN", "a run that is live", "a run that has ended: wait for its end")]
        )
    latched = latched_run(folder, described.rig)
    if latched and latched != [name]:
        found, allowed = f"not the run that latched the rig {described.rig}", f"{folder / latched[0]}"
        raise InputError([Fault(str(run_dir), 0, "RUN", found, allowed)])
    if not latched and not has_tripped(run_dir):
        allowed = "a run that tripped and has not been reset"
        raise InputError([Fault(str(run_dir), 0, "RUN", "no trip that stands", allowed)])


@contextlib.contextmanager
def _rig_of(described: Manifest, rig_file: str | None) -> Iterator[Rig]:
    """The rig of a file, or the one in the manifest."""
    if rig_file is not None:
        yield load_rig(rig_file)
        return
    text = next((each.text for each in described.inputs if each.role == "rig"), "")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{described.rig}.yaml"
        path.write_text(text)
        yield load(path, Rig)


def _reset_device(rig: Rig, run_dir: Path) -> ResetOutcome:
    if not latches(rig):
        return ResetOutcome(True, "what the rig file launched is gone with the run: nothing is tripped", "", run_dir)
    hardware = build_hardware(rig, rig.modbus.address, "real")
    try:
        hardware.open()
        before = hardware.status()
        done, text = _ask(hardware, before, rig.ramp_s)
        return ResetOutcome(done, text, shown(before), run_dir)
    except BusError as error:
        return ResetOutcome(False, f"the device was not reset: {error}", "", run_dir)
    finally:
        hardware.close()


def _ask(hardware: Hardware, before: DeviceStatus, ramp_s: float) -> tuple[bool, str]:
    if before.state is DeviceState.OFF:
        return True, "the device is OFF already"
    if before.state not in _LATCHED:
        return False, f"the device is in {before.state.name}, not tripped: somebody drives it; nothing was sent"
    clock = RealClock()
    deadline_ns = clock.now_ns() + int(1e9 * (ramp_s + _PATIENCE_S))
    answer = hardware.reset()
    while answer.state in _LATCHED and not answer.interlocks and clock.now_ns() < deadline_ns:
        pause(_ASK_AGAIN_S)  # it may be ramping to neutral
        answer = hardware.reset()
    if answer.state is DeviceState.OFF:
        return True, "the device is OFF; a run may start"
    return False, _why(answer)


def _why(answer: FeedbackBlock) -> str:
    if answer.interlocks:
        return f"the device refuses: open interlocks {_names(answer.interlocks)}; close them, then reset again"
    return f"the device refuses: still {answer.state.name} after its ramp should be over; look at it, then reset again"


def shown(status: DeviceStatus) -> str:
    """What a device shows, in words."""
    words = [f"the device is in {status.state.name}"]
    if status.first_fault is not FaultCode.NONE:
        words.append(f"first fault {status.first_fault.name}")
    if status.interlocks:
        words.append(f"open interlocks {_names(status.interlocks)}")
    return ", ".join(words)


def _names(interlocks: Interlock) -> str:
    return ", ".join(bit.name or str(int(bit)) for bit in interlocks)


def _write(record: Postscript, outcome: ResetOutcome, reason: str) -> None:
    user = record.user
    record.append(
        "operator_reset",
        f"{user} reset the rig: {reason}" if outcome.done else f"{user} asked for a reset: not taken, {outcome.text}",
        {"reason": reason, "taken": outcome.done, "device": outcome.before, "text": outcome.text},
    )
