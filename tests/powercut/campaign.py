"""Many cuts: at random moments and around every change of names and every sync, in every way, on both file systems."""

import random
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import get_args

from tests.powercut import known
from tests.powercut.checks import CHANGES, CHECKS, After, Check
from tests.powercut.crash import WAYS, State, crash, lay_out
from tests.powercut.disk import Disk, System
from tests.powercut.trace import Op
from tests.powercut.writer import Promise

_SCRATCH = Path("/dev/shm")
"""Where states are laid out: in memory, as there are many and nobody keeps them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes before operation `at` of the trace; what waits is treated in a `way`, by `seed`."""

    at: int
    system: System
    way: str
    seed: int


@dataclass
class Tally:
    """What came of the states of one kind: rows that were pushed and are not there, of each; failures in words."""

    lost_rows: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def row(self) -> str:
        """States, most and median loss in seconds, and failures, as cells."""
        lost_s = [rows / known.RATE_HZ for rows in self.lost_rows] or [0.0]
        return f"{len(self.lost_rows)} | {max(lost_s):.2f} | {median(lost_s):.2f} | {len(self.failures) or 'none'}"


def random_cuts(ops: list[Op], count: int, seed: int) -> list[Cut]:
    """So many cuts anywhere, every way on every system as often as every other."""
    rng = random.Random(seed)
    kinds = [(system, way) for system in get_args(System) for way in WAYS]
    places = _places(ops)
    return [Cut(rng.choice(places), *kinds[k % len(kinds)], rng.getrandbits(32)) for k in range(count)]


def aimed_cuts(ops: list[Op], seed: int) -> list[Cut]:
    """Just before and just after each sync and each change of names, in a way that is another each time."""
    rng = random.Random(seed)
    around = [k + after for k, op in enumerate(ops) if op.kind not in ("promise", "write") for after in (0, 1)]
    return [Cut(at, rng.choice(get_args(System)), rng.choice(list(WAYS)), rng.getrandbits(32)) for at in around]


def play(ops: list[Op], cuts: list[Cut]) -> dict[tuple[str, str], Tally]:
    """Make the state of each cut and check it; by file system and way."""
    tallies = {(system, way): Tally() for system in get_args(System) for way in WAYS}
    for cut, state, promise, second_ago in _states(ops, cuts):
        tally = tallies[cut.system, cut.way]
        with tempfile.TemporaryDirectory(dir=_SCRATCH) as folder:
            after = After(Path(folder) / "runs", promise, second_ago)
            lay_out(state, Path(folder))
            tally.failures += [f"{cut}: {words}" for words in _wrong(after)]
            tally.lost_rows.append(max(0, promise.pushed - _count(after)))
    return tallies


def table(tallies: dict[tuple[str, str], Tally]) -> str:
    """All tallies as they stand in the docs."""
    lines = [
        "| file system | what was on its way | states | lost, most, s | median | failures |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {system} | {way} | {tally.row()} |" for (system, way), tally in tallies.items()]
    every = Tally([n for t in tallies.values() for n in t.lost_rows], failures_of(tallies))
    return "\n".join([*lines, f"| **all** | | {every.row()} |"])


def failures_of(tallies: dict[tuple[str, str], Tally]) -> list[str]:
    """All failures, in words."""
    return [words for tally in tallies.values() for words in tally.failures]


def _places(ops: list[Op]) -> list[int]:
    """Every moment between two operations on the disk."""
    return [k for k, op in enumerate(ops) if op.kind != "promise"] + [len(ops)]


def _states(ops: list[Op], cuts: list[Cut]) -> Iterator[tuple[Cut, State, Promise, int]]:
    """The state of each cut, in the order of the trace, which is walked once for each file system."""
    for system in get_args(System):
        disk, promises, done = Disk(system), [Promise()], 0
        for cut in sorted((one for one in cuts if one.system == system), key=lambda one: one.at):
            for op in ops[done : cut.at]:
                disk.apply(op)
                promises += [op.promise] if op.promise else []
            done = cut.at
            now = promises[-1]
            second_ago = max(one.pushed for one in promises if one.time_s <= now.time_s - 1.0 or one.pushed == 0)
            yield cut, crash(disk, cut.way, random.Random(cut.seed)), now, second_ago


def _wrong(after: After) -> Iterator[str]:
    for check in CHECKS:
        yield from _said(check, after)
    for check in CHANGES:
        with tempfile.TemporaryDirectory(dir=after.runs.parent) as folder:
            if after.runs.is_dir():
                shutil.copytree(after.runs, Path(folder) / "runs")
            yield from _said(check, After(Path(folder) / "runs", after.promise, after.second_ago))


def _said(check: Check, after: After) -> Iterator[str]:
    """What a check finds; anything that a reader raises is a failure too."""
    try:
        yield from check(after)
    except Exception as error:  # noqa: BLE001 - no state may make a reader fail, in whatever way
        yield f"{check.__name__}: {type(error).__name__}: {error}"


def _count(after: After) -> int:
    try:
        return after.count
    except Exception:  # noqa: BLE001 - has been told as a failure by the checks
        return 0
