"""The run directory, as those who review it open it: no bus, no loop, only files."""

import contextlib
import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.life.trend import TrendSeries
from rig.record import events, journal, manifest, reading, segments, slow
from rig.record.checks import FILE_NAME as CHECKS_NAME
from rig.record.checks import Checks
from rig.record.checks import read as read_checks
from rig.record.columns import Columns, plain
from rig.record.digest import digest_of
from rig.record.files import from_json, sha256_of, sync_folder, to_json, write_atomically

VERDICT_NAME = "verdict.json"
SLOW_NAME = slow.FILE_NAME
REPORT_NAME = "report.html"
JUNIT_NAME = "junit.xml"

FloatArray = NDArray[np.float64]


class VerdictFile(msgspec.Struct, kw_only=True):
    """How a run ended.

    Attributes:
        outcome: of the whole run, SURVIVED, FAILED or SUSPENDED.
        exit_code: 0 all survived, 1 a component failed, 2 bad input, 3 rig fault or trip, 4 stopped by a person.
        samples_sha256: see `rig.record.digest.SampleDigest`.
        events_head: SHA-256 of the last event's line when the verdict was written, where known.
        verdicts: one JSON object a component: component, serial, outcome, distance_km, mode, first_detection_km,
            evidence, damage, reason.
        damage: Miner sum of each component.
        damage_by_surface: of each component, by surface.
        findings: component, severity, mode, distance_km, sample, feature, value, limit, evidence, text.
        trends: of each property that is judged block by block, see `rig.life.trend.TrendSeries`.
        checks: what the checks before the run came to, in a line; empty where none were made.
        timing: grade, counts, quantiles and histograms of the loop's times; of the last part of a run that was gone on
            with, but for the grade, which is the worst.
        recoveries: how often the run was gone on with after an interruption.
    """

    outcome: str
    exit_code: int
    reason: str
    distance_km: float
    target_km: float
    duration_s: float
    samples: int
    samples_sha256: str
    rows_lost: int = 0
    events_head: str = ""
    verdicts: list[dict[str, Any]] = msgspec.field(default_factory=list)
    damage: dict[str, float] = msgspec.field(default_factory=dict)
    damage_by_surface: dict[str, dict[str, float]] = msgspec.field(default_factory=dict)
    findings: list[dict[str, Any]] = msgspec.field(default_factory=list)
    trends: list[TrendSeries] = msgspec.field(default_factory=list)
    checks: str = ""
    timing: dict[str, Any] = msgspec.field(default_factory=dict)
    recoveries: int = 0


def verdict_sha256(verdict: VerdictFile) -> str:
    """The hash of a verdict but for the head of the events, which comes after it."""
    return hashlib.sha256(to_json(msgspec.structs.replace(verdict, events_head=""))).hexdigest()


def sealed_files(run_dir: Path) -> dict[str, str]:
    """The hashes of the files that are whole before the verdict, but for manifest, events and samples, by name.

    A file that can't be read has none.
    """
    found = {}
    for name in (CHECKS_NAME, SLOW_NAME):
        with contextlib.suppress(OSError):
            found[name] = sha256_of(run_dir / name)
    return found


def set_aside(run_dir: Path, number: int, names: Sequence[str]) -> None:
    """Keep what a run that is gone on with had left, as ``verdict-<number>.json``; its report and JUnit go.

    Raises:
        OSError: the disk refuses.
    """
    for name in (REPORT_NAME, JUNIT_NAME):
        (run_dir / name).unlink(missing_ok=True)
    for path in (run_dir / name for name in names):
        with contextlib.suppress(FileNotFoundError):
            path.rename(path.with_stem(f"{path.stem}-{number}"))
    sync_folder(run_dir)


def write_verdict(run_dir: Path, verdict: VerdictFile) -> Path:
    """Write the verdict of a run, atomically."""
    path = run_dir / VERDICT_NAME
    write_atomically(path, to_json(verdict, indent=1))
    return path


@dataclass(frozen=True, slots=True)
class Run:
    """A run directory, opened. `verdict` is None where the run never came to its end.

    Attributes:
        slow: the readings of the slow instruments, one dictionary a line, in order.
        checks: the checks before the run; None where none were made.
        slow_torn: the last line of the slow readings is torn, and left out.
    """

    path: Path
    manifest: manifest.Manifest
    events: events.EventRecord
    verdict: VerdictFile | None
    slow: list[dict[str, Any]] = field(repr=False)
    slow_torn: bool = False
    checks: Checks | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names that `samples` knows: ``sample``, ``distance_m``, … ``feedback.strut_force_n``."""
        return Columns(self.manifest).names

    def count(self) -> int:
        """The number of samples recorded."""
        with whole_samples(self.path):
            return journal.count_rows(self.path)

    def last_distance_km(self) -> float:
        """How far the car had come at the last sample recorded; 0 where there is none.

        Raises:
            InputError: a segment can't be read.
        """
        distance_m = 0.0
        for table in self.tables(["distance_m"], first=max(0, self.count() - 1)):
            distance_m = float(table.column("distance_m")[-1].as_py())
        return distance_m / 1000.0

    def blocks(
        self,
        columns: Iterable[str],
        first: int = 0,
        last: float = np.inf,
        between_m: tuple[float, float] = (-np.inf, np.inf),
    ) -> Iterator[dict[str, FloatArray]]:
        """Columns in their units, float64[samples], a segment at a time: memory does not grow with the distance.

        Only the segments that may hold sample numbers first to last and distances between these, whole.

        Raises:
            KeyError, InputError: as `tables`.
        """
        known, columns = Columns(self.manifest), list(columns)
        for table in self.tables(columns, first, last, between_m):
            yield {name: known.values(name, plain(table.column(name))) for name in columns}

    def tables(
        self,
        columns: Iterable[str],
        first: int = 0,
        last: float = np.inf,
        between_m: tuple[float, float] = (-np.inf, np.inf),
    ) -> Iterator[pa.Table]:
        """Columns as they are recorded, int16 codes among them, a segment at a time; arguments as those of `blocks`.

        Raises:
            KeyError: the run has no such column.
            InputError: a segment can't be read.
        """
        names, known = list(columns), self.columns
        for name in names:
            if name not in known:
                raise KeyError(f"no column {name!r}; there are {', '.join(known)}")
        with whole_samples(self.path):
            yield from journal.iter_tables(self.path, names, first, last, between_m)

    def samples(
        self, columns: Sequence[str] | None = None, first: int = 0, last: float = np.inf
    ) -> dict[str, FloatArray]:
        """Columns in their units, float64[samples]; all of them where None; only sample numbers first to last.

        Raises:
            KeyError, InputError: as `blocks`.
        """
        names = tuple(columns) if columns is not None else self.columns
        wanted = names if "sample" in names else (*names, "sample")
        parts: dict[str, list[FloatArray]] = {name: [] for name in names}
        for block in self.blocks(wanted, first, last):
            inside = (block["sample"] >= first) & (block["sample"] <= last)
            if inside.any():
                for name in names:
                    parts[name].append(block[name][inside])
        return {name: np.concatenate(part) if part else np.empty(0) for name, part in parts.items()}

    @property
    def units(self) -> dict[str, str]:
        """The unit of each column, by every name that `numpy` takes: ``strut_force_n``, ``feedback.strut_force_n``."""
        known = Columns(self.manifest).units
        return {**known, **{name.removeprefix("feedback."): unit for name, unit in known.items()}}

    def numpy(
        self,
        channels: Sequence[str] | None = None,
        *,
        from_km: float = -math.inf,
        to_km: float = math.inf,
        every: int = 1,
    ) -> dict[str, FloatArray]:
        """Channels in their units, float64[samples], by the names that were asked for; NaN where a sensor was missing.

        Args:
            channels: names of columns; what was measured may go without its ``feedback.``. All of that where None.
            from_km, to_km: of the stage's distance, both included.
            every: one sample of so many, as it is: nothing is filtered.

        Raises:
            InputError: a channel that the run has not, a range or a step that is none, or a segment that can't be read.
        """
        columns = Columns(self.manifest)
        asked = reading.measured(columns) if channels is None else channels
        names = reading.full_names(columns, self.path, asked)
        between_m = reading.bounds_m(self.path, from_km, to_km, every)
        with whole_samples(self.path):
            found = reading.read(self.path, columns, names, between_m, every)
        return {short: found[name] for short, name in zip(asked, names, strict=True)}

    def arrow(self, channels: Sequence[str] | None = None, **stretch: Any) -> pa.Table:
        """As `numpy`, as a table of float64 with the unit of each column in its field's metadata.

        Raises:
            InputError: as `numpy`.
        """
        return reading.to_arrow(self.numpy(channels, **stretch), self.units)

    def pandas(self, channels: Sequence[str] | None = None, **stretch: Any) -> Any:
        """As `numpy`, as a DataFrame with the units in its ``attrs["units"]``.

        Raises:
            InputError: as `numpy`.
            ImportError: pandas is not installed: it comes with ``erg-rig[pandas]``.
        """
        return reading.to_pandas(self.numpy(channels, **stretch), self.units)

    def samples_sha256(self) -> str:
        """The hash of the recorded samples, computed anew from the files (see `rig.record.digest`).

        Empty where only a summary is left of some.
        """
        with whole_samples(self.path):
            digest = digest_of(self.path, Columns(self.manifest))
        return digest.hexdigest() if digest else ""


@contextlib.contextmanager
def whole_samples(run_dir: Path) -> Iterator[None]:
    """Turn what damaged or foreign segments raise into an InputError."""
    try:
        yield
    except (OSError, ValueError, LookupError) as error:
        found, folder = " ".join(str(error).split()), str(run_dir / segments.FOLDER)
        raise InputError([Fault(folder, 0, "(the samples)", found, "whole segments of this run")]) from None


def open_run(path: Path | str) -> Run:
    """A run directory, opened for review.

    Raises:
        InputError: it is no run directory, or its manifest or verdict can't be understood.
    """
    folder = Path(path)
    described = manifest.read(folder)
    readings, torn = slow.read_slow(folder / SLOW_NAME)
    told, verdict = events.read_events(folder / events.FILE_NAME), _read_verdict(folder)
    return Run(folder, described, told, verdict, readings, torn, read_checks(folder))


open = open_run
"""The public name: ``rig.runs.open(path)``. Within this module it hides Python's, which nothing here uses."""


def _read_verdict(folder: Path) -> VerdictFile | None:
    path = folder / VERDICT_NAME
    if not path.exists():
        return None
    try:
        return from_json(path.read_bytes(), VerdictFile)
    except (OSError, msgspec.MsgspecError) as error:
        raise InputError([Fault(str(path), 1, "(the whole file)", str(error), "a verdict")]) from None
