"""The states as a model: random events through the real loop on the simulated device, turn by turn."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from drivers.channel import CODE_MAX
from drivers.errors import BusClosedError, BusProtocolError, BusTimeoutError
from drivers.frames import Command, DeviceState, DeviceStatus, FaultCode, Interlock
from rig.bridge import End, EventKind, Operate, Request, Slot
from rig.config import Limit
from rig.rt.check_moves import bare
from rig.state import MOVING, TRANSITIONS, RigEvent, RigState
from simulators.servo.servo import Servo
from tests.in_process import Faithful, InProcess, Patch, Patched
from tests.loop_bench import RIG, config_of, rig_with, waves
from tests.loop_in_turns import LoopInTurns, Sent

LEAST_STEPS = 10_000
MANY = settings(
    max_examples=190,
    stateful_step_count=70,
    deadline=None,
    derandomize=True,
    phases=(Phase.generate,),  # looking for a smaller failure takes minutes
    suppress_health_check=list(HealthCheck),
)
POWERED = frozenset({RigState.IDLE, RigState.ARMED, *MOVING})
QUIET = (4, 5, 6, 3)
"""Channels without any limit of their own in this rig; one for each action."""
ACTIONS = ("indicate", "hold", "stop", "trip")
LIMITED = rig_with(
    *(
        Limit.model_validate({"channel": RIG.channels[channel].name, "kind": "saturated", "action": action})
        for channel, action in zip(QUIET, ACTIONS, strict=True)
    ),
    *(limit for limit in RIG.limits if limit.kind == "stale"),
    ramp_s=0.05,
)
STOPS = (Request.STOP_FOR_COMPONENT, Request.STOP_FOR_PERSON, Request.STOP_FOR_RIG, Request.NONE)
MOSTLY = (True,) * 7 + (False,)
UNDER_WAY = (0, 1, 2, 3, 4, 5, 7, 7, 7, 7, 10)
"""Turns of a new loop until something else may happen; at the seventh it moves."""
LEGAL = {(before, after) for (before, _), after in TRANSITIONS.items()}

DISORDERS: dict[str, Callable[[Servo], None]] = {
    "door": lambda servo: servo.set_interlock(Interlock.DOOR, opened=True),
    "emergency_stop": lambda servo: servo.set_interlock(Interlock.EMERGENCY_STOP, opened=True),
    "overload": lambda servo: servo.trip(FaultCode.OVERLOAD),
    "reboot": lambda servo: servo.reboot(),
    "underrun": lambda servo: servo.run_dry(),
}
FAILURES: dict[str, Callable[[], BaseException]] = {
    "timeout": lambda: BusTimeoutError("no answer within 40 ms"),
    "closed": lambda: BusClosedError("the servo controller closed the connection"),
    "protocol": lambda: BusProtocolError("a torn answer"),
    "program": lambda: ZeroDivisionError("a fault of the program"),
    "interrupt": lambda: KeyboardInterrupt(),
}


class RigModel(RuleBasedStateMachine):
    """One device, and one loop after the other on it; what it has seen is kept over all examples."""

    steps: ClassVar[int] = 0
    entered: ClassVar[Counter[tuple[RigState, RigState]]] = Counter()
    ends: ClassVar[Counter[End]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        config = config_of(LIMITED)
        self.plant = Patched(Faithful(config))
        self.device = InProcess(config, self.plant)
        self.loop: LoopInTurns | None = None
        self.looked = self.safe_before = 0

    @property
    def running(self) -> LoopInTurns:
        """The loop that there is."""
        assert self.loop is not None
        return self.loop

    def is_over(self) -> bool:
        """No loop, or one that has ended."""
        return self.loop is None or self.loop.over

    def step(self) -> None:
        """Counted."""
        RigModel.steps += 1

    # Between two runs

    @precondition(is_over)
    @rule(check=st.booleans(), rows=st.integers(1, 999), well=st.sampled_from(MOSTLY), turns=st.sampled_from(UNDER_WAY))
    def begin(self, check: bool, rows: int, well: bool, turns: int) -> None:
        """Another loop; a person has reset the device before, or not, and the device may be in any state then."""
        self.step()
        self.end_loop()
        if well:
            self.reset()
        rig, start = (bare(LIMITED), RigEvent.CHECK) if check else (LIMITED, RigEvent.START)
        self.plant.patches.clear()
        self.safe_before = self.device.safe_calls
        self.loop, self.looked = LoopInTurns(rig, self.device, waves(rows, np.random.default_rng(rows)), start), 0
        self.loop.give(turns)

    def reset(self) -> None:
        """A person closes the contacts and resets the device: it is OFF once it has come to rest."""
        self.device.servo.set_interlock(~Interlock(0), opened=False)
        self.device.open()
        answers = (self.device.reset().state for _ in range(30))
        assert DeviceState.OFF in answers

    # What happens while a loop is there

    @precondition(lambda self: not self.is_over())
    @rule(turns=st.integers(1, 4))
    def go_on(self, turns: int) -> None:
        """Time passes."""
        self.step()
        self.running.give(turns)

    @precondition(lambda self: not self.is_over())
    @rule(turns=st.integers(5, 12))
    def go_on_for_long(self, turns: int) -> None:
        """Ramps come to their end, and drives."""
        self.step()
        self.running.give(turns)

    @precondition(lambda self: self.loop is not None)
    @rule(what=st.sampled_from([Operate.HOLD, Operate.RESUME, Operate.SPAN]), permille=st.integers(-100, 1100))
    def operate(self, what: Operate, permille: int) -> None:
        """An operator asks for something; it is answered within a turn, if anybody is there."""
        self.step()
        number = self.running.bridge.operate(what, permille)
        self.running.give()
        if not self.running.over:
            assert self.running.bridge.get(Slot.OPERATE_TAKEN) == number

    @precondition(lambda self: not self.is_over())
    @rule(held=st.integers(1, 10), permille=st.integers(1, 1000))
    def hold_and_resume(self, held: int, permille: int) -> None:
        """An operator holds, asks for another span while it is held, and lets it go on."""
        self.operate(Operate.HOLD, 0)
        self.running.give(held)
        self.running.bridge.operate(Operate.SPAN, permille)
        self.running.give()
        self.running.bridge.operate(Operate.RESUME)
        self.running.give()

    @precondition(lambda self: self.loop is not None)
    @rule(what=st.sampled_from(STOPS))
    def stop(self, what: Request) -> None:
        """The supervisor asks for a stop, or is gone."""
        self.step()
        if what is Request.NONE:
            self.running.bridge.set(Slot.ALIVE, 1 << 30)
        self.running.bridge.raise_request(what)

    @precondition(lambda self: self.loop is not None)
    @rule()
    def trip(self) -> None:
        """Somebody asks for a trip: it is done in the very next turn of a loop that has power."""
        self.step()
        powered = self.running.state in POWERED and not self.running.over
        self.running.bridge.raise_request(Request.TRIP)
        self.running.give()
        if powered:
            assert self.running.over
            assert self.running.state is RigState.TRIPPED

    @precondition(lambda self: not self.is_over())
    @rule(action=st.sampled_from(range(len(ACTIONS))), soon=st.integers(0, 20))
    def breach(self, action: int, soon: int) -> None:
        """A limit breaks with one of the next samples."""
        self.step()
        at = self.device.servo.fifo.played + soon
        self.plant.patches.append(Patch(QUIET[action], at, np.array([CODE_MAX], np.int16)))

    @precondition(lambda self: not self.is_over())
    @rule(what=st.sampled_from([*DISORDERS, *FAILURES]))
    def fault(self, what: str) -> None:
        """The device is not in order, or the next exchange fails, or the program does."""
        self.step()
        if what in DISORDERS:
            DISORDERS[what](self.device.servo)
        else:
            self.running.hardware.fails_next = FAILURES[what]()

    @precondition(lambda self: not self.is_over())
    @rule()
    def too_late(self) -> None:
        """Too many cycles were late."""
        self.step()
        self.running.pacer.late = 11

    # What holds whenever it is looked at

    @precondition(lambda self: self.loop is not None)
    @invariant()
    def moves_only_where_it_may(self) -> None:
        """Samples leave in a moving state, or with the START that begins one; rows with a span are of such a state."""
        sent = self.running.hardware.sent[self.looked :]
        self.looked += len(sent)
        assert all(may_move(one) for one in sent), sent
        rows = self.running.made.row_ring.reader("r").drain()
        assert set(rows["state"][rows["span"] > 0.0].tolist()) <= set(MOVING)

    @precondition(lambda self: self.loop is not None)
    @invariant()
    def tells_a_legal_way(self) -> None:
        """Each state is told, follows the one before by the table, and at no earlier sample; others see the same."""
        told = [one for one in self.running.told if one.kind is EventKind.STATE]
        states = [RigState.OFFLINE, *(RigState(one.index) for one in told)]
        assert set(pairwise(states)) <= LEGAL
        assert (np.diff([one.sample for one in told]) >= 0).all()
        assert states[-1] is self.running.state is self.running.told_state

    @precondition(lambda self: self.loop is not None and self.loop.over)
    @invariant()
    def ends_at_rest_or_tripped(self) -> None:
        """Without power, or latched with a trip as the last word to the device, whatever else was wrong.

        A device that was not OFF when the loop came is as it was: nothing was written to it.
        """
        loop, words = self.running, self.running.hardware.sent
        was_off = loop.hardware.found is not None and may_be_armed(loop.hardware.found)
        assert loop.state in (RigState.OFFLINE, RigState.TRIPPED)
        assert self.device.close_calls
        end = End(loop.bridge.get(Slot.ENDED))
        assert (end is End.TRIPPED) is (loop.state is RigState.TRIPPED or not was_off)
        if loop.state is RigState.TRIPPED:
            assert self.device.safe_calls > self.safe_before
        elif not was_off:
            assert not words
            assert self.device.safe_calls == self.safe_before
        else:
            assert words[-1].count == 0
        assert loop.error is None or type(loop.error) in (ZeroDivisionError, KeyboardInterrupt)

    def end_loop(self) -> None:
        """Let a loop end that has not; there is a way out of every state."""
        if self.loop is None:
            return
        if not self.loop.over:
            self.loop.bridge.raise_request(Request.STOP_FOR_PERSON)
            self.loop.give(200)
        stuck = not self.loop.over
        if stuck:
            self.loop.bridge.raise_request(Request.TRIP)
            self.loop.give(5)
        self.note()
        self.loop.close()
        assert not stuck, "a stop does not end the loop"

    def note(self) -> None:
        """What this loop has been through."""
        told = [RigState(one.index) for one in self.running.told if one.kind is EventKind.STATE]
        RigModel.entered.update(pairwise([RigState.OFFLINE, *told]))
        RigModel.ends[End(self.running.bridge.get(Slot.ENDED))] += 1

    def teardown(self) -> None:
        """Nothing is left behind."""
        self.end_loop()


def may_be_armed(status: DeviceStatus) -> bool:
    """Whether the device was at rest, in order, and nobody else's."""
    return status.state is DeviceState.OFF and not status.interlocks and status.first_fault is FaultCode.NONE


def may_move(one: Sent) -> bool:
    """Whether a frame may have the samples that it has."""
    begins = one.state is RigState.ARMED and one.command is Command.START
    return one.count == 0 or one.state in MOVING or begins


def test_the_states_are_kept_whatever_happens() -> None:
    """Ten thousand random steps and more; they have been through every transition that a loop has, and every end."""
    run_state_machine_as_test(RigModel, settings=MANY)
    assert RigModel.steps >= LEAST_STEPS
    assert set(RigModel.entered) == {pair for pair in LEGAL if pair[0] is not RigState.TRIPPED}
    assert {before for before, after in RigModel.entered if after is RigState.TRIPPED} == POWERED
    assert set(RigModel.ends) == set(End) - {End.NOT_YET}


@pytest.mark.parametrize("start", list(RigState))
def test_no_state_is_a_dead_end(start: RigState) -> None:
    """By the table, a way leads from every state to OFFLINE; out of TRIPPED only by a person's reset."""
    reached, frontier = {start}, [start]
    while frontier:
        state = frontier.pop()
        after = {to for (before, _), to in TRANSITIONS.items() if before is state} - reached
        reached |= after
        frontier += after
    assert RigState.OFFLINE in reached
    ways_out = {event for (before, event), to in TRANSITIONS.items() if before is RigState.TRIPPED and to is not before}
    assert ways_out == {RigEvent.RESET}
