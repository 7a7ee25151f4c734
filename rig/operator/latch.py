"""The latch on the host: after a trip no run starts on that rig until a person has reset it.

For rigs whose device outlives the run. What a rig file launches is gone with the run, and a new one is not tripped.
"""

import contextlib
from pathlib import Path

import msgspec

from profiles.schema import Fault, InputError
from rig.clock import utc_now
from rig.config import Rig
from rig.record.files import from_json, sync_folder, to_json, write_atomically


class Latch(msgspec.Struct, frozen=True):
    """A trip that stands: the rig's name, that of the run's directory beside it, why it tripped, when (UTC)."""

    rig: str
    run: str
    reason: str
    utc: str


def latch_path(runs: Path, rig: str) -> Path:
    """Where the latch of a rig is."""
    return runs / f"latch-{rig}.json"


def latches(rig: Rig) -> bool:
    """Whether a trip of this rig outlives its run."""
    return rig.launch is None


def set_latch(rig: Rig, run_dir: Path, reason: str) -> None:
    """Latch a rig after a trip, beside the run's directory; nothing for a rig that is gone with its run.

    Raises:
        OSError: the disk refuses.
    """
    if latches(rig):
        latch = Latch(rig.name, run_dir.name, reason, utc_now().isoformat(timespec="seconds"))
        write_atomically(latch_path(run_dir.parent, rig.name), to_json(latch, indent=1))


def refuse_latched(rig: Rig, runs: Path) -> None:
    """Nothing may start on a rig that has tripped.

    Raises:
        InputError: which run, why, and what to type.
    """
    if not latches(rig):
        return
    path = latch_path(runs, rig.name)
    latch = _read(path)
    if latch is None and not path.exists():
        return
    run = str(runs / latch.run) if latch else "RUN"
    found = f"tripped in {run} at {latch.utc}: {latch.reason}" if latch else "tripped (the file can't be read)"
    allowed = f"a reset by a person who has looked at the rig: rig reset {run} --reason '...'"
    raise InputError([Fault(str(path), 0, f"rig {rig.name}", found, allowed)])


def latched_run(runs: Path, rig: str = "*") -> list[str]:
    """The names of the runs that latched a rig, or any rig, of a folder."""
    found = [_read(path) for path in sorted(runs.glob(f"latch-{rig}.json"))]
    return [latch.run for latch in found if latch is not None]


def lift_latch(runs: Path, rig: str) -> bool:
    """Take the latch away; whether there was one.

    Raises:
        OSError: the disk refuses.
    """
    path = latch_path(runs, rig)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    sync_folder(runs)
    return True


def _read(path: Path) -> Latch | None:
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return from_json(path.read_bytes(), Latch)
    return None
