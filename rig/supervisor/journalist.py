"""Puts into words, and into the event log, what the loop, the judge and the supervisor tell."""

import traceback
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.frames import FaultCode
from rig.bridge import EventKind, Operate
from rig.clock import RealClock
from rig.config import Rig
from rig.life.health import HealthResult
from rig.life.verdict import FAILURE, RIG, Finding
from rig.operator.users import own_name
from rig.plan.plan import SegmentPlan
from rig.record.events import EventLog
from rig.record.files import in_words
from rig.record.ring import Ring
from rig.state import RigState
from rig.supervisor.progress import Progress


class Operated(NamedTuple):
    """An operator's command that took effect in the loop, and where; ``span`` for a span only."""

    what: Operate
    span: float
    sample: int
    distance_m: float


class _Planned(Protocol):
    @property
    def rig(self) -> Rig: ...

    @property
    def segments(self) -> Sequence[SegmentPlan]: ...


class Subject(Protocol):
    """What events tell of: a `rig.supervisor.session.Session`, or less where only checks are made."""

    @property
    def plan(self) -> _Planned:
        """The rig file and the segments of the road."""
        ...


class Journalist:
    """Writes events; those of the loop come through a ring, where there is a loop.

    ``elapsed_s``: since the run began, where it is gone on with.

    ``reason``: the first thing that explains why the run did not reach its target, in words, or empty.
    ``note``: the last event in words, for the display.
    ``operated``: operators' commands that the loop has taken, oldest first, until the desk has put them on record.
    ``disk_failure``: why events can't be written any more, or empty; the supervisor must stop the run then.
    """

    def __init__(
        self, session: Subject, log: EventLog, events: Ring | None, reader: str, elapsed_s: float = 0.0
    ) -> None:
        self._session, self._log = session, log
        self._reader = events.reader(reader) if events is not None else None
        self._clock = RealClock()
        self._start_ns = self._clock.now_ns() - int(1e9 * elapsed_s)
        self._segment = -1
        self._lost: set[str] = set()
        self._user = own_name()  # now: a directory service may take its time
        self.operated: deque[Operated] = deque()
        self.reason = ""
        self.disk_failure = ""
        self.note = ""

    @property
    def head(self) -> str:
        """The hash of the last event: it stands for all of them."""
        return self._log.head

    def started(self, text: str, data: dict[str, Any]) -> None:
        """The run begins."""
        self._write("run_started", text, 0, 0.0, data)

    def recovered(self, text: str, first_sample: int, progress: Progress, data: dict[str, Any]) -> None:
        """The run goes on where it was interrupted, with that sample."""
        self._write("run_recovered", text, first_sample, progress.distance_m, data)

    def checked(self, text: str, data: dict[str, Any], *, ends: bool, passed: bool) -> None:
        """The checks before the run have been judged; ``ends``: one has failed, and that ends the run."""
        if ends:
            self._because("checks_failed", text, 0, 0.0, data)
        else:
            self._write("checks_passed" if passed else "checks_failed", text, 0, 0.0, data)

    def ended(self, text: str, progress: Progress, data: dict[str, Any]) -> None:
        """The run is over."""
        self._write("run_ended", text, progress.sample, progress.distance_m, data)

    def take_events(self, progress: Progress) -> None:
        """What the loop has told since the last call."""
        for event in self._reader.drain() if self._reader is not None else ():
            self._from_loop(event, progress)

    def _from_loop(self, event: np.void, progress: Progress) -> None:
        kind, index = EventKind(int(event["kind"])), int(event["index"])
        sample, distance_m, value = int(event["sample"]), float(event["distance_m"]), float(event["value"])
        text = bytes(event["text"]).rstrip(b"\0").decode(errors="replace")
        if kind is EventKind.STATE:
            self._state(RigState(index), sample, distance_m, progress)
        elif kind is EventKind.LIMIT:
            self._limit(index, sample, distance_m, value, progress)
        elif kind is EventKind.DEVICE_FAULT:
            data = {"first_fault": FaultCode(index).name, "interlocks": int(value)}
            self._because("device_fault", text, sample, distance_m, data)
        elif kind is EventKind.BUS_FAULT:
            self._because("bus_fault", text, sample, distance_m, {})
        elif kind is EventKind.DRIVE_LATE:
            self._because("drive_late", "the next drive rows were not there in time: trip", sample, distance_m, {})
        elif kind is EventKind.OPERATED:
            self._operated(Operated(Operate(index), value / 1000.0, sample, distance_m), progress)
        elif kind is EventKind.LATE_CYCLES:
            self._late(int(value), sample, distance_m, progress)
        else:
            self._rare(kind, index, sample, distance_m, value)

    def _state(self, state: RigState, sample: int, distance_m: float, progress: Progress) -> None:
        progress.state = state
        if state is not RigState.HOLDING:
            progress.holding = ""
        elif not progress.holding:
            progress.holding = "somebody asked for it"
        self._write("state_changed", f"the rig is {state.name}", sample, distance_m, {"state": state.name})

    def _operated(self, operated: Operated, progress: Progress) -> None:
        self.operated.append(operated)
        if operated.what is Operate.SPAN:
            progress.wanted_span = operated.span
            progress.reduced.wanted(operated.sample, operated.span)

    def _late(self, count: int, sample: int, distance_m: float, progress: Progress) -> None:
        allowed = self._session.plan.rig.late_cycles_per_s
        text = f"{count} late cycles within a second, allowed are {allowed}: hold"
        progress.holding = text
        self._write("late_cycles", text, sample, distance_m, {"cycles": count, "allowed": allowed})

    def _rare(self, kind: EventKind, index: int, sample: int, distance_m: float, value: float) -> None:
        if kind is EventKind.CLAMP:
            axis = self._session.plan.rig.axes[index]
            reach = f"{axis.actuator.lowest:g} to {axis.actuator.highest:g} {axis.unit}"
            text = f"{axis.name}: a command of {value:g} is outside its range, {reach}: trip at the clamp"
            data = {"channel": axis.name, "action": "trip", "kind": "clamp", "value": value}
            self._because("limit_breached", text, sample, distance_m, data)
        elif kind is EventKind.SUPERVISOR_LOST:
            self._because("process_lost", "the loop lost its supervisor", sample, distance_m, {"process": "supervisor"})
        elif kind is EventKind.SUPERVISOR_SILENT:
            text = f"the supervisor took no turn for {value:.1f} s: nobody watched the rig, the loop ramps down"
            self._because("process_lost", text, sample, distance_m, {"process": "supervisor", "silent_s": value})
        elif kind is EventKind.TRIP_UNACKNOWLEDGED:
            text = "the device did not acknowledge the trip: only its own watchdog protects"
            self._because("device_fault", text, sample, distance_m, {})

    def _limit(self, index: int, sample: int, distance_m: float, value: float, progress: Progress) -> None:
        limit = [limit for limit in self._session.plan.rig.limits if limit.kind != "stale"][index]
        bound = "" if limit.value is None else f", limit {limit.value:g}"
        text = (
            f"{limit.channel} {limit.kind}: {value:.4g}{bound} for {limit.persistence_samples} samples: {limit.action}"
        )
        data = {**limit.model_dump(), "measured": None if np.isnan(value) else value}
        if limit.action == "indicate":
            self._write("limit_indicated", text, sample, distance_m, data)
        elif limit.action == "hold":  # no end: a person resumes or stops
            progress.holding = text
            self._write("limit_breached", text, sample, distance_m, data)
        else:
            self._because("limit_breached", text, sample, distance_m, data)

    def rows(self, rows: NDArray[np.void]) -> None:
        """Tell when the car enters another segment."""
        segments = rows["segment"]
        for at in np.flatnonzero(np.diff(segments, prepend=self._segment)):
            segment = self._session.plan.segments[int(segments[at])]
            row = rows[at]
            text = f"{segment.label} ({segment.surface})"
            data = {"segment": int(segments[at]), "surface": segment.surface}
            self._write("segment_entered", text, int(row["sample"]), float(row["distance_m"]), data)
        self._segment = int(segments[-1])

    def finding(self, finding: Finding) -> None:
        """A warning or a failure of a component, or a sensor that the judge does not believe."""
        data = {
            "component": finding.component,
            "mode": finding.mode,
            "mechanism": finding.mechanism,
            "feature": finding.feature,
            "value": finding.value,
            "limit": finding.limit,
            "evidence": [finding.evidence.first_sample, finding.evidence.last_sample],
        }
        place = (finding.text, finding.sample, finding.distance_km * 1000.0, data)
        if finding.component == RIG:
            self._because("device_fault", *place)
        elif finding.severity == FAILURE:
            self._because("component_failed", *place)
        else:
            self._write("component_warning", *place)

    def health(self, results: Sequence[HealthResult]) -> None:
        """What the health blocks so far have said of the parts: what is not on record yet is put there."""
        for result in results[self._log.counted("health_block") :]:
            data = msgspec.to_builtins(result)
            self._write("health_block", result.text, result.last_sample, result.distance_km * 1000.0, data)

    def interrupted(self, trip: bool, progress: Progress) -> None:
        """Somebody pressed Ctrl-C, or a signal came: it belongs to the user of this process."""
        user = self._user
        kind, text = ("operator_trip", f"second interrupt by {user}: trip") if trip else ("operator_stop", "")
        self._person_ends(kind, user, text or f"stopped by {user} (interrupt)", progress, {})

    def operator_ends(self, kind: Any, user: str, progress: Progress, data: dict[str, Any]) -> None:
        """An operator at another terminal asks for a stop or a trip."""
        text = f"tripped by {user}" if kind == "operator_trip" else f"stopped by {user}"
        self._person_ends(kind, user, text, progress, data)

    def operator(self, kind: Any, user: str, text: str, place: tuple[int, float], data: dict[str, Any]) -> None:
        """What became of an operator's command; ``place``: sample and distance in m."""
        self._write(kind, text, *place, {"user": user, **data})

    def _person_ends(self, kind: Any, user: str, text: str, progress: Progress, data: dict[str, Any]) -> None:
        if progress.holding:
            text += f"; the rig held: {progress.holding}"
        progress.operator = text
        self._because(kind, text, progress.sample, progress.distance_m, {"user": user, **data})

    def instrument(self, text: str, progress: Progress) -> None:
        """A slow instrument is in trouble; never a reason to end the run by itself."""
        self._write("instrument_fault", text, progress.sample, progress.distance_m, {})

    def waveform(self, name: str, progress: Progress) -> None:
        """The body-mount shaker plays another block."""
        self._write(
            "waveform_switched", f"the shaker plays {name}", progress.sample, progress.distance_m, {"name": name}
        )

    def process_lost(self, name: str, progress: Progress, text: str = "") -> None:
        """A process is gone."""
        words = text or f"the {name} process is gone"
        self._because("process_lost", words, progress.sample, progress.distance_m, {"process": name})

    def rows_lost(self, count: int, before: str) -> None:
        """The judge or the recorder was overtaken by the loop; ``before``: what the rows were not, such as recorded."""
        self._because("rows_lost", f"{count} rows were lost before they were {before}", 0, 0.0, {"rows": count})

    def supervisor_failed(self, error: Exception, progress: Progress) -> None:
        """A fault of this program while the rig was running; the traceback is kept for those who mend it."""
        trace = "".join(traceback.format_exception(error))
        text = f"a fault of this program ({type(error).__name__}: {error}); the rig is stopped"
        data = {"process": "supervisor", "traceback": trace}
        self._because("process_lost", text, progress.sample, progress.distance_m, data)

    def disk_fault(self, text: str, progress: Progress) -> None:
        """The record can't be written; said once, as what follows from it would only hide it."""
        self.disk_failure = self.disk_failure or text
        if "disk" not in self._lost:
            self._lost.add("disk")
            self._because("process_lost", text, progress.sample, progress.distance_m, {"process": "recorder"})

    def disk_low(self, text: str, free: int, needed: int, progress: Progress, *, ends: bool) -> None:
        """The disk has less free than the run needs (bytes); ``ends``: less than its end does, and it is stopped."""
        progress.disk = text
        write = self._because if ends else self._write
        data = {"free_bytes": free, "needed_bytes": needed}
        write("disk_low", text, progress.sample, progress.distance_m, data)

    def look_after_log(self) -> None:
        """Notice an event log that is gone, although nothing happens that would be written to it."""
        try:
            self._log.check()
        except OSError as error:
            self._refused(error)

    def _because(self, kind: Any, text: str, sample: int, distance_m: float, data: dict[str, Any]) -> None:
        self.reason = self.reason or text
        self._write(kind, text, sample, distance_m, data)

    def _write(self, kind: Any, text: str, sample: int, distance_m: float, data: dict[str, Any]) -> None:
        self.note = text
        time_s = (self._clock.now_ns() - self._start_ns) * 1e-9
        try:
            self._log.append(kind, text, time_s=time_s, sample=sample, distance_km=distance_m / 1000.0, data=data)
        except OSError as error:
            self._refused(error)

    def _refused(self, error: OSError) -> None:
        self.disk_failure = self.disk_failure or in_words(error, "an event can't be written")
        self.reason = self.reason or self.disk_failure
