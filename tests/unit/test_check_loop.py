"""The moves of the checks on the simulated servo controller: played by the loop itself, its limits and its clamp on."""

import dataclasses
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from corner_bench import corner, wired

from drivers.channel import CODE_NAN
from drivers.frames import Command
from rig import wiring
from rig.bridge import EVENT_DTYPE, Bridge, End, EventKind, Request, Slot
from rig.config import Rig
from rig.record.ring import Ring
from rig.record.rows import row_dtype
from rig.rt import process
from rig.rt.check_moves import bare, plan_moves
from rig.rt.checks import Seen
from rig.state import RigState
from rig.wiring import LoopOrder
from simulators.corner.plant import Plant
from simulators.faults import parse
from simulators.servo.device import Device
from tests.check_bench import MOVES, RIG, checks_of, failed
from tests.in_process import InProcess


@dataclass
class Checked:
    """What the check of one rig left."""

    end: End
    seen: Seen
    hardware: InProcess
    bridge: Bridge
    rows: int
    events: list[tuple[EventKind, int, int]] = field(default_factory=list)

    @property
    def states(self) -> list[RigState]:
        """The states that were told, in their order."""
        return [RigState(index) for kind, index, _ in self.events if kind is EventKind.STATE]


class _Watched(InProcess):
    """Raises a request once so many samples have been played."""

    bridge: Bridge
    at_sample = -1
    request = Request.NONE

    def exchange(self, block: Any) -> Any:
        answer = super().exchange(block)
        if 0 <= self.at_sample <= answer.samples_played:
            self.bridge.raise_request(self.request)
        return answer


@contextmanager
def check(
    monkeypatch: pytest.MonkeyPatch,
    *faults: dict[str, Any],
    rig: Rig = RIG,
    at_sample: int = -1,
    request: Request = Request.NONE,
    batch: int | None = None,
) -> Iterator[Checked]:
    """Play the checks of a rig on a device that has these faults."""
    config = corner()
    bridge = Bridge.create(3, 16)
    with (
        wired() as wires,
        Ring.create(row_dtype(3, 7), 16, ("r",)) as rows,
        Ring.create(EVENT_DTYPE, 64, ("e",)) as events,
    ):
        try:
            bridge.set(Slot.ALIVE, os.getppid())
            plant = Plant(config, wires)
            hardware = _Watched(config, plant)
            hardware.bridge, hardware.at_sample, hardware.request = bridge, at_sample, request
            device = Device(config, hardware.servo, plant, lambda: 0.0, wires)
            for fault in faults:
                device.add(parse(fault))
            monkeypatch.setattr(wiring, "build_hardware", lambda *_: hardware)
            if batch is not None:
                monkeypatch.setattr(wiring, "SteppedPacer", _smaller(batch))
            order = LoopOrder(rig, "stepped", "x:1", 1.0, bridge.name, bridge.shape, rows.name, events.name)
            report = process._check(order, bridge, rows, events)
            told = [(EventKind(int(e["kind"])), int(e["index"]), int(e["sample"])) for e in events.reader("e").drain()]
            yield Checked(End(report["end"]), report["seen"], hardware, bridge, rows.written, told)
        finally:
            bridge.close()
            bridge.unlink()


def _smaller(batch: int) -> Callable[..., Any]:
    original = wiring.SteppedPacer

    def made(*arguments: Any, **more: Any) -> Any:
        pacer = original(*arguments, **more)
        pacer.batch = batch
        return pacer

    return made


def test_a_healthy_rig_plays_all_moves_and_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every sample is seen, every check passes, no row goes on record, and the panel is as new for the run."""
    with check(monkeypatch) as done:
        assert done.end is End.COMPLETED
        assert failed(done.seen) == {}
        assert not np.isnan(done.seen.setpoints).any()
        assert done.states == [
            RigState.IDLE, RigState.ARMED, RigState.CHECKING, RigState.STOPPING, RigState.IDLE, RigState.OFFLINE
        ]  # fmt: skip
        assert {sample for _, _, sample in done.events} == {0}
        assert done.hardware.commands == [Command.ARM, Command.START, Command.STOP]
        assert (done.rows, done.hardware.safe_calls, done.hardware.close_calls) == (0, 0, 1)
        assert done.seen.ready is not None
        assert done.seen.ready.oil_pressure_bar == 210.0
        assert [done.bridge.get(slot) for slot in (Slot.ENDED, Slot.HEARTBEAT, Slot.LATE_CYCLES)] == [0, 0, 0]


def test_however_samples_are_batched_the_same_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two samples a cycle or eight: the same set points and the same feedback, bit for bit."""
    with check(monkeypatch) as whole:
        pass
    with check(monkeypatch, batch=2) as pairs:
        assert (whole.seen.setpoints == pairs.seen.setpoints).all()
        assert (whole.seen.codes == pairs.seen.codes).all()


FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "flipped": ({"fault": "sensor_flipped", "channel": "pan_displacement_m"}, {"pan_displacement_m gain"}),
    "weak valve": (
        {"fault": "actuator_gain", "axis": "pan_displacement_m", "factor": 0.6},
        {"pan_displacement_m gain", "strut_travel_m gain on pan_displacement_m"},
    ),
    "low pressure": ({"fault": "low_pressure", "bar": 150.0, "interlock": False}, {"oil pressure"}),
    "dead sensor": (
        {"fault": "sensor_noiseless", "channel": "body_acceleration_mps2"}, {"body_acceleration_mps2 noise"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_faults_of_the_device_fail_the_check_that_is_meant_for_them(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the fault on the simulated device to the words, through loop, limits and clamp."""
    fault, wanted = FAULTS[case]
    with check(monkeypatch, fault) as done:
        assert done.end is End.COMPLETED
        assert set(failed(done.seen)) == wanted


def test_limits_trip_the_moves_as_they_trip_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing sensor in mid-move: tripped at once, told, the device asked to trip, the panel left as it is."""
    middle = MOVES.of_axis[0].start + 100
    with check(monkeypatch, {"fault": "sensor_nan", "channel": "pan_displacement_m", "at_sample": middle}) as done:
        assert done.end is End.TRIPPED
        assert EventKind.LIMIT in [kind for kind, _, _ in done.events]
        assert done.states[-1] is RigState.TRIPPED
        assert done.hardware.safe_calls == 1
        assert done.bridge.get(Slot.ENDED) == End.TRIPPED
        assert (done.seen.codes[middle + 20 :] == CODE_NAN).all()
        assert failed(done.seen)["shaft_speed_radps gain"].measured is None


def test_a_limit_that_holds_a_run_stops_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody stands there to resume it."""
    limits = [
        limit.model_copy(update={"action": "hold", "value": 0.004}) if limit.kind == "upper" else limit
        for limit in RIG.limits
        if limit.channel == "pan_displacement_m"
    ]
    with check(monkeypatch, rig=RIG.model_copy(update={"limits": tuple(limits)})) as done:
        assert done.end is End.RIG_STOP
        assert RigState.HOLDING not in done.states
        assert done.hardware.commands[-1] is Command.STOP


@pytest.mark.parametrize(
    ("request_", "end"), [(Request.STOP_FOR_PERSON, End.PERSON), (Request.TRIP, End.TRIPPED)]
)  # fmt: skip
def test_a_person_can_stop_and_trip_the_moves(request_: Request, end: End, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both end it in the middle; after a stop the axes come to neutral as a ramp."""
    middle = MOVES.of_axis[0].start + 100
    with check(monkeypatch, at_sample=middle, request=request_) as done:
        assert done.end is end
        assert done.bridge.get(Slot.ENDED) == end
        steps = np.abs(np.diff(done.hardware.samples[:, 0].astype(int)))
        assert steps.max() < 20  # 0.1 m/s


def test_the_axes_are_moved_as_they_are_by_themselves() -> None:
    """No trim and no adaptation hides what is wrong; what a limit does stays what it does, but for a hold."""
    plain = bare(RIG)
    assert all(axis.control.trim_limit == 0.0 for axis in plain.axes)
    assert all(axis.control.adapt is None and axis.progress is None for axis in plain.axes)
    assert [axis.control.closed_by for axis in plain.axes] == [axis.control.closed_by for axis in RIG.axes]
    assert [limit.kind for limit in plain.limits] == [limit.kind for limit in RIG.limits]
    assert plan_moves(plain, checks_of()).rows.shape == MOVES.rows.shape


def test_the_moves_stay_within_what_the_rig_file_says() -> None:
    """One axis at a time, from neutral to neutral, to both sides, never steeper than the actuator, rest first."""
    rows, names = MOVES.rows, [axis.name for axis in RIG.axes]
    assert (rows[:, :3] == rows[:, 3:6]).all()
    assert (rows[: MOVES.rest.stop, :6] == 0.0).all()
    assert (np.count_nonzero(rows[:, :3], axis=1) <= 1).all()
    assert (rows[-1] == 0.0).all()
    for check_ in checks_of().axes:
        index = names.index(check_.axis)
        assert rows[:, index].max() == pytest.approx(check_.amplitude)
        assert rows[:, index].min() == pytest.approx(-check_.amplitude)
        steepest = np.abs(np.diff(rows[:, index])).max() * RIG.sample_rate_hz
        assert steepest <= RIG.axes[index].actuator.rate_per_s
    assert len(rows) / RIG.sample_rate_hz < 6.0


def test_an_axis_that_rests_off_zero_is_moved_around_its_neutral() -> None:
    """Neutral is where it starts, where it ends and what it is moved about."""
    speed = RIG.axes[2].model_copy(update={"neutral": 50.0})
    moves = plan_moves(RIG.model_copy(update={"axes": (*RIG.axes[:2], speed)}), checks_of())
    assert moves.rows[0, 2] == moves.rows[-1, 5] == 50.0
    assert moves.rows[:, 2].max() == pytest.approx(53.0)


def test_checks_that_are_not_in_the_rig_file_are_a_fault_of_the_program() -> None:
    """Asked for by mistake: an error, and nothing is moved."""
    order: Any = dataclasses.make_dataclass("Order", ["rig"])(RIG.model_copy(update={"checks": None}))
    nothing: Any = None
    with pytest.raises(ValueError, match="checks were asked for"):
        process._check(order, nothing, nothing, nothing)
