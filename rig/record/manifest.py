"""The manifest: what a run is, written once at its start; every input file is in it, whole, with its hash."""

import hashlib
import importlib.metadata
import platform
from pathlib import Path
from typing import Literal

import msgspec

import rig
from profiles.schema import Fault, InputError
from rig.record.checks import Override
from rig.record.files import from_json, to_json, write_atomically

FILE_NAME = "manifest.json"
SCHEMA_VERSION = 1
_PACKAGES = ("numpy", "numba", "scipy", "pyarrow", "pymodbus", "pyvisa", "pyvisa-py")


Recording = Literal["full", "summary"]
"""What stays of a run's samples: all, or those near events, and a summary of each second."""


class Anchor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One moment on two clocks: UTC (ISO 8601) and the monotonic nanoseconds that rows and events count from."""

    utc: str
    mono_ns: int


class Quantity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An axis or channel: value = offset + scale x code (int16; -32768 is NaN)."""

    name: str
    unit: str
    scale: float
    offset: float = 0.0
    description: str = ""


class SegmentInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of the stage, by distance from its start."""

    index: int
    label: str
    surface: str
    start_m: float
    end_m: float


class SpecimenInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part that was on the rig."""

    component: str
    serial: str
    batch: str = ""
    variant: str = ""


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file that the run was made from; `sha256` is of its bytes, `text` is all of it.

    A file that is no UTF-8 text (measured road data) has `text` empty and is known by its hash alone.
    """

    role: str
    name: str
    sha256: str
    text: str


class LegInfo(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One leg of the course: its name, its day, where it starts and how warm the air is meant to be."""

    name: str
    day: str
    start_km: float
    end_km: float
    ambient_degc: float
    rest_s: float


class EditInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That mild parts of a drive are left out: of which course and drive, and the share of each damage retained.

    The edit file itself is among the manifest's inputs. What is played stands for the source's fatigue alone.
    """

    course: str
    source_km: float
    source_drive_sha256: str
    retained: dict[str, float]

    @property
    def words(self) -> str:
        """What whoever reads of the run must know."""
        shares = ", ".join(f"{name} {share:.1%}" for name, share in self.retained.items())
        return (
            f"Edited drive: mild parts of {self.source_km:g} km of {self.course} were left out. Damage retained:"
            f" {shares}."
            " Accelerated for fatigue only: for seals, elastomers and bearings the distance is what was played."
        )


class HealthInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The health blocks that are put into a drive (docs/health.md), up to the run's target.

    Attributes:
        every_min: of driving between them, about.
        block_km, block_s: how far and how long each goes; none of it is of the stage.
        drive_sha256: of the drive of one of them.
        at_km: where on the stage they come.
    """

    every_min: float
    block_km: float
    block_s: float
    drive_sha256: str
    at_km: tuple[float, ...]

    @property
    def words(self) -> str:
        """What whoever reads of the run's distance must know."""
        many = len(self.at_km)
        blocks = f"{many} health block" + ("" if many == 1 else "s")
        each = "" if many == 1 else f" of {self.block_km:.3f} km each"
        return f"{blocks}{each}, {many * self.block_km:.3f} km in all, beside the stage and in none of its kilometres"


class OrderInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked for: library names or absolute paths, and options; ``rig recover`` asks for the same again."""

    course: str
    vehicle: str
    style: str | None
    rig: str
    specimens: str
    until_km: float | None
    health_block_min: float | None = None


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run is.

    `recording`: what stays of the samples, see `rig.record.thinning`.
    `rig`, `terrain` (any course), `vehicle`, `style` are names; `target_km` is the distance it was asked to reach.
    `timing_reason` says in words what the operating system gave, `cpu` the processor that the loop was kept on (None:
    where the kernel put it). `checks`: whether the rig file has checks before a run, `override_checks` who let it go on
    where one fails, whether one did or not; what they came to stands in ``checks.json``. The digests are those of the
    plan. `slowed_zones` and `clipped_samples` (by axis) say how the drive was made to fit; `edit` is None where all of
    it is played; `health` None where no health blocks are. `order` is None in runs from before it was kept.
    """

    schema: int = SCHEMA_VERSION
    name: str
    created_utc: str
    anchor: Anchor
    versions: dict[str, str]
    seed: int
    pace: Literal["real", "stepped", "dry"]
    recording: Recording = "full"
    timing_grade: Literal["A", "B", "C"]
    timing_reason: str = ""
    cpu: int | None = None
    checks: bool = False
    override_checks: Override | None = None
    target_km: float
    rig: str
    terrain: str = ""
    vehicle: str = ""
    style: str = ""
    road_sha256: str = ""
    drive_sha256: str = ""
    over_envelope: Literal["refuse", "slow", "clip"] = "refuse"
    edit: EditInfo | None = None
    health: HealthInfo | None = None
    slowed_zones: int = 0
    clipped_samples: dict[str, int] = {}
    legs: tuple[LegInfo, ...] = ()
    sample_rate_hz: int
    axes: tuple[Quantity, ...]
    channels: tuple[Quantity, ...]
    segments: tuple[SegmentInfo, ...] = ()
    specimens: tuple[SpecimenInfo, ...] = ()
    inputs: tuple[Input, ...] = ()
    order: OrderInfo | None = None


def input_of(role: str, path: Path) -> Input:
    """An input file, whole.

    Raises:
        InputError: it can't be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError([Fault(str(path), 1, role, reason, "a file that can be read")]) from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    return Input(role, path.name, hashlib.sha256(data).hexdigest(), text)


def versions() -> dict[str, str]:
    """The versions of Python, of this program and of what it computes with."""
    found = {"python": platform.python_version(), "kernel": platform.release()}
    found["erg-rig"] = rig.__version__
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def write(run_dir: Path, manifest: Manifest) -> Path:
    """Write the manifest of a run, atomically.

    Raises:
        FileExistsError: the run has one already; a manifest is written once.
    """
    path = run_dir / FILE_NAME
    if path.exists():
        raise FileExistsError(f"{path} is there already: a manifest is written once")
    write_atomically(path, to_json(manifest, indent=1))
    return path


def read(run_dir: Path) -> Manifest:
    """The manifest of a run.

    Raises:
        InputError: there is none, or it is no manifest of this schema version.
    """
    path = run_dir / FILE_NAME
    try:
        return from_json(path.read_bytes(), Manifest)
    except OSError as error:
        found, allowed = (error.strerror or str(error)).lower(), "a run directory with a manifest.json"
    except msgspec.MsgspecError as error:
        found, allowed = str(error), f"a manifest of schema version {SCHEMA_VERSION}"
    raise InputError([Fault(str(path), 1, "(the whole file)", found, allowed)])
