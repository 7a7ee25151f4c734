"""A run that is killed: which process, when; what the ring held when it died; how it is gone on with."""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import psutil
from numpy.typing import NDArray

from rig.record import recorder
from rig.record.ring import Ring
from tests.commands import environment

VICTIMS = ("recorder", "loop", "supervisor", "all at once")
COURSE = ("dune_loop", "--pace", "stepped", "--until-km", "0.3")
GONE_S = 60.0
"""For what is left of a run to end by itself; the loop may first ramp down."""


@dataclass(frozen=True)
class Killed:
    """What a kill left.

    Attributes:
        victim: see `VICTIMS`.
        run: the run directory.
        after_s: how long after the first movement, or after the start where none came.
        rows: structured array, all rows of this part of the run, as they lay in the ring when all were dead.
        acknowledged: how many of them the recorder had said are in the files.
        before: samples that were recorded before this part began.
    """

    victim: str
    run: Path
    after_s: float
    rows: NDArray[np.void]
    acknowledged: int
    before: int


class Part:
    """A part of a run, between two interruptions: ``rig run`` or ``rig recover`` as a process."""

    def __init__(self, words: tuple[str, ...], cwd: Path) -> None:
        command = [sys.executable, "-m", "rig", *words, "--json"]
        self.log = cwd / "rig.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, cwd=cwd, env=environment()
            )
        self.ring: Ring | None = None

    def await_ring(self) -> None:
        """Until the part's ring of rows is there; it stays mapped here, whoever dies."""
        while self.ring is None and self.process.poll() is None:
            found = [_ring_of_rows(name) for name in _shared_by(self.process.pid)]
            self.ring = next((ring for ring in found if ring is not None), None)
            time.sleep(0.02)

    def family(self) -> dict[str, psutil.Process]:
        """The living processes by what they do; Python's own, which clears shared memory away, is left alone."""
        found = {"supervisor": psutil.Process(self.process.pid)}
        for child in found["supervisor"].children(recursive=True):
            role = _role(child, found["supervisor"].pid)
            if role:
                found[role] = child
        return found

    def end(self) -> tuple[int, str]:
        """Wait for its end; exit code and standard output."""
        out, _ = self.process.communicate(timeout=GONE_S)
        return self.process.returncode, out


def _shared_by(pid: int) -> set[str]:
    """The names of the blocks of shared memory that a process has mapped."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except OSError:
        return set()
    return {line.rpartition("/")[2] for line in lines if "/dev/shm/psm_" in line}


def _ring_of_rows(name: str) -> Ring | None:
    try:
        ring = Ring.attach(name)
    except Exception:  # noqa: BLE001 - another block, or one that is being made
        return None
    if recorder.READER in ring.readers:
        return ring
    ring.close()
    return None


def _role(process: psutil.Process, supervisor: int) -> str:
    """What a child does; empty for Python's tracker, and for one that is gone.

    Spawned processes have no names to see: the recorder has the journal open, the loop one connection.
    """
    try:
        if "resource_tracker" in " ".join(process.cmdline()):
            return ""
        files = [file.path for file in process.open_files()]
        if any("/samples/" in path for path in files):
            return "recorder"
        if process.ppid() == supervisor and _talks_to_device(process):
            return "loop"
    except psutil.Error:
        return ""
    return f"other {process.pid}"


def _talks_to_device(process: psutil.Process) -> bool:
    """The loop has one connection, the VISA process one for each instrument."""
    return sum(connection.status == psutil.CONN_ESTABLISHED for connection in process.net_connections("tcp")) == 1


def kill_once(part: Part, victim: str, random: Random, latest_s: float, before: int) -> Killed | None:
    """Kill a victim of a part at a random moment, and wait until all of it is gone; None where it had ended before."""
    started_s = time.monotonic()
    while part.process.poll() is None and (part.ring is None or part.ring.written == 0):
        time.sleep(0.005)
    wait_s = random.uniform(0.0, latest_s)
    deadline_s = time.monotonic() + wait_s
    while part.process.poll() is None and time.monotonic() < deadline_s:
        time.sleep(0.005)
    family = {} if part.process.poll() is not None else part.family()
    # A loop that is through is gone before the others: such a part is left to its end, which must be a good one.
    chosen = list(family.values()) if victim == "all at once" else [family[victim]] if victim in family else []
    for process in chosen:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    _await_death(list(family.values()))
    code, _ = part.end()
    if not chosen:
        assert code == 0, part.log.read_text()
        return None
    assert part.ring is not None, part.log.read_text()
    return Killed(victim, _run_of(part), time.monotonic() - started_s, _rows(part.ring), _acked(part), before)


def _await_death(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=GONE_S)
    assert not alive, f"still there after {GONE_S} s: {alive}"


def _run_of(part: Part) -> Path:
    folder = part.log.parent / "runs"
    return max(path for path in folder.iterdir() if path.is_dir())


def _rows(ring: Ring) -> NDArray[np.void]:
    assert ring.written <= ring.capacity, "the ring has gone round: this part is too long to be looked at"
    return np.frombuffer(bytes(ring._copy(0, ring.written)), ring.dtype)


def _acked(part: Part) -> int:
    assert part.ring is not None
    return part.ring.acknowledged(recorder.READER)
