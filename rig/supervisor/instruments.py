"""The supervisor's side of the VISA worker: polls it, keeps its readings, passes on its faults."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from rig.clock import RealClock
from rig.config import Rig
from rig.record.files import in_words
from rig.record.slow import SlowLog
from rig.supervisor.crew import Crew, CrewError, Member
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.visa.worker import Opened, Poll

ANSWER_TIMEOUT_S = 30.0
SILENT_S = 5.0
"""At pace real a worker that has not answered for so long stands still; never less than its instruments may take."""
_MARGIN_S = 2.0
_POLL_PERIOD_S = 1.0


class InstrumentsLink:
    """Polls the slow instruments: in step at meetings (pace stepped), or each second without waiting (pace real).

    Readings go into ``slow.jsonl``, one JSON object a line; use with ``with``, which closes it. Nothing here ends a
    run; the supervisor sees to a worker that is gone. ``heard`` is told of each answer once it is on the disk.

    ``silent``: that the worker does not answer, in words, or empty. Once that is said it is asked nothing more: what
    it answered after all would be taken for the answer to another question.
    """

    def __init__(
        self,
        crew: Crew,
        rig: Rig,
        run_dir: Path,
        tell: Journalist,
        in_step: bool,
        heard: Callable[[Poll], None] = lambda _poll: None,
    ) -> None:
        self._worker: Member | None = crew.visa
        self._beat = crew.bridge.beat
        self._tell, self._in_step, self._heard = tell, in_step, heard
        self._period_samples = round(_POLL_PERIOD_S * rig.sample_rate_hz)
        self._next_sample = 0
        self._begun = self._asked = False
        self._asked_ns = 0
        self._clock = RealClock()
        # each of its instruments may be dead, and is waited for once in a poll
        self._patience_s = max(SILENT_S, sum(one.timeout_ms for one in rig.instruments) * 1e-3 + _MARGIN_S)
        self.silent = ""
        self._log = SlowLog(run_dir)
        self._refused = False

    def open(self, progress: Progress) -> Opened | None:
        """Identify the instruments, set them up, upload the waveforms; what they said, None where there is no answer.

        Nothing plays or blows yet: see `begin`.
        """
        if self._worker is None:
            return None
        opened = self._ask(("open",), progress)
        if not isinstance(opened, Opened):
            return None
        for fault in opened.faults:
            self._tell.instrument(fault, progress)
        return opened

    def begin(self, progress: Progress) -> None:
        """Take the first readings; from now on fan and shaker follow the run."""
        self._begun = True
        self.poll_now(progress)

    def turn(self, progress: Progress) -> None:
        """At pace real: take an answer that has come, ask again when it is time."""
        if self._worker is None or self._in_step or self.silent or not self._begun:
            return
        with contextlib.suppress(EOFError, OSError):
            if self._asked and self._worker.connection.poll(0):
                self._take(self._worker.connection.recv(), progress)
                self._asked = False
            if not self._asked and progress.sample >= self._next_sample:
                self._worker.connection.send(self._question(progress))
                self._asked, self._asked_ns = True, self._clock.now_ns()
                self._next_sample = progress.sample + self._period_samples
        if self._asked and self._clock.now_ns() - self._asked_ns > self._patience_s * 1e9:
            self.silent = f"the visa process stands still: no answer to a poll for {self._patience_s:g} s"

    def poll_now(self, progress: Progress) -> None:
        """Poll and wait for the answer."""
        if self._worker is not None and not self.silent:
            self._take(self._ask(self._question(progress), progress), progress)

    def close(self, progress: Progress) -> None:
        """Leave the instruments safe: shaker off, fan cooling down."""
        if self._worker is not None and not self.silent:
            if self._asked:
                with contextlib.suppress(CrewError):
                    self._worker.receive(self._patience_s)
            faults = self._ask(("close",), progress)
            for fault in faults if isinstance(faults, tuple) else ():
                self._tell.instrument(str(fault), progress)

    def __enter__(self) -> "InstrumentsLink":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._log.close()

    def _question(self, progress: Progress) -> tuple[str, int, float, int]:
        return ("poll", progress.sample, progress.distance_m, progress.segment)

    def _ask(self, question: tuple[object, ...], progress: Progress) -> object:
        assert self._worker is not None
        try:
            self._worker.connection.send(question)
            return self._worker.receive(ANSWER_TIMEOUT_S, self._beat)
        except (CrewError, OSError) as error:
            self.silent = str(error)
            self._tell.instrument(f"the instruments' process does not answer: {error}", progress)
            return None

    def _take(self, answer: object, progress: Progress) -> None:
        if not isinstance(answer, Poll):
            return
        progress.readings = answer.readings
        if answer.waveform is not None:
            self._tell.waveform(answer.waveform, progress)
        for fault in answer.faults:
            self._tell.instrument(fault, progress)
        self._write(answer, progress)
        self._heard(answer)

    def _write(self, answer: Poll, progress: Progress) -> None:
        if self._refused:
            return  # a line after half a line would spoil both
        try:
            self._log.append(answer.row())
        except OSError as error:
            self._refused = True
            self._tell.disk_fault(in_words(error, "the slow readings can't be written"), progress)
