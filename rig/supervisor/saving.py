"""Checkpoints: what a run needs to go on, once a second and at each change of state."""

from pathlib import Path

from rig.clock import RealClock
from rig.life.judge import Judge
from rig.record import recorder
from rig.record.checkpoint import Checkpoint
from rig.record.files import in_words, to_json
from rig.state import RigState
from rig.supervisor.crew import Crew
from rig.supervisor.progress import Progress

PERIOD_S = 1.0


class Saver:
    """Writes the checkpoint, never ahead of the samples: only once all that it stands for is on the disk.

    Else a run that goes on from it would count twice what the judge had seen and the record had lost.
    """

    def __init__(self, run_dir: Path, crew: Crew, judge: Judge) -> None:
        self._checkpoint, self._crew, self._judge = Checkpoint(run_dir), crew, judge
        self._clock = RealClock()
        self._due_ns = 0
        self._state = RigState.OFFLINE
        self._waiting: tuple[int, bytes] | None = None

    def turn(self, progress: Progress, judged: int) -> str:
        """Take a state where it is time, write it once its samples are on the disk; ``judged``: the ring's rows.

        Returns:
            why it can't be written, in words; empty where it can.
        """
        now_ns = self._clock.now_ns()
        if self._waiting is None and (now_ns >= self._due_ns or progress.state is not self._state):
            self._due_ns, self._state = now_ns + int(PERIOD_S * 1e9), progress.state
            self._waiting = judged, to_json(self._now(progress))
        if self._waiting is None or self._crew.rows.durable(recorder.READER) < self._waiting[0]:
            return ""
        state, self._waiting = self._waiting[1], None
        try:
            self._checkpoint.write_json(state)
        except OSError as error:
            return in_words(error, "the checkpoint can't be written")
        return ""

    def _now(self, progress: Progress) -> dict[str, object]:
        return {
            "sample": progress.sample,
            "distance_m": progress.distance_m,
            "reduced_m": progress.reduced_m,
            "state": progress.state.name,
            "wanted_span": progress.wanted_span,
            "reduced": progress.reduced.state(),
            "played": progress.played.state(),
            "learned": self._crew.bridge.learned.tolist(),
            "life": self._judge.state(),
        }
