"""The checks before a run, as the supervisor has them made: instruments, small moves, judgement, record, decision."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from rig.bridge import End
from rig.config import Rig
from rig.record import checks as record
from rig.record.checks import CheckMove, CheckResult, Checks, Outcome, Override
from rig.record.files import in_words
from rig.rt.check_moves import plan_moves
from rig.rt.checks import Seen, judge_checks, moves_of
from rig.supervisor.journalist import Journalist
from rig.supervisor.progress import Progress
from rig.visa.worker import Opened

HOW_TO_GO_ON = 'mend it; --override-checks "why" runs all the same, and puts the reason on record'


class PreChecks:
    """The checks of one run.

    Args:
        rig: the rig file.
        override: given with the order: a check that fails does not end the run.
        told: called with what they came to.

    Attributes:
        outcome: what they came to; None where none were made.
    """

    def __init__(self, rig: Rig, override: Override | None, told: Callable[[Checks], None]) -> None:
        self._rig, self._override, self._told = rig, override, told
        self._instruments: tuple[CheckResult, ...] = ()
        self.outcome: Checks | None = None

    def may_move(self, opened: Opened | None) -> bool:
        """Whether the small moves may begin: not where an instrument is missing or another one than the rig file says.

        ``opened``: what the instruments said; None where they, or their process, do not answer.
        """
        self._instruments = tuple(instrument_results(self._rig, opened))
        return self._override is not None or all(result.passed for result in self._instruments)

    def conclude(self, report: dict[str, Any] | None, tell: Journalist, run_dir: Path, progress: Progress) -> End:
        """Judge what the moves showed, put it on record, and say how the run goes on.

        Args:
            report: what the loop said of them, ``{"end": ..., "seen": ...}``; None where nothing was moved.
            tell, run_dir, progress: of the run.

        Returns:
            NOT_YET where the run may begin; else why it ends before its drive.
        """
        end = End.NOT_YET if report is None else End(report["end"])
        seen = None if report is None else report.get("seen")
        self.outcome = self._judged(end, seen if isinstance(seen, Seen) else None)
        recorded = put_on_record(self.outcome, tell, run_dir, progress)
        self._told(self.outcome)
        if self.outcome.outcome == "broken_off":
            return end
        return End.NOT_YET if recorded and self.outcome.outcome != "failed" else End.RIG_STOP

    def _judged(self, end: End, seen: Seen | None) -> Checks:
        rig, asked = self._rig, self._rig.checks
        assert asked is not None
        results = self._instruments
        played: tuple[CheckMove, ...] = ()
        if seen is not None:
            moves = plan_moves(rig, asked)
            found = judge_checks(rig, asked, moves, seen)
            made = found if end is End.COMPLETED else (one for one in found if one.measured is not None)
            results = (*results, *made)
            played = moves_of(rig, asked, moves, seen)
        return Checks(
            outcome=self._outcome(end, results),
            sample_rate_hz=rig.sample_rate_hz,
            results=results,
            moves=played,
            override=self._override,
        )

    def _outcome(self, end: End, results: tuple[CheckResult, ...]) -> Outcome:
        if end not in (End.NOT_YET, End.COMPLETED):
            return "broken_off"
        if end is End.COMPLETED and all(result.passed for result in results):
            return "passed"
        return "failed" if self._override is None else "overridden"


def instrument_results(rig: Rig, opened: Opened | None) -> list[CheckResult]:
    """Whether each instrument that a run uses answers, and is what the rig file says."""
    results = []
    for instrument in rig.instruments:
        used = {"supply": rig.fan is not None, "waveform_generator": rig.shaker is not None}
        if not used.get(instrument.role, True):
            continue
        found, fault = "", f"{instrument.role}: the instruments' process does not answer"
        if opened is not None:
            found = opened.identities.get(instrument.role, "")
            said = [text for text in opened.faults if text.startswith(f"{instrument.role}: ")]
            fault = said[0] if said else "" if found else f"{instrument.role}: it has not said what it is"
        words = f"{fault} (expected: {instrument.identity})" if fault else ""
        told = (found or "no answer", instrument.identity, words)
        results.append(CheckResult(instrument.role, "identity", None, None, None, "", not fault, *told))
    return results


def put_on_record(checks: Checks, tell: Journalist, run_dir: Path, progress: Progress) -> bool:
    """Into ``checks.json`` and the events; whether the disk took them. What broke them off has told its own event."""
    recorded = True
    try:
        record.write(run_dir, checks)
    except OSError as error:
        recorded = False
        tell.disk_fault(in_words(error, "the checks can't be written"), progress)
    if checks.outcome != "broken_off":
        failed = [{"check": f"{one.subject} {one.what}", "words": one.words} for one in checks.failed]
        override = None if checks.override is None else {"user": checks.override.user, "reason": checks.override.reason}
        data = {"checks": len(checks.results), "failed": failed, "override": override}
        ends, passed = checks.outcome == "failed", checks.outcome == "passed"
        tell.checked(in_sentence(checks), data, ends=ends, passed=passed)
    return recorded


def in_sentence(checks: Checks) -> str:
    """What they came to, with each failed check in words."""
    words = "; ".join(result.words for result in checks.failed)
    end = f" ({HOW_TO_GO_ON})" if checks.outcome == "failed" else ""
    return f"checks before the run: {checks.summary()}" + (f": {words}" if words else "") + end
