"""How a run stands, in the words and numbers that an operator at another terminal gets."""

from pathlib import Path

from rig.clock import RealClock
from rig.config import Limit
from rig.operator.protocol import Standing, percent
from rig.state import RigState
from rig.supervisor.progress import Progress
from rig.supervisor.session import Session

_LEAST_SHARE = 0.01
"""Of the way: before that nobody can tell how long the rest will take."""


class Reporter:
    """Tells how one run stands; its time begins with it."""

    def __init__(self, session: Session, run_dir: Path) -> None:
        self._session, self._run_dir = session, run_dir.resolve()
        self._clock = RealClock()
        self._started_ns = self._clock.now_ns()

    def standing(self, progress: Progress, state: RigState) -> Standing:
        """Now, in that state."""
        session = self._session
        segment = session.plan.segments[progress.segment]
        gone_s = (self._clock.now_ns() - self._started_ns) * 1e-9
        return Standing(
            run=str(self._run_dir),
            name=session.plan.name,
            rig=session.plan.rig.name,
            pace=session.pace,
            state=state.name,
            distance_km=progress.distance_m / 1000.0,
            target_km=session.target_m / 1000.0,
            speed_kmh=progress.speed_mps * 3.6,
            segment=segment.label,
            surface=segment.surface,
            span=progress.span,
            wanted_span=progress.wanted_span,
            reduced_km=progress.reduced_m / 1000.0,
            grade=progress.grade,
            late_cycles=progress.late_cycles,
            underruns=progress.underruns,
            gone_s=gone_s,
            left_s=left_s(progress, session.target_m),
            worst=worst_channel(session.plan.rig.limits, progress.feedback),
            holding=progress.holding,
            note=progress.note,
            operator=progress.operator,
        )


def left_s(progress: Progress, target_m: float) -> float | None:
    """Seconds that the rest will take, as the way so far has without its holds; None where it can't be told yet."""
    driven_m = progress.distance_m - progress.begun_m
    if driven_m <= _LEAST_SHARE * (target_m - progress.begun_m):
        return None
    return progress.driven_s * max(0.0, target_m - progress.distance_m) / driven_m


def worst_channel(limits: tuple[Limit, ...], feedback: dict[str, float]) -> str:
    """The channel that is nearest to an upper or lower limit just now, in words; a value that is none comes first."""
    found = [
        (value / limit.value if value == value else float("inf"), limit, value)
        for limit in limits
        if limit.kind in ("upper", "lower") and limit.value and (value := feedback.get(limit.channel)) is not None
    ]
    if not found:
        return ""
    share, limit, value = max(found, key=lambda each: each[0])
    told = percent(round(share, 2)) if share == share and share < float("inf") else "no number"
    return f"{limit.channel} {value:.4g}, {limit.kind} limit {limit.value:g} ({told})"
