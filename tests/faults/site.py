"""What the rows of whole runs share: a bench at pace real with its back doors, rig files for it, a planned session."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rig.supervisor.session import Order, Session, prepare
from tests.backdoor import Backdoor
from tests.commands import RIG_FILE, bench

TERRAIN = Path(__file__).with_name("short.yaml")
RAMP_S = 0.3
SMALL_DISK_MB = 8


@dataclass
class Site:
    """One bench for many runs.

    Attributes:
        rig_file: with the addresses of the bench.
        door, instruments: the back doors of the servo controller and of the instruments.
        session: planned once; each run has its own runs folder and target.
    """

    rig_file: Path
    door: Backdoor
    instruments: Backdoor
    session: Session
    _exchanges: int = 0
    _changes: int = 0

    def begin(self) -> None:
        """All faults mended, the device as it is after power-on, its log read up to here."""
        self.instruments.clear()
        self.door.clear()
        self.door.fault("reboot")
        self.await_device({"OFF"}, 2.0)
        log = self.log()
        self._exchanges = max([self._exchanges, *(one["number"] for one in log["exchanges"])])
        self._changes = max([self._changes, *(one["number"] for one in log["changes"])])

    def log(self) -> dict[str, Any]:
        """What the device has noted since `begin`."""
        return self.door.do("log", exchanges_after=self._exchanges, changes_after=self._changes)

    def await_device(self, states: set[str], within_s: float, samples: int = 0) -> bool:
        """Wait until the device is in one of these states, with so many samples played; whether it was in time."""
        deadline_s = time.monotonic() + within_s
        while time.monotonic() < deadline_s:
            shown = self.door.do("state")
            if shown["state"] in states and shown["samples_played"] >= samples:
                return True
            time.sleep(0.01)
        return False

    def ordered(self, runs: Path, until_m: float | None) -> Session:
        """The session of one run."""
        session = replace(self.session, order=replace(self.session.order, runs=runs))
        return session if until_m is None else replace(session, target_m=until_m)


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A site; everything is gone afterwards."""
    of_bench, rig_file = folder / "of_bench.yaml", folder / "elsewhere.yaml"
    of_bench.write_text(_quick_rig())
    with (
        bench("--pace", "real", "--rig", str(of_bench)) as addresses,
        Backdoor(addresses["backdoor"]) as door,
        Backdoor(addresses["backdoor_instruments"]) as instruments,
    ):
        rig_file.write_text(_at(addresses))
        yield Site(rig_file, door, instruments, prepare(Order(str(TERRAIN), rig=str(rig_file), pace="real")))


def _quick_rig() -> str:
    """The library's rig file with a short ramp, without checks before a run, with instruments that are given up soon,
    and patient with late cycles.
    """
    text = re.sub(r"^checks:.*?(?=^\w)", "", RIG_FILE.read_text(), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^ramp_s: .*$", f"ramp_s: {RAMP_S}", text, flags=re.MULTILINE)
    text = re.sub(r"^late_cycles_per_s: .*$", "late_cycles_per_s: 2000", text, flags=re.MULTILINE)
    return re.sub(r"(role: \w+, resource: launched)", r"\1, timeout_ms: 500", text)


def _at(addresses: dict[str, str]) -> str:
    """The same at the addresses of a bench that runs already."""
    text = re.sub(r"^launch: .*\n", "", _quick_rig(), flags=re.MULTILINE)
    text = text.replace("name: one_corner", "name: elsewhere")
    text = text.replace("address: launched", f"address: '{addresses['modbus']}'")
    return re.sub(r"role: (\w+), resource: launched", lambda m: f"role: {m[1]}, resource: '{addresses[m[1]]}'", text)


@contextmanager
def small_disk(folder: Path, size_mb: int = SMALL_DISK_MB) -> Iterator[bool]:
    """A file system of a few megabytes at a folder; False where that is not permitted."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            with suppress(OSError):
                subprocess.run(["umount", "--lazy", str(folder)], check=True)  # a test that failed may hold files
