"""The monitor: every answer of the device that is not in order is a fault."""

import numpy as np
import pytest

from drivers.frames import DeviceState, FaultCode, FeedbackBlock, Interlock, Status
from rig.config import Rig, load_rig
from rig.rt.monitor import Monitor, MonitorFault


def answer(first: int = 100, frames: int = 2, played: int | None = None, **other: object) -> FeedbackBlock:
    """A good answer: RUN, no fault, frames that follow 100 received samples."""
    codes = np.zeros((frames, 7), np.int16)
    played = first + frames if played is None else played
    block = FeedbackBlock(DeviceState.RUN, Status(0), Interlock(0), FaultCode.NONE, 1, 4, played, 0, first, codes)
    for name, value in other.items():
        setattr(block, name, value)
    return block


def judge(block: FeedbackBlock, received: int = 100, sent: int = 108) -> None:
    """Judge one answer."""
    Monitor(load_rig("one_corner")).judge(block, received, sent)


def test_a_good_answer_passes() -> None:
    """With frames and without."""
    judge(answer())
    judge(answer(frames=0))


@pytest.mark.parametrize("state", [state for state in DeviceState if state is not DeviceState.RUN])
def test_any_other_state_than_run_is_a_fault(state: DeviceState) -> None:
    """While samples are played, there is one state."""
    with pytest.raises(MonitorFault):
        judge(answer(state=state))


@pytest.mark.parametrize("interlock", list(Interlock))
def test_each_interlock_is_a_fault_in_every_state(interlock: Interlock) -> None:
    """Also while the power comes up; the fault says which it was."""
    with pytest.raises(MonitorFault, match=str(interlock.name)) as caught:
        Monitor(load_rig("one_corner")).judge_standing(answer(state=DeviceState.PUMP, interlocks=interlock))
    assert caught.value.interlocks == interlock


@pytest.mark.parametrize("fault", [fault for fault in FaultCode if fault is not FaultCode.NONE])
def test_each_first_fault_is_a_fault_whatever_the_state_says(fault: FaultCode) -> None:
    """A device that says RUN and has a first fault is not believed to be well."""
    with pytest.raises(MonitorFault) as caught:
        judge(answer(first_fault=fault))
    assert caught.value.fault is fault


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (answer(first=101), "frames were lost"),
        (answer(first=99), "frames were lost"),
        (answer(frames=9), "only 108 were sent"),
        (answer(played=109), "only 108 were sent"),
        (answer(played=101), "gave frames of 102"),
        (answer(frames=0, played=0), "0 samples are played"),
    ],
)
def test_counts_that_can_not_be_are_a_fault(block: FeedbackBlock, text: str) -> None:
    """Frames that do not continue, more played than sent, and a count that went back."""
    with pytest.raises(MonitorFault, match=text):
        judge(block)


def stale_after(cycles: int) -> Rig:
    """The library's rig with another stale limit."""
    rig = load_rig("one_corner")
    stale = next(limit for limit in rig.limits if limit.kind == "stale")
    return rig.model_copy(update={"limits": (stale.model_copy(update={"persistence_samples": cycles}),)})


def test_standing_still_is_a_fault_only_where_samples_wait() -> None:
    """A device that has played all it has is not stale; one that does not play what waits is, after so many cycles."""
    monitor = Monitor(stale_after(3))
    for _ in range(10):
        monitor.judge(answer(frames=0), 100, 100)
    for _ in range(2):
        monitor.judge(answer(frames=0), 100, 108)
    monitor.judge(answer(frames=1), 100, 108)
    for _ in range(2):
        monitor.judge(answer(first=101, frames=0), 101, 108)
    with pytest.raises(MonitorFault, match="no new feedback for 3 cycles"):
        monitor.judge(answer(first=101, frames=0), 101, 108)


def test_a_device_that_tripped_for_an_interlock_is_told_with_its_name() -> None:
    """INTERLOCK alone sends nobody to the right door."""
    tripped = answer(state=DeviceState.FAULT, first_fault=FaultCode.INTERLOCK, interlocks=Interlock.GUARD)
    with pytest.raises(MonitorFault, match="first out was INTERLOCK; open interlocks: GUARD"):
        judge(tripped)
