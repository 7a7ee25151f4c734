"""The desk: what operators at other terminals ask for goes to the loop, what became of it goes back and on record.

A command is acknowledged only once the loop has taken it. Hold, resume and span go to the loop one at a time; a stop or
a trip waits for nobody.
"""

from collections import deque
from dataclasses import dataclass

from rig.bridge import Bridge, End, Operate, Request, Slot
from rig.clock import RealClock
from rig.operator.protocol import ANSWER_S, Answer, Command, Question, Standing, percent
from rig.operator.server import Client, OperatorServer
from rig.state import RigState
from rig.supervisor.journalist import Journalist, Operated
from rig.supervisor.progress import Progress
from rig.supervisor.standing import Reporter

_OPERATE = {Command.HOLD: Operate.HOLD, Command.RESUME: Operate.RESUME, Command.SPAN: Operate.SPAN}
_REQUEST = {Command.STOP: Request.STOP_FOR_PERSON, Command.TRIP: Request.TRIP}
_REACHED = {
    Command.HOLD: (RigState.HOLDING,),
    Command.RESUME: (RigState.RUNNING,),
    Command.STOP: (RigState.STOPPING,),
    Command.TRIP: (RigState.TRIPPED,),
}
_NEEDS = {
    Command.HOLD: "a hold needs one that is RUNNING",
    Command.RESUME: "a resume needs one that is HOLDING",
    Command.SPAN: "a span needs one that is RUNNING or HOLDING",
}
_DONE = {
    Command.HOLD: "the rig holds; rig resume goes on, rig stop ends the run",
    Command.RESUME: "the rig goes on",
    Command.SPAN: "the span goes there in a ramp; a distance played below 100 % counts as a suspension",
    Command.STOP: "the rig ramps down, then the run ends",
    Command.TRIP: "tripped; the trip is latched until a person resets it",
}


@dataclass(slots=True)
class _Asked:
    """A command under way. ``number``: the loop's, once passed on; ``taken``: the loop has taken it."""

    client: Client
    question: Question
    deadline_ns: int
    number: int = 0
    taken: bool = False

    @property
    def command(self) -> Command:
        return self.question.command

    @property
    def words(self) -> str:
        permille = self.question.span_permille
        return f"a span of {percent(permille / 1000.0)}" if permille else f"a {self.command}"


class Desk:
    """Serves one run's operators, turn by turn."""

    def __init__(self, server: OperatorServer, bridge: Bridge, tell: Journalist, reporter: Reporter) -> None:
        self._server, self._bridge, self._tell, self._reporter = server, bridge, tell, reporter
        self._clock = RealClock()
        self._line: deque[_Asked] = deque()  # hold, resume and span; the first is with the loop
        self._ends: list[_Asked] = []  # stop and trip
        self._late: _Asked | None = None  # given up, and the loop may take it all the same
        self._through = False

    def turn(self, progress: Progress) -> None:
        """Take what has been asked, and answer what has been dealt with."""
        for client, question in self._server.turn():
            self._take(_Asked(client, question, self._clock.now_ns() + int(ANSWER_S * 1e9)), progress)
        self._pass_on(progress)
        self._ends = [asked for asked in self._ends if not self._has_ended(asked, progress)]
        self._note_late(progress)

    def end(self, progress: Progress) -> None:
        """The loop is through: answer everything that still waits."""
        self._through = True
        self.turn(progress)

    def _take(self, asked: _Asked, progress: Progress) -> None:
        if asked.command is Command.STATUS:
            self._server.answer(asked.client, Answer(True, "", self._standing(progress)))
        elif asked.command in _REQUEST:
            self._request(asked, progress)
        else:
            self._line.append(asked)

    def _request(self, asked: _Asked, progress: Progress) -> None:
        """Asked of the loop at once; then put on record, as the reason for what the loop will do."""
        if over := self._over(progress):
            self._refuse(asked, progress, over)
            return
        self._bridge.raise_request(_REQUEST[asked.command])
        data = {"uid": asked.client.uid, "state": progress.state.name}
        self._tell.operator_ends(f"operator_{asked.command}", asked.client.user, progress, data)
        self._ends.append(asked)

    def _has_ended(self, asked: _Asked, progress: Progress) -> bool:
        end = End(self._bridge.get(Slot.ENDED))
        stopped = self._through and asked.command is Command.STOP and end not in (End.NOT_YET, End.TRIPPED)
        if stopped or self._state(progress) in _REACHED[asked.command]:
            self._answer(asked, progress, True, _DONE[asked.command])
        elif over := self._over(progress):
            self._refuse(asked, progress, over)
        elif self._clock.now_ns() > asked.deadline_ns:
            self._refuse(asked, progress, self._still_asked(asked))
        else:
            return False
        return True

    def _over(self, progress: Progress) -> str:
        """Where the loop takes nothing any more: that, in words; else nothing."""
        state = self._state(progress)
        over = self._through or state is RigState.TRIPPED
        return f"the run is over, the rig is {state.name}" if over else ""

    def _pass_on(self, progress: Progress) -> None:
        """The first in the line goes to the loop; once the loop has dealt with it the next one does."""
        while self._line:
            asked = self._line[0]
            if not asked.number and (over := self._over(progress)):
                self._refuse(asked, progress, over)
                self._line.popleft()
                continue
            if not asked.number:
                asked.number = self._bridge.operate(_OPERATE[asked.command], asked.question.span_permille or 0)
            if not self._is_dealt_with(asked, progress):
                return
            self._line.popleft()

    def _is_dealt_with(self, asked: _Asked, progress: Progress) -> bool:
        state, late = self._state(progress), self._clock.now_ns() > asked.deadline_ns
        if self._bridge.get(Slot.OPERATE_TAKEN) == asked.number and not asked.taken:
            if self._bridge.get(Slot.OPERATE_REFUSED):
                self._refuse(asked, progress, f"the rig is {state.name}; {_NEEDS[asked.command]}")
                return True
            asked.taken = self._on_record(asked, progress)
        if asked.taken and (late or state in _REACHED.get(asked.command, (state,)) or self._over(progress)):
            self._answer(asked, progress, True, _DONE[asked.command])
            return True
        if late or self._over(progress):
            self._late = asked
            self._refuse(asked, progress, self._over(progress) or self._still_asked(asked))
            return True
        return False

    def _on_record(self, asked: _Asked, progress: Progress) -> bool:
        """Write it down at the sample where it took effect; False while the loop's word of that is on its way."""
        while self._tell.operated:
            operated = self._tell.operated.popleft()
            if operated.what is _OPERATE[asked.command] and asked.question.span_permille in (
                None,
                round(1000 * operated.span),
            ):
                self._write_taken(asked, operated, progress)
                return True
            self._write_late(operated, progress)
        return False

    def _write_taken(self, asked: _Asked, operated: Operated, progress: Progress) -> None:
        text = f"{asked.client.user} asked for {asked.words}"
        progress.operator = text
        if asked.command is Command.HOLD:
            progress.holding = f"{asked.client.user} asked for it"
        place = (operated.sample, operated.distance_m)
        self._tell.operator(f"operator_{asked.command}", asked.client.user, text, place, self._data(asked, True))

    def _note_late(self, progress: Progress) -> None:
        """A command that had been given up, and was taken in the end."""
        while self._tell.operated and not self._line:
            self._write_late(self._tell.operated.popleft(), progress)

    def _write_late(self, operated: Operated, progress: Progress) -> None:
        if self._late is not None:
            self._write_taken(self._late, operated, progress)
            self._late = None

    def _refuse(self, asked: _Asked, progress: Progress, why: str) -> None:
        text = f"{asked.client.user} asked for {asked.words}: not taken, {why}"
        progress.operator = text
        place, kind = (progress.sample, progress.distance_m), f"operator_{asked.command}"
        self._tell.operator(kind, asked.client.user, text, place, self._data(asked, False))
        self._answer(asked, progress, False, why if why.startswith("asked") else f"not taken: {why}")

    def _answer(self, asked: _Asked, progress: Progress, done: bool, text: str) -> None:
        progress.note = self._tell.note
        self._server.answer(asked.client, Answer(done, text, self._standing(progress)))

    def _standing(self, progress: Progress) -> Standing:
        return self._reporter.standing(progress, self._state(progress))

    def _data(self, asked: _Asked, taken: bool) -> dict[str, object]:
        permille = asked.question.span_permille
        span = {"span": permille / 1000.0} if permille else {}
        return {"uid": asked.client.uid, "taken": taken, **span}

    def _still_asked(self, asked: _Asked) -> str:
        return (
            f"asked, but the loop has not taken {asked.words} within {ANSWER_S:g} s; it may still do so: see rig status"
        )

    def _state(self, progress: Progress) -> RigState:
        """The loop's present state; what the supervisor has made of a loop that is gone counts more."""
        if progress.state is RigState.TRIPPED:
            return RigState.TRIPPED
        return RigState(self._bridge.get(Slot.STATE))
