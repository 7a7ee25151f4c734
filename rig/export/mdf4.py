"""MDF4 (ASAM MDF 4.10), by asammdf: codes as they are recorded with their conversion, on a time master; hour by hour.

asammdf is an extra, and slow to import: it is imported when a file is written, not before.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from profiles.schema import Fault, InputError
from rig.export.mdf4_records import add_records
from rig.query import Selection, full_names, recorded, units
from rig.record.columns import Columns, plain
from rig.record.events import FILE_NAME as EVENTS_NAME
from rig.record.files import replacing
from rig.record.reading import M_PER_KM
from rig.runs import Run
from rig.state import RigState

if TYPE_CHECKING:
    from asammdf import MDF, Signal
    from asammdf.blocks.v4_blocks import EventBlock

HOUR_S = 3600
"""How much of the run's time a file holds at most."""
_VERSION = "4.10"
"""What every reader of MDF4 knows."""

Block = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """One file, and the sample numbers in it: from `first` up to, and without, `end`."""

    file: Path
    first: int
    end: int


def write_mdf4(run: Run, wanted: Selection, file: Path) -> int:
    """A selection as MDF4, nothing rounded; more than an hour of samples as ``<name>_001.mf4``, ``<name>_002.mf4``, …

    Each file is there whole or not at all. Returns the samples in all of them.

    Raises:
        InputError: as `parts_of`.
        OSError: the disk refuses; the files before are there.
    """
    return write_parts(run, wanted, parts_of(run, wanted, file))


def parts_of(run: Run, wanted: Selection, file: Path) -> list[Part]:
    """The files that a selection makes, an hour of the run's time each, counted from the first sample wanted.

    Raises:
        InputError: as `rig.query.tables`; no sample lies there; asammdf is not installed.
    """
    _library(file)
    blocks = (block["sample"] for block in recorded(run, wanted, ("sample",)))
    spans = [(int(numbers[0]), int(numbers[-1])) for numbers in blocks if len(numbers)]
    if not spans:
        raise InputError([Fault(str(run.path), 0, "--from-km, --to-km", "no sample there", "a stretch with samples")])
    start, hour = spans[0][0], HOUR_S * run.manifest.sample_rate_hz
    behind = spans[-1][1] + wanted.every + 1  # what happened just after the last sample belongs to it
    firsts = sorted({start + (number - start) // hour * hour for span in spans for number in span})
    names = [file] if len(firsts) == 1 else [_numbered(file, k) for k in range(1, len(firsts) + 1)]
    return [Part(name, first, min(first + hour, behind)) for name, first in zip(names, firsts, strict=True)]


def _numbered(file: Path, number: int) -> Path:
    return file.with_name(f"{file.stem}_{number:03d}{file.suffix}")


def write_parts(run: Run, wanted: Selection, parts: Sequence[Part]) -> int:
    """Write the files of `parts_of`; returns the samples in all of them.

    Raises:
        InputError, OSError: as `write_mdf4`.
    """
    names = list(dict.fromkeys(("sample", "distance_m", *full_names(run, wanted.channels))))
    cut = _cut(recorded(run, wanted, names), parts)
    files = itertools.groupby(cut, key=lambda each: each[0])
    return sum(_write(run, wanted, part, (block for _, block in blocks)) for part, blocks in files)


def _cut(blocks: Iterable[Block], parts: Sequence[Part]) -> Iterator[tuple[Part, Block]]:
    """The blocks, cut where a file ends and the next begins."""
    for block in blocks:
        for part in parts:
            low, high = np.searchsorted(block["sample"], (part.first, part.end))
            if low < high:
                yield part, {name: column[low:high] for name, column in block.items()}


def _write(run: Run, wanted: Selection, part: Part, blocks: Iterable[Block]) -> int:
    """One file: its head by asammdf, then the samples."""
    library = _library(part.file)
    with (
        replacing(part.file) as temporary,
        temporary.open("wb+") as target,
        library.MDF(version=_VERSION) as out,
    ):
        out.append(_signals(run, wanted), comment=run.manifest.name, common_timebase=True)
        _describe(run, part, out)
        out.save(target)
        return add_records(target, out.groups[0], (_columns(run, wanted, block) for block in blocks))


def _columns(run: Run, wanted: Selection, block: Block) -> Block:
    """The channels of a file: the time, the place, then what is wanted, each as it is recorded."""
    time_s = block["sample"] / run.manifest.sample_rate_hz
    place = {"time": time_s, "sample": block["sample"], "distance_km": block["distance_m"] / M_PER_KM}
    return place | {name: block[name] for name in full_names(run, wanted.channels)}


def _signals(run: Run, wanted: Selection) -> list["Signal"]:
    """The channels without a sample: name, type, unit, description, conversion, and whether it may be missing."""
    known = Columns(run.manifest)
    nothing = known.batch(np.zeros(0, known.dtype))
    empty = {name: plain(column) for name, column in zip(known.names, nothing.columns, strict=True)}
    unit_of = {"distance_km": "km"} | units(run, known.names)
    time_s, *others = _columns(run, wanted, empty).items()
    return [
        _library(run.path).Signal(
            samples=column,
            timestamps=time_s[1],
            name=name,
            unit=unit_of[name],
            comment=known.quantities[name].description if name in known.quantities else "",
            conversion=_conversion(known, name),
            invalidation_bits=column == CODE_NAN if name in known.quantities else None,
        )
        for name, column in others
    ]


def _conversion(known: Columns, name: str) -> dict[str, Any] | None:
    """From a code to its value, or from a state to its word."""
    if name == "state":
        words = {f"text_{k}": state.name.encode() for k, state in enumerate(RigState)}
        return words | {f"val_{k}": int(state) for k, state in enumerate(RigState)}
    quantity = known.quantities.get(name)
    return None if quantity is None else {"a": quantity.scale, "b": quantity.offset}


def _describe(run: Run, part: Part, out: "MDF") -> None:
    """What the run is, when it was, and what happened: as marks on the time axis, and the whole log word for word."""
    out.start_time = _start(run)
    out.header.comment = _comment(run)
    out.events.extend(_marks(run, part))
    log = run.path / EVENTS_NAME
    if log.exists():
        out.attach(log.read_bytes(), EVENTS_NAME, comment="every event, each with the hash of the one before")


def _start(run: Run) -> datetime:
    """The moment of sample 0 (UTC), from which all times count: at pace real seconds after the anchor, for the checks.

    At other paces samples have no time of day; the anchor stands for it.
    """
    anchor, pace = run.manifest.anchor, run.manifest.pace
    start = datetime.fromisoformat(anchor.utc)
    if pace != "real":
        return start
    first_ns = next(run.tables(["mono_ns"], last=0))["mono_ns"][0].as_py()
    return start + timedelta(microseconds=(first_ns - anchor.mono_ns) / 1000)


def _comment(run: Run) -> str:
    """The header's comment, in the XML of the format."""
    said = run.manifest
    told = {"run": run.path.resolve().name, "course": said.name, "rig": said.rig, "created_utc": said.created_utc}
    told |= {"pace": said.pace, "sample_rate_hz": str(said.sample_rate_hz)}
    if run.verdict is not None:
        told |= {"outcome": run.verdict.outcome, "events_head": run.verdict.events_head}
    root = ElementTree.Element("HDcomment")
    ElementTree.SubElement(root, "TX").text = f"{said.name} on {said.rig}, run {told['run']}"
    properties = ElementTree.SubElement(root, "common_properties")
    for name, value in told.items():
        ElementTree.SubElement(properties, "e", name=name).text = value
    return ElementTree.tostring(root, encoding="unicode")


def _marks(run: Run, part: Part) -> Iterator["EventBlock"]:
    """The events within a file as bookmarks: the time of each is its sample number by the rate."""
    from asammdf.blocks import v4_constants
    from asammdf.blocks.v4_blocks import EventBlock

    period_s = 1.0 / run.manifest.sample_rate_hz
    for event in run.events.events:
        if event.sample is not None and part.first <= event.sample < part.end:
            kind = v4_constants.EVENT_TYPE_MARKER
            mark = EventBlock(event_type=kind, flags=0, sync_base=event.sample, sync_factor=period_s)
            mark.name, mark.comment = event.kind, event.text
            yield mark


def _library(asked: Path) -> ModuleType:
    """Asammdf, imported only here.

    Raises:
        InputError: it is not installed.
    """
    try:
        import asammdf
    except ImportError as error:
        allowed = "asammdf installed: pip install 'erg-rig[mdf4]'"
        raise InputError([Fault(str(asked), 0, "--to mdf4", str(error), allowed)]) from None
    return asammdf
