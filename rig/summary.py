"""A run by the second: lowest, mean and highest of its channels. Of most of a run kept as a summary this is all."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from numpy.typing import NDArray

from profiles.schema import Fault, InputError
from rig.query import Selection, bounds_m, measures, units
from rig.record import segments
from rig.record.columns import Columns, as_array, plain
from rig.record.reading import M_PER_KM
from rig.record.seconds import HIGHEST, LOWEST, MEAN, MISSING, iter_both, iter_seconds
from rig.runs import Run, whole_samples

Block = dict[str, NDArray[np.float64]]


def seconds(run: Run, wanted: Selection) -> pa.Table:
    """The seconds that a stretch touches: their first and last sample and kilometre, then four columns a channel.

    ``<channel> lowest``, ``mean`` and ``highest`` are in its unit, NaN where no sample has a value; ``missing`` counts
    those without one. Of a stretch whose samples are all there they are made from these, which gives the same.

    Args:
        run: also one that goes on, or died.
        wanted: channels and stretch; `Selection.every` must be 1.

    Raises:
        InputError: no such channel, or one that is no measure; a stretch that is none; damaged samples.
    """
    names, faults = measures(run, wanted.channels)
    if wanted.every != 1:
        faults.append(Fault(str(run.path), 0, "--every", str(wanted.every), "nothing beside --seconds"))
    if faults:
        raise InputError(faults)
    (from_m, to_m), columns = bounds_m(run, wanted), Columns(run.manifest)
    found = []
    with whole_samples(run.path):
        for part in iter_seconds(run.path, columns, run.manifest.sample_rate_hz):
            there = (plain(part["last_m"]) >= from_m) & (plain(part["first_m"]) <= to_m)
            found.append(_in_units(run, columns, part.filter(there), names))
    return pa.concat_tables(found) if found else pa.table({})


def drawn(run: Run, names: list[str]) -> Iterator[tuple[Block, Block]]:
    """What a run is drawn from, a segment at a time, and the samples of it that are there; in units.

    Both are the same object where these are all. Else two rows a second are drawn: lowest at the place of its first
    sample, highest at that of its last.

    Args:
        run: the run.
        names: columns; of those that are no measures ``sample``, ``distance_m`` and ``segment`` are known.

    Raises:
        InputError: damaged samples.
    """
    columns = Columns(run.manifest)
    with whole_samples(run.path):
        for rows, left in iter_both(run.path, names):
            there = {name: columns.values(name, plain(rows[name])) for name in names}
            yield (there if left is None else {name: _ends(columns, left, name) for name in names}), there


def _ends(columns: Columns, left: pa.Table, name: str) -> NDArray[np.float64]:
    places = {"sample": ("first_sample", "last_sample"), "distance_m": ("first_m", "last_m")}
    # A second in which the car enters a segment belongs to that as a whole: no metre is driven between two rows.
    pair = ({"segment": ("last_segment", "last_segment")} | places).get(name, (name + LOWEST, name + HIGHEST))
    return np.stack([columns.values(name, plain(left[each])) for each in pair], axis=1).ravel()


def _in_units(run: Run, columns: Columns, part: pa.Table, names: list[str]) -> pa.Table:
    found: dict[str, NDArray[np.generic]] = {
        "first_sample": plain(part["first_sample"]),
        "last_sample": plain(part["last_sample"]),
        "from_km": plain(part["first_m"]) / M_PER_KM,
        "to_km": plain(part["last_m"]) / M_PER_KM,
    }
    unit_of = dict.fromkeys(found, "")
    for name, unit in units(run, names).items():
        for what in (LOWEST, MEAN, HIGHEST):
            called = f"{name} {what.removeprefix('.')}"
            found[called], unit_of[called] = columns.values(name, plain(part[name + what])), unit
        found[f"{name} missing"], unit_of[f"{name} missing"] = plain(part[name + MISSING]), ""
    arrays = {name: as_array(values) for name, values in found.items()}
    fields = [pa.field(name, array.type, metadata={"unit": unit_of[name]}) for name, array in arrays.items()]
    return pa.Table.from_arrays(list(arrays.values()), schema=pa.schema(fields))


def in_words(run: Run) -> str:
    """What of a run's samples is not there any more, and where to look instead; empty where all are."""
    left = rows = 0
    with whole_samples(run.path):
        if not segments.thinned_until(run.path):
            return ""
        for path in segments.closed(run.path):
            metadata = pyarrow.parquet.read_metadata(path)
            left, rows = left + metadata.num_rows, rows + segments.rows_of(metadata)
    share = f"{100.0 * left / rows:.3g} % of its samples are there: near events, and the last minutes"
    return f"this run is kept as a summary: {share}. All of it by the second: rig data {run.path} --seconds"
