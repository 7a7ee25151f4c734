"""Before a run: how much of the disk it needs, against what is free where run directories go."""

import math
from dataclasses import dataclass
from pathlib import Path

from profiles.schema import Fault, InputError
from rig.plan import Plan
from rig.record.manifest import Recording
from rig.record.room import Room, free_bytes, in_bytes
from rig.record.thinning import AFTER_S, BEFORE_S


def room_of(plan: Plan, recording: Recording) -> Room:
    """What runs of a plan take. Of a summary the places where something is sure to happen are known: its segments."""
    rig, share = plan.rig, 1.0
    if recording == "summary":
        share = min(1.0, len(plan.segments) * (BEFORE_S + AFTER_S + 1) * rig.sample_rate_hz / plan.samples)
    return Room(len(rig.axes), len(rig.channels), rig.sample_rate_hz, share)


def samples_until(plan: Plan, target_m: float) -> int:
    """Samples of the drive up to a distance, rests and health blocks on the way included; a held rig adds its own."""
    driven_s = sum(
        segment.duration_s * min(1.0, max(0.0, (target_m - segment.start_m) / (segment.end_m - segment.start_m)))
        for segment in plan.segments
        if segment.end_m > segment.start_m
    )
    inserted = plan.health.until(target_m) * plan.health.plan.samples if plan.health else 0
    rests = sum(leg.rest_samples for leg in plan.legs if leg.start_m < target_m)
    return math.ceil(driven_s * plan.rig.sample_rate_hz) + rests + inserted


@dataclass(frozen=True, slots=True)
class Estimate:
    """The disk that a run needs.

    Attributes:
        runs: where run directories go.
        rows: samples of the run.
        room: of its rig.
        free: bytes free there now; None where that can't be asked.
    """

    runs: Path
    rows: int
    room: Room
    free: int | None

    @property
    def needed(self) -> int:
        """Bytes for the whole run, as runs usually are; the end of a run twice, so that it does not end at its edge."""
        return self.room.usual(self.rows) + 2 * self.room.end()

    def words(self) -> str:
        """For the announcement."""
        free = "free space unknown" if self.free is None else f"{in_bytes(self.free)} free"
        return f"up to about {in_bytes(self.room.usual(self.rows))}, {free}"

    def note(self) -> str:
        """Where it is close, in words; else empty."""
        most = self.room.most(self.rows) + 2 * self.room.end()
        if self.free is None or self.free >= most:
            return ""
        return (
            f"the disk may become full: {in_bytes(self.free)} are free for {self.runs}, and a run whose channels hold"
            f" nothing but noise takes {in_bytes(most)}; it is stopped in time"
        )

    def refuse(self) -> None:
        """Raise where there is not enough.

        Raises:
            InputError: what is needed, what is free, and what to do.
        """
        if self.free is not None and not self.free >= self.needed:
            found = f"{in_bytes(self.free)} free on the disk"
            allowed = f"at least {in_bytes(self.needed)} for {self.rows:,} samples and the end of the run"
            do = "make room, or --runs DIR on another disk, or a shorter --until-km"
            raise InputError([Fault(str(self.runs), 0, "--runs", found, f"{allowed}: {do}")])


def estimate(plan: Plan, target_m: float, runs: Path, recording: Recording, recorded: int = 0) -> Estimate:
    """What a run of a plan up to a distance needs, and what is free now; ``recorded``: samples that it has already."""
    rows = max(0, samples_until(plan, target_m) - recorded)
    return Estimate(runs, rows, room_of(plan, recording), free_bytes(runs))
