"""What others ask of the loop: the supervisor's requests, an operator's commands; and whether the supervisor lives."""

import os

from rig.bridge import Bridge, End, EventKind, Operate, Request, Slot
from rig.clock import Clock
from rig.rt.control import ControlLaw, Mode
from rig.rt.outbox import Outbox
from rig.state import RigState

LOOKS_FOR_SUPERVISOR = 256
"""Beats between two looks whether the supervisor is still there."""

SUPERVISOR_TIMEOUT_S = 5.0
"""A supervisor that takes no turn for so long stands still; the drive queue lasts longer than that."""

_END_OF_REQUEST = {
    Request.STOP_FOR_COMPONENT: End.COMPONENT,
    Request.STOP_FOR_PERSON: End.PERSON,
    Request.STOP_FOR_RIG: End.RIG_STOP,
}
_OPERABLE = (RigState.RUNNING, RigState.HOLDING)


class TripError(Exception):
    """Raised inside the loop when it must trip; the event has been told."""


class Orders:
    """Reads the bridge once a cycle; what it finds takes effect at the next sample that is commanded.

    Args:
        bridge, law, outbox: of the loop.
        clock: by which the supervisor's silence is measured; None where its time may stand still (pace stepped).

    Attributes:
        end: why the run ends, once a request has ended it.
    """

    def __init__(self, bridge: Bridge, law: ControlLaw, outbox: Outbox, clock: Clock | None) -> None:
        self._bridge, self._law, self._outbox, self._clock = bridge, law, outbox, clock
        self._operated = bridge.get(Slot.OPERATE_TAKEN)
        self._heard = (-1, 0)
        self.end = End.NOT_YET

    def obey(self, state: RigState, sent: int) -> None:
        """Do what is asked for.

        Raises:
            TripError: a trip is.
        """
        request = self.obey_trip(sent)
        if request in _END_OF_REQUEST and self._law.ask(Mode.STOP) and self.end is End.NOT_YET:
            self.end = _END_OF_REQUEST[request]
        if self._bridge.get(Slot.OPERATE_NUMBER) != self._operated:
            self._operate(state, sent)

    def obey_trip(self, sent: int) -> Request:
        """The request that stands.

        Raises:
            TripError: it is a trip.
        """
        request = Request(self._bridge.get(Slot.REQUEST))
        if request is Request.TRIP:
            self._outbox.event(EventKind.REQUESTED_TRIP, 0, sent, 0.0)
            raise TripError
        return request

    def beat(self, sent: int) -> None:
        """One more cycle has gone well; now and then leave what was learned, and look for the supervisor."""
        slots = self._bridge.integers
        slots[Slot.HEARTBEAT] += 1
        if not slots[Slot.HEARTBEAT] % LOOKS_FOR_SUPERVISOR:
            self._law.learned(self._bridge.learned)
            self.look_for_supervisor(sent)

    def look_for_supervisor(self, sent: int) -> None:
        """Where it is gone or takes no turns any more: stop for the rig, as nobody watches it."""
        bridge = self._bridge
        if os.getppid() != bridge.get(Slot.ALIVE):
            self._alone(EventKind.SUPERVISOR_LOST, sent, 0.0)
        elif self._clock is not None:
            now_ns, beat = self._clock.now_ns(), bridge.get(Slot.SUPERVISOR_BEAT)
            if beat != self._heard[0]:
                self._heard = (beat, now_ns)
            silent_s = (now_ns - self._heard[1]) * 1e-9
            if not silent_s < SUPERVISOR_TIMEOUT_S:
                self._alone(EventKind.SUPERVISOR_SILENT, sent, silent_s)

    def _alone(self, kind: EventKind, sent: int, value: float) -> None:
        if self._bridge.get(Slot.REQUEST) < Request.STOP_FOR_RIG:
            self._outbox.event(kind, 0, sent, value)
        self._bridge.raise_request(Request.STOP_FOR_RIG)

    def _operate(self, state: RigState, sent: int) -> None:
        bridge = self._bridge
        what, permille = Operate(bridge.get(Slot.OPERATE)), bridge.get(Slot.OPERATE_VALUE)
        self._operated = bridge.get(Slot.OPERATE_NUMBER)
        done = state in _OPERABLE and self._take(what, permille)
        if done:
            self._outbox.event(EventKind.OPERATED, int(what), sent, float(permille))
        bridge.set(Slot.OPERATE_REFUSED, 0 if done else 1)
        bridge.set(Slot.OPERATE_TAKEN, self._operated)

    def _take(self, what: Operate, permille: int) -> bool:
        if what is Operate.SPAN:
            return 0 < permille <= 1000 and self._law.want_span(permille / 1000.0)
        if what is Operate.HOLD:
            return self._law.ask(Mode.HOLD)
        return what is Operate.RESUME and self._law.ask(Mode.RUN)
