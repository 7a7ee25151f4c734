"""The trip's latch on the host, and the way out of it: a reason, a device that is OFF again, and a line on record."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
from synthetic_run import Recipe, make_manifest

from drivers.errors import BusClosedError
from drivers.frames import DeviceState, FaultCode, FeedbackBlock, Interlock, Status
from profiles.schema import InputError
from rig.config import FOLDER, load_rig
from rig.operator import reset as resetting
from rig.operator.latch import latch_path, lift_latch, refuse_latched, set_latch
from rig.operator.reset import has_tripped, reset_run
from rig.operator.server import OperatorServer
from rig.operator.users import own_name
from rig.record import manifest
from rig.record.events import EventLog, read_events

LAUNCHED = load_rig("one_corner")
RIG = LAUNCHED.model_copy(
    update={"launch": None, "modbus": LAUNCHED.modbus.model_copy(update={"address": "127.0.0.1:1"})}
)
CLOSED = Interlock(0)


class Device:
    """A tripped device: what it answers to each reset, the last one for ever."""

    def __init__(self, *states: DeviceState, interlocks: Interlock = CLOSED, gone: bool = False) -> None:
        self.states, self.interlocks, self.gone = list(states), interlocks, gone
        self.resets = self.closes = 0

    def open(self) -> None:
        """Unless it is gone."""
        if self.gone:
            raise BusClosedError("no servo controller at 127.0.0.1:1: Connection refused")

    def status(self) -> SimpleNamespace:
        """Before any reset."""
        first = FaultCode.NONE if self.states[0] is DeviceState.OFF else FaultCode.HOST_TRIP
        return SimpleNamespace(state=self.states[0], interlocks=self.interlocks, first_fault=first)

    def reset(self) -> FeedbackBlock:
        """The next state."""
        self.resets += 1
        state = self.states[min(self.resets, len(self.states) - 1)]
        empty: np.ndarray = np.zeros((0, 7), np.int16)
        return FeedbackBlock(state, Status(0), self.interlocks, FaultCode.HOST_TRIP, 0, 0, 0, 0, 0, empty)

    def close(self) -> None:
        """Counted."""
        self.closes += 1


Reach = Callable[[Device], Device]


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> Reach:
    """Put a device at the rig's address."""

    def put(device: Device) -> Device:
        monkeypatch.setattr(resetting, "build_hardware", lambda *_: device)
        monkeypatch.setattr(resetting, "load_rig", lambda _: RIG)
        return device

    return put


def tripped_run(runs: Path, name: str = "20260101T000000Z-one", latched: bool = True, tripped: bool = True) -> Path:
    """A run directory whose rig has tripped."""
    run_dir = runs / name
    run_dir.mkdir(parents=True)
    files = (manifest.input_of("rig", FOLDER / "one_corner.yaml"),)
    manifest.write(run_dir, msgspec.structs.replace(make_manifest(Recipe()), inputs=files))
    with EventLog(run_dir) as log:
        log.append("run_started", "starts", time_s=0.0)
        state = "TRIPPED" if tripped else "OFFLINE"
        log.append("state_changed", "…", time_s=1.0, sample=500, distance_km=0.01, data={"state": state})
    if latched:
        set_latch(RIG, run_dir, "strut_force_n upper: 61000")
    return run_dir


def resets(run_dir: Path) -> list[dict]:
    """What is on record of resets; the chain holds."""
    record = read_events(run_dir / "events.jsonl")
    assert record.broken is None
    return [event.data for event in record.events if event.kind == "operator_reset"]


def test_a_trip_of_a_rig_that_outlives_its_run_refuses_the_next_one(tmp_path: Path) -> None:
    """With the run, why, and what to type; other rigs may run, and so may one that is launched anew each time."""
    refuse_latched(RIG, tmp_path)
    run_dir = tripped_run(tmp_path)
    with pytest.raises(InputError) as raised:
        refuse_latched(RIG, tmp_path)
    text = str(raised.value)
    assert f"rig reset {run_dir} --reason" in text
    assert "strut_force_n upper: 61000" in text
    refuse_latched(RIG.model_copy(update={"name": "another"}), tmp_path)
    refuse_latched(LAUNCHED, tmp_path)
    set_latch(LAUNCHED, tmp_path / "launched", "tripped")
    assert not latch_path(tmp_path, LAUNCHED.name + "x").exists()


def test_a_latch_that_can_not_be_read_still_latches(tmp_path: Path) -> None:
    """It fails closed."""
    latch_path(tmp_path, RIG.name).write_text("half a fi")
    with pytest.raises(InputError, match="can't be read"):
        refuse_latched(RIG, tmp_path)


def test_reset_takes_the_latch_away_once_the_device_is_off(tmp_path: Path, reach: Reach) -> None:
    """It is asked again while it ramps; user and reason go on record."""
    run_dir, device = tripped_run(tmp_path), reach(Device(DeviceState.FAULT, DeviceState.FAULT, DeviceState.OFF))
    outcome = reset_run(None, tmp_path, "bolt replaced", "elsewhere")
    assert (outcome.done, outcome.run, device.resets, device.closes) == (True, run_dir, 2, 1)
    assert outcome.before == "the device is in FAULT, first fault HOST_TRIP"
    refuse_latched(RIG, tmp_path)
    (data,) = resets(run_dir)
    assert (data["user"], data["reason"], data["taken"]) == (own_name(), "bolt replaced", True)
    assert not has_tripped(run_dir)


@pytest.mark.parametrize(
    ("device", "words", "asked"),
    [
        (
            Device(DeviceState.FAULT, interlocks=Interlock.DOOR | Interlock.OIL_LEVEL),
            "open interlocks DOOR, OIL_LEVEL; close them",
            True,
        ),
        (
            Device(DeviceState.EMERGENCY_STOP, interlocks=Interlock.EMERGENCY_STOP),
            "open interlocks EMERGENCY_STOP",
            True,
        ),
        (Device(DeviceState.FAULT), "still FAULT after its ramp should be over", True),
        (Device(DeviceState.RUN), "the device is in RUN, not tripped: somebody drives it; nothing was sent", False),
        (Device(DeviceState.OFF, gone=True), "no servo controller at 127.0.0.1:1", False),
    ],
)
def test_a_device_that_is_not_off_keeps_the_latch(
    device: Device, words: str, asked: bool, tmp_path: Path, reach: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why, in words, also on record; the next run is still refused."""
    monkeypatch.setattr(resetting, "_PATIENCE_S", 0.2 - RIG.ramp_s)
    run_dir = tripped_run(tmp_path)
    reach(device)
    outcome = reset_run(run_dir, tmp_path, "looked at it", "elsewhere")
    assert (outcome.done, device.resets > 0, device.closes) == (False, asked, 1)
    assert words in outcome.text
    with pytest.raises(InputError):
        refuse_latched(RIG, tmp_path)
    assert [(data["taken"], data["user"]) for data in resets(run_dir)] == [(False, own_name())]
    assert has_tripped(run_dir)


def test_a_device_that_is_off_already_was_reset_by_hand(tmp_path: Path, reach: Reach) -> None:
    """At its own panel, or by a new start: nothing is sent, the latch goes."""
    tripped_run(tmp_path)
    device = reach(Device(DeviceState.OFF))
    assert reset_run(None, tmp_path, "reset at the panel", "elsewhere").done
    assert device.resets == 0


def test_a_rig_that_was_launched_is_gone_with_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing to reset but the record; no device is looked for. The rig file is the one in the manifest."""
    run_dir = tripped_run(tmp_path, latched=False)
    monkeypatch.setattr(resetting, "build_hardware", lambda *_: pytest.fail("a device was looked for"))
    outcome = reset_run(run_dir, tmp_path, "only a test", None)
    assert outcome.done
    assert "gone with the run" in outcome.text
    assert [data["taken"] for data in resets(run_dir)] == [True]


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_reset_needs_a_reason(reason: str, tmp_path: Path) -> None:
    """Nobody presses a button without having looked."""
    tripped_run(tmp_path)
    with pytest.raises(InputError, match="--reason: found nothing"):
        reset_run(None, tmp_path, reason, None)


def test_which_run_is_reset(tmp_path: Path, reach: Reach) -> None:
    """The one whose latch stands, else the newest that tripped; never one that did not, or another than latched it."""
    reach(Device(DeviceState.OFF))
    older, newer = tripped_run(tmp_path, "20260101T000000Z-a"), tripped_run(tmp_path, "20260102T000000Z-b")
    fine = tripped_run(tmp_path, "20260103T000000Z-c", latched=False, tripped=False)
    with pytest.raises(InputError, match="not the run that latched the rig"):
        reset_run(older, tmp_path, "seen", "elsewhere")
    assert reset_run(None, tmp_path, "seen", "elsewhere").run == newer
    with pytest.raises(InputError, match="no trip that stands"):
        reset_run(newer, tmp_path, "again", "elsewhere")
    with pytest.raises(InputError, match="no trip that stands"):
        reset_run(fine, tmp_path, "seen", "elsewhere")
    assert reset_run(None, tmp_path, "seen", "elsewhere").run == older
    with pytest.raises(InputError, match="no tripped run among 3"):
        reset_run(None, tmp_path, "seen", "elsewhere")


def test_a_run_that_is_still_on_is_not_reset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its supervisor writes the record; there must be only one who does."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    run_dir = tripped_run(tmp_path / "runs")
    with OperatorServer(run_dir) as server:
        server.publish()
        with pytest.raises(InputError, match="a run that is live"):
            reset_run(run_dir, tmp_path / "runs", "seen", "elsewhere")


def test_a_broken_record_is_not_written_to(tmp_path: Path, reach: Reach) -> None:
    """The reset could not be put on record: said, and the device is not asked."""
    run_dir, device = tripped_run(tmp_path), reach(Device(DeviceState.FAULT, DeviceState.OFF))
    lines = (run_dir / "events.jsonl").read_bytes().splitlines(keepends=True)
    (run_dir / "events.jsonl").write_bytes(lines[1])
    with pytest.raises(InputError, match="a whole chain"):
        reset_run(run_dir, tmp_path, "seen", "elsewhere")
    assert device.resets == 0


def test_lifting_is_idempotent(tmp_path: Path) -> None:
    """Whether there was one is told."""
    tripped_run(tmp_path)
    assert [lift_latch(tmp_path, RIG.name), lift_latch(tmp_path, RIG.name)] == [True, False]
