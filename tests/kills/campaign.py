"""Kill after kill: a run, interrupted some times, gone on with each time, compared in the end."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.kills.judging import judge_kill, judge_whole
from tests.kills.killing import COURSE, VICTIMS, Killed, Part, kill_once

LATEST_S = 0.6
"""After its first row a part is killed within so long; on a quiet machine the whole course takes four seconds."""


def reference_run(folder: Path) -> Path:
    """A run of the same that is never interrupted."""
    folder.mkdir(parents=True, exist_ok=True)
    code, _ = Part(("run", *COURSE), folder).end()
    assert code == 0, (folder / "rig.log").read_text()
    return next((folder / "runs").iterdir())


class Campaign:
    """Runs that are killed.

    Attributes:
        killed: what each kill left.
        ratios: of each run, the damage of each part over that of the reference.
    """

    def __init__(self, reference: Path, folder: Path, random: Random) -> None:
        self._reference, self._folder, self._random = reference, folder, random
        self.killed: list[Killed] = []
        self.ratios: list[dict[str, float]] = []

    @property
    def runs(self) -> int:
        """Runs that came to their end."""
        return len(self.ratios)

    def one_run(self, kills: int, say: Callable[[str], None], victims: tuple[str, ...] = VICTIMS) -> None:
        """One run: killed so many times, gone on with each time, then left to its end."""
        folder = self._folder / f"run-{self.runs}"
        folder.mkdir(parents=True, exist_ok=True)
        words: tuple[str, ...] = ("run", *COURSE)
        before, run = 0, folder
        for number in range(kills):
            killed = self._kill(words, folder, before, victims[number] if len(victims) < 4 else "")
            if killed is None:
                break
            before, run = judge_kill(killed), killed.run
            words = ("recover", f"runs/{run.name}")
            self.killed.append(killed)
            say(f"{len(self.killed):4}  {killed.victim:12} acknowledged {killed.acknowledged:6}, recorded {before:6}")
        else:
            code, out = Part(words, folder).end()
            assert code == 0, out + (folder / "rig.log").read_text()
        self.ratios.append(judge_whole(run, self._reference))

    def _kill(self, words: tuple[str, ...], folder: Path, before: int, victim: str) -> Killed | None:
        part = Part(words, folder)
        part.await_ring()
        return kill_once(part, victim or self._random.choice(VICTIMS), self._random, LATEST_S, before)
