"""One row of the fault table that takes a whole run: processes, instruments, the disk, the clock, the machine."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.row import Must
from tests.faults.site import Site


@dataclass
class Under:
    """A run that is under way.

    Attributes:
        site: where.
        runs: the folder of its run directory.
        pids: of its processes by name: supervisor, loop, recorder, visa.
        disk_is_small: whether ``runs`` is a file system of its own.
        undoing: of what must be undone when the run is over.
    """

    site: Site
    runs: Path
    pids: dict[str, int] = field(default_factory=dict)
    disk_is_small: bool = False
    undoing: ExitStack = field(default_factory=ExitStack)


@dataclass(frozen=True)
class RunRow:
    """One fault in a run.

    Attributes:
        name, fault, where, must: as those of `tests.faults.row.Row`; ``must.within_ms`` is until the device is no
            longer in RUN.
        act: breaks it while the run is under way.
        at_s: so long after the run is under way.
        apart: by ``rig run`` in a process of its own; else by what that calls, in this process.
        small_disk: the runs folder is a file system of its own, of a few megabytes.
        then: what a person does after the device has come to rest.
        recorded: whether the record must go on to the end of the motion; else only what was there must stay.
    """

    name: str
    fault: str
    where: str
    must: Must
    act: Callable[[Under], None]
    at_s: float = 0.0
    apart: bool = False
    small_disk: bool = False
    then: Callable[[Under], None] | None = None
    recorded: bool = True


@dataclass(frozen=True)
class SharedRun:
    """Faults that must not end a run, one after the other in the same run."""

    name: str
    rows: tuple[RunRow, ...]
    until_m: float
