"""HDF5: a dataset a channel, codes as they are recorded, with scale, offset, unit and description as attributes."""

from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from drivers.channel import CODE_NAN
from rig.query import Selection, full_names, recorded, units
from rig.record.columns import Columns
from rig.record.files import replacing
from rig.runs import Run

_CHUNK = 1 << 15


def write_hdf5(run: Run, wanted: Selection, file: Path) -> int:
    """A selection as HDF5, nothing rounded: ``value = offset + scale * code``, where code is not ``nan_code``.

    The file is there whole or not at all. ``sample`` and ``distance_m`` stand beside the channels; what the run is
    stands in the file's attributes. Returns the samples.

    Raises:
        InputError: as `rig.query.tables`.
        OSError: the disk refuses.
    """
    names = list(dict.fromkeys(("sample", "distance_m", *full_names(run, wanted.channels))))
    with replacing(file) as temporary, h5py.File(temporary, "w") as out:
        _describe(run, wanted, out)
        datasets = {name: _dataset(run, out, name) for name in names}
        for block in recorded(run, wanted, names):
            for name, dataset in datasets.items():
                _append(dataset, block[name])
        return len(datasets["sample"])


def _describe(run: Run, wanted: Selection, out: h5py.File) -> None:
    said = run.manifest
    told = {"run": run.path.resolve().name, "course": said.name, "rig": said.rig, "created_utc": said.created_utc}
    out.attrs.update({**told, "sample_rate_hz": said.sample_rate_hz / wanted.every, "pace": said.pace})
    if run.verdict is not None:
        out.attrs.update({"outcome": run.verdict.outcome, "events_head": run.verdict.events_head})


def _dataset(run: Run, out: h5py.File, name: str) -> h5py.Dataset:
    columns = Columns(run.manifest)
    dtype = columns.schema.field(name).type.to_pandas_dtype()
    options = {"chunks": (_CHUNK,), "shuffle": True, "compression": "gzip", "compression_opts": 4}
    dataset = out.create_dataset(name, (0,), dtype, maxshape=(None,), **options)
    dataset.attrs["unit"] = units(run, [name])[name]
    quantity = columns.quantities.get(name)
    if quantity is not None:
        dataset.attrs.update({"scale": quantity.scale, "offset": quantity.offset, "nan_code": CODE_NAN})
        dataset.attrs["description"] = quantity.description
    return dataset


def _append(dataset: h5py.Dataset, values: NDArray[np.generic]) -> None:
    before = len(dataset)
    dataset.resize(before + len(values), axis=0)
    dataset[before:] = values
